"""Exceptions: "X is left out" or "is an exception" where the source says it of X like of the rest.

A claim that takes a thing out of what holds for others has to have that from the source. Where the sentences that it
rests on have no word of exception, of leaving out or of denial at all, they hold for the thing too.
"""

from __future__ import annotations

import re
from typing import Final

from rag.grounding.alignment import Alignment
from rag.grounding.signals import NONE, Signal

_TAKES_OUT: Final = re.compile(
    r"\b(?:(?:is|are|was|were|be|being|as|forms?|makes?)\s+(?:an?|the|one|some|notable|rare|sole|only)\s+(?:\w+\s+)?exceptions?"
    r"|(?:are|were|as|being)\s+exceptions|with\s+(?:the|one|an|some|a\s+few)\s+exceptions?"
    r"|except(?:\s+(?:for|in|on|when|where|with|that|at|by|under|those))?|excepting|excluding|left\s+out|leav(?:es?|ing)\s+out"
    r"|not\s+(?:among|including|included|counting)|excludes?|excluded|exempt\w*|omitted|omits?|stays?\s+out\s+of|kept\s+out"
    r"|ruled\s+out|passed\s+over|outside\s+(?:its|their|the)\s+(?:scope|reach|range|remit))\b"
)
_DENIED: Final = re.compile(r"\b(?:no|not|without|nor|hardly|never|cannot|\w+n['’]t)\s+(?:\w+\s+){0,2}\Z")
_MAY_TAKE_OUT: Final = re.compile(
    r"\b(?:except\w*|exclu\w*|exempt\w*|not|no|none|never|nor|neither|without|fail\w*|unlike|apart|aside|besides|omi[ts]\w*|"
    r"cannot|\w+n['’]t|beyond|alone|outside|instead|lack\w*|absen\w*|missing|left|leav\w*|despite|avoid\w*|ignor\w*|"
    r"overlook\w*|neglect\w*|drop\w*|remov\w*|free|rest|skip\w*|bypass\w*|eliminat\w*|but\s+(?:not|the)|only|rather|prun\w*|"
    r"discard\w*|ban\w*|bar\w*|forbid\w*|prohibit\w*|limit\w*|restrict\w*|all\s+but|minus|save|reserv\w*|withh\w+|other)\b"
)
"""Words by which a source may take something out; many, as a true claim must not be refused for one that is missing."""
_SPOKEN_OF: Final = 0.5
"""Share of the claim that has to stand in those sentences: else they are not about it."""


def taken_out(a: Alignment) -> Signal:
    """Strength 1 where the claim takes something out and the source takes nothing out, with a line for people."""
    found = _TAKES_OUT.search(a.claim.low)
    if found is None or _DENIED.search(a.claim.low, 0, found.start()) or a.recall(a.focus) < _SPOKEN_OF:
        return NONE
    sentences = [a.evidence.sentences[number] for number in a.focus]
    if any(_MAY_TAKE_OUT.search(a.evidence.low, s.start, s.end) for s in sentences):
        return NONE
    return Signal(1.0, f"the claim says '{found.group()}' where the source takes nothing out")
