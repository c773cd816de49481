"""Unsolved: "a solved problem" where the source calls it open, "sufficient" where it says "necessary".

Two words that say more of a thing than the source's: one that ends a question which it leaves open, of the things that
the question is about; and one that makes of a condition all that is needed.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Final

from rag.grounding.alignment import Alignment
from rag.grounding.signals import NONE, Signal

_SOLVED: Final = re.compile(
    r"\b(?:solved|resolved|settled|overcome|answered|mastered|solves?|resolves?|settles?"
    r"|no\s+longer\s+(?:open|a\s+\w+))\b"
)
_OPEN: Final = re.compile(
    r"\b(?:open\s+(?:challenges?|problems?|questions?|issues?)|unsolved|unresolved|unanswered"
    r"|remains?\s+(?:(?:an?|largely|still|very)\s+)*(?:open|unclear|elusive|challeng\w+|difficult\w*|unknown|hard"
    r"|under-?explored|unexplored)"
    r"|not\s+(?:yet\s+)?(?:known|clear|(?:well\s+)?understood)|poorly\s+understood)\b"
)
_ENOUGH: Final = re.compile(
    r"\b(?:sufficient|suffices?|sufficed|enough|all\s+(?:that\s+is|one|it)\s+(?:takes|needed|needs))\b"
)
_NEEDED: Final = re.compile(
    r"\b(?:necessary|prerequisites?|preconditions?|required|essential|crucial|indispensable|vital)\b"
)
_NOT: Final = re.compile(
    r"\b(?:not|never|no|nor|cannot|\w+n['’]t|remains?|yet|be|to|hardly|if|whether)\s+(?:\w+\s+){0,2}\Z"
)
_QUICK: Final = frozenset(
    "solved resolved settled overcome answered mastered solve solves resolve resolves settle settles longer "
    "sufficient suffice suffices sufficed enough takes needed needs".split()
)
NEEDED: Final = (_QUICK.__contains__,)
_QUICK_THERE: Final = frozenset(
    "open unsolved unresolved unanswered remain remains known clear understood necessary prerequisite prerequisites "
    "precondition preconditions required essential crucial indispensable vital".split()
)
_BEFORE, _BEHIND = 9, 5
"""Words around "solved" that say what is."""
_ABOUT, _SPOKEN_OF = 0.6, 0.4
"""Share of these, and of the whole claim, that must stand in the sentence."""


def unsolved(a: Alignment) -> Signal:
    """Strength 1, with a line for people, where the claim calls solved what is open, or enough what is only needed."""
    if _QUICK_THERE.isdisjoint(a.evidence.words):
        return NONE
    for stronger, weaker in ((_SOLVED, _OPEN), (_ENOUGH, _NEEDED)):
        match = stronger.search(a.claim.low)
        if match is None or weaker.search(a.claim.low) or _NOT.search(a.claim.low, 0, match.start()):
            continue
        at = bisect_left(a.claim.starts, match.start())
        rows = [r for r in a.rows_among(range(max(0, at - _BEFORE), at + _BEHIND)) if a.content[r] != at]
        held = a.held_of(rows).tolist() if rows else []
        for number in a.focus if held else ():
            span = a.evidence.sentences[number]
            said = weaker.search(a.evidence.low, span.start, span.end)
            about = held[number] >= _ABOUT if stronger is _SOLVED else float(a.held[number]) >= _SPOKEN_OF
            if said and about and not stronger.search(a.evidence.low, span.start, span.end):
                return Signal(1.0, f"the claim says '{match.group()}' where the source says '{said.group()}'")
    return NONE
