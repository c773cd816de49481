"""Confined things: "is confined to training" where the source says "both in training and in inference".

A claim that confines something to one of two, where the source has both, or that has more than one where the source
has a single one, says otherwise than the source.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Final

from rag.grounding.alignment import EXACT, KIN, Alignment
from rag.grounding.signals import NONE, Signal
from rag.grounding.undone import DENIES, clause_of

_CONFINES: Final = re.compile(
    r"\b(?:(?:is|are|was|were|stays?|stayed|remains?|remained|being)\s+(?:\w+ly\s+)?(?:confined|limited|restricted|reserved)\s+"
    r"(?:only\s+|solely\s+)?(?:to|for)|only\s+(?:in|for|on|to|during|with|by|at)|(?:confin|limit|restrict)(?:es|s|ed|ing)\s+"
    r"(?:itself|themselves)\s+to)\b"
)
_BOTH: Final = re.compile(r"\bboth\b(?P<one>[^,;:.]{3,40}?)\band\b(?P<other>[^,;:.]{3,40})")
_MANY: Final = re.compile(
    r"\b(?:more\s+than\s+(?:one|a\s+single)|several|multiple|two\s+or\s+more|at\s+least\s+two)\s+(?P<thing>[\w-]+)(?:\s+(?P<next>[\w-]+))?"
)
NEEDED: Final = (re.compile(r"\b(?:confin|limit|restrict|reserved|only|more|several|multiple|two|least)"),)
"""Of each of these kinds the claim needs a word."""
_ONE: Final = re.compile(r"\bsingle[\s-](?:[\w-]+\s)?\Z")
_SOME: Final = re.compile(r"\b(?:multiple|several|many|multi|two|both|each|every|per)\b")
_DENIED: Final = re.compile(
    r"\b(?:not|no|nor|without|never|cannot|\w+n['’]t|instead|rather|unlike|into|from|if|when|unless|whereas)\b"
)
_END: Final = re.compile(r"[,;:.()]")
_SAID: Final = 3
"""Weighty words behind a confinement that say to what."""
_HELD: Final = 0.6


def confined(a: Alignment) -> Signal:
    """Strength 1 where the claim confines, or multiplies, what the source does not, with a line for people."""
    claim, there = a.claim, a.evidence
    for match in _CONFINES.finditer(claim.low) if "both" in there.words else ():
        at = bisect_left(claim.starts, match.start())
        clause = clause_of(claim, at) if at < len(claim.tokens) else range(0)
        if clause and not DENIES.search(claim.low, claim.tokens[clause[0]].start, claim.tokens[clause[-1]].end):
            first, end = bisect_left(claim.starts, match.end()), _END.search(claim.low, match.end())
            last = bisect_left(claim.starts, end.start()) if end else len(claim.tokens)
            said = [j for j in range(first, last) if j in a.row][:_SAID]
            if _one_of_both(a, said):
                return Signal(1.0, f"the claim says '{match.group()}' of one of two of which the source says both")
    for match in _MANY.finditer(claim.low) if "single" in there.words else ():
        if _is_single(a, match):
            return Signal(1.0, f"the claim says '{match.group()}' where the source has a single one")
    return NONE


def _one_of_both(a: Alignment, said: list[int]) -> bool:
    """Whether some words stand on one side of a "both" of the evidence and none on its other."""
    there = a.evidence
    starts = [there.tokens[p].start for j in said for p in a.standing_at(j, KIN)]
    for match in _BOTH.finditer(there.low):
        sides = [any(match.start(g) <= start < match.end(g) for start in starts) for g in ("one", "other")]
        if sides[0] != sides[1]:
            return True
    return False


def _is_single(a: Alignment, match: re.Match[str]) -> bool:
    """Whether the thing of which the claim has several is a single one in the sentence that says most of its clause."""
    claim, there = a.claim, a.evidence
    i = bisect_left(claim.starts, match.start("thing"))
    if i >= len(claim.tokens):
        return False
    clause = clause_of(claim, i)
    if _DENIED.search(claim.low, claim.tokens[clause[0]].start, claim.tokens[clause[-1]].end):
        return False
    rows = a.rows_among(clause)
    if not rows:
        return False
    held = a.held_of(rows)
    best = float(held.max(initial=0.0))
    things = [j for j in range(i, i + 2) if j in a.row and j in clause]
    for p in (p for j in things for p in a.standing_at(j, EXACT)):
        number = there.sentence_of[p]
        sentence = there.sentences[number]
        near = float(held[number]) >= max(_HELD, best - 0.05)
        if near and _ONE.search(there.low, sentence.start, there.tokens[p].start):
            return _SOME.search(there.low, sentence.start, sentence.end) is None
    return False
