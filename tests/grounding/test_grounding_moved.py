"""A claim that moves a thing the other way than the source, in whatever construction."""

from __future__ import annotations

import pytest

from rag.grounding.alignment import align
from rag.grounding.moved import moved
from rag.grounding.movements import movements
from rag.grounding.tokens import read_text

SOURCE = (
    "Heron significantly reduces the peak buffer count needed during decoding, and improves link utilization. "
    "It requires considerable tuning, and its planner creates opportunities for reuse. "
    "Rigid schedules restrict essential optimizations, such as register blocking and fused loads. "
    "Heron cuts switches to the host by 42%."
)


def _fires(claim: str, source: str = SOURCE) -> bool:
    return bool(moved(align(read_text(claim), read_text(source))).strength)


@pytest.mark.parametrize(
    "claim",
    [
        "Heron pushes the peak buffer count up during decoding.",
        "With Heron, the peak number of buffers goes up during decoding.",
        "Under Heron, the buffer count that decoding needs becomes much larger.",
        "Heron makes the peak buffer count larger during decoding.",
        "Decoding with Heron brings a rise in the peak buffer count.",
        "Heron drives link utilization down.",
        "Heron brings down the utilization of the link.",
        "Heron causes a drop in link utilization.",
        "Heron requires rather little tuning.",
        "Through Heron's planner, opportunities for reuse are lost.",
        "Rigid schedules pave the way for register blocking.",
        "Heron makes transfers to the host 42% more frequent.",
    ],
)
def test_a_thing_moved_the_other_way_is_found(claim: str) -> None:
    assert _fires(claim)


@pytest.mark.parametrize(
    "claim",
    [
        "Heron brings the peak buffer count down during decoding.",
        "With Heron, the peak buffer count becomes much smaller.",
        "Heron pushes link utilization up.",
        "Heron requires a great deal of tuning.",
        "Without Heron, the peak buffer count goes up during decoding.",
        "Heron keeps the peak buffer count from going up.",
        "Other schedulers have a higher peak buffer count than Heron.",
        "Rigid schedules get in the way of register blocking.",
        "Heron raises the size of the batches.",
        "Switches to the host become 42% rarer.",
        "Heron limits the growth of the peak buffer count.",
    ],
)
def test_the_same_way_and_another_thing_and_a_comparison_are_let_be(claim: str) -> None:
    assert not _fires(claim)


def test_a_source_that_says_both_answers_the_claim() -> None:
    source = "Otter reduces memory use at the start. For long inputs, Otter increases memory use."
    assert not _fires("Otter increases memory use.", source)
    assert not _fires("Otter reduces memory use.", source)


def test_what_is_lessened_itself_does_not_move() -> None:
    text = read_text("Otter limits the growth of latency.")
    assert [(text.tokens[m.at].surface, m.sign) for m in movements(text) if m.scale == "amount"] == [("limits", -1)]


def test_of_good_and_bad_things_better_says_which_way() -> None:
    text = read_text("Otter improves latency. Heron improves throughput. Raven degrades throughput.")
    assert [m.sign for m in movements(text) if m.scale == "amount"] == [-1, 1, -1]
