"""Costless: "at no cost", "never disturbs", "without loss" where the source says "minimal impact", "a small loss".

The source has to measure what is lost, of the things that the claim denies it of, in a sentence that denies nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Final

from rag.grounding.alignment import KIN, Alignment
from rag.grounding.signals import NONE, Signal

_SOME: Final = (
    r"(?:(?:the|a|an|any|absolutely|measurable|noticeable|discernible|significant|additional|extra|further|real|kind|sort"
    r"|of|single)\s+)*(?:\w+\s+)?"
)
_ILL: Final = (
    r"(?:costs?|overheads?|loss(?:es)?|impacts?|penalt(?:y|ies)|degradations?|interference|slowdowns?|effects?|errors?"
    r"|sacrifices?|expense|burden|delays?|drops?|decreases?|disturbances?|disruptions?|harm|damage|influence"
    r"|deterioration|decline|compromises?|price|gap|regressions?|changes?|modifications?|effort)"
)
_HARMS: Final = r"(?:disturb|interfer|affect|impact|harm|hurt|slow|delay|degrad|compromis|los|cost|disrupt)\w*"
_NONE_OF_IT: Final = re.compile(
    rf"(?<!\balmost )(?<!\bnext to )(?<!\bnearly )(?<!\bvirtually )(?<!\bpractically )(?<!\blittle or )\b(?:"
    rf"(?:no|zero)\s+{_SOME}{_ILL}|without\s+{_SOME}{_ILL}|free\s+of\s+{_SOME}{_ILL}|(?:overhead|loss|cost)-free"
    r"|(?:for|at)\s+(?:nothing|free)|(?:is|are|was|were|costs?)\s+nothing"
    r"|not\s+(?:\w+\s+){0,3}(?:in\s+the\s+(?:least|slightest)|at\s+all|one\s+bit|a\s+bit)"
    rf"|never\s+(?:\w+ly\s+)?{_HARMS}|(?:does|do|did)\s+not\s+(?:\w+ly\s+)?{_HARMS}|every\s+bit\s+as"
    r"|leav\w+\s+(?:\w+\s+){1,3}(?:intact|unaffected|unchanged|untouched|unharmed))\b"
)
_SMALL: Final = (
    r"(?:minimal(?:ly)?|minimum|negligibl[ey]|small|slight(?:ly)?|little|minor|low|marginal(?:ly)?|modest|tiny|insignificant"
    r"|limited|moderate)"
)
_A_LITTLE: Final = re.compile(
    rf"\b(?:{_SMALL}\s+(?:\w+\s+)?{_ILL}|{_ILL}\s+(?:is|are|remains?|of|being|stays?)\s+(?:\w+\s+)?{_SMALL})\b"
)
_NOTHING: Final = re.compile(
    r"\b(?:no|without|zero|never|free|none|nothing|eliminat\w+|avoid\w*|remov\w+|lossless\w*|preserv\w+|maintain\w*|not"
    r"|unaffected|unchanged|intact|exact\w*|hid\w+|identical\w*|same|retain\w*|overlap\w*)\b"
)
"""In such a sentence something may be lost nothing of."""
_QUICK: Final = frozenset("no zero without free nothing not never every leave leaves leaving".split())
NEEDED: Final = (_QUICK.__contains__,)
_QUICK_THERE: Final = frozenset(
    "minimal minimally minimum negligible negligibly small slight slightly little minor low marginal marginally modest "
    "tiny insignificant limited moderate".split()
)
_BEFORE, _BEHIND = 7, 5
"""Words of the claim around its words that may say of what nothing is lost."""
_NEAR_BEFORE, _NEAR_BEHIND = 3, 6
"""Words of the source around its words that say of what little is lost."""


def costless(a: Alignment) -> Signal:
    """Strength 1, with a line for people, where the claim says that nothing is lost and the source that a little is."""
    if _QUICK_THERE.isdisjoint(a.evidence.words):
        return NONE
    claim, there = a.claim, a.evidence
    for match in () if _A_LITTLE.search(claim.low) else _NONE_OF_IT.finditer(claim.low):
        first, behind = (bisect_left(claim.starts, at) for at in (match.start(), match.end()))
        inside = claim.sentence_tokens[claim.tokens[first].sentence]
        near = [i for i in range(max(inside[0], first - _BEFORE), min(inside[-1] + 1, behind + _BEHIND)) if i in a.row]
        for said in _A_LITTLE.finditer(there.low):
            begin, end = (bisect_left(there.starts, at) for at in (said.start(), said.end()))
            number = there.tokens[begin].sentence
            span = there.sentences[number]
            if number not in a.focus or _NOTHING.search(there.low, span.start, span.end):
                continue
            if any(_loses_nothing(a, elsewhere) for i in near for elsewhere in a.only_elsewhere(a.row[i], number)):
                continue
            around = range(begin - _NEAR_BEFORE, end + _NEAR_BEHIND)
            if any(p in around and there.sentence_of[p] == number for i in near for p in a.standing_at(i, KIN)):
                return Signal(1.0, f"the claim says '{match.group()}' where the source says '{said.group()}'")
    return NONE


def _loses_nothing(a: Alignment, sentence: int) -> bool:
    """Whether a sentence of the evidence says that something is lost nothing of."""
    span = a.evidence.sentences[sentence]
    return _NOTHING.search(a.evidence.low, span.start, span.end) is not None
