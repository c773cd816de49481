"""Sequence: "first dyed, then washed" where the source has it washed and subsequently dyed.

What comes first and what comes next is said by a word between the two ("before", "followed by", "and then", "after"),
or at the head of the sentence ("Once ..., ..."). Where more of the claim's first step stands in the source's second
than in its first, and more of its second in the first, the claim is false.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Final, NamedTuple

from rag.grounding.alignment import EXACT, Alignment
from rag.grounding.signals import NONE, Signal
from rag.grounding.tokens import Text, of_text

_MARKS: Final = re.compile(
    r"\b(?:(?P<on>and\s+then|then|(?:is|are|was|were)?\s*followed\s+by|and\s+subsequently|subsequently|and\s+afterwards|"
    r"afterwards|and\s+later|thereafter|(?<!than\s)(?<!as\s)before|prior\s+to|preced(?:es?|ed|ing)|ahead\s+of|whereupon|and\s+next|"
    r"(?:and\s+)?only\s+then|and\s+finally|after\s+(?:which|that|this))"
    r"|(?P<back>after|once|as\s+soon\s+as|following|subsequent\s+to|preceded\s+by|follows))\b"
)
_WORDS: Final = frozenset(
    "then followed subsequently afterwards later thereafter before prior precedes precede preceded preceding ahead "
    "whereupon next finally after once soon following subsequent follows".split()
)
NEEDED: Final = (_WORDS.__contains__,)
_ENDS: Final = re.compile(r"[;:]")
_COMMA: Final = re.compile(r",")
_COUNTS: Final = frozenset("another many several few some half".split())
_AT_HEAD: Final = frozenset("after once before prior as following".split())
_MOST: Final = 7
_NOT_TIME: Final = re.compile(r"(?:\bif\b[^.;]*|\bmore\s+|\bat\s+|\ball\s+|\bsince\s+)\Z")


class Steps(NamedTuple):
    """The weighty words of what comes first and of what comes next, and the word that says so."""

    first: frozenset[int]
    next: frozenset[int]
    at: int
    at_head: bool
    """Whether it stands at the head of the sentence, where the end of the first step is not plain."""


@of_text
def steps(text: Text) -> tuple[Steps, ...]:
    """What a text puts in order of time."""
    found = []
    for match in _MARKS.finditer(text.low) if not _WORDS.isdisjoint(text.words) else ():
        at, end = bisect_left(text.starts, match.start()), bisect_left(text.starts, match.end())
        if at >= len(text.tokens) or _NOT_TIME.search(text.low, max(0, match.start() - 40), match.start()):
            continue
        if end < len(text.tokens) and (text.tokens[end].is_number or text.tokens[end].low in _COUNTS):
            continue  # "after 2015", "after another hour"
        inside = text.sentence_tokens[text.tokens[at].sentence]
        back = bool(match["back"])
        comma = _COMMA.search(text.low, match.end(), text.tokens[inside[-1]].end)
        if (
            at == inside[0]
            and comma
            and match.group().split()[0] in {"after", "once", "before", "prior", "as", "following"}
        ):
            turn = bisect_left(text.starts, comma.end())
            one, two = _run(text, end, 1, turn), _run(text, turn, 1, inside[-1] + 1)
            back = match.group().split()[0] in {"before", "prior"}
        else:
            one, two = _run(text, at - 1, -1, inside[0] - 1), _run(text, end, 1, inside[-1] + 1)
        if one and two:
            head = at == inside[0]
            found.append(Steps(two, one, at, head) if back else Steps(one, two, at, head))
    return tuple(found)


def _run(text: Text, j: int, step: int, end: int) -> frozenset[int]:
    """The weighty words from a word on, as far as its part of the sentence goes."""
    found: list[int] = []
    k = j
    while k != end and 0 <= k < len(text.tokens) and len(found) < _MOST:
        low, high = (k, k + 1) if step < 0 else (k - 1, k)
        if k != j and _ENDS.search(text.low, text.tokens[low].end, text.tokens[high].start):
            break
        if k != j and text.tokens[k].low in _WORDS:
            break
        if text.tokens[k].weight > 0:
            found.append(k)
        k += step
    return frozenset(found)


def sequence(a: Alignment) -> Signal:
    """Strength 1, with a line for people, where the claim puts two steps in the other order than the source."""
    if _WORDS.isdisjoint(a.evidence.words):
        return NONE
    there = [s for s in steps(a.evidence) if a.evidence.sentence_of[s.at] in a.focus]
    for here in steps(a.claim) if there else ():
        held = [(other, _held(a, here.first, other), _held(a, here.next, other)) for other in there]
        if any(_in_order(first, later) for _, first, later in held):
            continue  # of three steps two are in order, whatever the third
        for other, first, later in held:
            plain = not (first[0] or later[1])
            if first[1] > first[0] and later[0] > later[1] and (plain or not (here.at_head or other.at_head)):
                one, two = a.claim.tokens[here.at].surface, a.evidence.tokens[other.at].surface
                return Signal(1.0, f"what the claim puts before '{one}' comes behind '{two}' in the source")
    return NONE


def _in_order(first: tuple[int, int], later: tuple[int, int]) -> bool:
    return first[0] >= first[1] and later[1] >= later[0] and first[0] + later[1] > first[1] + later[0]


def _held(a: Alignment, words: frozenset[int], there: Steps) -> tuple[int, int]:
    """How many of some words of the claim stand in the first, and how many in the next step of the source."""
    places = [set(a.standing_at(i, EXACT)) for i in words]
    return sum(bool(p & there.first) for p in places), sum(bool(p & there.next) for p in places)
