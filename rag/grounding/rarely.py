"""Degrees of doing: "has scarcely been explored" where the source says "has been widely explored".

Where the claim says that something is hardly done and the source, of the same clause and of the very verb, that it is
done widely or often, or the other way round, the claim contradicts it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Final

from rag.grounding.alignment import EXACT, Alignment
from rag.grounding.signals import NONE, Signal
from rag.grounding.undone import DENIES, clause_of

_LITTLE: Final = r"(?:scarcely|hardly|barely|rarely|seldom|little|infrequently|sparsely|sparingly|insufficiently)"
_MUCH: Final = r"(?:widely|extensively|commonly|often|frequently|well|heavily|broadly|thoroughly|routinely|intensively)"
_SAYS: Final = re.compile(
    rf"\b(?:(?P<little>{_LITTLE})|(?P<much>{_MUCH}))\s+(?:(?:have|has|had|is|are|was|were|be|been|being|ever|yet)\s+)*"
    r"(?P<verb>\w{2,}(?:ed|[sw]n|en|pt|lt|nt|ught))\b"
)
_NOT: Final = re.compile(r"\b(?:not|no|\w+n['’]t|never|less|if|more|than|so|too)\s+(?:\w+\s+){0,2}\Z")
_WORDS: Final = frozenset(re.findall(r"\w+", f"{_LITTLE} {_MUCH}"))
_HELD: Final = 0.4
"""Share of the clause that has to stand in the sentence."""


def rarely(a: Alignment) -> Signal:
    """Strength 1 where claim and source say the opposite of how much something is done, with a line for people."""
    if _WORDS.isdisjoint(a.claim.words) or _WORDS.isdisjoint(a.evidence.words):
        return NONE
    there = {m.start("verb"): m for m in _SAYS.finditer(a.evidence.low)}
    for match in _SAYS.finditer(a.claim.low) if there else ():
        verb = bisect_left(a.claim.starts, match.start("verb"))
        if verb not in a.row or _NOT.search(a.claim.low, 0, match.start()):
            continue
        clause = clause_of(a.claim, verb)
        tokens = a.claim.tokens
        rows = a.rows_among(clause)
        if DENIES.search(a.claim.low, tokens[clause[0]].start, match.start()) or len(rows) < 2:
            continue
        held = a.held_of(rows)
        places = a.standing_at(verb, EXACT)
        found = [there.get(a.evidence.tokens[p].start) for p in places if held[a.evidence.sentence_of[p]] >= _HELD]
        said = [m for m in found if m and not _NOT.search(a.evidence.low, 0, m.start())]
        if said and all(bool(m["little"]) != bool(match["little"]) for m in said):
            return Signal(1.0, f"the claim says '{match.group()}' where the source says '{said[0].group()}'")
    return NONE
