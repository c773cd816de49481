"""Questions that ask what a thing is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rag import Assistant
from rag.answering.description import asks_what_it_is, description
from rag.text import split_sentences
from tests.fakes.shelf import QUILT, RINGFOLD


@pytest.fixture(scope="module")
def notes() -> Iterator[Assistant]:
    with Assistant.open(llm="off") as assistant:
        yield assistant


@pytest.mark.parametrize(
    "question",
    ["what is RingFold?", "What does RingFold do", "tell me about ringfold", "explain RingFold.", "How does RingFold work?"],
)  # fmt: skip
def test_asking_for_the_thing(question: str) -> None:
    assert asks_what_it_is(question, RINGFOLD)


@pytest.mark.parametrize(
    "question",
    ["what is the speedup of RingFold?", "what is Quilt?", "how does RingFold cut latency?", "what is a ring?", "RingFold"],
)  # fmt: skip
def test_asking_for_something_else(question: str) -> None:
    assert not asks_what_it_is(question, RINGFOLD)


def test_the_main_result_comes_last_and_the_background_not_at_all() -> None:
    said = [s.sentence.text for s in description(QUILT, tuple(split_sentences(QUILT.abstract)))]
    assert said[0].startswith("Quilt caches")
    assert "2.4x" in said[-1]
    assert not any("repeat themselves" in s for s in said)


def test_over_the_notes_it_opens_with_what_the_thing_is(notes: Assistant) -> None:
    answer = notes.ask("what is TokenWeave?")
    assert answer.claims[0].text.startswith("TokenWeave splits the tokens")
    assert "29%" in answer.claims[-1].text
    assert len(answer.sources) == 1
