"""Absences: "is not among them" and "is still missing" of what the source names or provides.

Where the sentence that says most of such a clause of the claim leaves nothing out and denies nothing, what it names is
among what it names; and where it says that its authors provide a thing, that is not missing.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Final

from rag.grounding.alignment import Alignment
from rag.grounding.signals import NONE, Signal
from rag.grounding.undone import clause_of

_WORDS: Final = frozenset(
    "not no missing lacking wanting absent outstanding unavailable yet remains remain among".split()
)
NEEDED: Final = (_WORDS.__contains__,)
_NOT_AMONG: Final = re.compile(
    r"\bnot\s+(?:(?:counted|numbered|listed|named|mentioned|included|found|ranked|reckoned|classed)\s+)?among\b"
    r"|\bnot\s+(?:one\s+of|(?:a\s+)?part\s+of|included|counted\s+in)\b|\bamong\s+(?:them|which)\s+(?:is|are)\s+not\b"
    r"|\b(?:is|are)\s+(?:no|not\s+an?)\s+(?:example|instance|part|member|case)\b"
)
_MISSING: Final = re.compile(
    r"\b(?:(?:is|are|was|were|remains?|stays?)\s+(?:still\s+|so\s+far\s+|as\s+yet\s+|yet\s+)?(?:missing|lacking|wanting|absent|"
    r"outstanding|unavailable|to\s+be\s+\w+ed)|(?:has|have)\s+(?:still\s+)?yet\s+to\s+be|(?:do|does)\s+not\s+(?:yet\s+)?exist|"
    r"there\s+(?:is|are)\s+(?:still\s+|as\s+yet\s+)?no|(?:has|have)\s+not\s+(?:yet\s+)?been\s+(?:built|provided|implemented|"
    r"released|developed|written|made|presented|proposed|designed|published|created))\b"
)
_ELSEWHERE: Final = re.compile(
    r"\b(?:if|before|until|when|where|had|so\s+far|prior|previous\w*|existing|earlier|other|others)\b"
)
"""With these a claim speaks of another time or of others."""
_PROVIDES: Final = re.compile(
    r"\b(?:we|authors?|paper|work|study|they)\b[^.;]{0,30}?\b(?:provid|present|introduc|releas|implement|develop|offer|buil|"
    r"propos|design|contribut|construct|creat|establish|deriv|giv|deliver|prov|open-sourc)\w*"
)
_LEAVES_OUT: Final = re.compile(
    r"\b(?:except\w*|exclu\w*|exempt\w*|not|no|none|never|nor|neither|without|fail(?:s|ed)?\s+to|unlike|apart|aside|besides|"
    r"omi[ts]\w*|cannot|\w+n['’]t|beyond|alone|outside|instead|lack\w*|absen\w*|missing|left|leav\w*|despite|ignor\w*|overlook\w*|"
    r"neglect\w*|but|only|rather|save|other|others|whereas|although|though|however|while)\b"
)
_DENIES: Final = re.compile(
    r"\b(?:no|not|lack\w*|missing|absent|without|yet|future|open|remain\w*|however|unfortunately|unavailable|existing|"
    r"cannot|\w+n['’]t)\b"
)
_AROUND, _HELD = 8, 0.45
"""Words of the clause around such a word, and the share of them that has to stand in the sentence."""


def absence(a: Alignment) -> Signal:
    """Strength 1 where the claim calls absent what the source has, with a line for people."""
    low = a.claim.low
    found = _NOT_AMONG.search(low)
    if found:
        start, end = _sentence(a, found.start())
        if end and not _LEAVES_OUT.search(a.evidence.low, start, end):
            return Signal(1.0, f"the claim says '{found.group()}' where the source leaves nothing out")
    found = _MISSING.search(low)
    if found and not _ELSEWHERE.search(low):
        start, end = _sentence(a, found.start())
        given = _PROVIDES.search(a.evidence.low, start, end) if end else None
        if given and not _DENIES.search(a.evidence.low, start, end):
            return Signal(1.0, f"the claim says '{found.group()}' where the source says '{given.group()}'")
    return NONE


def _sentence(a: Alignment, place: int) -> tuple[int, int]:
    """Offsets of the sentence of the evidence that holds enough of the claim's clause at an offset; or (0, 0)."""
    at = bisect_left(a.claim.starts, place)
    if at >= len(a.claim.tokens):
        return 0, 0
    rows = a.rows_among(j for j in clause_of(a.claim, at) if abs(j - at) <= _AROUND)
    if len(rows) < 2:  # "..., speed not among them"
        rows = a.rows_among(a.claim.sentence_tokens[a.claim.tokens[at].sentence])
    if len(rows) < 2:
        return 0, 0
    held = a.held_of(rows)
    number = int(held.argmax())
    sentence = a.evidence.sentences[number]
    return (sentence.start, sentence.end) if held[number] >= _HELD else (0, 0)
