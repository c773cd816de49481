"""Exceptions: "X is left out" or "is an exception" where the source says it of X like of the rest.

A claim that takes a thing out of what holds for others has to have that from the source. Where the sentences that it
rests on have no word of exception, of leaving out or of denial at all, they hold for the thing too. So with "but not X"
and "though no X", where the sentence that says most of X denies and limits nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Final

import numpy as np

from rag.grounding.alignment import Alignment
from rag.grounding.signals import NONE, Signal
from rag.grounding.undone import clause_of

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
    r"discard\w*|ban(?:s|ned|ning)?|bar(?:s|red|ring)?|forbid\w*|prohibit\w*|limit\w*|restrict\w*|all\s+but|minus|save|reserv\w*|withh\w+|other)\b"
)
"""Words by which a source may take something out; many, as a true claim must not be refused for one that is missing."""
_BUT_NOT: Final = re.compile(
    r"\b(?:but|though|yet|albeit)\s+(?:not|no|never|without)\b(?!\s+(?:only|just|merely|necessarily|always|all|every|so|as|yet|to|"
    r"before|until|vice|by|because|less|more|fewer|later|longer|even)\b)"
)
_BUT: Final = frozenset({"but", "though", "yet", "albeit"})
NEEDED: Final = (
    re.compile(
        rf"\A(?:{'|'.join(sorted(_BUT))})\Z|\b(?:except|exclu|exempt|omit|out\b|among\b|includ|counting|passed|outside)"
    ),
)
"""Of each of these kinds the claim needs a word."""
_NO_STATEMENT: Final = re.compile(r"\b(?:if|unless|when|only|without|not|no|nor|lack\w*|fail\w*)\b")
_MAY_LIMIT: Final = re.compile(
    r"\b(?:although|though|however|whereas|nothing|none|ahead|behind|remain\w*|still|struggl\w*|difficult\w*|hardly|barely|"
    r"worse|fewer|zero|than|lag\w*|few|little|independen\w*|agnostic)\b"
)
_MOST: Final = 6
"""Weighty words behind "but not" that say what is taken out."""
_AS_GOOD: Final = 0.1
_SPOKEN_OF: Final = 0.5
"""Share of the claim that has to stand in those sentences: else they are not about it."""


def taken_out(a: Alignment) -> Signal:
    """Strength 1 where the claim takes something out and the source takes nothing out, with a line for people."""
    if not _BUT.isdisjoint(a.claim.words):
        for match in _BUT_NOT.finditer(a.claim.low):
            if _stands_within(a, bisect_left(a.claim.starts, match.end())):
                return Signal(1.0, f"the claim says '{match.group()}' where the source takes nothing out")
    found = _TAKES_OUT.search(a.claim.low)
    if found is None or _DENIED.search(a.claim.low, 0, found.start()) or a.recall(a.focus) < _SPOKEN_OF:
        return NONE
    sentences = [a.evidence.sentences[number] for number in a.focus]
    if any(_MAY_TAKE_OUT.search(a.evidence.low, s.start, s.end) for s in sentences):
        return NONE
    return Signal(1.0, f"the claim says '{found.group()}' where the source takes nothing out")


def _stands_within(a: Alignment, first: int) -> bool:
    """Whether what a claim takes out, from a word on, stands in the source among what it takes nothing out of."""
    tokens = a.claim.tokens
    if first >= len(tokens):
        return False
    words = [j for j in clause_of(a.claim, first) if j >= first and j in a.row][:_MOST]
    if not words or _NO_STATEMENT.search(a.claim.low, tokens[first].start, tokens[words[-1]].end):
        return False
    rows = [a.row[j] for j in words]
    held = a.held_of(rows)
    best = float(held.max(initial=0.0))
    if best < _SPOKEN_OF:
        return False
    sentences = [a.evidence.sentences[int(n)] for n in np.flatnonzero(held >= best - _AS_GOOD)]
    low = a.evidence.low
    return not any(p.search(low, s.start, s.end) for s in sentences for p in (_MAY_TAKE_OUT, _MAY_LIMIT))
