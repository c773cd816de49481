"""Contradictions: what the source says otherwise beyond doubt, in whatever words. None of it is weighed in the fit."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Final

from rag.grounding import (
    achieved,
    affirmed,
    attributes,
    beyond,
    clefts,
    confined,
    contrasts,
    conversions,
    costless,
    counted,
    esteem,
    exceptions,
    gauged,
    granted,
    labels,
    levels,
    moved,
    necessity,
    overstated,
    pace,
    parity,
    qualities,
    ranked,
    resultatives,
    sequence,
    signals,
    uncounted,
    undone,
    unsolved,
    whither,
    whole,
    wholly,
)
from rag.grounding.alignment import Alignment
from rag.grounding.chiasm import chiasm
from rag.grounding.comparing import TRIGGERS
from rag.grounding.crossed import crossed_widely
from rag.grounding.holdings import holding
from rag.grounding.keeping import Remembered
from rag.grounding.ownership import ownership
from rag.grounding.rarely import rarely
from rag.grounding.stances import stance
from rag.grounding.tokens import Text, of_text
from rag.grounding.trends import lessened, trend

Look = Callable[[Alignment], signals.Signal]
Kind = re.Pattern[str] | Callable[[str], object]
"""Words, in small letters, of which a claim needs one: those in which something is found, or of which it is true."""
_IS_A_FIGURE: Final = overstated.A_FIGURE.__eq__
_LOOK: Final[tuple[tuple[Look, tuple[Kind, ...]], ...]] = (
    (parity.parity, parity.NEEDED),
    (trend, ()),
    (lessened, (frozenset({"less", "longer"}).__contains__,)),
    (pace.outpaced, pace.NEEDED),
    (necessity.needed, necessity.NEEDED_FOR_NEEDED),
    (contrasts.contrast, contrasts.NEEDED),
    (moved.moved, moved.NEEDED),
    (overstated.overstated, overstated.NEEDED),
    (beyond.beyond, beyond.NEEDED),
    (qualities.quality, qualities.NEEDED),
    (ranked.ranked, ranked.NEEDED),
    (whole.whole, whole.NEEDED),
    (undone.undone, undone.NEEDED),
    (affirmed.affirmed, affirmed.NEEDED),
    (exceptions.taken_out, exceptions.NEEDED),
    (conversions.conversion, conversions.NEEDED),
    (attributes.attribute, attributes.NEEDED),
    (granted.granted, granted.NEEDED),
    (necessity.needless, necessity.NEEDED_FOR_NEEDLESS),
    (clefts.cleft, clefts.NEEDED),
    (confined.confined, confined.NEEDED),
    (resultatives.resultative, resultatives.NEEDED),
    (rarely, ()),
    (ownership, ()),
    (achieved.achieved, achieved.NEEDED),
    (wholly.wholly, wholly.NEEDED),
    (costless.costless, costless.NEEDED),
    (counted.counted, counted.NEEDED),
    (unsolved.unsolved, unsolved.NEEDED),
    (stance, ()),
    (levels.level, (_IS_A_FIGURE, *levels.NEEDED)),
    (holding, (_IS_A_FIGURE,)),
    (gauged.gauged, (TRIGGERS.__contains__,)),
    (labels.labelled, ()),
    (uncounted.uncounted, uncounted.NEEDED),
    (esteem.esteem, (esteem.judges,)),
    (whither.whither, whither.NEEDED),
    (sequence.sequence, sequence.NEEDED),
    (crossed_widely, ()),
    (chiasm, ()),
)
"""What looks for a plain contradiction, in order, and of which kinds of words the claim needs one of each."""
_KINDS: Final = tuple(enumerate(kind for _, kinds in _LOOK for kind in kinds))
_PATTERNS: Final = tuple((n, kind) for n, kind in _KINDS if isinstance(kind, re.Pattern))
_OTHERS: Final = tuple((n, kind) for n, kind in _KINDS if not isinstance(kind, re.Pattern))
_ANY: Final = re.compile(rf"\b(?:{'|'.join(kind.pattern for _, kind in _PATTERNS)})|['’]")
"""Finds something wherever one of the patterns does, which all begin where a word does but for "n't"."""


def _kinds_of(word: str) -> int:
    """The bits of the ``_KINDS`` to which a word belongs."""
    found = [n for n, is_of in _OTHERS if is_of(word)]
    if _ANY.search(word):
        found += [n for n, kind in _PATTERNS if kind.search(word)]
    return sum([1 << n for n in found])


def _looks_with(heard: int) -> tuple[Look, ...]:
    """What looks at a claim that has words of these ``_KINDS``."""
    found, n = [], 0
    for look, kinds in _LOOK:
        wanted = ((1 << len(kinds)) - 1) << n
        n += len(kinds)
        if heard & wanted == wanted:
            found.append(look)
    return tuple(found)


_KINDS_OF: Final = Remembered(_kinds_of, 50_000)
_LOOKS_WITH: Final = Remembered(_looks_with, 5_000)


@of_text
def _looks_at(claim: Text) -> tuple[Look, ...]:
    """What may find something in a claim, by its words: few of all, and most of the time nothing else is to be done."""
    figures = _KINDS_OF[overstated.A_FIGURE] if claim.quantities else 0
    return _LOOKS_WITH[reduce(or_, map(_KINDS_OF.__getitem__, claim.words), figures)]


def otherwise(a: Alignment) -> signals.Signal:
    """What the first of them found that is sure, 1; else what the first found that only keeps a claim from being
    supported, 0.5."""
    doubt = signals.NONE
    for look in _looks_at(a.claim):
        found = look(a)
        if found.strength >= 1:
            return found
        if found.strength and not doubt.strength:
            doubt = found
    return doubt
