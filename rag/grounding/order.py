"""Order: which things stand on which side of a verb, of "than" or of "from", in the claim and in the evidence.

"A outperforms B" and "B outperforms A" hold the same words near one another; what parts them is on which side of the
verb each stands. A separator of the claim is laid beside every like one of the evidence: its sides are kept where the
words on the left stand on the left there too, and turned where both sides are exchanged. One side alone proves nothing:
a sentence may have been turned round without changing what it says.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from rag.grounding.alignment import Alignment
from rag.grounding.lexicon import classes
from rag.grounding.signals import bounding
from rag.grounding.tokens import Text, Token, of_text

_COMPARE: Final = "compare"
_CLASS: Final = {
    **dict.fromkeys(("than", "over", "versus", "vs", "against", "compared", "relative", "unlike", "beyond"), _COMPARE),
    **dict.fromkeys(("instead", "rather", "not"), "instead"),
    **dict.fromkeys(("whereas", "while", "but"), "whereas"),
    **{word: word for word in ("from", "to", "into", "by", "before", "after", "with", "for", "of", "on", "in", "as",
                               "at")},
}  # fmt: skip
_DOWNWARD: Final = frozenset({"few", "low", "slow", "worse", "small", "short", "down", "below", "weak"})
_PAIRED_BY: Final = frozenset("for with to by on in against at".split())
_MATCHED: Final = frozenset("the a an its their that those or to".split())
_REACH: Final = 10
_FALL: Final = 0.1
_WEIGHTY: Final = 0.5


_MOST: Final = 32
"""Places of one word, or of separators of one kind, that are looked at: no sentence that was written has more."""


class Order(NamedTuple):
    """How much weight stands on the turned, and on the kept side, of verbs and of comparisons; each at least 0."""

    turned: float
    kept: float
    compared_turned: float
    compared_kept: float
    word: str
    """The separator of the evidence whose sides are turned the most, or ""."""


class _Separator(NamedTuple):
    at: int
    kind: str
    sign: int


_Standing = Mapping[int, Sequence[tuple[int, float]]]
"""By sentence of the evidence: (place, how well it matches)."""
_Word = tuple[float, _Standing]
"""The weight of a word of the claim, and where it stands."""
_Inside = tuple[list[int], list[tuple[float, Sequence[tuple[int, float]]]]]
"""Of the words that stand in one sentence: the number of each, and its weight with where it stands there."""


def order(a: Alignment) -> Order:
    """Compare the sides of all separators."""
    best = {True: (0.0, 0.0), False: (0.0, 0.0)}
    word, most = "", 0.0
    tokens, sentence_of = a.evidence.tokens, a.evidence.sentence_of
    weighty = [
        (i, (weight, standing))
        for i, weight, standing in zip(a.content, a.weights.tolist(), a.standing, strict=True)
        if standing and weight > _WEIGHTY
    ]
    places, words = [i for i, _ in weighty], [w for _, w in weighty]
    inside_of: dict[int, _Inside] = {}
    for here in _separators(a.claim):
        counterparts = _counterparts(a, here)
        if not counterparts:
            continue
        inside = a.claim.sentence_tokens[a.claim.tokens[here.at].sentence]
        first, last = max(here.at - _REACH, inside[0]), min(here.at + _REACH, inside[-1])
        before = bisect_left(places, first), bisect_left(places, here.at)
        after = bisect_right(places, here.at), bisect_right(places, last)
        # Both sides have to hold something.
        if before[0] == before[1] or after[0] == after[1]:
            continue
        kept = turned = 0.0
        name = ""
        for at, sign in counterparts:
            sentence = sentence_of[at]
            if sentence not in inside_of:
                inside_of[sentence] = _inside(words, sentence)
            left = _leaning(inside_of[sentence], *before, at, -here.sign * sign)
            right = _leaning(inside_of[sentence], *after, at, here.sign * sign) if left else 0.0
            if left > 0 and right > 0:
                kept = max(kept, min(left, right))
            # "A beats B" and "A takes less room than B": only the same sense of comparing can be turned round.
            if here.sign != sign and left < 0 and right < 0:
                continue
            if left < 0 and right < 0 and min(-left, -right) > turned:
                turned, name = min(-left, -right), tokens[at].surface
        compared = here.kind == _COMPARE
        was = best[compared]
        best[compared] = (max(was[0], turned - kept), max(was[1], kept - turned))
        if turned - kept > most:
            word, most = name, turned - kept
    return Order(*best[False], *best[True], word)


@of_text
def _separators(text: Text) -> tuple[_Separator, ...]:
    """The words of a text that part two sides: comparisons, prepositions, and any word that may be a verb."""
    return tuple(_parting(text, verbs=True))


def _parting(text: Text, *, verbs: bool) -> Iterator[_Separator]:
    rivalry, bounds, columns = classes()["rivalry"], bounding(text), text.columns
    named, numbers, weights = columns["is_name"], columns["is_number"], columns["weight"]
    for i, (key, low) in enumerate(zip(text.main_keys, columns["low"], strict=True)):
        kind = _COMPARE if key in rivalry and not _is_paired(text, i) else _CLASS.get(low)
        if (kind is None and not verbs) or numbers[i] or i in bounds:
            continue
        if kind is not None:
            yield _Separator(i, kind, _sign(text, i) if kind == _COMPARE else 1)
        elif weights[i] > 0 and not named[i]:
            yield _Separator(i, "", 1)


def _is_paired(text: Text, i: int) -> bool:
    """Whether "match" says that things are laid beside one another, and not that one is as good as the other: "matched
    for size", "bipartite matching", "with memory held equal"."""
    low = text.tokens[i].low
    after = text.tokens[i + 1] if i + 1 < len(text.tokens) else None
    if low == "matched":
        return after is not None and after.low in _PAIRED_BY
    return low in {"matching", "equal", "equally"} and not (
        after is not None and (after.is_name or after.is_number or after.low in _MATCHED)
    )


