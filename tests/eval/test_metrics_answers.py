"""Metrics of answers: support by a judge, what is asked for, claims that stand alone, cost. By hand on literal data."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from eval.metrics import DEFAULT_METRICS, Metric, Observation, Ratio, evaluate, judge_metrics, parse
from eval.metrics.quality import repeated
from eval.metrics.remembered import Remembered
from eval.metrics.support import Scorer, support_names
from eval.report import judged_table
from rag.answer import Answer, Claim, Label, Verdict
from rag.errors import InputError
from rag.grounding import OfflineJudge
from rag.grounding.judge import SyncJudge
from tests.eval.build import ABSTENTION, BREAD, CACHE, LIMITATION, ODD, RING, answer, cite, claim, seen


class Table:
    """A judge with an opinion per paper (by a word of its title), and one on all of them together."""

    def __init__(self, labels: dict[str, Label], together: Label = "unsupported", name: str = "table@1") -> None:
        self.name = name
        self.asked: list[tuple[str, str | Sequence[str]]] = []
        self._labels, self._together = labels, together

    def judge(self, claim: str, evidence: str | Sequence[str]) -> Verdict:
        self.asked.append((claim, evidence))
        label: Label = self._together
        if isinstance(evidence, str):
            label = next((x for word, x in self._labels.items() if evidence.startswith(word)), "unsupported")
        return Verdict(label=label, score=0.5, reason="table", judge=self.name)

    def judge_many(self, pairs: Sequence[tuple[str, str | Sequence[str]]]) -> list[Verdict]:
        return [self.judge(c, e) for c, e in pairs]

    async def ajudge(self, claim: str, evidence: str | Sequence[str]) -> Verdict:
        return self.judge(claim, evidence)


def value(base: str, judge: Table, what: Answer | None, about: Observation | None = None) -> float | None:
    found = {m.name: m for m in judge_metrics(judge)}
    return evaluate(found[base.replace("*", judge.name)], about or seen(what)).value


RECALL, PRECISION, F1 = "CitationRecall({},judge=*)", "CitationPrecision({},judge=*)", "CitationF1({},judge=*)"
YES = Table({"FastRing": "supported", "LazyCache": "partial"})


# -- recall and precision


def test_the_worked_example_of_trec_rag() -> None:
    """The first paper supports its claim in part, the second wholly, the third claim cites nothing: P 0.75, R 0.5."""
    judge = Table({"LazyCache": "partial", "FastRing": "supported"})
    what = answer(claim(cite(CACHE, 0, 1)), claim(cite(RING, 0, 2)), claim(text="No citation."))
    assert value(PRECISION.format("weighted"), judge, what) == 0.75
    assert value(RECALL.format("weighted"), judge, what) == 0.5
    assert value(PRECISION.format("strict"), judge, what) == 0.5
    assert value(RECALL.format("strict"), judge, what) == pytest.approx(1 / 3)
    assert value(F1.format("weighted"), judge, what) == pytest.approx(0.6)
    assert value("OverCitation(judge=*)", judge, what) == 0.0


@pytest.mark.parametrize(
    ("labels", "together", "recall", "precision", "over"),
    [
        ({"FastRing": "supported", "LazyCache": "unsupported"}, "unsupported", 1.0, 0.5, 0.5),
        ({"FastRing": "supported", "LazyCache": "supported"}, "supported", 1.0, 1.0, 0.0),
        ({"FastRing": "unsupported", "LazyCache": "unsupported"}, "supported", 1.0, 1.0, 0.0),
        ({"FastRing": "unsupported", "LazyCache": "unsupported"}, "unsupported", 0.0, 0.0, 0.0),
        ({"FastRing": "supported", "LazyCache": "partial"}, "supported", 1.0, 0.5, 0.5),
    ],
    ids=["one idle", "both alone", "only together", "neither", "one in part"],
)
def test_two_citations_of_one_claim(
    labels: dict[str, Label], together: Label, recall: float, precision: float, over: float
) -> None:
    judge = Table(labels, together)
    what = answer(claim(cite(RING, 0, 1), cite(CACHE, 0, 2)))
    assert value(RECALL.format("strict"), judge, what) == recall
    assert value(PRECISION.format("strict"), judge, what) == precision
    assert value("OverCitation(judge=*)", judge, what) == over


def test_weighted_precision_gives_half_to_what_supports_in_part_and_is_not_needed() -> None:
    what = answer(claim(cite(RING, 0, 1), cite(CACHE, 0, 2)))
    assert value(PRECISION.format("weighted"), YES, what) == 0.75
    needed = Table({"FastRing": "partial", "LazyCache": "unsupported"}, together="supported")
    assert value(PRECISION.format("weighted"), needed, what) == 1.0


def test_quotes_of_one_paper_are_one_citation() -> None:
    judge = Table({"FastRing": "supported"})
    twice = answer(claim(cite(RING, 0, 1), cite(RING, 1, 1), cite(RING, 0, 1), cite(CACHE, 0, 2)))
    assert value(PRECISION.format("strict"), judge, twice) == 0.5


@pytest.mark.parametrize(
    "changes",
    [{"number": 0}, {"number": 9}, {"number": -1}, {"paper_id": "nobody"}, {"quote": "FastRing sums vectors."}],
    ids=str,
)
def test_an_invalid_citation_costs_recall_and_counts_in_the_denominator_of_precision(
    changes: dict[str, object],
) -> None:
    judge = Table({"FastRing": "supported", "LazyCache": "supported"})
    what = answer(claim(cite(CACHE, 0, 1), cite(RING, 1, **{"number": 2, **changes})), sources=[CACHE, RING])
    assert value(RECALL.format("strict"), judge, what) == 0.0
    assert value(PRECISION.format("strict"), judge, what) == 0.5
    assert evaluate(parse("UnderCitation"), seen(what)).value == 0.0


def test_no_citation_at_all_is_precision_0_and_no_claim_at_all_is_no_value() -> None:
    bare = answer(claim(text="Nothing is cited."))
    assert value(PRECISION.format("strict"), YES, bare) == 0.0
    assert value(RECALL.format("strict"), YES, bare) == 0.0
    assert value(F1.format("strict"), YES, bare) == 0.0
    assert evaluate(parse("UnderCitation"), seen(bare)).value == 1.0
    for name in support_names(YES.name):
        assert value(name, YES, ABSTENTION) is None
        assert value(name, YES, answer(LIMITATION)) is None


def test_an_uncited_claim_leaves_precision_alone() -> None:
    judge = Table({"FastRing": "supported"})
    what = answer(claim(cite(RING, 0)), claim(text="Uncited."))
    assert value(PRECISION.format("strict"), judge, what) == 1.0
    assert value(RECALL.format("strict"), judge, what) == 0.5


def test_a_failed_item_counts_as_wrong() -> None:
    for metric in judge_metrics(YES):
        assert evaluate(metric, seen(None)).value == (0.0 if metric.higher_is_better else 1.0)


# -- groundedness


def test_groundedness_looks_at_every_paper_given_and_misattribution_is_the_difference() -> None:
    judge = Table({"LazyCache": "supported", "Bread": "supported"})
    wrong = answer(claim(cite(RING, 0)), claim(cite(CACHE, 0, 2)))
    found = {m.name: evaluate(m, seen(wrong, ranking=[BREAD])).value for m in judge_metrics(judge)}
    grounded, misattributed = found["Groundedness(judge=table@1)"], found["Misattribution(judge=table@1)"]
    recall = found["CitationRecall(strict,judge=table@1)"]
    assert (grounded, recall, misattributed) == (1.0, 0.5, 0.5)
    only = Table({"Odd": "supported"})
    assert value("Groundedness(judge=*)", only, answer(claim(cite(RING, 0)))) == 0.0
    assert value("Groundedness(judge=*)", only, None, seen(answer(claim(cite(RING, 0))), ranking=[ODD])) == 1.0


def test_misattribution_is_groundedness_minus_recall_whatever_is_cited() -> None:
    judge = Table({"FastRing": "supported", "LazyCache": "unsure", "Bread": "contradicted"}, "supported")
    answers = [
        answer(claim(cite(RING, 0)), claim(cite(CACHE, 0, 2))),
        answer(claim(cite(CACHE, 0), cite(BREAD, 0, 2)), claim(text="Uncited.")),
        answer(claim(cite(RING, 0, 7))),
    ]
    for what in answers:
        found = {m.name: evaluate(m, seen(what, ranking=[RING])).value for m in judge_metrics(judge)}
        recall = found["CitationRecall(strict,judge=table@1)"]
        grounded, wrong = found["Groundedness(judge=table@1)"], found["Misattribution(judge=table@1)"]
        assert recall is not None and grounded is not None
        assert wrong == pytest.approx(grounded - recall)


def test_contradicted_and_unsure_claims_are_counted_apart() -> None:
    judge = Table({"FastRing": "contradicted", "LazyCache": "unsure"})
    what = answer(claim(cite(RING, 0)), claim(cite(CACHE, 0, 2)), claim(text="Uncited."))
    assert value("ContradictionRate(judge=*)", judge, what) == pytest.approx(1 / 3)
    assert value("UnsureShare(judge=*)", judge, what) == pytest.approx(1 / 3)


# -- metrics that rest on a judge are values too


@pytest.mark.parametrize("name", support_names("some-model/judge@3"))
def test_a_metric_of_an_absent_judge_can_be_shown_but_not_scored(name: str) -> None:
    metric = parse(name)
    assert str(metric) == name
    assert metric.judge == "some-model/judge@3"
    assert "some-model/judge@3" in metric.description
    with pytest.raises(InputError, match="needs the judge"):
        evaluate(metric, seen(answer(claim(cite(RING, 0)))))


@pytest.mark.parametrize(
    "name",
    [
        "CitationRecall(judge=x)",
        "OverCitation(strict,judge=x)",
        "CitationRecall(strict)",
        "CitationRecall(half,judge=x)",
    ],
)
def test_a_name_without_its_form_or_judge_is_no_metric(name: str) -> None:
    with pytest.raises(InputError):
        parse(name)


def test_the_default_metrics_use_the_judge_that_is_always_there() -> None:
    judged = {m.judge for m in DEFAULT_METRICS if m.judge}
    assert judged == {OfflineJudge().name}


def test_a_judge_is_asked_each_question_once() -> None:
    judge = Table({"FastRing": "supported"})
    kept = Remembered(judge)
    assert isinstance(kept, SyncJudge)
    what = seen(answer(claim(cite(RING, 0)), claim(cite(CACHE, 0, 2))), ranking=[BREAD, ODD])
    for metric in (*judge_metrics(kept), *judge_metrics(kept)):
        evaluate(metric, what)
    assert len(judge.asked) == len(set(map(str, judge.asked)))
    assert Scorer(kept).name == "table@1"


# -- raw citations


def test_raw_validity_counts_what_the_checks_dropped() -> None:
    refused = Claim(
        text="Gone.", verdict=Verdict(label="unsupported", score=0, reason="no quote", judge="citation-check")
    )
    unsupported = claim(cite(CACHE, 0, 0))
    what = answer(claim(cite(RING, 0)), dropped=(refused, unsupported))
    assert evaluate(parse("CitationValidity"), seen(what)).ratio == Ratio(1, 1)
    assert evaluate(parse("CitationValidity(raw)"), seen(what)).ratio == Ratio(2, 3)
    assert evaluate(parse("CitationValidity(raw)"), seen(ABSTENTION)).value is None


# -- redundancy, kinds, cost


def test_a_repetition_is_counted_against_what_stands_before_it() -> None:
    first, other = "FastRing sums vectors in 2 steps.", "LazyCache evicts the entry read least."
    assert repeated([first, other]) == 0
    assert repeated([first, other, "In 2 steps, vectors are summed by FastRing."]) == 1
    assert repeated([first, "FastRing sums vectors in 3 steps over many nodes."]) == 0
    assert repeated([]) == 0
    same = answer(claim(cite(RING, 1)), claim(cite(RING, 1)))
    assert evaluate(parse("Redundancy"), seen(same)).value == 0.5


def test_kinds_are_shares_of_all_sentences() -> None:
    what = answer(claim(cite(RING, 1)), LIMITATION)
    found = {k: evaluate(parse(f"KindShare({k})"), seen(what)).value for k in ("claim", "limitation", "connective")}
    assert found == {"claim": 0.5, "limitation": 0.5, "connective": 0.0}


def test_what_a_record_does_not_say_has_no_value_and_is_never_0() -> None:
    silent = seen(answer(claim(cite(RING, 1))))
    for name in ("Tokens", "Cost", "FirstClaim"):
        assert evaluate(parse(name), silent).value is None
    usage = {"calls": 1, "prompt_tokens": 90, "completion_tokens": 10, "cost": None}
    told = seen(
        answer(claim(cite(RING, 1)), usage=usage, timings={"retrieve_s": 0.25, "first_claim_s": 0.5, "total_s": 2.0})
    )
    assert evaluate(parse("Tokens"), told).value == 100.0
    assert evaluate(parse("Cost"), told).value is None
    assert evaluate(parse("FirstClaim"), told).value == 0.75
    assert evaluate(parse("Words"), told).value == 6.0


def test_every_new_metric_is_among_the_defaults_and_says_where_it_comes_from() -> None:
    names = {m.name for m in DEFAULT_METRICS}
    wanted = {
        "CitationValidity(raw)", "UnderCitation", "AnswersQuestion(gold)", "AnswersQuestion(form)", "OnQuestion(form)",
        "StandsAlone", "Redundancy", "KindShare(connective)", "Words", "FirstClaim", "Tokens", "Cost",
        *support_names(OfflineJudge().name),
    }  # fmt: skip
    assert wanted <= names
    assert all(isinstance(m, Metric) and m.source and m.description for m in DEFAULT_METRICS)


# -- the mark


def test_a_judge_that_guarded_the_answers_is_marked_and_another_is_not() -> None:
    from eval.aggregate import aggregate
    from eval.runner import run
    from tests.eval.build import PAPERS, SUITE, perfect

    for judge, mark in (("test-judge@1", "self-scored"), ("table@1", "independent")):
        metrics = judge_metrics(Table({"FastRing": "supported"}, name=judge))
        result = run(perfect(), SUITE[:6], PAPERS, metrics=metrics)
        table = judged_table(result, aggregate(result, resamples=100))
        assert len(table.rows) == len(metrics)
        assert {row[-1] for row in table.rows} == {mark}
