"""Opposites that turn nothing round: both sides were exchanged, or they speak of different things."""

from __future__ import annotations

import pytest

from rag.grounding.alignment import align
from rag.grounding.directions import Directions, directions
from rag.grounding.slots import slots
from rag.grounding.tokens import read_text

SMALLER = "Wren, a ten times smaller model than Otter, matches it on all tasks."
BEFORE = "The compiler schedules its loops before it packs them."


def found(claim: str, source: str) -> Directions:
    return directions(slots(align(read_text(claim), read_text(source))))


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("On all tasks Otter, which is ten times larger, was matched by Wren.", SMALLER),
        ("The compiler does the packing after the scheduling of loops.", BEFORE),
        ("The packer handled the hulls first and got to the sails later.", "It handled the hulls before the sails."),
        ("Earlier suites cling to a few popular ports.", "Most suites cling to popular ports."),
        ("The preceding hour decides the berth.", "The last hour decides the berth."),
        (
            "In reducing additive complexity, fast scoring replaces exact evaluation.",
            "The method reduces additive complexity; it replaces exact evaluation with fast scoring.",
        ),
        ("The new cells are a quarter cheaper than the old.", "The new cells cost a quarter less than the old."),
        ("Gains shrink when the questions are less hard.", "Gains shrink when the questions get easier."),
        ("Old tests give unreliable insight into speed.", "Old tests fail to provide reliable insight into speed."),
    ],
)
def test_what_is_turned_round_twice_stays_as_it_is(claim: str, source: str) -> None:
    ways = found(claim, source)
    assert max(ways.against, ways.turned) < 0.1


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Wren, which is ten times larger, matches Otter on all tasks.", SMALLER),
        ("The compiler does the scheduling of loops after the packing.", BEFORE),
        ("Suites cover few ports.", "Suites cover most ports."),
        ("The later hour decides the berth.", "The earlier hour decides the berth."),
        ("Gains shrink when the questions are hard.", "Gains shrink when the questions get easier."),
        ("Old tests give unreliable insight into speed.", "Old tests provide reliable insight into speed."),
    ],
)
def test_what_is_turned_round_once_is_noticed(claim: str, source: str) -> None:
    ways = found(claim, source)
    assert max(ways.against, ways.turned) > 0.5
