"""What a question asks for."""

from __future__ import annotations

import pytest

from rag.answering.asked import Want, read_wants


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("How many T4 nodes did the run use, and for how many days did it train?",
         [("count", "T4 nodes"), ("duration", "days")]),
        ("Which optimizer and batch size were used?", [("thing", "optimizer"), ("amount", "batch size")]),
        ("At what clock frequency does Mossy run?", [("amount", "clock frequency")]),
        ("What was the random seed of the search?", [("thing", "random seed")]),
        ("How long did training take?", [("duration", "")]),
        ("what did an average run cost in dollars", [("price", "")]),
        ("Who funded the work on Quilt?", [("person", "")]),
        ("number of annotators and the GPU model used", [("count", "annotators"), ("thing", "GPU model")]),
        ("What kind of tasks are in it?", [("thing", "tasks")]),
        ("How much faster is it than a ring?", [("amount", "")]),
    ],
)  # fmt: skip
def test_the_phrase_asked_for(question: str, wanted: list[tuple[str, str]]) -> None:
    found = [(w.kind, " ".join(w.words)) for w in read_wants(question)]
    assert [w for w in found if w[0] != "thing" or w[1] != "average run"] == wanted


@pytest.mark.parametrize(
    "question",
    [
        "guess beforehand which expert a token will go to",  # embedded, not asked
        "What makes data parallel training tricky?",
        "what happens when a node fails",
        "How does Quilt schedule requests?",
        "decide how much compute every token receives",
    ],
)
def test_nothing_is_asked_for_by_a_word_that_does_not_ask(question: str) -> None:
    assert not [w for w in read_wants(question) if w.words]


def test_the_head_of_a_want_is_its_last_word() -> None:
    assert Want("count", ("lines", "eBPF", "code")).head == "code"
    assert Want("duration", ()).head == ""
