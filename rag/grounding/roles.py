"""Roles: which of two things is said to be more, in the claim and in the evidence.

Only the nearest few words on either side of "than", "against" or a verb like "outperforms" count, and a comparison
whose word is the opposite of the source's ("A is slower than B", "B is faster than A") is turned round before it is
compared. Where the two do not compare by the same thing nothing is said. Names are looked for on the left as far as the
sentence goes: "For messages of any size, on both networks, A is faster than B".
"""

from __future__ import annotations

from typing import Final, NamedTuple

from rag.grounding.alignment import Alignment
from rag.grounding.lexicon import opposites, stems
from rag.grounding.paraphrases import opposites_of, synonyms_of
from rag.grounding.signals import bounds_a_figure
from rag.grounding.tokens import Text, Token, of_text

_COMPARE: Final = frozenset("than over versus vs against unlike beyond behind compared relative".split())
_AHEAD: Final = stems("outperform surpass exceed beat outpace overtake outdo outrun outscore outlast".split())
_BEHIND: Final = stems("lag trail underperform".split())
_AHEAD_OR_BEHIND: Final = _AHEAD | _BEHIND
_REACH: Final = 8
_SIDES: Final = 3
"""Words of weight on either side that are looked at."""
_FALL: Final = 0.25
_NAMES_RIGHT, _NAMES_LEFT = 8, 25
"""How far from the word of comparing a name may stand."""
_GOOD: Final = frozenset({"fast", "better", "cheap", "easy", "accurate", "success", "strong"})
_BAD: Final = frozenset({"slow", "worse", "costly", "hard", "inaccurate", "failure", "weak"})
_ABOVE_OR_BELOW: Final = {"above": 2, "below": -2}
_CHANGES: Final = frozenset(
    "increase increases decrease decreases reduction reductions growth gain gains drop drops rise rises improvement "
    "improvements speedup speedups savings loss losses degradation".split()
)
_DEGREES: Final = frozenset("more less fewer lower higher smaller larger greater".split())
_AMOUNTS: Final = frozenset({"many", "few", "large", "small", "high", "low", "up", "down"})


class Roles(NamedTuple):
    """How sure the sides of a comparison are turned round, or kept; each in [0, 1]."""

    turned: float = 0.0
    kept: float = 0.0
    word: str = ""
    """The word of comparing of the evidence whose sides are turned the most, or ""."""


_NO_ROLES: Final = Roles()


class _Pivot(NamedTuple):
    at: int
    measure: int
    """Index of the word by which things are compared ("faster"); the pivot's own for "outperforms"."""
    of: int
    """Index of what is counted ("memory" of "less memory than"), or -1."""


def roles(a: Alignment) -> Roles:
    """Compare the sides of all comparisons of the claim with those in the sentences that hold most of it."""
    pivots = _pivots(a.claim)
    if not pivots and not _compared(a.claim):
        return _NO_ROLES
    best_turned, best_kept, word = 0.0, 0.0, ""
    if exchanged := _names_exchanged(a):
        return Roles(1.0, 0.0, exchanged)
    there_are = [p for p in _pivots(a.evidence) if a.evidence.tokens[p.at].sentence in a.focus] if pivots else []
    for here in pivots:
        turned = kept = 0.0
        name = ""
        for there in there_are:
            sign = _sign(a, here, there)
            if not sign:
                continue
            left, right = _side(a, here, there, -1, sign), _side(a, here, there, 1, sign)
            if left > 0 and right > 0:
                kept = max(kept, min(left, right))
            if left < 0 and right < 0 and min(-left, -right) > turned:
                turned, name = min(-left, -right), a.evidence.tokens[there.at].surface
        best_kept = max(best_kept, kept - turned)
        if turned - kept > best_turned:
            best_turned, word = turned - kept, name
    return Roles(best_turned, best_kept, word)


@of_text
def _pivots(text: Text) -> tuple[_Pivot, ...]:
    """The words of comparing of a text that come with a word to compare by."""
    found: list[_Pivot] = []
    if _COMPARE.isdisjoint(text.words) and text.positions.keys().isdisjoint(_AHEAD_OR_BEHIND):
        return ()
    for i, token in enumerate(text.tokens):
        if token.key in _AHEAD_OR_BEHIND and not token.is_name and not _of_a_figure(text, i):
            found.append(_Pivot(i, i, -1))
        elif token.low in _COMPARE and not bounds_a_figure(text, i):
            measure = _measure(text, i)
            if measure >= 0:
                of = next((j for j in range(measure + 1, i) if text.tokens[j].weight > 0), -1)
                found.append(_Pivot(i, measure, of))
    return tuple(found)


def _names_exchanged(a: Alignment) -> str:
    """The word of comparing of the evidence whose right side is a name that the claim has on its left, and the other
    way round; or ""."""
    for here in _compared(a.claim):
        right, left = _names(a.claim, here.at, 1), _names(a.claim, here.at, -1)
        for there in _compared(a.evidence) if right and left else ():
            if a.evidence.tokens[there.at].sentence not in a.focus or _general_sign(a, here, there) <= 0:
                continue
            other, first = _names(a.evidence, there.at, 1), _names(a.evidence, there.at, -1)
            if other and right[0] in first and other[0] in left and right[0] not in left and other[0] not in first:
                return a.evidence.tokens[there.at].surface
    return ""


