"""Necessity: "not possible without X" and "no use unless X" say that X is needed, as the source has to.

Two denials in one clause undo each other, and what is left is a demand. Where the sentences that the claim rests on
demand nothing, or deny what is demanded, the claim says something else than they do. The other way round, "need not do
X" contradicts a source that says of the same thing that it must.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Final

from rag.grounding.alignment import KIN, Alignment
from rag.grounding.cues import cues
from rag.grounding.lexicon import NEGATIVE_CONCEPTS, stems
from rag.grounding.signals import NONE, Signal
from rag.grounding.tokens import Text
from rag.grounding.undone import clause_of

_DOUBLE: Final = re.compile(
    r"\b(?:not|cannot|\w+n['’]t|never|hardly|no|impossible|unable)\b"
    r"(?!\s+(?:only|just|more|less|fewer|later|earlier|longer|without)\b)[^,;:.()]{0,60}?\b(?:without|unless)\b"
    r"|\bno\s+(?:way\s+a?round|avoiding|escaping|getting\s+a?round|substitute\s+for|alternative\s+to|choice\s+but|escape\s+from)\b"
    r"|\b(?:cannot|could\s+not|can\s+not|can['’]t)\s+(?:be\s+)?(?:avoid\w*|dispens\w*\s+with|do(?:ne)?\s+without|escap\w*|help\s+but)\b"
)
_DEMANDS: Final = re.compile(
    r"\b(?:need\w*|requir\w*|must|necess\w*|ha[sd]\s+to|have\s+to|depend\w*|demand\w*|only|unless|until|essential|crucial|critical|"
    r"vital|indispens\w*|prerequisite\w*|suffic\w*|insuffic\w*|rel(?:y|ies|ied|iant)|cannot|can['’]t|unable|impossible|"
    r"when|if|once|hinges?|should|thanks|owing)\b"
)
_NEED_NOT: Final = re.compile(
    r"\b(?:(?:do|does|did|is|are|was|were)(?:\s+not|n['’]t)\s+(?:have\s+to|need|requir\w*|oblig\w*|forc\w*|compel\w*|demand\w*|"
    r"necessitat\w*|necessary)|need\s+not|needn['’]t|no\s+need\s+(?:to|for)|no\s+(?:requirement|necessity))\b"
)
_MUST: Final = re.compile(
    r"\b(?:must|has\s+to|have\s+to|had\s+to|needs?\s+to|needed\s+to|requir\w+|necessitat\w+|demand\w*|forc\w+|oblig\w+|compel\w*)\b"
)
_RELEASES: Final = re.compile(
    r"\b(?:not|no|without|avoid\w*|eliminat\w*|\w+n['’]t|never|rather|instead|unlike|free|obviat\w*|remov\w*|reduc\w*|minimi\w*|"
    r"only|less|existing|prior|previous\w*|traditional\w*|conventional\w*|typical\w*|usual\w*|current\w*|normal\w*|naive\w*|"
    r"ordinar\w*|standard|often|if|otherwise|usually|earlier|although|though|while|whereas|but|cannot|neither|nor)\b"
)
"""Words by which a demand may be none, or one of others."""
NEEDED_FOR_NEEDED: Final = (
    re.compile(r"\b(?:not|cannot|never|hardly|no|impossible|unable)\b|n['’]t\b"),
    re.compile(r"\b(?:without|unless|way|avoid|escap|gett|substitute|alternative|choice|dispens|help)"),
)
NEEDED_FOR_NEEDLESS: Final = (
    re.compile(r"\b(?:not|no)\b|n['’]t\b"),
    re.compile(r"\b(?:need|have|requir|oblig|forc|compel|demand|necess)"),
)
"""Of each of these kinds the claim needs a word."""
_OF_CLAUSE, _MOST, _BEHIND = 0.5, 5, 6
_ILLS: Final = stems("trouble problem difficulty issue challenge damage risk objection harm complaint penalty".split())
"""Without these nothing is needed: "cannot be done without trouble"."""


def needed(a: Alignment) -> Signal:
    """The claim says that something is needed, and the source says nothing like it."""
    found = _DOUBLE.search(a.claim.low)
    if not found or _is_an_ill(a.claim, bisect_left(a.claim.starts, found.end())):
        return NONE
    if any(_demands(a.evidence, number) for number in a.focus):
        return NONE
    shown = a.claim.text[found.start() : found.end()]
    return Signal(0.5, f"the claim says '{shown}' of what the source does not call needed")


def needless(a: Alignment) -> Signal:
    """Strength 1 where the claim says that something need not be which the source demands."""
    claim, there = a.claim, a.evidence
    for match in _NEED_NOT.finditer(claim.low):
        at, end = bisect_left(claim.starts, match.start()), bisect_left(claim.starts, match.end())
        clause = clause_of(claim, at) if at < len(claim.tokens) else range(0)
        rows = a.rows_among(clause)
        behind = [j for j in clause if j >= end and j in a.row][:_MOST]
        if not behind:
            continue
        held = a.held_of(rows)
        sentence = there.sentences[int(held.argmax())]
        if held.max() < _OF_CLAUSE or _RELEASES.search(there.low, sentence.start, sentence.end):
            continue
        for demand in _MUST.finditer(there.low, sentence.start, sentence.end):
            first = bisect_left(there.starts, demand.end())
            near = range(first, first + _BEHIND)
            found = sum(any(p in near for p in a.standing_at(j, KIN)) for j in behind)
            if found >= min(2, len(behind)):
                return Signal(1.0, f"the claim says '{match.group()}' where the source says '{demand.group()}'")
    return NONE


def _is_an_ill(text: Text, i: int) -> bool:
    first = next((t for t in text.tokens[i : i + 4] if t.weight > 0), None)
    return first is None or first.key in _ILLS or bool(first.concepts & NEGATIVE_CONCEPTS)


def _demands(text: Text, number: int) -> bool:
    """Whether a sentence demands something and does not deny that it does."""
    sentence = text.sentences[number]
    denied = {i for cue in cues(text) for i in cue.scope if cue.kind == "plain"}
    found = _DEMANDS.finditer(text.low, sentence.start, sentence.end)
    return any(bisect_left(text.starts, m.start()) not in denied for m in found)
