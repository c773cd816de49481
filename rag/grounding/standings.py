"""Standings: "the yield grows from wool to silk" where a list of the source gives 9% and 7% to these two.

Where a list of figures runs in step with a list of things (``lists``), each thing has its figure. A claim that puts the
one thing above the other ("larger for A than for B", "A lies above B", "grows between A and B") has to go by them.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Final, NamedTuple

from rag.grounding.alignment import EXACT, Alignment
from rag.grounding.cues import cues
from rag.grounding.lists import pairs
from rag.grounding.signals import NONE, Signal, bounding
from rag.grounding.tokens import Text, of_text

_UP: Final = frozenset(
    "larger bigger greater higher longer wider more stronger better exceeds exceed exceeding exceeded above "
    "surpasses surpass outstrips beats".split()
)
_DOWN: Final = frozenset("smaller lower shorter narrower less fewer weaker worse below under trails".split())
_VERBS_UP: Final = frozenset(
    "grow grows grew rise rises rose increase increases increased climb climbs climbed widen widens widened swell "
    "swells larger bigger greater higher wider up".split()
)
_VERBS_DOWN: Final = frozenset(
    "shrink shrinks shrank fall falls fell decrease decreases decreased drop drops dropped decline declines declined "
    "narrow narrows narrowed dwindle dwindles diminish diminishes smaller lower narrower down".split()
)
_WORDS: Final = _UP | _DOWN | _VERBS_UP | _VERBS_DOWN
NEEDED: Final = (_WORDS.__contains__,)
_PIVOTS: Final = frozenset(
    "than above below exceeds exceed exceeding exceeded surpasses surpass outstrips beats trails".split()
)
_SPAN: Final = re.compile(
    r"\b(?:between\s+(?P<a>[^,;]{1,40}?)\s+and|from\s+(?P<b>[^,;]{1,40}?)\s+to)\s+(?P<c>[^,;]{1,40})"
)
_PARTS: Final = re.compile(r"[;:]|\b(?:while|whereas|but|and)\b")
_REACH: Final = 12


class _Placed(NamedTuple):
    """Two runs of words of the claim of which the first is said to have more (1) or less (-1), by a word."""

    sign: int
    one: tuple[int, ...]
    two: tuple[int, ...]
    at: int


@of_text
def placed(text: Text) -> tuple[_Placed, ...]:
    """What a text puts above or below what."""
    found: list[_Placed] = []
    first = -1
    for i, token in enumerate(text.tokens):
        if token.low not in _PIVOTS or i in bounding(text) or any(i in cue.scope for cue in cues(text)):
            continue
        by = i if token.low != "than" else next(
            (j for j in range(i - 1, max(-1, i - _REACH), -1) if text.tokens[j].low in _UP | _DOWN), -1
        )  # fmt: skip
        if by < 0 or text.tokens[by].sentence != token.sentence:
            continue
        first = i if first < 0 else first
        sign = 1 if text.tokens[by].low in _UP else -1
        inside = text.sentence_tokens[token.sentence]
        one = tuple([j for j in range(first - 1, max(inside[0], first - 2 * _REACH) - 1, -1) if text.tokens[j].weight])
        found.append(_Placed(sign, one, _behind(text, i + 1), by))
    return (*found, *_spanned(text))


def _behind(text: Text, j: int) -> tuple[int, ...]:
    """The weighty words from a word on, no farther than its part of the sentence goes."""
    found = []
    for k in range(j, min(j + _REACH, len(text.tokens))):
        if k > j and _PARTS.search(text.low, text.tokens[k - 1].end, text.tokens[k].end):
            break
        if text.tokens[k].sentence != text.tokens[j].sentence:
            break
        if text.tokens[k].weight:
            found.append(k)
    return tuple(found)


def _spanned(text: Text) -> list[_Placed]:
    """What grows or shrinks between two things: the later of them has more, or less."""
    moves = [(i, (t.low in _VERBS_UP) - (t.low in _VERBS_DOWN)) for i, t in enumerate(text.tokens)]
    signs = {sign for _, sign in moves if sign}
    found = []
    for match in _SPAN.finditer(text.low) if len(signs) == 1 else ():
        name = "a" if match["a"] else "b"
        one, two = _inside(text, match.span(name)), _inside(text, match.span("c"))
        at = next(i for i, sign in moves if sign)
        found.append(_Placed(-next(iter(signs)), one, two, at))
    return found


def _inside(text: Text, span: tuple[int, int]) -> tuple[int, ...]:
    first, last = bisect_left(text.starts, span[0]), bisect_left(text.starts, span[1])
    return tuple([i for i in range(first, last) if text.tokens[i].weight])


def standing(a: Alignment) -> Signal:
    """Strength 1, with a line for people, where the claim puts two things in the other order than their figures."""
    if not pairs(a.evidence):
        return NONE
    told = placed(a.claim)
    for figures, things in _tables(a.evidence, a.focus) if told else ():
        for here in told:
            one, two = _best(a, here.one, things), _best(a, here.two, things)
            if one < 0 or two < 0 or one == two or figures[one] == figures[two]:
                continue
            if (figures[one] > figures[two]) != (here.sign > 0):
                word = a.claim.tokens[here.at].surface
                return Signal(1.0, f"the claim says '{word}', the source {figures[one]:g} and {figures[two]:g}")
    return NONE


def _best(a: Alignment, words: tuple[int, ...], things: list[frozenset[int]]) -> int:
    """Index of the one thing of a list of which most stands among some words, or -1 where there is no such."""
    counts = [sum(1 for i in words if not thing.isdisjoint(_places(a, i))) for thing in things]
    most = max(counts)
    return counts.index(most) if most and counts.count(most) == 1 else -1


def _places(a: Alignment, i: int) -> list[int]:
    """Where a word of the claim stands as it is, or else by its stem: BLEU is not CodeBLEU where both stand."""
    places = a.standing_at(i, EXACT)
    return [p for p in places if a.evidence.tokens[p].low == a.claim.tokens[i].low] or places


def _tables(text: Text, focus: tuple[int, ...]) -> list[tuple[list[float], list[frozenset[int]]]]:
    """(figures, words of the things) of each list of figures that runs in step with one of things."""
    found = []
    for lists in pairs(text):
        if text.sentence_of[lists[0][0][0]] not in focus:
            continue
        for one, other in (lists, lists[::-1]):
            figures = [_figure(text, item) for item in one]
            units = {unit for _, unit in figures}
            if len(units) == 1 and "?" not in units and all(len(item) == 1 for item in one):
                found.append(([value for value, _ in figures], [frozenset(item) for item in other]))
                break
    return found


def _figure(text: Text, item: tuple[int, ...]) -> tuple[float, str]:
    """The figure of a member of a list and its unit; "?" where it has none or is no plain one."""
    start = text.tokens[item[0]].start
    quantity = next((q for q in text.quantities if q.start <= start < q.end and q.high is None), None)
    return (quantity.value, quantity.unit) if quantity else (0.0, "?")
