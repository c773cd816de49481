"""What the papers do not say: names, details, and premises that they deny."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from rag import Assistant
from rag.answering.limits import detail_limits
from rag.answering.paper_reading import read_paper
from rag.answering.premise import find_contrary
from rag.answering.subjects import mentions
from rag.paper import Paper
from tests.library.build import paper

RING = paper(
    "RingFold: folding rings for collective communication",
    "All-reduce dominates multi-node inference. We present RingFold, a collective that folds the ring. On 64 GPUs "
    "RingFold has 37% lower latency than NCCL for messages between 128 KB and 2 MB. RingFold uses only 4 SMs and runs "
    "without any retraining of the model.",
)
QUILT = paper(
    "Quilt: a scheduler for serving language models",
    "Serving language models wastes memory. Quilt is a scheduler that packs requests by their expected length. "
    "Compared with Orca and vLLM it raises throughput by 1.8x on a cluster of 16 GPUs. The gap to an oracle narrows as "
    "the cluster grows.",
)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with Assistant.open(Path(tmp_path_factory.mktemp("limits")) / "library", llm="off", for_writing=True) as assistant:
        assistant.library.write([RING, QUILT])
        yield assistant


def outcome(assistant: Assistant, question: str) -> tuple[str, str]:
    answer = assistant.ask(question)
    if answer.abstained:
        return "abstained", answer.reason or ""
    limits = [c.text for c in answer.claims if c.kind == "limitation"]
    return ("limited", limits[0]) if limits else ("answered", "")


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("What learning rate did RingFold use?", "learning rate"),
        ("How many annotators labelled the data of Quilt?", "annotators"),
        ("How much did the Quilt cluster cost in dollars?", "a price"),
        ("How long did it take to build RingFold?", "how long it took"),
        ("Under which licence is Quilt released?", "licence"),
        ("How many parameters has the model served by Quilt?", "parameters"),
    ],
)
def test_a_detail_that_is_not_stated_is_named_and_the_rest_still_shown(
    shelf: Assistant, question: str, said: str
) -> None:
    kind, text = outcome(shelf, question)
    assert (kind, said in text) == ("limited", True), text
    assert any(c.kind == "claim" for c in shelf.ask(question).claims)


@pytest.mark.parametrize(
    "question",
    [
        "On how many GPUs was RingFold run?",
        "How many SMs does RingFold use?",
        "What throughput gain does Quilt reach?",
        "By what factor does Quilt raise throughput?",
        "Which baselines is Quilt compared with?",
        "What message sizes does RingFold help with?",
        "why does quilt pack requests by their length",
        "How much lower is the latency of RingFold than that of NCCL?",
    ],
)
def test_what_is_stated_is_answered_without_a_limitation(shelf: Assistant, question: str) -> None:
    assert outcome(shelf, question) == ("answered", "")


def test_a_name_that_no_paper_has_is_refused_by_name(shelf: Assistant) -> None:
    for question in ("How does Sarathi chunk the prefill of language models?", "what is TreeFold's latency on GPUs?"):
        kind, text = outcome(shelf, question)
        assert kind == "abstained"
        assert "mentions" in text


def test_a_name_that_is_only_a_baseline_is_not_described(shelf: Assistant) -> None:
    kind, text = outcome(shelf, "How does Orca batch iterations of different sequences together?")
    assert kind in {"abstained", "limited"}
    assert "mentions Orca only beside other work" in text


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("Why is RingFold slower than NCCL for messages of a megabyte?", "lower latency"),
        ("Why does RingFold need 48 SMs?", "4 SMs"),
        ("How does RingFold do the retraining of the model?", "without any retraining"),
        ("Why does the gap to an oracle widen as the cluster of Quilt grows?", "narrows"),
    ],
)
def test_a_premise_that_the_paper_denies_is_named_with_the_quote(shelf: Assistant, question: str, quote: str) -> None:
    first = shelf.ask(question).claims[0]
    assert first.kind == "limitation"
    assert "contrary" in first.text
    (citation,) = first.citations
    assert quote in citation.quote
    assert first.verdict.label == "unsure", "it is not judged, and never counts as supported"


def test_a_condition_that_only_another_paper_has_is_named(shelf: Assistant) -> None:
    shelf.library.write([paper("Fieldwork on chips", "We measure the H200 and the MI300X under load for a week.")])
    kind, text = outcome(shelf, "How many SMs does RingFold use on the MI300X?")
    assert (kind, "MI300X" in text) == ("limited", True)
    assert outcome(shelf, "How does Quilt differ from RingFold?")[0] == "answered"


def test_a_true_premise_is_left_alone() -> None:
    readings = [read_paper(p) for p in (RING, QUILT)]
    for question in (
        "Why is RingFold faster than NCCL for messages of a megabyte?",
        "Why does RingFold use 4 SMs?",
        "Does RingFold need retraining?",
        "How does RingFold avoid retraining?",
        "Why does the gap to an oracle narrow as the cluster grows?",
    ):
        assert find_contrary(question, readings) is None, question


@pytest.mark.parametrize("question", ["how to clean a cast iron pan", "flurb zxqk wvut gronk", "0x0000 ?? 7"])
def test_what_no_paper_is_near_is_refused(shelf: Assistant, question: str) -> None:
    assert outcome(shelf, question)[0] == "abstained"


@pytest.mark.parametrize("question", ["Quilt", "quilt scheduler", "all-reduce", "ringfold latency"])
def test_a_short_question_about_the_shelf_is_answered(shelf: Assistant, question: str) -> None:
    assert outcome(shelf, question)[0] != "abstained"


def test_names_are_told_from_words() -> None:
    found = {m.name for m in mentions("How does Sarathi use the GPU, unlike a PyTorch-like, AMD-powered SSD?")}
    assert "Sarathi" in found
    assert not found & {"GPU", "SSD", "PyTorch", "PyTorch-like", "AMD-powered"}


def test_details_are_looked_for_in_the_paper_that_the_question_names() -> None:
    other: Paper = paper("Grid search for networks", "We tune the learning rate of networks: a learning rate of 0.1.")
    readings = [read_paper(p) for p in (RING, other)]
    assert detail_limits("What learning rate did RingFold use?", readings) == ["the learning rate"]
    assert detail_limits("What learning rate was used?", readings) == []


def test_the_fit_of_near_is_the_one_that_was_measured() -> None:
    """Whoever fits it again (python -m eval.fit_near --write) states the new rates in docs/abstention.md too."""
    text = files("rag.answering").joinpath("data", "near_1.json").read_bytes()
    assert hashlib.sha256(text).hexdigest() == "13218dbc3b2448f3b83477db68847cd24cb172adc7aa62e42e01865ec6e9d4c3"