@of_text
def _by_kind(text: Text) -> dict[tuple[str, int], tuple[_Separator, ...]]:
    """By kind and sentence the separators that have a kind."""
    found: dict[tuple[str, int], list[_Separator]] = {}
    for separator in _parting(text, verbs=False):
        found.setdefault((separator.kind, text.tokens[separator.at].sentence), []).append(separator)
    return {place: tuple(items) for place, items in found.items()}


def _sign(text: Text, at: int) -> int:
    """-1 where the comparison is downward ("slower than"), else 1."""
    for token in text.tokens[max(0, at - 5) : at + 1]:
        if token.sentence == text.tokens[at].sentence and token.concepts & _DOWNWARD:
            return -1
    return 1


def _counterparts(a: Alignment, here: _Separator) -> list[tuple[int, int]]:
    """(place, sign) of the separators of the same kind, or of the words of the same concept or stem, in the sentences
    that hold the claim."""
    if here.kind:
        found = [(s.at, s.sign) for number in a.focus for s in _by_kind(a.evidence).get((here.kind, number), ())]
        return found[:_MOST]
    token, sentence_of, focus = a.claim.tokens[here.at], a.evidence.sentence_of, a.focus
    return [(p, 1) for p in _of_word(a.evidence, token) if sentence_of[p] in focus][:_MOST]


def _of_word(evidence: Text, token: Token) -> tuple[int, ...]:
    """Where the words of the same stem or concept stand; kept with the evidence, as many claims ask for a word."""
    known, word = evidence.places_found, (token.key, token.concepts)
    if word not in known:
        places = set(evidence.positions.get(token.key, ()))
        for name in token.concepts:
            places.update(evidence.concept_positions.get(name, ()))
        known[word] = tuple(sorted(places))
    found: tuple[int, ...] = known[word]
    return found


def _inside(words: Sequence[_Word], sentence: int) -> _Inside:
    """Those of some words that stand in a sentence."""
    found = [(n, weight, standing[sentence]) for n, (weight, standing) in enumerate(words) if sentence in standing]
    return [n for n, _, _ in found], [(weight, there[:_MOST]) for _, weight, there in found]


def _leaning(inside: _Inside, first: int, behind: int, at: int, side: int) -> float:
    """Weight of the words ``first`` to ``behind`` that stand on one side (-1 left, 1 right) of a place of the evidence,
    less that of those on the other."""
    found = 0.0
    numbers, words = inside
    for weight, there in words[bisect_left(numbers, first) : bisect_left(numbers, behind)]:
        best, nearest = 0.0, at
        for place, quality in there:
            if place != at:
                value = quality / (1 + _FALL * abs(place - at))
                if value > best:
                    best, nearest = value, place
        if best:
            found += weight * best if (nearest > at) == (side > 0) else -weight * best
    return found
