"""Necessity: "not possible without X" and "no use unless X" say that X is needed, as the source has to.

Two denials in one clause undo each other, and what is left is a demand. Where the sentences that the claim rests on
demand nothing, or deny what is demanded, the claim says something else than they do.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Final

from rag.grounding.alignment import Alignment
from rag.grounding.cues import cues
from rag.grounding.lexicon import NEGATIVE_CONCEPTS, stems
from rag.grounding.signals import NONE, Signal
from rag.grounding.tokens import Text

_DOUBLE: Final = re.compile(
    r"\b(?:not|cannot|\w+n['’]t|never|hardly|no|impossible|unable)\b"
    r"(?!\s+(?:only|just|more|less|fewer|later|earlier|longer)\b)[^,;:.()]{0,60}?\b(?:without|unless)\b"
)
_DEMANDS: Final = re.compile(
    r"\b(?:need\w*|requir\w*|must|necess\w*|ha[sd]\s+to|have\s+to|depend\w*|demand\w*|only|unless|until|essential|crucial|critical|"
    r"vital|indispens\w*|prerequisite\w*|suffic\w*|insuffic\w*|rel(?:y|ies|ied|iant)|cannot|can['’]t|unable|impossible|"
    r"when|if|once|hinges?|should|thanks|owing)\b"
)
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


def _is_an_ill(text: Text, i: int) -> bool:
    first = next((t for t in text.tokens[i : i + 4] if t.weight > 0), None)
    return first is None or first.key in _ILLS or bool(first.concepts & NEGATIVE_CONCEPTS)


def _demands(text: Text, number: int) -> bool:
    """Whether a sentence demands something and does not deny that it does."""
    sentence = text.sentences[number]
    denied = {i for cue in cues(text) for i in cue.scope if cue.kind == "plain"}
    found = _DEMANDS.finditer(text.low, sentence.start, sentence.end)
    return any(bisect_left(text.starts, m.start()) not in denied for m in found)
