"""Order: which things stand on which side of a verb, of "than" or of "from", in the claim and in the evidence.

"A outperforms B" and "B outperforms A" hold the same words near one another; what parts them is on which side of the
verb each stands. A separator of the claim is laid beside every like one of the evidence: its sides are kept where the
words on the left stand on the left there too, and turned where both sides are exchanged. One side alone proves nothing:
a sentence may have been turned round without changing what it says.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import groupby, islice
from operator import itemgetter
from typing import Final, NamedTuple

from rag.grounding.alignment import KIN, Alignment
from rag.grounding.lexicon import classes, stems
from rag.grounding.signals import bounding
from rag.grounding.tokens import CLAUSE_MARK, MAX_SENTENCE, Text, Token, of_text

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
_LOSING: Final = stems("lose loses losing lost lag trail underperform".split())
_FRAMING: Final = frozenset(
    "in within inside for with at on of among amongst under across by to before after during beside besides per via "
    "through according when where if once as".split()
)
_LONGEST_FRAME: Final = 14
_ENDING: Final = _FRAMING | frozenset(
    "and but while whereas which who so yet not though although because since thanks especially particularly even that "
    "with without than then thus hence whose where up down it they this these or nor will would can could may might "
    "is are was were has have had does did".split()
)
"""Behind a mark they begin what is no part of the thing compared with."""
_REACH: Final = 10
_FALL: Final = 0.1
_DISTANCES: Final = [1 + _FALL * n for n in (*range(MAX_SENTENCE + 1), *range(MAX_SENTENCE, 0, -1))]
"""By how far a word stands behind or, counted from the end, before another of its sentence: what it counts less."""
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

_Word = tuple[int, float, int, float]
"""Of a weighty word of the claim: its index, its weight, a place of the evidence, and how well that matches."""
_Places = Mapping[int, Sequence[int]]
"""By sentence: the places of separators of one kind."""
_NOWHERE: Final[_Places] = {}


def order(a: Alignment) -> Order:
    """Compare the sides of all separators."""
    inside = _inside(a)
    held = [words for words in inside.values() if words]
    if not held:
        return _NO_ORDER
    # (turned, kept) of all words but those of comparing, and of those.
    best = [(0.0, 0.0), (0.0, 0.0)]
    word, most = "", 0.0
    claim, evidence, by_kind = a.claim, a.evidence, _by_kind(a.evidence)
    head, tail = min([words[0][0] for words in held]), max([words[-1][0] for words in held])
    kinds, weights, bounds = _kinds(claim), claim.columns["weight"], bounding(claim)
    # Both sides have to hold something.
    for here in range(head + 1, tail):
        token, kind = claim.tokens[here], kinds[here]
        if kind is not None:
            found = by_kind.get(kind)
        elif weights[here] > 0 and not token.is_name:
            found = _of_word(evidence, token)
        else:
            continue
        if not found or token.is_number or here in bounds:
            continue
        compared = kind == _COMPARE
        was = best[compared]
        sides = _sides(a, inside, here, found, was, compared=compared)
        if sides is None:
            continue
        turned, kept, at = sides
        best[compared] = (max(was[0], turned - kept), max(was[1], kept - turned))
        if turned - kept > most:
            word, most = evidence.tokens[at].surface, turned - kept
    return Order(*best[False], *best[True], word)


def _behind_the_front(text: Text, inside: Sequence[int]) -> int:
    """The index of the first word of a sentence behind a phrase at its head that only says where it holds: "On wide
    looms, Ash is faster than Birch"; of its first word where there is none."""
    if text.tokens[inside[0]].low in _FRAMING:
        for i in inside[1:_LONGEST_FRAME]:
            if "," in text.text[text.tokens[i - 1].end : text.tokens[i].start]:
                return i
    return inside[0]


def _last_of_the_side(text: Text, at: int) -> int:
    """The index of the last word before what follows the thing compared with: "than Birch, by a fifth"; a name or an
    article behind a mark goes on ("than Birch, the older loom")."""
    tokens = text.tokens
    inside = text.sentence_tokens[tokens[at].sentence]
    for i in range(at + 2, min(at + _REACH, inside[-1]) + 1):
        goes_on = tokens[i].low not in _ENDING and not tokens[i].low.endswith("ing")
        if not goes_on and CLAUSE_MARK.search(text.text, tokens[i - 1].end, tokens[i].start):
            return i - 1
    return inside[-1]


