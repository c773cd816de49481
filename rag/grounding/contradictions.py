"""Contradictions: what the source says otherwise beyond doubt, in whatever words. None of it is weighed in the fit."""

from __future__ import annotations

from typing import Final

from rag.grounding import signals
from rag.grounding.affirmed import affirmed
from rag.grounding.alignment import Alignment
from rag.grounding.attributes import attribute
from rag.grounding.beyond import beyond
from rag.grounding.chiasm import chiasm
from rag.grounding.clefts import cleft
from rag.grounding.confined import confined
from rag.grounding.contrasts import contrast
from rag.grounding.conversions import conversion
from rag.grounding.crossed import crossed_widely
from rag.grounding.exceptions import taken_out
from rag.grounding.granted import granted
from rag.grounding.moved import moved
from rag.grounding.necessity import needed, needless
from rag.grounding.overstated import overstated
from rag.grounding.ownership import ownership
from rag.grounding.pace import outpaced
from rag.grounding.parity import parity
from rag.grounding.qualities import quality
from rag.grounding.ranked import ranked
from rag.grounding.rarely import rarely
from rag.grounding.resultatives import resultative
from rag.grounding.trends import lessened, trend
from rag.grounding.undone import undone
from rag.grounding.whole import whole

_LOOK: Final = (
    parity, trend, lessened, outpaced, needed, contrast, moved, overstated, beyond, quality, ranked, whole, undone,
    affirmed, taken_out, conversion, attribute, granted, needless, cleft, confined, resultative, rarely, ownership,
    crossed_widely, chiasm,
)  # fmt: skip
"""What looks for a plain contradiction."""


def otherwise(a: Alignment) -> signals.Signal:
    """What the first of them found that is sure, 1; else what the first found that only keeps a claim from being
    supported, 0.5."""
    doubt = signals.NONE
    for look in _LOOK:
        found = look(a)
        if found.strength >= 1:
            return found
        if found.strength and not doubt.strength:
            doubt = found
    return doubt
