"""Denied results: "does not make X easier", "does not leave X intact", where the source makes it so, or preserves it.

The verb of such a clause says little; what is denied is the state that the thing is brought to or left in.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Final

from rag.grounding.alignment import EXACT, KIN, Alignment
from rag.grounding.polarity import denied
from rag.grounding.signals import NONE, Signal
from rag.grounding.undone import clause_of

_NOT: Final = r"\b(?:not|cannot|never|\w+n['’]t)\s+(?:\w+ly\s+)?"
_MAKES: Final = re.compile(_NOT + r"(?:make|making|made|render|rendering|become|becoming|get|getting|grow)\b")
_LEAVES: Final = re.compile(_NOT + r"(?:leave|leaving|left|keep|keeping|kept|stay|remain)\b")
NEEDED: Final = (
    re.compile(r"\b(?:not|cannot|never)\b|n['’]t\b"),
    re.compile(r"\b(?:make|making|made|render|becom|get|grow|leav|left|keep|kept|stay|remain)"),
)
"""Of each of these kinds the claim needs a word."""
_STATE: Final = frozenset("possible feasible easy practical simple viable scalable affordable efficient".split())
_INTACT: Final = frozenset(
    "intact unaltered unchanged untouched unaffected unharmed unimpaired undamaged unmodified whole".split()
)
_BRINGS: Final = re.compile(
    r"\b(?:mak(?:es?|ing)|made|render\w*|lets?|becom\w+|became|gets?|grows?|turn\w*|enabl\w*|thus|thereby)\b"
)
_PRESERVES: Final = re.compile(
    r"\b(?:preserv\w*|maintain\w*|retain\w*|keep\w*|kept|ensur\w*|guarante\w*|identical|same|unchanged|intact|lossless\w*|"
    r"unaffected|unaltered)\b"
)
_NO_STATEMENT: Final = re.compile(
    r"\b(?:if|when|unless|without|only|nor|neither|until|all|every|both|always|just|alone|necessarily|any|much|entirely|fully)\b"
)
_DENIES: Final = re.compile(
    r"\b(?:not|no|\w+n['’]t|without|nor|neither|only|hardly|cannot|than|fail\w*|never|lack\w*|instead|rather|but|although|though|"
    r"unlike|struggl\w*|difficult\w*|challeng\w*)\b"
)
_HELD: Final = 0.45
"""Share of the clause that has to stand in the sentence."""


def resultative(a: Alignment) -> Signal:
    """Strength 1 where the claim denies a result that the source states, with a line for people."""
    claim, tokens = a.claim, a.claim.tokens
    leaves = not _INTACT.isdisjoint(claim.words)
    for match in (*_MAKES.finditer(claim.low), *(_LEAVES.finditer(claim.low) if leaves else ())):
        at, first = bisect_left(claim.starts, match.start()), bisect_left(claim.starts, match.end())
        clause = clause_of(claim, at) if at < len(tokens) else range(0)
        if not clause or _NO_STATEMENT.search(claim.low, tokens[clause[0]].start, tokens[clause[-1]].end):
            continue
        behind = [j for j in clause if j >= first]
        leaving = match.re is _LEAVES
        for j in behind:
            word = tokens[j].low
            left = leaving and word in _INTACT
            made = not left and (word in _STATE or word.endswith("er")) and j in a.row
            place = _preserved(a, behind) if left else _made(a, clause, j) if made else -1
            if place >= 0:
                shown = a.evidence.tokens[place].surface
                return Signal(1.0, f"the claim says '{match.group()} {word}', and the source says it of '{shown}'")
    return NONE


def _made(a: Alignment, clause: range, j: int) -> int:
    """Index of the state in the evidence, in the sentence that says most of the clause and denies nothing; or -1."""
    rows = a.rows_among(clause)
    held = a.held_of(rows)
    low = a.evidence.low
    for p in a.standing_at(j, EXACT):
        number = a.evidence.sentence_of[p]
        sentence = a.evidence.sentences[number]
        if len(rows) < 3 or held[number] < _HELD or p in denied(a.evidence):
            continue
        brought = _BRINGS.search(low, sentence.start, a.evidence.tokens[p].start)
        if brought and not _DENIES.search(low, sentence.start, sentence.end):
            return p
    return -1


def _preserved(a: Alignment, behind: list[int]) -> int:
    """Index of the thing left intact, where the evidence has it a few words from "preserves" or "identical"; or -1."""
    things = [j for j in behind if j in a.row and a.claim.tokens[j].low not in _INTACT][:2]
    there = a.evidence
    for p in (p for j in things for p in a.standing_at(j, KIN)):
        inside = there.sentence_tokens[there.tokens[p].sentence]
        start = there.tokens[max(inside[0], p - 5)].start
        near = there.tokens[min(inside[-1], p + 2)].end
        if _PRESERVES.search(there.low, start, near) and not _DENIES.search(there.low, start, near):
            return p
    return -1
