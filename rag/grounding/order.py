"""Order: which things stand on which side of a verb, of "than" or of "from", in the claim and in the evidence.

"A outperforms B" and "B outperforms A" hold the same words near one another; what parts them is on which side of the
verb each stands. A separator of the claim is laid beside every like one of the evidence: its sides are kept where the
words on the left stand on the left there too, and turned where both sides are exchanged. One side alone proves nothing:
a sentence may have been turned round without changing what it says.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from rag.grounding.alignment import Alignment
from rag.grounding.lexicon import classes
from rag.grounding.signals import bounding
from rag.grounding.tokens import Text

_COMPARE: Final = "compare"
_CLASS: Final = {
    **dict.fromkeys(("than", "over", "versus", "vs", "against", "compared", "relative", "unlike", "beyond"), _COMPARE),
    **dict.fromkeys(("instead", "rather", "not"), "instead"),
    **dict.fromkeys(("whereas", "while", "but"), "whereas"),
    **{word: word for word in ("from", "to", "into", "by", "before", "after", "with", "for", "of", "on", "in", "as",
                               "at")},
}  # fmt: skip
_DOWNWARD: Final = frozenset({"few", "low", "slow", "worse", "small", "short", "down", "below", "weak"})
_REACH: Final = 10
_FALL: Final = 0.1
_WEIGHTY: Final = 0.5


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


class _Row(NamedTuple):
    """A word of the claim near a separator."""

    own: int
    """-1 where it stands on the left, 1 on the right."""
    sign: int
    """``own`` times the sign of the separator."""
    weight: float
    standing: dict[int, list[tuple[int, float]]]
    """By sentence of the focus: (place, how well it matches)."""


def order(a: Alignment) -> Order:
    """Compare the sides of all separators."""
    best = {True: (0.0, 0.0), False: (0.0, 0.0)}
    word, most = "", 0.0
    for here in _separators(a.claim):
        counterparts = _counterparts(a, here)
        rows = _near_rows(a, here) if counterparts else []
        # Both sides have to hold something.
        if len({row.own for row in rows}) < 2:
            continue
        kept = turned = 0.0
        name = ""
        for there in counterparts:
            left, right = _sides(a, rows, there)
            if left > 0 and right > 0:
                kept = max(kept, min(left, right))
            # "A beats B" and "A takes less room than B": only the same sense of comparing can be turned round.
            if here.sign != there.sign and left < 0 and right < 0:
                continue
            if left < 0 and right < 0 and min(-left, -right) > turned:
                turned, name = min(-left, -right), a.evidence.tokens[there.at].surface
        compared = here.kind == _COMPARE
        was = best[compared]
        best[compared] = (max(was[0], turned - kept), max(was[1], kept - turned))
        if turned - kept > most:
            word, most = name, turned - kept
    return Order(*best[False], *best[True], word)


@lru_cache(maxsize=512)
def _separators(text: Text) -> tuple[_Separator, ...]:
    """The words of a text that part two sides: comparisons, prepositions, and any word that may be a verb."""
    found: list[_Separator] = []
    rivalry, bounds = classes()["rivalry"], bounding(text)
    for i, token in enumerate(text.tokens):
        if token.is_number or i in bounds:
            continue
        kind = _COMPARE if token.key in rivalry else _CLASS.get(token.low)
        if kind is not None:
            found.append(_Separator(i, kind, _sign(text, i) if kind == _COMPARE else 1))
        elif token.weight > 0 and not token.is_name:
            found.append(_Separator(i, "", 1))
    return tuple(found)


@lru_cache(maxsize=512)
def _by_kind(text: Text) -> dict[tuple[str, int], tuple[_Separator, ...]]:
    """By kind and sentence."""
    found: dict[tuple[str, int], list[_Separator]] = {}
    for separator in _separators(text):
        if separator.kind:
            found.setdefault((separator.kind, text.tokens[separator.at].sentence), []).append(separator)
    return {place: tuple(items) for place, items in found.items()}


def _sign(text: Text, at: int) -> int:
    """-1 where the comparison is downward ("slower than"), else 1."""
    for token in text.tokens[max(0, at - 5) : at + 1]:
        if token.sentence == text.tokens[at].sentence and token.concepts & _DOWNWARD:
            return -1
    return 1


def _counterparts(a: Alignment, here: _Separator) -> list[_Separator]:
    """Separators of the same kind, or words of the same concept or stem, in the sentences that hold the claim."""
    tokens, focus = a.evidence.tokens, a.focus
    if here.kind:
        return [s for number in focus for s in _by_kind(a.evidence).get((here.kind, number), ())]
    token = a.claim.tokens[here.at]
    names = token.concepts
    places = {p for name in names for p in a.evidence.concept_positions.get(name, ())} if names else set[int]()
    places.update(a.evidence.positions.get(token.key, ()))
    return [_Separator(p, "", 1) for p in sorted(places) if tokens[p].sentence in focus]


def _near_rows(a: Alignment, here: _Separator) -> list[_Row]:
    """The words near a separator of the claim that stand anywhere in the focus."""
    tokens, at = a.claim.tokens, here.at
    sentence = tokens[at].sentence
    first, end = bisect_left(a.content, at - _REACH), bisect_right(a.content, at + _REACH)
    return [
        _Row(-1 if i < at else 1, here.sign if i > at else -here.sign, tokens[i].weight, standing)
        for i, standing in zip(a.content[first:end], a.standing[first:end], strict=True)
        if standing and i != at and tokens[i].sentence == sentence and tokens[i].weight > _WEIGHTY
    ]


def _sides(a: Alignment, rows: Sequence[_Row], there: _Separator) -> tuple[float, float]:
    """For the words left and right of a separator of the claim: weight on the same side of ``there``, less that on the
    other."""
    at = there.at
    sentence = a.evidence.tokens[at].sentence
    left = right = 0.0
    for own, sign, weight, standing in rows:
        best, side = 0.0, 0
        for place, quality in standing.get(sentence, ()):
            if place != at:
                value = quality / (1 + _FALL * abs(place - at))
                if value > best:
                    best, side = value, (-1 if place < at else 1)
        if side:
            value = weight * best if sign == side * there.sign else -weight * best
            if own > 0:
                right += value
            else:
                left += value
    return left, right
