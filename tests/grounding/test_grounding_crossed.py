"""Crossed: words of two clauses that stand in one another's; clauses that merely changed places."""

from __future__ import annotations

import pytest

from rag.grounding import OfflineJudge
from rag.grounding.alignment import align
from rag.grounding.crossed import Crossed, crossed, crossed_widely
from rag.grounding.tokens import read_text

PRESS = (
    "Quillpress is 3.1x faster than Ash on parsing, and it needs 5.4x less memory than Birch on printing. "
    "Its upper plane runs in parallel although there are dependencies in the lower plane. "
    "Readers spend 31% fewer requests in light mode and 47% fewer in heavy mode."
)


def found(claim: str, evidence: str = PRESS) -> Crossed:
    return crossed(align(read_text(claim), read_text(evidence)))


@pytest.mark.parametrize(
    ("claim", "words", "sure"),
    [
        ("Parsing is 3.1x faster than with Birch, and printing needs 5.4x less memory than Ash.", {"Ash", "Birch"}, True),
        ("In Quillpress readers spend 47% fewer requests in light mode and 31% fewer in heavy mode.", {"31%", "47%"}, True),
        ("The lower plane of Quillpress runs in parallel, while the upper plane has dependencies.", {"upper", "lower"}, True),
    ],
)  # fmt: skip
def test_words_that_changed_clauses_are_found(claim: str, words: set[str], sure: bool) -> None:
    pair = found(claim)
    assert {pair.one, pair.other} == words
    assert pair.sure is sure


@pytest.mark.parametrize(
    "claim",
    [
        "Parsing is 3.1x faster than with Ash, and printing needs 5.4x less memory than Birch.",
        "Quillpress needs 5.4x less memory than Birch on printing, and on parsing it is 3.1x faster than Ash.",
        "In heavy mode readers spend 47% fewer requests, in light mode 31% fewer.",
        "The upper plane of Quillpress runs in parallel, while the lower plane has dependencies.",
    ],
)
def test_clauses_that_changed_places_are_no_fault(claim: str) -> None:
    assert found(claim) == Crossed()


def test_what_all_members_of_a_list_share_is_no_fault() -> None:
    source = "It delivers 28% lower energy use and a 1.7x speedup over plain execution."
    assert found("It delivers a 1.7x speedup and 28% lower energy use over plain execution.", source) == Crossed()


def test_lists_in_step_are_left_to_those_who_read_them() -> None:
    source = "Quillpress is 2.5x and 7.1x faster than Ash and Birch, respectively."
    assert found("Quillpress is 7.1x faster than Birch and 2.5x faster than Ash.", source) == Crossed()


def test_a_name_with_the_figure_of_another_is_found() -> None:
    source = "It brings a 10.7x speedup and 19.9x more jobs per dollar than Ash, and 7.4x lower cost than Birch."
    pair = found("It is 10.7x faster than Birch and has 7.4x lower cost than Ash.", source)
    assert (pair.one, pair.other, pair.sure) == ("Birch", "Ash", True)


def test_what_is_surely_crossed_contradicts() -> None:
    source = "It brings a 10.7x speedup and 19.9x more jobs per dollar than Ash, and 7.4x lower cost than Birch."
    verdict = OfflineJudge().judge("It is 10.7x faster than Birch and has 7.4x lower cost than Ash.", source)
    assert verdict.label == "contradicted"
    assert "changed places" in verdict.reason


def test_a_noun_phrase_turned_about_of_is_no_exchange() -> None:
    source = "The 8-socket Ash node is 3.7x faster than a Birch server and 6.6x faster than an Elm server."
    claim = "The node of eight Ash sockets is 3.7x faster than a Birch server and 6.6x faster than an Elm server."
    assert "swapped" not in OfflineJudge().judge(claim, source).reason


STAGES = (
    "(1) At the river stage, Quillpress cuts logs of 16 feet as plain beams, and (2) at the mill stage, it offers a "
    "template for drying boards. Node-based cutting can result in skewed piles. Edge-based cutting needs more water."
)


def test_items_of_a_list_and_sentences_of_their_own_are_told_apart() -> None:
    claim = "Edge-based cutting can result in skewed piles, whereas node-based cutting needs more water."
    assert found(claim, STAGES).sure
    assert (
        found("Node-based cutting can result in skewed piles, whereas edge-based cutting needs more water.", STAGES)
        == Crossed()
    )
    assert (
        found("Edge-based cutting needs more water, and node-based cutting results in skewed piles.", STAGES)
        == Crossed()
    )


WINDS = (
    "Wind telemetry, the older source, is cheap for single masts, while radar telemetry needs frequent calibrations. "
    "The fleet has a task-pooled planner, which scales badly, whereas its task-pinned planner wastes idle drones."
)


@pytest.mark.parametrize(
    "claim",
    [
        "For a single mast radar telemetry is cheap, while the trouble with wind telemetry is how often it is calibrated.",
        "Radar telemetry is cheap for a single mast, and wind telemetry must be calibrated frequently.",
    ],
)
def test_words_of_one_family_and_appositions_are_crossed_as_well(claim: str) -> None:
    assert crossed_widely(align(read_text(claim), read_text(WINDS))).strength == 1.0


@pytest.mark.parametrize(
    "claim",
    [
        "For a single mast wind telemetry is cheap, while the trouble with radar telemetry is how often it is calibrated.",
        "Radar telemetry must be calibrated frequently, and wind telemetry is cheap for a single mast.",
        "Masts stand.",
    ],
)
def test_families_in_their_clauses_raise_no_alarm(claim: str) -> None:
    assert crossed_widely(align(read_text(claim), read_text(WINDS))).strength == 0.0
