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
"""What looks for a plain contradiction; the first that finds one decides, the sure ones before ``chiasm``."""


def otherwise(a: Alignment) -> signals.Signal:
    """What the first of them found: 1 for a contradiction, 0.5 for what only keeps a claim from being supported."""
    return next((found for look in _LOOK if (found := look(a)).strength), signals.NONE)
