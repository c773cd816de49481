"""High numbers in words that the source does not count."""

from __future__ import annotations

import pytest

from rag.grounding.alignment import align
from rag.grounding.tokens import read_text
from rag.grounding.uncounted import uncounted

_SOURCE = "Pillar is a benchmark of diverse tasks at the level of files. It was run on 384 GPUs and on 14 models."


def _fires(claim: str, source: str = _SOURCE) -> bool:
    return uncounted(align(read_text(claim), read_text(source))).strength == 1


@pytest.mark.parametrize(
    "claim",
    [
        "Pillar offers over a thousand tasks at the level of files.",
        "Pillar offers thousands of tasks.",
        "Half a million tasks make up Pillar.",
        "Several million tasks at the level of files are in Pillar.",
        "Hundreds of thousands of tasks make up Pillar.",
        "Pillar has many thousands of diverse tasks.",
    ],
)
def test_what_nobody_counted_is_found(claim: str) -> None:
    assert _fires(claim)


@pytest.mark.parametrize(
    "claim",
    [
        "Pillar was run on hundreds of GPUs.",
        "Pillar was run on a dozen models.",
        "Pillar was run on tens of models.",
        "Three in a hundred tasks are at the level of files.",
        "Pillar offers diverse tasks.",
    ],
)
def test_a_rough_word_for_a_figure_is_left_alone(claim: str) -> None:
    assert not _fires(claim)


def test_rough_words_stand_for_one_another() -> None:
    assert not _fires("Pillar has several hundred tasks.", "Pillar has hundreds of diverse tasks.")
