"""Granted deeds: "X can scale" where the source says "X cannot scale".

Where a claim says with "can", "is able to" or "do" what the source, in the sentence that says most of the claim's
clause, only denies, in so many words and with the same words behind it, the claim contradicts it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Final

import numpy as np

from rag.grounding.alignment import EXACT, KIN, Alignment
from rag.grounding.cues import cues
from rag.grounding.polarity import denied
from rag.grounding.signals import NONE, Signal
from rag.grounding.tokens import Text, of_text
from rag.grounding.undone import DENIES, OTHERS, clause_of

_GRANTS: Final = re.compile(
    r"\b(?:can|could|do|does|did|(?:is|are|was|were)\s+(?:able\s+to|capable\s+of)|manage[sd]?\s+to|succeeds?\s+in)\s+"
    r"(?:be\s+|also\s+|even\s+|still\s+|indeed\s+|\w+ly\s+)*(?P<verb>[a-z]+)"
)
_GRANTING: Final = frozenset("can could do does did able capable manage manages managed succeed succeeds".split())
NEEDED: Final = (_GRANTING.__contains__,)
"""Of each of these kinds the claim needs a word."""
_DENYING: Final = frozenset("cannot not never unable fail fails failed".split())
_NO_STATEMENT: Final = re.compile(
    r"\b(?:if|when|unless|without|only|nor|neither|than|until|less|no|none|nothing|nobody|fail\w*|lack\w*|unable|rather|instead|"
    r"hard\w*|difficult\w*|limit\w*|prevent\w*|avoid\w*|imposs\w*|too|little|few|struggl\w*|beyond|out|stop\w*|keep\w*|kept|"
    r"un\w+|in(?:ability|capable)\w*|whether|refus\w*)\b"
)
_HELD: Final = 0.5
"""Share of the clause that has to stand in the sentence."""
_AS_GOOD: Final = 0.05
_DENIED_FIRST: Final = 2
"""How many of the words that a denial denies it surely does."""
_BEFORE, _BEHIND = 4, 8


def granted(a: Alignment) -> Signal:
    """Strength 1 where the claim grants what the source denies, with a line for people."""
    if _GRANTING.isdisjoint(a.claim.words) or not _denials(a.evidence):
        return NONE
    for match in _GRANTS.finditer(a.claim.low):
        at, verb = (bisect_left(a.claim.starts, match.start(g)) for g in (0, "verb"))
        place = _denied_there(a, at, verb) if verb in a.row else -1
        if place >= 0:
            word = a.evidence.tokens[_denials(a.evidence)[place]].surface
            says = a.claim.text[match.start() : match.end()]
            return Signal(1.0, f"the claim says '{says}' where the source says '{word}'")
    return NONE


@of_text
def _denials(text: Text) -> dict[int, int]:
    """Index of a word that is surely denied -> index of the denial."""
    found: dict[int, int] = {}
    for cue in cues(text):
        low = text.tokens[cue.at].low
        if low in _DENYING or low.endswith(("n't", "n’t")):
            found |= dict.fromkeys((j for j in cue.scope[:_DENIED_FIRST] if j != cue.at), cue.at)
    return found


def _denied_there(a: Alignment, at: int, verb: int) -> int:
    """Index of the verb where the evidence denies it and nothing else; or -1."""
    claim, clause = a.claim, clause_of(a.claim, verb)
    near = range(max(clause[0], at - _BEFORE), clause[-1] + 1)
    said = claim.low[claim.tokens[near[0]].start : claim.tokens[near[-1]].end]
    rows = a.rows_among(clause)
    if len(rows) < 2 or verb in denied(claim) or DENIES.search(said) or _NO_STATEMENT.search(said):
        return -1
    held = a.held_of(rows)
    best = float(held.max(initial=0.0))
    if best < _HELD:
        return -1
    about = set(np.flatnonzero(held >= best - _AS_GOOD).tolist())
    places = [p for p in a.standing_at(verb, EXACT) if a.evidence.sentence_of[p] in about]
    if not places or not all(p in _denials(a.evidence) for p in places):
        return -1
    place = places[0]
    inside = a.evidence.sentence_tokens[a.evidence.tokens[place].sentence]
    before = a.evidence.tokens[inside[0]].start, a.evidence.tokens[place].start
    if OTHERS.search(a.evidence.low, *before) and not OTHERS.search(claim.low):
        return -1
    named = [j for j in clause if j < verb and j in a.row and claim.tokens[j].is_name]
    if named and not any(p in inside for j in named for p in a.standing_at(j, KIN)):
        return -1  # denied of something else
    objects = [j for j in near if j > verb and j in a.row]
    behind = range(place + 1, min(place + 1 + _BEHIND, inside[-1] + 1))
    return -1 if objects and not any(p in behind for j in objects for p in a.standing_at(j, KIN)) else place
