"""Order: which things stand on which side of a verb, of "than" or of "from", in the claim and in the evidence.

"A outperforms B" and "B outperforms A" hold the same words near one another; what parts them is on which side of the
verb each stands. A separator of the claim is laid beside every like one of the evidence: its sides are kept where the
words on the left stand on the left there too, and turned where both sides are exchanged. One side alone proves nothing:
a sentence may have been turned round without changing what it says.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
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


_NO_ORDER: Final = Order(0.0, 0.0, 0.0, 0.0, "")

_Standing = Sequence[tuple[int, float]]
"""(place, how well it matches) of each place of a word in one sentence of the evidence."""
_Word = tuple[int, float, _Standing]
"""The index of a weighty word of the claim, its weight, and where it stands in one sentence."""
_Places = Mapping[int, Sequence[tuple[int, int]]]
"""By sentence: (place, sign) of separators of one kind; the sign is -1 for a downward comparison ("slower than")."""
_NOWHERE: Final[_Places] = {}


def order(a: Alignment) -> Order:
    """Compare the sides of all separators."""
    inside = _inside(a)
    if not inside:
        return _NO_ORDER
    # (turned, kept) of all words but those of comparing, and of those.
    best = [(0.0, 0.0), (0.0, 0.0)]
    word, most = "", 0.0
    claim, evidence = a.claim, a.evidence
    tokens, sentences, by_kind = claim.tokens, claim.sentence_tokens, _by_kind(evidence)
    head, tail = min([words[0][0] for words in inside.values()]), max([words[-1][0] for words in inside.values()])
    for here, kind, own in _separators(claim):
        if not head < here < tail:
            continue
        found = by_kind.get(kind) if kind else _of_word(evidence, tokens[here])
        if not found:
            continue
        within = sentences[tokens[here].sentence]
        reach = max(here - _REACH, within[0]), here, min(here + _REACH, within[-1]) + 1
        compared = kind == _COMPARE
        was = best[compared]
        sides = _sides(inside, _counterparts(found, a.focus), reach, own, was)
        if sides is None:
            continue
        turned, kept, at = sides
        best[compared] = (max(was[0], turned - kept), max(was[1], kept - turned))
        if turned - kept > most:
            word, most = evidence.tokens[at].surface, turned - kept
    return Order(*best[False], *best[True], word)


def _inside(a: Alignment) -> dict[int, list[_Word]]:
    """By sentence of those that the claim rests on, its weighty words that stand there, where there are two or more."""
    weights = a.claim.columns["weight"]
    standing = zip(a.content, a.standing, strict=True)
    weighty = [(i, weights[i], there) for i, there in standing if there and weights[i] > _WEIGHTY]
    found: dict[int, list[_Word]] = {}
    for number in a.focus:
        words = [(i, weight, there[number]) for i, weight, there in weighty if number in there]
        if len(a.evidence.sentence_tokens[number]) > _MOST:
            words = [(i, weight, places[:_MOST]) for i, weight, places in words]
        if len(words) > 1:
            found[number] = words
    return found


def _counterparts(found: _Places, focus: Sequence[int]) -> list[tuple[int, Sequence[tuple[int, int]]]]:
    """The sentences of the focus that hold such separators, with these."""
    left, kept = _MOST, []
    for number in focus:
        if number in found:
            places = found[number] if len(found[number]) <= left else found[number][:left]
            kept.append((number, places))
            left -= len(places)
    return kept


def _sides(
    inside: Mapping[int, list[_Word]],
    counterparts: Sequence[tuple[int, Sequence[tuple[int, int]]]],
    reach: tuple[int, int, int],
    own: int,
    best: tuple[float, float],
) -> tuple[float, float, int] | None:
    """(turned, kept, place of the most turned) of a separator; None where that cannot change the ``best`` so far.

    ``reach``: the first word of the claim that is looked at, the separator and the word behind the last; ``own``: its
    sign. Both sides together lean no more than either: the shorter one is measured first, and the other only where that
    may tell more than is known.
    """
    first, here, behind = reach
    leaning: list[tuple[int, int, float, list[_Word]]] = []
    turned, kept = best
    tells = False
    for sentence, places in counterparts:
        if sentence not in inside:
            continue
        words = inside[sentence]
        # Both sides have to hold something.
        middle = bisect_left(words, (here,))
        left, right = words[bisect_left(words, (first,)) : middle], words[middle : bisect_left(words, (behind,))]
        if right and right[0][0] == here:
            del right[0]
        if not left or not right:
            continue
        side = own
        if len(left) <= len(right):
            left, right, side = right, left, -own
        for at, sign in places:
            value = _leaning(right, at, side * sign)
            # "A beats B" and "A takes less room than B": only the same sense of comparing can be turned round.
            if value > 0 or (value < 0 and own == sign):
                leaning.append((at, -side * sign, value, left))
                tells = tells or value > kept or -value > turned
    if not tells:
        return None
    kept = turned = 0.0
    most = -1
    for at, side, value, words in leaning:
        if value > kept:
            kept = max(kept, min(value, _leaning(words, at, side)))
        elif -value > turned and (less := min(-value, -_leaning(words, at, side))) > turned:
            turned, most = less, at
    return turned, kept, most


@of_text
def _separators(text: Text) -> tuple[tuple[int, str, int], ...]:
    """(index, kind, sign) of the words of a text that part two sides: comparisons, prepositions, and, of kind "", any
    word that may be a verb."""
    columns, bounds = text.columns, bounding(text)
    named, numbers, weights = columns["is_name"], columns["is_number"], columns["weight"]
    found = []
    for i, kind in enumerate(_kinds(text)):
        if kind is not None:
            if not numbers[i] and i not in bounds:
                found.append((i, kind, _sign(text, i) if kind == _COMPARE else 1))
        elif weights[i] > 0 and not named[i] and not numbers[i] and i not in bounds:
            found.append((i, "", 1))
    return tuple(found)


def _kinds(text: Text) -> list[str | None]:
    """The kind of separator that each word is; None for those that are none, and for verbs."""
    kinds: list[str | None] = list(map(_CLASS.get, text.columns["low"]))
    rivalry = classes()["rivalry"]
    if not rivalry.isdisjoint(text.stems):
        for i, key in enumerate(text.main_keys):
            if key in rivalry and not _is_paired(text, i):
                kinds[i] = _COMPARE
    return kinds


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
def _by_kind(text: Text) -> dict[str, _Places]:
    """By kind the separators that have one."""
    found: dict[str, dict[int, list[tuple[int, int]]]] = {}
    sentence_of, numbers, bounds = text.sentence_of, text.columns["is_number"], bounding(text)
    for i, kind in enumerate(_kinds(text)):
        if kind is not None and not numbers[i] and i not in bounds:
            sign = _sign(text, i) if kind == _COMPARE else 1
            found.setdefault(kind, {}).setdefault(sentence_of[i], []).append((i, sign))
    return dict(found)


def _sign(text: Text, at: int) -> int:
    """-1 where the comparison is downward ("slower than"), else 1."""
    for token in text.tokens[max(0, at - 5) : at + 1]:
        if token.sentence == text.tokens[at].sentence and token.concepts & _DOWNWARD:
            return -1
    return 1


def _of_word(evidence: Text, token: Token) -> _Places:
    """Where the words of the same stem or concept stand; kept with the evidence, as many claims ask for a word."""
    places, names = evidence.positions.get(token.key, ()), token.concepts
    if not names and len(places) < 2:
        return {evidence.sentence_of[places[0]]: ((places[0], 1),)} if places else _NOWHERE
    known, word = evidence.places_found, (token.key, names)
    found: _Places | None = known.get(word)
    if found is None:
        others = evidence.concept_positions
        found = known[word] = _by_sentence(evidence, sorted({*places, *[p for o in names for p in others.get(o, ())]}))
    return found


def _by_sentence(text: Text, places: Sequence[int]) -> _Places:
    sentence_of = text.sentence_of
    found: dict[int, list[tuple[int, int]]] = {}
    for place in places:
        found.setdefault(sentence_of[place], []).append((place, 1))
    return found


def _leaning(words: Sequence[_Word], at: int, side: int) -> float:
    """Weight of some words that stand on one side (-1 left, 1 right) of a place of the evidence, less that of those on
    the other."""
    found = 0.0
    for _, weight, there in words:
        best, nearest = 0.0, at
        for place, quality in there:
            if place != at:
                value = quality / (1 + _FALL * abs(place - at))
                if value > best:
                    best, nearest = value, place
        if best:
            found += weight * best if (nearest > at) == (side > 0) else -weight * best
    return found
