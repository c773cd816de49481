"""The letters that stand together in a text, by which a pattern of whole words is known to be met nowhere in it."""

from __future__ import annotations

import re

import pytest

from rag.grounding.cues import cues
from rag.grounding.tokens import MAX_SENTENCE, read_text


@pytest.mark.parametrize(
    "text",
    [
        "It can't keep all of it.",
        "It is written in all# or c++ of old.",
        "The'fails to hold.",
        "The loſs is not leſs – or ½.",
        "x," * (MAX_SENTENCE // 2 - 1) + "never" * 2,
        "A plain sentence (with brackets), 3.5x and half_a line.",
        "",
    ],
)
def test_every_word_that_a_pattern_can_meet_is_a_run(text: str) -> None:
    read = read_text(text)
    assert set(re.findall(r"\b[^\W\d_]+\b", read.low)) <= read.runs


def test_a_denial_behind_an_apostrophe_is_found() -> None:
    text = read_text("The new loom'fails to keep the thread tight.")
    assert [cue.kind for cue in cues(text)] == ["phrase"]
