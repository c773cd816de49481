"""Which figures of a column may be set side by side: those of one unit, one baseline and one hardware, all stated.

Anything else is marked. A figure of 1.9x over one library on one machine and one of 3x over another on another say
nothing about each other, however neatly they stand in one column.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rag.answer import Cell
from rag.tabling.extract import Found
from rag.tabling.lexicon import phrases
from rag.text import content_terms


class Setup(NamedTuple):
    """What a figure was measured in: canonical units, and the terms of baseline and hardware as its sentence says."""

    units: frozenset[str]
    baseline: frozenset[str]
    hardware: frozenset[str]


def setup_of(found: Found) -> Setup:
    """The setup that the sentence of a result states; what it leaves open is empty."""
    text = found.sentence.text
    parts = {
        about: frozenset(t for a, b in phrases(about, text) for t in content_terms(text[a:b]))
        for about in ("baseline", "hardware")
    }
    return Setup(frozenset(q.unit for q in found.quantities if q.unit), parts["baseline"], parts["hardware"])


def compare_setups(cells: Sequence[tuple[Cell, Setup]]) -> tuple[list[Cell], str | None]:
    """The cells of one result column, each marked with why it stands apart; and one line about the column.

    The line is None where fewer than two cells hold figures, or where all were measured alike.
    """
    if len(cells) < 2:
        return [c for c, _ in cells], None
    marked: list[Cell] = []
    for i, (cell, setup) in enumerate(cells):
        others = [s for j, (_, s) in enumerate(cells) if j != i]
        alike = [s for s in others if not differences(setup, s)]
        reasons = sorted({d for s in others for d in differences(setup, s)}) if not alike else []
        marked.append(cell.model_copy(update={"not_comparable": ", ".join(reasons) or None}))
    apart = sum(c.not_comparable is not None for c in marked)
    if not apart:
        return marked, None
    reasons = sorted({r for c in marked if c.not_comparable for r in c.not_comparable.split(", ")})
    return marked, f"{apart} of {len(marked)} figures are not comparable ({', '.join(reasons)})"


def differences(a: Setup, b: Setup) -> list[str]:
    """Why two figures may not be compared; empty where they may."""
    found = []
    if not a.units & b.units:
        found.append("other unit")
    for name in ("baseline", "hardware"):
        one, other = getattr(a, name), getattr(b, name)
        if not one or not other:
            found.append(f"{name} not stated with every figure")
        elif not (one <= other or other <= one):
            found.append(f"other {name}")
    return found
