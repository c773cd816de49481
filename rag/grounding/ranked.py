"""Ranked: a claim that puts the one of two things ahead whose figure in the source is the other's less.

"A is faster on the GPU than on the CPU" where the source has "speedups of 2x on the GPU and 5x on the CPU". Two figures
of one unit stand in one sentence of the source, each with its own words about it; the claim compares these words.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import pairwise
from typing import Final, NamedTuple

from rag.grounding.alignment import EXACT, Alignment
from rag.grounding.cues import cues
from rag.grounding.lists import pairs
from rag.grounding.signals import NONE, Signal, bounds_a_figure
from rag.grounding.tokens import Text
from rag.text.quantities import Quantity, is_stated

_MORE: Final = frozenset("larger bigger greater higher longer taller heavier older later wider deeper".split())
_LESS: Final = frozenset("smaller lower shorter lighter younger earlier narrower shallower".split())
NEEDED: Final = (frozenset({"than"}).__contains__, (_MORE | _LESS).__contains__)
"""Of each of these kinds the claim needs a word."""
_ENDS: Final = re.compile(r"[;:.](?:\s|$)|\b(?:while|whereas|but|although|though|which|because|since)\b")
_PARTS: Final = re.compile(r"[;:()]|\b(?:while|whereas|but)\b")
_UNITS: Final = frozenset({"x", "%"})
_FARTHEST: Final = 12


class _Owned(NamedTuple):
    quantity: Quantity
    places: frozenset[int]


def ranked(a: Alignment) -> Signal:
    """Strength 1, with a line for people, where the claim ranks two things against their figures."""
    if "than" not in a.claim.words or len(a.evidence.quantities) < 2:
        return NONE
    for at, token in enumerate(a.claim.tokens):
        if token.low == "than" and not bounds_a_figure(a.claim, at):
            found = _at(a, at)
            if found.strength:
                return found
    return NONE


def _at(a: Alignment, at: int) -> Signal:
    """What the "than" at a word of the claim says against the figures of the source."""
    tokens = a.claim.tokens
    measure = next((j for j in range(at - 1, max(-1, at - _FARTHEST), -1) if tokens[j].low in _MORE | _LESS), -1)
    if measure < 0 or tokens[measure].sentence != tokens[at].sentence or any(measure in c.scope for c in cues(a.claim)):
        return NONE
    left, right = _words(a, at, measure, -1), _words(a, at, measure, 1)
    sign = 1 if tokens[measure].low in _MORE else -1
    against = NONE
    stated = a.claim.quantities
    for owned in (pair for sentence in a.focus for pair in _owned(a, sentence)):
        if any(q.unit in _UNITS for q in stated) and not any(is_stated(o.quantity, stated) for o in owned):
            continue  # the claim names the figure that it speaks of
        one, two = (
            [sum(bool(_found(a, i) & figure.places) for i in side) for figure in owned] for side in (left, right)
        )
        straight = min(one[0] - one[1], two[1] - two[0])
        crossed = min(one[1] - one[0], two[0] - two[1])
        if max(straight, crossed) < 0 or (straight <= 0 and crossed <= 0):
            continue
        ahead, behind = owned if straight > crossed else owned[::-1]
        if (ahead.quantity.value - behind.quantity.value) * sign >= 0:
            return NONE
        shown = [a.evidence.text[o.quantity.start : o.quantity.end] for o in (ahead, behind)]
        against = Signal(1.0, f"the claim says '{tokens[measure].surface}', the source {shown[0]} and {shown[1]}")
    return against


def _words(a: Alignment, at: int, measure: int, step: int) -> list[int]:
    """Weighty words of the claim on one side of its "than", as far as the clause goes."""
    tokens = a.claim.tokens
    found: list[int] = []
    j = at + step
    while 0 <= j < len(tokens) and tokens[j].sentence == tokens[at].sentence:
        low, high = sorted((j, j - step))
        if _ENDS.search(a.claim.low, tokens[low].end, tokens[high].start) or _ENDS.fullmatch(tokens[j].low):
            break
        if step > 0 and tokens[j].low == "and" and found:
            break
        if j != measure and j in a.row:
            found.append(j)
        j += step
    return found


def _found(a: Alignment, i: int) -> set[int]:
    return set(a.standing_at(i, EXACT))


def _owned(a: Alignment, sentence: int) -> list[list[_Owned]]:
    """The neighbouring figures of one unit in a sentence, two at a time, each with its own words."""
    text = a.evidence
    span = text.sentences[sentence]
    inside = [q for q in text.quantities if span.start <= q.start < span.end and q.high is None]
    found: list[list[_Owned]] = []
    for one, two in pairwise(inside):
        if one.unit != two.unit or one.unit not in _UNITS or _PARTS.search(text.low, one.end, two.start):
            continue
        if in_step := _in_step(text, one, two):
            found.append(in_step)
            continue
        if any(text.low[q.end : q.end + 1] in {",", ".", ")"} for q in (one, two)):
            continue  # "A has 46%, B 39%"
        first, mid, last = (bisect_left(text.starts, x) for x in (one.end, two.start, two.end))
        end = next(
            (j for j in range(last, len(text.tokens)) if j > last and _stops(text, j, sentence)), len(text.tokens)
        )
        found.append([_Owned(one, frozenset(range(first, mid))), _Owned(two, frozenset(range(last, end)))])
    return found


def _stops(text: Text, j: int, sentence: int) -> bool:
    return text.tokens[j].sentence != sentence or bool(
        re.search(r"[,;:()]", text.low[text.tokens[j - 1].end : text.tokens[j].start])
    )


def _in_step(text: Text, one: Quantity, two: Quantity) -> list[_Owned]:
    """The two figures with the members of a list that goes in step with theirs."""
    for lists in pairs(text):
        for figures, things in (lists, lists[::-1]):
            if len(figures) != 2:
                continue
            starts = [{text.tokens[i].start for i in item} for item in figures]
            if one.start in starts[0] and two.start in starts[1]:
                return [_Owned(one, frozenset(things[0])), _Owned(two, frozenset(things[1]))]
    return []
