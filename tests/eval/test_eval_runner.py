"""The runner: nothing is dropped, failures are wrong, the record comes back, the order is that of the cases."""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from eval.aggregate import aggregate, figure_of, latency, outcome_matrix, worst_items
from eval.cases import cases_digest
from eval.metrics import parse_all
from eval.records import Item, library_facts, read_run, write_json
from eval.runner import run
from rag.answer import Answer, Citation, Verdict
from rag.errors import InputError, ModelTimeoutError, RagError
from rag.paper import Hit
from tests.eval.build import (
    ABSTENTION,
    CACHE,
    PAPERS,
    RING,
    SUITE,
    Scripted,
    answer,
    case,
    cite,
    claim,
    hit,
    joint,
    perfect,
)


def broken(error: Exception) -> Scripted:
    good = perfect()

    def reply(question: str) -> Answer:
        if question == SUITE[1].question:
            raise error
        return good.ask(question)

    return Scripted(good.retrieve, reply)


def test_a_right_system_is_right_everywhere() -> None:
    result = run(perfect(), SUITE, PAPERS, source="tests")
    assert [i.case_id for i in result.items] == [c.id for c in SUITE]
    assert result.cases_digest == cases_digest(SUITE)
    assert (result.judge, result.failed, result.notices) == ("test-judge@1", (), ())
    figures = aggregate(result, resamples=200)
    for name in ("nDCG@10", "EvidenceHit(all)", "CitedPrecision", "CitedRecall", "CitationValidity", "QuoteFidelity",
                 "QuoteCoverage", "AbstainedWhenUnanswerable"):  # fmt: skip
        interval = figures[name, "all"].interval
        assert interval.value == 1.0
        assert 0.6 < interval.low < 1.0  # type: ignore[operator]
    assert figures["FalseRefusal", "all"].interval.value == 0.0
    assert figures["CitationValidity", "all"].pooled == (31.0, 31.0)
    assert ("nDCG@10", "nonsense") not in figures


@pytest.mark.parametrize("error", [ModelTimeoutError("too slow"), KeyError("bug"), RecursionError("deep")])
@pytest.mark.parametrize("workers", [1, 3])
def test_a_crash_is_a_wrong_answer_that_stays_in_the_run(error: Exception, workers: int) -> None:
    result = run(broken(error), SUITE, PAPERS, workers=workers)
    assert len(result.items) == len(SUITE)
    (item,) = result.failed
    assert item.case_id == SUITE[1].id
    assert item.failure is not None
    assert (item.failure.step, item.failure.type) == ("ask", type(error).__name__)
    assert item.values["EvidenceHit"] == 0.0
    assert item.values["nDCG@10"] == 0.0
    assert item.values["FalseRefusal"] == 1.0
    figure = aggregate(result, resamples=50)["EvidenceHit", "finding"]
    assert figure.interval.value == pytest.approx(4 / 5)
    assert figure.pooled is None  # pooling would forget the item that has no numerator
    assert worst_items(result, 1)[0][0] == item


def test_an_interrupt_is_not_swallowed() -> None:
    def reply(_: str) -> Answer:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(Scripted(perfect().retrieve, reply), SUITE, PAPERS, workers=1)


def test_an_empty_answer_is_a_failure_and_an_abstention_is_not() -> None:
    empty = run(Scripted(perfect().retrieve, lambda _: answer()), SUITE[:1], PAPERS)
    assert empty.failed[0].failure is not None
    assert empty.failed[0].failure.type == "EmptyAnswer"
    assert not run(Scripted(perfect().retrieve, lambda _: ABSTENTION), SUITE[:1], PAPERS).failed


def test_an_answer_with_nan_is_a_failure() -> None:
    nan = Verdict.model_construct(label="supported", score=math.nan, reason="", judge="x")
    spoilt = answer(claim(Citation.model_construct(**(cite(RING, 0).model_dump() | {"verdict": nan})), text="x"),
                    sources=[RING])  # fmt: skip
    result = run(Scripted(perfect().retrieve, lambda _: spoilt), SUITE[:1], PAPERS)
    assert result.failed[0].failure is not None
    assert result.failed[0].failure.type == "ValidationError"


def test_the_order_of_items_does_not_depend_on_which_thread_is_first() -> None:
    good = perfect()

    def reply(question: str) -> Answer:
        time.sleep(0.01 if question == SUITE[0].question else 0)
        return good.ask(question)

    seen_by: list[tuple[int, int, str]] = []
    result = run(
        Scripted(good.retrieve, reply), SUITE, PAPERS, workers=4,
        progress=lambda done, total: seen_by.append((done, total, threading.current_thread().name)),
    )  # fmt: skip
    assert [i.case_id for i in result.items] == [c.id for c in SUITE]
    main = threading.current_thread().name
    assert seen_by == [(n, len(SUITE), main) for n in range(1, len(SUITE) + 1)]