@of_text
def _compared(text: Text) -> tuple[_Pivot, ...]:
    """The pivots of a text, and words that say by themselves that one thing is above another."""
    if text.words.isdisjoint(_ABOVE_OR_BELOW):
        return _pivots(text)
    above = (_Pivot(i, i, -1) for i, t in enumerate(text.tokens) if t.low in _ABOVE_OR_BELOW)
    return (*_pivots(text), *above)


def _names(text: Text, at: int, step: int) -> list[str]:
    """The stems of the names on one side of a word, the nearest first; on the right only the first counts."""
    inside = text.sentence_tokens[text.tokens[at].sentence]
    reach = range(at + 1, min(at + 1 + _NAMES_RIGHT, inside[-1] + 1))
    if step < 0:
        reach = range(at - 1, max(at - 1 - _NAMES_LEFT, inside[0] - 1), -1)
    return [text.tokens[j].key for j in reach if text.tokens[j].is_name]


def _general_sign(a: Alignment, here: _Pivot, there: _Pivot) -> int:
    """As :func:`_sign`, where one word or both only say which side is above."""
    sign = _sign(a, here, there)
    if sign:
        return sign
    one, other = (
        _ABOVE_OR_BELOW.get(t.low, _merit(t)) for t in (a.claim.tokens[here.measure], a.evidence.tokens[there.measure])
    )
    return (1 if one * other > 0 else -1) if one and other and max(abs(one), abs(other)) > 1 else 0


def _of_a_figure(text: Text, i: int) -> bool:
    """ "exceeds 30%", "exceeded by": nothing stands on the right that the left is compared with."""
    after = text.tokens[i + 1 : i + 3]
    return not (after and after[0].is_name) and any(t.is_number or t.low == "by" for t in after)


def _measure(text: Text, i: int) -> int:
    """The nearest word before a pivot with a direction or in -er, or "more"; -1 where there is none."""
    ways = opposites()
    for j in range(i - 1, max(-1, i - 7), -1):
        token = text.tokens[j]
        if token.sentence != text.tokens[i].sentence:
            break
        low = token.low
        if low in {"more", "less", "fewer"} or (len(low) > 4 and low.endswith("er") and j >= i - 3):
            return j
        if any(name in ways for name in token.concepts):
            return _of_a_change(text, j) if low in _CHANGES else j
    return -1


def _of_a_change(text: Text, j: int) -> int:
    """The "less" of "less memory increase" at j, where there is one: by that the changes are compared."""
    reach = range(j - 1, max(-1, j - 4), -1)
    found = (k for k in reach if text.tokens[k].low in _DEGREES and text.tokens[k].clause == text.tokens[j].clause)
    return next(found, j)


def _sign(a: Alignment, here: _Pivot, there: _Pivot) -> int:
    """1 where both say the same of their sides, -1 where they say the opposite, 0 where that is not known."""
    one, other = a.claim.tokens[here.measure], a.evidence.tokens[there.measure]
    sign = _likeness(one, other)
    if sign and one.concepts & _AMOUNTS and here.of >= 0 and there.of >= 0:
        counted = _likeness(a.claim.tokens[here.of], a.evidence.tokens[there.of])
        return sign if counted > 0 else 0
    if sign:
        return sign
    first, second = _merit(one), _merit(other)
    general = abs(first) > 1 or abs(second) > 1
    return (1 if first * second > 0 else -1) if general and first and second else 0


def _merit(token: Token) -> int:
    """2 for words that put the left side ahead in general ("better"), 1 in one respect ("faster"); negative: behind."""
    names = token.concepts
    if token.key in _AHEAD or "better" in names:
        return 2
    if token.key in _BEHIND or "worse" in names:
        return -2
    return 1 if names & _GOOD else (-1 if names & _BAD else 0)


def _likeness(one: Token, other: Token) -> int:
    if one.key == other.key or other.key in synonyms_of(one.key):
        return 1
    names, others = one.concepts, other.concepts
    if other.key in opposites_of(one.key) or any(o in others for n in names for o in opposites().get(n, ())):
        return -1 if not names & others else 0
    return int(bool(names & others))


def _side(a: Alignment, here: _Pivot, there: _Pivot, side: int, sign: int) -> float:
    """In [-1, 1]: whether the nearest words of the claim on this side stand on the like side of the other pivot."""
    claim, evidence = a.claim.tokens, a.evidence.tokens
    rows = [
        r
        for r, i in enumerate(a.content)
        if 0 < (i - here.at) * side <= _REACH
        and claim[i].sentence == claim[here.at].sentence
        and i != here.measure
        and a.weights[r] > 0.5
    ]
    rows = rows[:_SIDES] if side > 0 else rows[::-1][:_SIDES]
    total = value = 0.0
    for row in rows:
        weight = float(a.weights[row]) / (1 + _FALL * (abs(a.content[row] - here.at) - 1))
        total += weight
        near = [0.0, 0.0]
        for place, quality in a.standing[row].get(evidence[there.at].sentence, ()):
            if place not in (there.at, there.measure):
                at = int(place > there.at)
                near[at] = max(near[at], quality / (1 + _FALL * (abs(place - there.at) - 1)))
        like = int(side * sign > 0)
        value += weight * (near[like] - near[1 - like])
    return value / total if total else 0.0
