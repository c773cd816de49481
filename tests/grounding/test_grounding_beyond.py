"""The other side of half, or of a figure, than in the source."""

from __future__ import annotations

import pytest

from rag.grounding.alignment import align
from rag.grounding.beyond import beyond
from rag.grounding.tokens import read_text

SOURCE = (
    "Loading accounts for 56-74% of end-to-end delay, and cleaning for 12% of the energy. Most of the budget goes to "
    "pipes. The survey covers designs that are more than 15 years old and pumps shorter than 3 metres."
)


def _fires(claim: str) -> bool:
    return bool(beyond(align(read_text(claim), read_text(SOURCE))).strength)


@pytest.mark.parametrize(
    "claim",
    [
        "Loading is responsible for the smaller part of the end-to-end delay.",
        "Loading takes less than half of the end-to-end delay.",
        "Cleaning uses the bulk of the energy.",
        "A small share of the budget goes to pipes.",
        "The survey covers designs younger than 15 years.",
        "The survey covers pumps longer than 3 metres.",
    ],
)
def test_the_other_side_is_found(claim: str) -> None:
    assert _fires(claim)


@pytest.mark.parametrize(
    "claim",
    [
        "Loading is responsible for the larger part of the end-to-end delay.",
        "Cleaning uses a small fraction of the energy.",
        "Most of the budget goes to pipes.",
        "Pipes take a larger share of the budget than pumps.",
        "The survey covers designs older than 15 years.",
        "The survey covers no pumps longer than 3 metres.",
        "Loading takes most of the afternoon.",
    ],
)
def test_the_same_side_and_other_things_are_let_be(claim: str) -> None:
    assert not _fires(claim)
