"""Levels: a claim that takes a change for what is left after it, or the other way round, by one and the same figure.

"Cuts memory by 30%" of what cuts it to 30%, "runs at 40% of the cost" of what costs 40% less. A figure is a change or a
level where its neighbours say so, in closed classes of words; of any other, and of what is said of a gain ("the gain
goes up to 40%"), nothing is known. Factors are left out ("to 2x" and "by 2x" are used alike), and so is a half, which
is both.
"""

from __future__ import annotations

import math
import re
from typing import Final

from rag.grounding.alignment import Alignment
from rag.grounding.figures import is_its_own, kind_of
from rag.grounding.signals import NONE, Signal
from rag.grounding.tokens import Text, of_text
from rag.text.quantities import Quantity, is_stated

_LESSER: Final = (
    "less fewer lower smaller shorter cheaper faster slower higher greater larger bigger better worse longer quicker "
    "lighter heavier leaner costlier poorer stronger weaker narrower wider tighter"
)
_CHANGES: Final = (
    "reduction reductions saving savings decrease decreases drop drops cut cuts decline declines improvement "
    "improvements gain gains increase increases rise rises boost boosts jump jumps"
)
_COMPARED: Final = frozenset(f"{_LESSER} less more".split())
_TRIGGERS: Final = frozenset(f"by to of more {_LESSER} {_CHANGES}".split())
NEEDED: Final = (_TRIGGERS.__contains__,)
_GAINS: Final = re.compile(
    r"\b(?:reductions?|savings?|improvements?|loss(?:es)?|growth|uplift|advantage|margins?|lead|gaps?|differences?|"
    r"changes?|speedups?|slowdowns?|degradation|penalty|acceleration|benefits?|saved|gained|lost|"
    rf"extra|(?:the|an?|its|their|this|that)\s+(?:\w+\s+)?(?:{_CHANGES.replace(' ', '|')}|lift))\b"
)
"""What may go "to 30%" and be a change by it."""
_BOUNDS: Final = (
    r"(?:(?:only|just|merely|barely|a\s+mere|about|around|nearly|almost|roughly|approximately|some|over|under|below|above|"
    r"up\s+to|at\s+(?:the\s+)?(?:least|most|best)|as\s+(?:much|many|little|few|low|high)\s+as|"
    r"(?:no\s+|not\s+)?(?:more|less|fewer|higher|lower|greater)\s+than|an\s+average\s+of|a\s+total\s+of|on\s+average|"
    r"an|a|the|as|even|still|well|[~≈<>≥≤$])\s*)*"
)
_MOVE: Final = re.compile(
    r"\b(?:reduc(?:e|es|ed|ing)|cut(?:s|ting)?|lower(?:s|ed|ing)?|drop(?:s|ped|ping)?|fall(?:s|en|ing)?|fell|"
    r"decreas(?:e|es|ed|ing)|declin(?:e|es|ed|ing)|shr[iau]nk(?:s|ing)?|bring(?:s|ing)?|brought|push(?:es|ed|ing)?|"
    r"rais(?:e|es|ed|ing)|ris(?:e|es|en|ing)|rose|increas(?:e|es|ed|ing)|improv(?:e|es|ed|ing)|boost(?:s|ed|ing)?|"
    r"lift(?:s|ed|ing)?|gr[eo]w(?:s|n|ing)?|climb(?:s|ed|ing)?|trim(?:s|med|ming)?|slash(?:es|ed|ing)?|"
    r"squeez(?:e|es|ed|ing)|pull(?:s|ed|ing)?|jump(?:s|ed|ing)?|soar(?:s|ed|ing)?|s[iau]nk(?:s|ing)?|dip(?:s|ped|ping)?|"
    r"elevat(?:e|es|ed|ing)|shorten(?:s|ed|ing)?|compress(?:es|ed|ing)?|tak(?:e|es|ing)|took|driv(?:e|es|ing)|drove|"
    r"(?:go|goes|going|went|is|was|are|were|get|gets|got)\s+(?:up|down))\b"
)
_BY: Final = re.compile(rf"\bby\s+{_BOUNDS}$")
_TO: Final = re.compile(rf"(?<!\bup)(?<!\bcompared)(?<!\brelative)(?<!\bapplied)(?<!\blimited)\s+to\s+{_BOUNDS}$")
_FROM: Final = re.compile(r"\bfrom\s+(?:[~≈$]\s*)?$")
_A_CHANGE_OF: Final = re.compile(rf"\b(?:{_CHANGES.replace(' ', '|')})\s+of\s+{_BOUNDS}$")
_LESS: Final = re.compile(rf"[\s-]+(?:{_LESSER.replace(' ', '|')})\b(?!\s+than\s+\d)")
_CHANGE: Final = re.compile(
    r"(?:[\s-]+(?!(?:of|the|its|their|in|on|to|at|as|and|or|but|than|with|for|while|by|that|which|is|are|was|were)\b)"
    rf"[\w/@&-]+){{0,3}}?[\s-]+(?:{_CHANGES.replace(' ', '|')})\b"
)
_OF_IT: Final = re.compile(r"\s+of\s+(?:the|its|their|his|her|our|all|what|that|baseline|full|total|original)\b")
_OF_BEFORE: Final = re.compile(
    r"\s+of\s+(?:what|(?:the|its|their)\s+(?:original|former|previous|initial|earlier|full|baseline))\b"
)
_TAKES: Final = re.compile(
    r"\b(?:(?:take|takes|taking|took)\s+(?:away|off)|(?:remov|discard|shav|sav|eliminat)(?:e|es|ed|ing|s|ing))\s+"
    rf"{_BOUNDS}$"
)
_KEEPS: Final = re.compile(
    rf"\b(?:at|with|using|for|uses?|used|needs?|needed|needing|takes?|took|requires?|required|requiring|consumes?|"
    rf"consumed|consuming|keeps?|kept|keeping|retains?|retained|retaining)\s+{_BOUNDS}$"
)
_ENDS: Final = re.compile(r"[.;:()]\s|[()]|\b(?:while|whereas|but)\b")
_BEFORE: Final = 140
_AFTER: Final = 60
_HALVES: Final = (0.5, 50.0)


