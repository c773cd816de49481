"""The assistant over the bundled notes: retrieval's promises, filters, streams, asyncio, libraries."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag import Answer, Assistant, Event, Settings
from rag.errors import EmptyQuestionError, InputError, UnknownPaperError
from tests.conftest import REPO

QUESTION = "which methods reduce all-reduce latency?"
QUESTIONS = [
    json.loads(line)["question"]
    for line in (REPO / "eval/data/cases/questions.jsonl").read_text(encoding="utf-8").splitlines()
]
WORDS = sorted({word for question in QUESTIONS for word in question.split()})
OFF = {"llm": "off", "settings": Settings()}
KEY = "test-key-0123456789"


@pytest.fixture(scope="module")
def shelf(cache_folder: Path) -> Iterator[Assistant]:
    """One open assistant over the notes for the whole module."""
    with Assistant.open(settings=Settings.from_env({}, cache_dir=str(cache_folder), llm="off")) as assistant:
        yield assistant


def write_papers(path: Path, *papers: tuple[str, str], **more: Any) -> Path:
    path.write_text("".join(json.dumps({"title": t, "abstract": a, **more}) + "\n" for t, a in papers))
    return path


RINGFOLD = ("RingFold: Folding Collectives", "RingFold folds the ring of an all-reduce. It halves latency on 64 GPUs.")
QUILT = ("Quilt: Patchwise Caching", "Quilt caches attention keys by patches. It lowers time to first token by 2.4x.")


# -- retrieval


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    question=st.one_of(
        st.sampled_from(QUESTIONS),
        st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map(" ".join),
        st.text(min_size=1, max_size=40),
    ),
    ks=st.tuples(st.integers(1, 12), st.integers(1, 260)).map(sorted),
)
def test_fewer_hits_are_a_prefix_of_more_with_the_same_scores(shelf: Assistant, question: str, ks: list[int]) -> None:
    if not any(c.isalnum() for c in question):
        with pytest.raises(EmptyQuestionError):
            shelf.retrieve(question, ks[0])
        return
    few, many = (shelf.retrieve(question, k) for k in ks)
    assert few == many[: ks[0]], "papers, passages, scores and explanations"
    assert len(few) == min(ks[0], len(many))
    scores = [h.score for h in many]
    assert scores == sorted(scores, reverse=True)
    assert all(0.0 <= s <= 1.0 for s in scores)
    assert len({(h.paper.id, h.passage.start) for h in many}) == len(many), "no passage twice"
    assert all(h.paper.abstract[h.passage.start : h.passage.end] == h.passage.text for h in many)


def test_k_has_to_be_positive_and_defaults_to_ten(shelf: Assistant) -> None:
    assert len(shelf.retrieve(QUESTION)) == 10
    for k in (0, -1):
        with pytest.raises(InputError, match=f"k is {k}"):
            shelf.retrieve(QUESTION, k)


@pytest.mark.parametrize("question", ["", "  \n", "?!", "\u200b"])
def test_a_question_without_words_is_refused_before_anything_is_streamed(shelf: Assistant, question: str) -> None:
    for verb in (shelf.retrieve, shelf.ask, shelf.stream, shelf.summarize, shelf.conversation().stream):
        with pytest.raises(EmptyQuestionError):
            verb(question)


# -- filters


def test_years_keep_undated_papers_and_say_so(shelf: Assistant) -> None:
    undated = sum(p.year is None for p in shelf.papers())
    assert undated > 0
    years = {h.paper.year for h in shelf.retrieve("language models", 200, since=2024, until=2025)}
    assert years == {None, 2024, 2025}
    years = {h.paper.year for h in shelf.retrieve("language models", 200, since=2024, until=2025, dated_only=True)}
    assert years == {2024, 2025}
    notices = [e.payload for e in shelf.stream(QUESTION, since=2024) if e.kind == "notice"]
    assert any(n.startswith(f"{undated} undated papers") for n in notices)
    assert not [e for e in shelf.stream(QUESTION) if e.kind == "notice"]


def test_organisation_and_papers(shelf: Assistant) -> None:
    some = next(p for p in shelf.papers() if p.organisation)
    found = shelf.retrieve("language models", 200, organisation=some.organisation.upper())
    assert some.id in {h.paper.id for h in found}
    assert all(some.organisation.lower() in (h.paper.organisation or "").lower() for h in found)
    two = [p.id for p in shelf.papers()[:2]]
    assert {h.paper.id for h in shelf.retrieve("anything at all", 50, papers=two)} == set(two)
    answer = shelf.ask("what does it do?", papers=two)
    assert {p.id for p in (*answer.sources, *answer.nearest)} <= set(two)


def test_filters_that_mean_nothing_are_refused(shelf: Assistant) -> None:
    with pytest.raises(UnknownPaperError, match="'nope'"):
        shelf.ask(QUESTION, papers=["nope"])
    with pytest.raises(InputError, match="from 2025 until 2024"):
        shelf.ask(QUESTION, since=2025, until=2024)
    with pytest.raises(InputError, match="no filter is called 'year'"):
        shelf.stream(QUESTION, year=2024)


def test_a_filter_does_not_change_what_is_asked(shelf: Assistant) -> None:
    """A filter that keeps every paper changes no score."""
    everything = [p.id for p in shelf.papers()]
    free, kept = shelf.retrieve(QUESTION, 20), shelf.retrieve(QUESTION, 20, papers=everything)
    assert [h.paper.id for h in free] == [h.paper.id for h in kept]
    assert [h.score for h in free] == pytest.approx([h.score for h in kept])


def test_where_the_filter_leaves_no_paper_on_the_subject_none_is_passed_off_as_an_answer(shelf: Assistant) -> None:
    answer = shelf.ask(QUESTION, since=2024, dated_only=True)
    cited = {c.paper_id for claim in answer.claims if claim.group != "related" for c in claim.citations}
    papers = [p for p in answer.sources if p.id in cited]
    assert [p.title for p in papers if not re.search(r"all-?reduce", p.abstract, re.I)] == []


# -- asking


def essence(answer: Answer) -> dict[str, Any]:
    return answer.model_dump(exclude={"timings"})


def test_many_questions_are_answered_in_their_order(shelf: Assistant) -> None:
    asked = QUESTIONS[:12]
    answers = list(shelf.ask_many(asked, workers=4))
    assert [a.question for a in answers] == [" ".join(q.split()) for q in asked]
    assert [essence(a) for a in answers] == [essence(shelf.ask(q)) for q in asked], "threads change nothing"
    assert list(shelf.ask_many([])) == []
    with pytest.raises(InputError, match="workers is 0"):
        next(shelf.ask_many(asked, workers=0))


def test_a_stream_gives_hits_first_then_each_claim_then_the_answer(shelf: Assistant) -> None:
    events = list(shelf.stream(QUESTION))
    kinds = [e.kind for e in events]
    assert kinds[0] == "hits"
    assert kinds[-1] == "answer"
    assert kinds.count("hits") == kinds.count("answer") == 1
    answer = events[-1].payload
    assert tuple(e.payload for e in events if e.kind == "claim") == answer.claims
    assert list(events[0].payload) == shelf.retrieve(QUESTION)
    assert essence(answer) == essence(shelf.ask(QUESTION))


def test_an_abstention_streams_its_answer_too(shelf: Assistant) -> None:
    events = list(shelf.stream("how many calories are in a croissant?"))
    answer = events[-1].payload
    assert answer.abstained
    assert answer.reason
    assert answer.claims == answer.sources == ()
    assert answer.nearest
    assert "claim" not in [e.kind for e in events]


def test_the_limits_limit(shelf: Assistant) -> None:
    assert len(shelf.ask(QUESTION, max_claims=1).claims) == 1
    assert len(shelf.summarize("language models on GPUs", limit=2).sources) == 2
    with pytest.raises(InputError, match="limit is 0"):
        shelf.summarize(QUESTION, limit=0)


# -- asyncio


class WaitingJudge:
    """Judges only once something has happened that needs a running loop."""

    def __init__(self, inner: Any) -> None:
        self.name, self._inner, self.freed = inner.name, inner, threading.Event()

    def judge(self, claim: str, evidence: Any) -> Any:
        assert self.freed.wait(20), "the loop is blocked"
        return self._inner.judge(claim, evidence)


async def _collected(shelf: Assistant) -> list[Event]:
    return [event async for event in shelf.astream(QUESTION)]


async def _asked(shelf: Assistant) -> list[Event]:
    return [Event(kind="answer", payload=await shelf.aask(QUESTION))]


@pytest.mark.parametrize("verb", [_asked, _collected], ids=["aask", "astream"])
def test_the_a_verbs_leave_the_loop_free(shelf: Assistant, monkeypatch: pytest.MonkeyPatch, verb: Any) -> None:
    judge = WaitingJudge(shelf.judge)
    monkeypatch.setattr(shelf, "judge", judge)

    async def both() -> list[Event]:
        task = asyncio.create_task(verb(shelf))
        await asyncio.sleep(0.05)
        judge.freed.set()
        return await task

    events = asyncio.run(both())
    monkeypatch.undo()
    assert essence(events[-1].payload) == essence(shelf.ask(QUESTION))


def test_astream_gives_what_stream_gives(shelf: Assistant) -> None:
    events, steps = asyncio.run(_collected(shelf)), list(shelf.stream(QUESTION))
    assert [e.kind for e in events] == [e.kind for e in steps]
    assert [e.payload for e in events[:-1]] == [e.payload for e in steps[:-1]]


def test_the_a_verbs_raise_what_their_twins_raise(shelf: Assistant) -> None:
    async def drain() -> None:
        async for _ in shelf.astream(" "):
            pass

    with pytest.raises(EmptyQuestionError):
        asyncio.run(shelf.aask(" "))
    with pytest.raises(EmptyQuestionError):
        asyncio.run(drain())


def test_many_at_once_in_one_loop(shelf: Assistant) -> None:
    async def all_of(asked: list[str]) -> list[Answer]:
        return await asyncio.gather(*(shelf.aask(q) for q in asked))

    asked = QUESTIONS[20:26]
    assert [essence(a) for a in asyncio.run(all_of(asked))] == [essence(shelf.ask(q)) for q in asked]


# -- libraries


def test_the_notes_take_no_other_papers(shelf: Assistant, tmp_path: Path) -> None:
    before = shelf.papers()
    with pytest.raises(InputError, match="bundled notes"):
        shelf.ingest([write_papers(tmp_path / "p.jsonl", RINGFOLD)])
    with pytest.raises(InputError, match="bundled notes"):
        shelf.remove([before[0].id])
    assert shelf.papers() == before


def test_nothing_to_ingest_is_refused(tmp_path: Path) -> None:
    with Assistant.open(tmp_path / "library", **OFF) as assistant, pytest.raises(InputError, match="nothing to ingest"):
        assistant.ingest([])


def test_one_path_is_one_file(tmp_path: Path) -> None:
    path = write_papers(tmp_path / "p.jsonl", RINGFOLD)
    with Assistant.open(tmp_path / "library", **OFF) as assistant:
        assert len(assistant.ingest(str(path)).added) == 1
        assert len(assistant.ingest(path).unchanged) == 1


def test_two_assistants_on_one_folder_see_each_other_s_papers(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    with Assistant.open(folder, **OFF) as one, Assistant.open(str(folder), **OFF) as other:
        added = one.ingest([write_papers(tmp_path / "one.jsonl", RINGFOLD)]).added
        assert other.ask("How does RingFold change the all-reduce?").sources[0].id == added[0]
        assert [p.id for p in other.papers()] == added
        added += other.ingest([write_papers(tmp_path / "two.jsonl", QUILT)]).added
        assert {p.id for p in one.papers()} == set(added)
        assert one.retrieve("patchwise caching of attention keys", 1)[0].paper.id == added[1]
        assert other.remove(added[:1]) == 1
        assert [h.paper.id for h in one.retrieve("RingFold all-reduce latency", 5)] == added[1:]
        assert one.remove(added[:1]) == 0
    with Assistant.open(folder, **OFF) as later:
        assert [p.id for p in later.papers()] == added[1:]


def test_an_abstract_takes_the_place_of_a_note(tmp_path: Path) -> None:
    note = write_papers(tmp_path / "note.jsonl", (RINGFOLD[0], "A note on folding rings."), text_kind="note")
    with Assistant.open(tmp_path / "library", **OFF) as assistant:
        first = assistant.ingest([note]).added
        report = assistant.ingest([write_papers(tmp_path / "abstract.jsonl", RINGFOLD)])
        assert report.updated == first
        assert assistant.ingest([note]).updated == [], "and a note never that of an abstract"
        (paper,) = assistant.papers()
    assert (paper.text_kind, paper.abstract) == ("abstract", RINGFOLD[1])


def test_a_closed_assistant_says_so(tmp_path: Path) -> None:
    assistant = Assistant.open(tmp_path / "library", **OFF)
    assistant.ingest([write_papers(tmp_path / "p.jsonl", RINGFOLD)])
    assistant.close()
    with pytest.raises(Exception, match="closed"):
        assistant.ask(QUESTION)


def test_for_llamaindex(shelf: Assistant) -> None:
    nodes = shelf.as_retriever(k=3).retrieve(QUESTION)
    hits = shelf.retrieve(QUESTION, 3)
    assert [n.node.metadata["paper_id"] for n in nodes] == [h.paper.id for h in hits]
    assert [n.score for n in nodes] == [h.score for h in hits]
    response = shelf.as_query_engine().query(QUESTION)
    assert essence(Answer.model_validate(response.metadata)) == essence(shelf.ask(QUESTION))
