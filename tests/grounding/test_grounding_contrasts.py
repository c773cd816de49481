"""Contrasts: which of two things a claim keeps and which it sets aside."""

from __future__ import annotations

import pytest

from rag.grounding import OfflineJudge
from rag.grounding.alignment import align
from rag.grounding.contrasts import contrast
from rag.grounding.tokens import read_text

FERRY = (
    "The harbour pilots steer by iterating short turns. This stands in contrast to mainstream pilots, who steer by "
    "producing long curves. They load crates by hand instead of using cranes."
)


def line(claim: str, evidence: str = FERRY) -> str:
    return contrast(align(read_text(claim), read_text(evidence))).reason


@pytest.mark.parametrize(
    "claim",
    [
        "The pilots load crates by cranes rather than by hand.",
        "Instead of loading crates by hand, the pilots use cranes.",
        "Pilots use cranes, not crates loaded by hand.",
    ],
)
def test_sides_that_were_turned_round_are_found(claim: str) -> None:
    assert "'cranes'" in line(claim)
    assert OfflineJudge().judge(claim, FERRY).label == "contradicted"


@pytest.mark.parametrize(
    "claim",
    [
        "The pilots load crates by hand rather than by cranes.",
        "Instead of using cranes, the pilots load crates by hand.",
        "The pilots load crates by hand, unlike those who steer by cranes, which is dearer.",
        "The pilots load crates by hand.",
        "The pilots steer by short turns rather than by radar.",
    ],
)
def test_sides_that_were_kept_are_no_fault(claim: str) -> None:
    assert line(claim) == ""