def level(a: Alignment) -> Signal:
    """Strength 1, with a line for people, where a figure is a level in the claim and a change in the source, or the
    other way round, wherever the source has it."""
    if not a.claim.quantities:
        return NONE
    for quantity, here in _sides(a.claim):
        if not here:
            continue
        there = [other for q, other in _sides(a.evidence) if is_stated(quantity, (q,))]
        if there and all(other == -here for other in there):
            shown = a.claim.text[quantity.start : quantity.end]
            said = ("a change by", "what is left") if here > 0 else ("what is left,", "a change")
            return Signal(1.0, f"the claim says {said[0]} {shown}, which in the source is {said[1]}")
    return NONE


@of_text
def _sides(text: Text) -> tuple[tuple[Quantity, int], ...]:
    """Each figure, with 1 for a change, -1 for a level, 0 where nothing says."""
    return tuple((q, _side(text, q) if _may_be_either(text, q) else 0) for q in text.quantities)


def _may_be_either(text: Text, q: Quantity) -> bool:
    if q.unit in {"x", "magnitude", "decade"} or is_its_own(kind_of(text, q)):
        return False
    return not (q.unit in {"%", "fraction"} and any(math.isclose(q.value, half) for half in _HALVES))


def _side(text: Text, q: Quantity) -> int:
    low = text.low
    before, after = low[max(0, q.start - _BEFORE) : q.start], low[q.end : q.end + _AFTER]
    before = before[max((m.end() for m in _ENDS.finditer(before)), default=0) :]
    if q.high is not None:
        return -1 if _FROM.search(before) and _MOVE.search(before) else 0
    share = q.unit in {"%", "fraction"}
    if _LESS.match(after) or (share and _CHANGE.match(after)) or _A_CHANGE_OF.search(before):
        return 1
    if share and _TAKES.search(before):
        return 1
    moved = _MOVE.search(before) is not None
    if _BY.search(before):
        return int(moved or not _COMPARED.isdisjoint(before.split()))
    gained = _GAINS.search(before) is not None
    if to := _TO.search(before):
        return 0 if gained or not moved or "to" in before[: to.start()].split()[-4:] else -1
    if share and not gained and _OF_BEFORE.match(after) and not moved:
        return -1
    return -1 if share and not gained and _OF_IT.match(after) and _KEEPS.search(before) else 0
