"""A change against what is left after it, by the same figure."""

from __future__ import annotations

import pytest

from rag.grounding.alignment import align
from rag.grounding.levels import level
from rag.grounding.tokens import read_text

_TO = "On long prompts Pillar reduces memory to only 30% without a loss of quality."
_BY = "On long prompts Pillar lowers memory by up to 30% without a loss of quality."
_OF = "Pillar answers long prompts at just 30% of the cost of Beam."
_LESS = "Pillar needs 30% less memory than Beam."
_GIGABYTES = "Pillar cuts the peak footprint to 3.1 GB."


def _strength(claim: str, source: str) -> float:
    return level(align(read_text(claim), read_text(source))).strength


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Pillar brings memory down by 30%.", _TO),
        ("With Pillar, memory on long prompts is lower by 30%.", _TO),
        ("Pillar uses 30% less memory on long prompts.", _TO),
        ("Memory sees a reduction of 30% with Pillar.", _TO),
        ("A 30% memory reduction is what Pillar brings.", _TO),
        ("Pillar brings memory down to 30%.", _BY),
        ("By Pillar memory is cut to about 30%.", _BY),
        ("Pillar uses only 30% of the memory.", _BY),
        ("Pillar answers long prompts at 30% lower cost than Beam.", _OF),
        ("Pillar cuts the cost of Beam by 30%.", _OF),
        ("Pillar needs 30% of the memory of Beam.", _LESS),
        ("Pillar takes away 30% of the memory.", _TO),
        ("Memory is 30% of what it was.", _BY),
        ("Pillar shrinks the peak footprint by 3.1 GB.", _GIGABYTES),
    ],
)  # fmt: skip
def test_a_change_is_not_what_is_left(claim: str, source: str) -> None:
    assert _strength(claim, source) == 1


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Pillar brings memory down to 30%.", _TO),
        ("Pillar takes 30% of the memory.", _TO),
        ("Pillar saves up to 30% of memory.", _BY),
        ("The saving that Pillar brings goes up to 30%.", _BY),
        ("Memory falls by 30% with Pillar.", _LESS),
        ("Pillar is off by 3.1 GB.", _GIGABYTES),
        ("Pillar reduces memory by 50%.", "Pillar reduces memory to half."),
        ("Pillar raises throughput by 2x.", "Pillar raises throughput to 2x."),
        ("Pillar lifts accuracy by 13 points to 71%.", "Pillar gains up to 13 points of accuracy (from 58% to 71%)."),
        ("The score rose to 73%.", "The score rose from 48% to 73%."),
        ("The price was a saving that went to 30%.", _BY),
    ],
)  # fmt: skip
def test_what_may_be_the_same_is_left_alone(claim: str, source: str) -> None:
    assert _strength(claim, source) == 0
