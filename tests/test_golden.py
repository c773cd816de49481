"""The user's own question, every way that it can be asked: the same three papers, first, each with an exact quote."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag import Answer, Assistant, Settings
from rag.cli.main import main
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.scripted import quoting_model

QUESTION = "which methods reduce all-reduce latency?"
ANSWERS = {
    "NVRAR": "LLM Inference Beyond a Single Node",
    "TPI-LLM": "TPI-LLM: Serving 70B-scale LLMs",
    "TokenWeave": "TokenWeave: Efficient Compute-Communication Overlap",
}
# They overlap communication with computation, compress or repair it: near the question, no answer to it.
ONLY_NEAR = ("T3: Transparent", "NanoFlow", "PyTorch Distributed", "8-Bit Approximations", "with C4:")


@pytest.fixture(scope="module")
def pages(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A library of the user's two pages."""
    folder = tmp_path_factory.mktemp("golden") / "library"
    with Assistant.open(folder, llm="off", settings=Settings()) as assistant:
        report = assistant.ingest(sorted((shared / "corpus").glob("*.txt")))
    assert (len(report.added), report.rejected) == (176, [])
    return str(folder)


@pytest.fixture(params=["notes", "pages"])
def library(request: pytest.FixtureRequest) -> str | None:
    return None if request.param == "notes" else request.getfixturevalue("pages")


@pytest.fixture
def model() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(quoting_model()) as server:
        yield server


def check(answer: Answer, *, first: bool = True) -> None:
    """The three papers are cited, and first; nothing merely near stands among them unmarked; every quote is exact.

    Where the sentences are chosen here, and not by a model, each names its method.
    """
    assert not answer.abstained
    assert answer.sources
    main_claims = [c for c in answer.claims if c.group != "related"]
    cited = [citation.title for c in main_claims for citation in c.citations]
    for name, title in ANSWERS.items():
        assert any(t.startswith(title) for t in cited), f"{name} is not cited: {cited}"
        if answer.mode == "extractive":
            own = [c.text for c in main_claims if c.citations[0].title.startswith(title)]
            assert any(name in text for text in own), f"{name} is not named: {own}"
    if first:
        begins = {
            next(n for n, title in ANSWERS.items() if t.startswith(title)) for t in list(dict.fromkeys(cited))[:3]
        }
        assert begins == ANSWERS.keys(), cited
        groups = [c.group == "related" for c in answer.claims]
        assert groups == sorted(groups), "what is related comes after the answer"
    unmarked = [t for t in cited for near in ONLY_NEAR if near in t]
    assert unmarked == []
    papers = {p.id: p for p in answer.sources}
    for claim in answer.claims:
        assert claim.citations
        assert claim.verdict.label == "supported"
        for c in claim.citations:
            paper = papers[c.paper_id]
            assert answer.sources[c.number - 1] is paper
            assert (c.title, c.revision, c.text_kind) == (paper.title, paper.revision, paper.text_kind)
            assert getattr(paper, c.field)[c.start : c.end] == c.quote != ""


def open_with(library: str | None, cache: Path, **settings: Any) -> Assistant:
    return Assistant.open(library, settings=Settings.from_env({}, cache_dir=str(cache), **settings))


def test_from_the_papers_own_sentences(library: str | None, cache_folder: Path) -> None:
    with open_with(library, cache_folder, llm="off") as assistant:
        answer = assistant.ask(QUESTION)
        check(answer)
        assert answer.mode == "extractive"
        assert {p.text_kind for p in answer.sources} == {"note" if library is None else "abstract"}
        check(assistant.summarize(QUESTION))
        check(assistant.ask("Which methods reduce AllReduce latency"))
        check(assistant.ask("which methods reduce all reduce latency?"))


def test_the_claims_say_what_the_methods_are(notes: Assistant) -> None:
    told = {c.citations[0].title[:8]: c.text for c in notes.ask(QUESTION).claims}
    assert "recursive doubling" in told["LLM Infe"]
    assert "star-based" in told["TPI-LLM:"]
    assert "AllReduce-RMSNorm" in told["TokenWea"]


@pytest.mark.parametrize("form", ["lines", "object", "inline"])
def test_written_by_a_model(library: str | None, cache_folder: Path, form: str) -> None:
    with (
        FakeOpenAI(quoting_model(form=form)) as server,
        open_with(library, cache_folder, base_url=server.base_url, claim_format=form) as assistant,
    ):
        # A summary asks once for the claims and again for their order in themes.
        for answer, most in ((assistant.ask(QUESTION), 1), (assistant.summarize(QUESTION), 3)):
            # The order is the model's; this one goes by shared words, and over the pages puts another paper third.
            check(answer, first=library is None)
            assert answer.mode == "generative"
            assert 1 <= answer.usage["calls"] <= most
            assert answer.dropped == ()
        assert all(name in server.requests[0].prompt for name in ANSWERS)


def test_from_the_command_line(library: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    where = [] if library is None else ["--library", library]
    for verb in ("ask", "summarize"):
        assert main([verb, QUESTION, "--json", *where]) == 0
        check(Answer.model_validate_json(capsys.readouterr().out))


def test_from_the_command_line_with_a_model(
    library: str | None, model: FakeOpenAI, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", model.base_url)
    where = [] if library is None else ["--library", library]
    assert main(["ask", QUESTION, "--json", *where]) == 0
    out, err = capsys.readouterr()
    answer = Answer.model_validate_json(out)
    check(answer, first=library is None)
    assert answer.mode == "generative"
    assert "stay on this machine" in err


def test_in_a_conversation(notes: Assistant) -> None:
    talk = notes.conversation()
    check(talk.ask(QUESTION))
    check(talk.ask(QUESTION))
