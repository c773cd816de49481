"""Summaries: grade 1 is never wrong, silence is never free, repetition shows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.metrics import RELATED
from eval.report import to_markdown
from eval.summaries import Topic, bundled_topics, figures, load_topics, redundancy, run_summaries, score_summary
from eval.summaries import summaries_page as page_of
from rag.answer import Answer
from rag.errors import InputError
from tests.eval.build import ABSTENTION, BREAD, CACHE, ODD, PAPERS, QUIET, RING, SHELF, answer, cite, claim

TOPIC = Topic(id="t", topic="fast things", relevant={RING.title: 2, CACHE.title: 2, BREAD.title: 1})


def test_a_paper_of_grade_one_is_not_wrong_and_not_missed() -> None:
    core = score_summary(answer(claim(cite(RING, 0)), claim(cite(CACHE, 0, 2))), TOPIC, SHELF)
    assert (core["CitationPrecision"], core["CitationRecall"], core["Coverage"]) == (1.0, 1.0, pytest.approx(2 / 3))
    with_one = score_summary(answer(claim(cite(RING, 0)), claim(cite(BREAD, 0, 2))), TOPIC, SHELF)
    assert (with_one["CitationPrecision"], with_one["CitationRecall"]) == (1.0, 0.5)
    wrong = score_summary(answer(claim(cite(RING, 0)), claim(cite(ODD, 0, 2))), TOPIC, SHELF)
    assert wrong["CitationPrecision"] == 0.5


def test_related_papers_cover_and_are_not_cited() -> None:
    found = score_summary(answer(claim(cite(RING, 0)), claim(cite(QUIET, 0, 2), group=RELATED)), TOPIC, SHELF)
    assert found["CitationPrecision"] == 1.0
    assert found["Coverage"] == pytest.approx(1 / 3)


@pytest.mark.parametrize("nothing", [None, ABSTENTION])
def test_saying_nothing_counts_as_the_worst(nothing: Answer | None) -> None:
    found = score_summary(nothing, TOPIC, SHELF)
    assert found == {"CitationPrecision": 0.0, "CitationRecall": 0.0, "Coverage": 0.0, "Redundancy": 1.0}


def test_repetition_is_seen_whatever_paper_it_cites() -> None:
    one, two = claim(cite(RING, 1)), claim(cite(CACHE, 0), text="In 2 steps, FastRing sums vectors.")
    assert redundancy([one, two]) == 0.5
    assert redundancy([one, claim(cite(CACHE, 0))]) == 0.0
    assert redundancy([]) == 0.0


class Scripted:
    def summarize(self, topic: str, *, limit: int = 20) -> Answer:
        if topic == "crash":
            raise ZeroDivisionError("boom")
        return answer(claim(cite(RING, 0)))


def test_a_crash_is_a_wrong_summary_that_stays_in_the_run() -> None:
    topics = (TOPIC, TOPIC.model_copy(update={"id": "u", "topic": "crash"}))
    run = run_summaries(Scripted(), topics, PAPERS)
    assert [t.failure for t in run.topics] == [None, "ZeroDivisionError: boom"]
    found = {f.metric: f for f in figures(run)}
    assert (found["CitationRecall"].value, found["CitationRecall"].n) == (0.25, 2)
    assert found["Claims"].n == 1  # a control says nothing of a failure
    assert "failed: 1 (counted as wrong); the first: u" in to_markdown(page_of(run))


def test_topics_about_absent_papers_are_refused() -> None:
    with pytest.raises(InputError, match="lacks 1 papers"):
        run_summaries(Scripted(), [TOPIC], [p for p in PAPERS if p != BREAD])


@pytest.mark.parametrize("change", [{"relevant": {"X": 1}}, {"relevant": {"X": 3}}, {"topic": ""}, {"more": 1}])
def test_a_line_that_is_no_topic_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(json.dumps({"id": "a", "topic": "b", "relevant": {"X": 2}} | change))
    with pytest.raises(InputError, match=r"t\.jsonl:1"):
        load_topics(path)


def test_the_bundled_topics_name_notes_that_exist() -> None:
    from eval.metrics import Shelf
    from rag.corpus import read_sources
    from rag.library.location import notes_file

    shelf = Shelf(read_sources([notes_file()]).papers)
    topics = load_topics(bundled_topics())
    assert len(topics) >= 20
    assert [t for topic in topics for t in topic.relevant if shelf.by_title(t) is None] == []
    assert len({t.topic for t in topics}) == len(topics)


def test_the_real_assistant_sums_up_from_gold_papers(notes: object) -> None:
    topics = [t for t in load_topics(bundled_topics()) if t.id in ("t03", "t09")]
    run = run_summaries(notes, topics, notes.papers())  # type: ignore[arg-type,attr-defined]
    assert all(t.failure is None and t.values["QuoteFidelity"] == 1.0 for t in run.topics)
    assert all(t.values["CitationRecall"] > 0 for t in run.topics)