def _inside(a: Alignment) -> dict[int, list[_Word]]:
    """By sentence of those that the claim rests on, where its weighty words stand there."""
    weights, sentence_of = a.claim.columns["weight"], a.evidence.sentence_of
    found: dict[int, list[_Word]] = {number: [] for number in a.focus}
    for i, places in zip(a.content, a.places, strict=True):
        if places and weights[i] > _WEIGHTY:
            for place, quality in places.items():
                if quality >= KIN and sentence_of[place] in found:
                    found[sentence_of[place]].append((i, weights[i], place, quality))
    return {number: words if len(words) <= _MOST else _bounded(words) for number, words in found.items()}


def _bounded(words: Sequence[_Word]) -> list[_Word]:
    """The first places of each word."""
    return [place for _, places in groupby(words, itemgetter(0)) for place in islice(places, _MOST)]


def _sides(
    a: Alignment,
    inside: Mapping[int, list[_Word]],
    here: int,
    counterparts: _Places,
    best: tuple[float, float],
    *,
    compared: bool,
) -> tuple[float, float, int] | None:
    """(turned, kept, place of the most turned) of a separator of the claim, by its counterparts in the sentences that
    hold the claim; None where that cannot change the ``best`` so far.

    Both sides together lean no more than either: the shorter one is measured first, and the other only where that may
    tell more than is known.
    """
    within = a.claim.sentence_tokens[a.claim.tokens[here].sentence]
    first, behind = max(here - _REACH, within[0]), min(here + _REACH, within[-1]) + 1
    if compared:
        first = max(first, _behind_the_front(a.claim, within))
        behind = min(behind, _last_of_the_side(a.claim, here) + 1)
    own = _sign(a.claim, here) if compared else 1
    leaning: list[tuple[int, int, float, list[_Word]]] = []
    (turned, kept), left_out = best, _MOST
    tells = False
    for sentence, words in inside.items():
        if sentence not in counterparts:
            continue
        places = counterparts[sentence][:left_out]
        left_out -= len(places)
        left = words[bisect_left(words, (first,)) : bisect_left(words, (here,))]
        right = words[bisect_left(words, (here + 1,)) : bisect_left(words, (behind,))]
        if not left or not right:
            continue
        side = own
        if len(left) <= len(right):
            left, right, side = right, left, -own
        for at in places:
            sign = _sign(a.evidence, at) if compared else 1
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
    found: dict[str, dict[int, list[int]]] = {}
    sentence_of, numbers, bounds = text.sentence_of, text.columns["is_number"], bounding(text)
    for i, kind in enumerate(_kinds(text)):
        if kind is not None and not numbers[i] and i not in bounds:
            found.setdefault(kind, {}).setdefault(sentence_of[i], []).append(i)
    return dict(found)


def _sign(text: Text, at: int) -> int:
    """-1 where the comparison is downward ("slower than", "loses to", "beaten by"), else 1."""
    if _is_behind(text, at):
        return -1
    for token in text.tokens[max(0, at - 5) : at + 1]:
        if token.sentence == text.tokens[at].sentence and token.concepts & _DOWNWARD:
            return -1
    return 1


def _is_behind(text: Text, at: int) -> bool:
    """Whether a word of rivalry puts what stands before it behind: "A loses to B", "A is beaten by B"."""
    if text.main_keys[at] in _LOSING:
        return True
    behind = text.tokens[at + 1 : at + 2]
    return bool(behind) and behind[0].low == "by" and text.main_keys[at] in classes()["rivalry"]


def _of_word(evidence: Text, token: Token) -> _Places:
    """Where the words of the same stem or concept stand; kept with the evidence, as many claims ask for a word."""
    places, names = evidence.positions.get(token.key, ()), token.concepts
    if not names and len(places) < 2:
        return {evidence.sentence_of[places[0]]: places} if places else _NOWHERE
    known, word = evidence.places_found, (token.key, names)
    found: _Places | None = known.get(word)
    if found is None:
        others = evidence.concept_positions
        found = known[word] = _by_sentence(evidence, sorted({*places, *[p for o in names for p in others.get(o, ())]}))
    return found


def _by_sentence(text: Text, places: Sequence[int]) -> _Places:
    sentence_of = text.sentence_of
    found: dict[int, list[int]] = {}
    for place in places:
        found.setdefault(sentence_of[place], []).append(place)
    return found


def _leaning(words: Sequence[_Word], at: int, side: int) -> float:
    """Weight of some words that stand on one side (-1 left, 1 right) of a place of the evidence, less that of those on
    the other; of each word, the place that counts most."""
    found = best = value = 0.0
    last = -1
    for i, weight, place, quality in words:
        if i != last:
            found += value
            best = value = 0.0
            last = i
        if place != at:
            near = quality / _DISTANCES[place - at]
            if near > best:
                best = near
                value = weight * near if (place > at) == (side > 0) else -weight * near
    return found + value
