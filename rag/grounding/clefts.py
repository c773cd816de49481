"""Denied clefts: "it is not X that does Y", "X is not what does Y", where the source says that X does Y.

Such a claim sets X apart from what does Y, as the source then has to. Where the sentence that says most of X, and of Y,
denies nothing and sets nothing apart, it says the opposite.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Final

from rag.grounding.alignment import Alignment
from rag.grounding.signals import NONE, Signal
from rag.grounding.undone import clause_of

_CLEFT: Final = re.compile(
    r"\bit\s+(?:is|was)(?:\s+not|n['’]t)\s+(?!only|just|until|merely|because|clear|known|yet|possible|necessary|enough|the\s+case|so|"
    r"that|\w*usual|\w*common|surprising|obvious|easy|feasible|sufficient|true|always|all|every|certain|sure)"
    r"(?P<thing>[^,;:.]{2,60}?)\b(?:that|which|who)\b(?P<rest>[^,;:.]*)"
)
_WHAT: Final = re.compile(r"\b(?:is|are|was|were)(?:\s+not|n['’]t)\s+(?:what|where|why|who)\b(?P<rest>[^,;:.]*)")
NEEDED: Final = (
    re.compile(r"\Anot\Z|n['’]t\Z"),
    re.compile(r"\b(?:that|which|who|what|where|why)\b"),
)
"""Of each of these kinds the claim needs a word."""
_SETS_APART: Final = re.compile(
    r"\b(?:not|rather|instead|\w+n['’]t|cannot|unlike|but|than|no|neither|nor|without|only|never|fail\w*|except|although|though|"
    r"while|whereas|lack\w*)\b"
)
_OF_THING, _OF_ALL = 0.6, 0.5


def cleft(a: Alignment) -> Signal:
    """Strength 1 where the claim sets apart what the source does not, with a line for people."""
    claim = a.claim
    if "not" not in claim.words and not any(w.endswith(("n't", "n’t")) for w in claim.words):
        return NONE
    for match in _CLEFT.finditer(claim.low):
        if _joined_there(a, *match.span("thing"), *match.span("rest")):
            return Signal(1.0, f"the source does not say '{claim.text[match.start() : match.end('thing')].strip()}'")
    for match in _WHAT.finditer(claim.low):
        at = bisect_left(claim.starts, match.start())
        clause = clause_of(claim, at) if at < len(claim.tokens) else range(0)
        if clause and _joined_there(a, claim.tokens[clause[0]].start, match.start(), *match.span("rest")):
            return Signal(1.0, f"the source does not say '{match.group()}'")
    return NONE


def _joined_there(a: Alignment, start: int, end: int, first: int, last: int) -> bool:
    """Whether one sentence says most of two spans of the claim and sets nothing apart."""
    thing, rest = _rows(a, start, end), _rows(a, first, last)
    both = [*thing, *rest]
    if not thing or not rest or len(both) < 3:
        return False
    held = a.held_of(both)
    best = int(held.argmax())
    of_thing = float(a.held_of(thing)[best])
    sentence = a.evidence.sentences[best]
    apart = _SETS_APART.search(a.evidence.low, sentence.start, sentence.end)
    return of_thing >= _OF_THING and float(held[best]) >= _OF_ALL and apart is None


def _rows(a: Alignment, start: int, end: int) -> list[int]:
    starts = a.claim.starts
    return a.rows_among(range(bisect_left(starts, start), bisect_left(starts, end)))
