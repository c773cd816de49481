"""Contrasts: "layer by layer rather than step by step" of a source that sets itself apart from "layer by layer".

A claim that sets one thing apart from another keeps what stands before "rather than" and sets aside what stands behind
it. It is turned round where what it keeps is only set aside in the evidence, and what it sets aside only kept.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Final, NamedTuple

from rag.grounding.alignment import EXACT, Alignment
from rag.grounding.signals import NONE, Signal
from rag.grounding.tokens import Text, of_text

_APART: Final = r"rather than|instead of|as opposed to|in place of|and not|but not|unlike"
_SET_APART: Final = re.compile(rf"\b(?:{_APART}|(?<=,\s)not)\b")
NEEDED: Final = (re.compile(r"\b(?:rather|instead|opposed|place|not|unlike)\b"),)
"""Of each of these kinds the claim needs a word."""
_SET_ASIDE: Final = re.compile(
    rf"\b(?:{_APART}|in contrast (?:to|with)|as against|without|avoid(?:s|ed|ing)?|no longer|replac(?:es?|ed|ing))\b"
)
_ENDS: Final = re.compile(r"[,;:.()]|\b(?:and then|while|whereas|but|which|so that|because)\b")
_WEIGHTY: Final = 0.5
"""Weight above which a word says what is kept or set aside: not "use", not "load"."""
_MOST: Final = 6
"""Weighty words behind such a word that it sets aside."""
_REACH: Final = 14
"""Words before what is set aside among which what is kept stands."""


class _Contrast(NamedTuple):
    cue: str
    kept: tuple[int, ...]
    aside: tuple[int, ...]


def contrast(a: Alignment) -> Signal:
    """Strength 1 where the two sides of a contrast are turned round, with a line for people."""
    here = _contrasts(a.claim)
    if not here:
        return NONE
    aside_there = _aside(a.evidence)

    def places(i: int) -> list[int]:
        return a.standing_at(i, EXACT)

    for cue, kept, aside in here:
        if any(not aside_there.isdisjoint(places(i)) for i in aside):
            continue
        turned = [i for i in kept if places(i) and aside_there.issuperset(places(i))]
        if turned and any(places(i) for i in aside):
            word = a.claim.tokens[turned[0]].surface
            return Signal(1.0, f"the claim keeps '{word}' ('{cue}'), which the source sets aside")
    return NONE


def _contrasts(text: Text) -> list[_Contrast]:
    found = []
    for match in _SET_APART.finditer(text.low):
        aside = _behind(text, match.end())
        if not aside:
            continue
        inside = [i for i in text.sentence_tokens[text.tokens[aside[0]].sentence] if text.tokens[i].weight > _WEIGHTY]
        before = [i for i in inside if text.tokens[i].start < match.start() and aside[0] - i <= _REACH]
        # "Instead of x, it does y": what is kept follows.
        found.append(_Contrast(match.group(), tuple(before or [i for i in inside if i > aside[-1]]), aside))
    return found


@of_text
def _aside(text: Text) -> frozenset[int]:
    """Indices of the weighty words that a text sets aside."""
    return frozenset(i for match in _SET_ASIDE.finditer(text.low) for i in _behind(text, match.end()))


def _behind(text: Text, end: int) -> tuple[int, ...]:
    """The weighty words behind an offset, as far as their clause goes."""
    first = bisect_left(text.starts, end)
    found: list[int] = []
    for i in range(first, len(text.tokens)):
        other = text.tokens[i].sentence != text.tokens[first].sentence
        if other or (i > first and _ENDS.search(text.low, text.tokens[i - 1].end, text.tokens[i].end)):
            break
        if text.tokens[i].weight > _WEIGHTY:
            found.append(i)
        if len(found) == _MOST:
            break
    return tuple(found)