def test_rankings_hold_each_paper_once_and_look_behind_its_passages() -> None:
    """A paper in many passages must not crowd the others out of the first ten places."""
    crowd = [hit(RING, 1 - i / 1000) for i in range(30)] + [hit(CACHE, 0.1)]
    asked: list[int] = []

    class Passages:
        def retrieve(self, _: str, k: int = 10) -> Sequence[Hit]:
            asked.append(k)
            return crowd[:k]

        def ask(self, _: str) -> Answer:
            return ABSTENTION

    result = run(Passages(), [case("finding", CACHE)], PAPERS)
    assert [r.title for r in result.items[0].ranking] == [RING.title, CACHE.title]
    assert result.items[0].values["MRR@10"] == 0.5
    assert asked == [20, 40]


def test_cases_about_papers_that_the_library_lacks_are_refused() -> None:
    with pytest.raises(InputError, match="lacks 1 papers") as raised:
        run(perfect(), SUITE, PAPERS[1:])
    assert "--pages" in raised.value.remedy


def test_gold_sentences_of_another_text_are_announced_not_scored_as_misses() -> None:
    foreign = case(evidence={RING.title: ["Another wording."]})
    result = run(perfect(), [foreign], PAPERS, metrics=parse_all(["EvidenceHit", "MRR@10"]))
    assert "1 of 1 gold sentences" in result.notices[0]
    assert result.items[0].values == {"EvidenceHit": None, "MRR@10": 1.0}


@pytest.mark.parametrize(("cases", "workers"), [((), 1), (SUITE, 0)])
def test_nothing_to_run_is_an_error(cases: Sequence[object], workers: int) -> None:
    with pytest.raises(InputError):
        run(perfect(), cases, PAPERS, workers=workers)  # type: ignore[arg-type]


def test_the_record_comes_back_and_refuses_what_is_not_one(tmp_path: Path) -> None:
    result = run(perfect(), SUITE, PAPERS)
    path = tmp_path / "run.json"
    write_json(result, path)
    assert read_run(path) == result
    assert list(tmp_path.iterdir()) == [path]
    data = json.loads(path.read_text())
    for change in ({"schema_version": 99}, {"items": 3}, {"surprise": 1}):
        path.write_text(json.dumps(data | change))
        with pytest.raises(InputError):
            read_run(path)
    data["items"][0]["values"]["MRR@10"] = math.nan
    path.write_text(json.dumps(data))
    with pytest.raises(InputError):
        read_run(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_run(tmp_path / "none.json")


def test_an_item_without_an_entry_for_a_metric_stops_the_aggregation() -> None:
    result = run(perfect(), SUITE, PAPERS)
    first = result.items[0]
    cut = first.model_copy(update={"values": {k: v for k, v in first.values.items() if k != "MRR@10"}})
    with pytest.raises(RagError, match="no entry"):
        figure_of(result.model_copy(update={"items": (cut, *result.items[1:])}), "MRR@10", lambda _: True, "all")


def test_questions_about_one_paper_are_one_cluster() -> None:
    figure = aggregate(run(perfect(), SUITE[:15], PAPERS), resamples=50)["MRR@10", "all"]
    assert (figure.interval.n, figure.interval.clusters) == (15, 5)
    assert {i.cluster for i in run(perfect(), [joint("survey", *PAPERS[:2])], PAPERS).items} == {
        joint("survey", *PAPERS[:2]).id
    }


def test_outcomes_and_latency_count_every_item() -> None:
    result = run(broken(KeyError("x")), SUITE, PAPERS)
    matrix = outcome_matrix(result)
    assert sum(matrix["all"].values()) == len(SUITE)
    assert matrix["finding"] == {"answered": 4, "limited": 0, "abstained": 0, "failed": 1}
    slow = [Item.model_construct(seconds=float(s)) for s in range(1, 101)]
    assert latency(slow)[:3] == pytest.approx((50.5, 95.05, 100.0))


def test_the_librarys_digest_sees_revisions_and_ignores_order() -> None:
    assert library_facts(reversed(PAPERS)) == library_facts(PAPERS)
    changed = RING.model_copy(update={"revision": "other"})
    assert library_facts([changed, *PAPERS[1:]]).digest != library_facts(PAPERS).digest
