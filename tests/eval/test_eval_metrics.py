"""Metrics: each on tiny literal data, with the edge cases that harnesses get wrong."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from eval.metrics import DEFAULT_METRICS, Ratio, Value, evaluate, outcome, parse
from eval.metrics.evidence import covers, spans_of
from eval.metrics.retrieval import require_rankings_depth
from rag.answer import Answer
from rag.errors import InputError, RagError
from tests.eval.build import (
    ABSTENTION,
    BREAD,
    CACHE,
    LIMITATION,
    ODD,
    PAPERS,
    QUIET,
    RING,
    SHELF,
    VERDICT,
    answer,
    case,
    cite,
    claim,
    seen,
)

NOISE = case("out_of_domain")


def value(name: str, what: Answer | None, about: object = None, ranking: object = ()) -> float | None:
    return evaluate(parse(name), seen(what, about, ranking)).value  # type: ignore[arg-type]


# -- metrics are values


@pytest.mark.parametrize("metric", DEFAULT_METRICS, ids=str)
def test_a_metric_is_its_canonical_name(metric: object) -> None:
    again = parse(str(metric))
    assert again == metric
    assert hash(again) == hash(metric)
    assert repr(again) == str(metric)
    assert again.description
    assert again.source


@pytest.mark.parametrize("name", ["MRR", "nDCG@0", "nDCG@100", "nDCG(rel=2)@10", "R(rel=3)@5", "evidencehit", ""])
def test_an_unknown_metric_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(InputError) as raised:
        parse(name)
    assert "nDCG@10" in raised.value.remedy


def test_a_cutoff_beyond_the_collected_depth_is_refused() -> None:
    require_rankings_depth(("nDCG@10", "EvidenceHit"), 10)
    with pytest.raises(InputError, match="R@20 needs 20"):
        require_rankings_depth(("R@20",), 10)


def test_nan_stops_the_run_instead_of_entering_a_mean() -> None:
    for bad in (math.nan, math.inf):
        broken = replace(parse("EvidenceHit"), score=lambda _, bad=bad: bad)
        with pytest.raises(RagError, match="EvidenceHit is"):
            evaluate(broken, seen(answer(claim(cite(RING, -1)))))


@pytest.mark.parametrize("metric", DEFAULT_METRICS, ids=str)
def test_a_failed_item_counts_as_wrong_wherever_the_metric_applies(metric: object) -> None:
    premise = NOISE.model_copy(update={"kind": "false_premise"})
    about = next(c for c in (case(), NOISE, premise) if metric.applies(c, SHELF))  # type: ignore[attr-defined]
    got = evaluate(metric, seen(None, about, PAPERS))  # type: ignore[arg-type]
    if metric.family == "control" and metric.name != "Judged@10":  # type: ignore[attr-defined]
        assert got == Value(None, None)
    else:
        assert got.value == (0.0 if metric.higher_is_better else 1.0)  # type: ignore[attr-defined]


# -- retrieval, against figures worked out by hand


def test_graded_retrieval_by_hand() -> None:
    about = case(relevant={RING.title: 2, CACHE.title: 1})
    ranking = (ODD, RING, CACHE)
    best = 2 / math.log2(2) + 1 / math.log2(3)
    got = (2 / math.log2(3) + 1 / math.log2(4)) / best
    assert value("nDCG@10", ABSTENTION, about, ranking) == pytest.approx(got)
    assert value("MRR@10", ABSTENTION, about, ranking) == pytest.approx(1 / 2)
    assert value("MRR(rel=2)@10", ABSTENTION, about, (ODD, CACHE, RING)) == pytest.approx(1 / 3)
    assert value("R@2", ABSTENTION, about, ranking) == pytest.approx(1 / 2)
    assert value("R(rel=2)@2", ABSTENTION, about, ranking) == 1.0
    assert value("Judged@10", ABSTENTION, about, ranking) == pytest.approx(2 / 3)


def test_ties_are_broken_by_rank_and_never_by_name() -> None:
    """Reversing a ranking of equals has to change the figure: scores come from places, not from ids."""
    about = case()
    forwards, backwards = (RING, *PAPERS[1:]), (*PAPERS[1:], RING)
    assert value("MRR@10", ABSTENTION, about, forwards) == 1.0
    assert value("MRR@10", ABSTENTION, about, backwards) == pytest.approx(1 / 5)


def test_finding_nothing_scores_zero_and_unanswerable_questions_have_no_ranking_to_score() -> None:
    assert value("nDCG@10", ABSTENTION, case(), ()) == 0.0
    assert value("nDCG@10", ABSTENTION, NOISE, PAPERS) is None


# -- evidence


def test_evidence_is_found_by_quotes_that_the_harness_checked_itself() -> None:
    assert value("EvidenceHit", answer(claim(cite(RING, -1)))) == 1.0
    assert value("EvidenceHit", answer(claim(cite(RING, 0)))) == 0.0
    altered = cite(RING, -1, quote=cite(RING, -1).quote.replace("3.5x", "4.5x"))
    assert value("EvidenceHit", answer(claim(altered))) == 0.0
    elsewhere = cite(RING, -1, paper_id=CACHE.id)
    assert value("EvidenceHit", answer(claim(elsewhere), sources=[CACHE])) == 0.0


@pytest.mark.parametrize(
    ("quote", "hit"),
    [
        ("FastRing is 3.5x faster than PlainRing on 8 nodes.", True),
        ("FastRing sums vectors in 2 steps. FastRing is 3.5x faster than PlainRing on 8 nodes.", True),
        ("FastRing is 3.5x faster than PlainRing", True),
        ("is 3.5x faster than PlainRing", True),
        ("PlainRing on 8 nodes", False),
        ("is", False),
        ("in 2 steps. FastRing is 3.5x faster than PlainRing on", True),
        ("FastRing sums vectors in 2 steps. FastRing is", False),
    ],
)
def test_what_counts_as_quoting_a_gold_sentence(quote: str, hit: bool) -> None:
    assert value("EvidenceHit(any)", answer(claim(cite(RING, quote)))) == float(hit)


def test_two_quotes_together_may_cover_a_sentence() -> None:
    text = "abcde fghij"
    assert not covers([(0, 6)], (0, 11), text)
    assert covers([(0, 6), (5, 11)], (0, 11), text)


def test_white_space_is_white_space() -> None:
    assert spans_of("in  2\nsteps.", "in 2 steps. in 2 steps.") == [(0, 11), (12, 23)]
    assert spans_of(" ", "x") == []


def test_any_all_and_papers_differ() -> None:
    both = case("compare", relevant={RING.title: 2, CACHE.title: 2}, evidence={
        RING.title: [cite(RING, 1).quote, cite(RING, 2).quote], CACHE.title: [cite(CACHE, 1).quote]})  # fmt: skip
    half = answer(claim(cite(RING, 1)))
    assert value("EvidenceHit", half, both) == pytest.approx(1 / 3)
    assert value("EvidenceHit(any)", half, both) == 1.0
    assert value("EvidenceHit(all)", half, both) == 0.0
    assert value("EvidenceHit(papers)", half, both) == 0.5


def test_an_answer_under_related_or_as_a_limitation_is_no_answer() -> None:
    related = answer(claim(cite(RING, -1), group="related"))
    limited = answer(claim(cite(RING, -1), kind="limitation"))
    for what in (related, limited):
        assert value("EvidenceHit", what) == 0.0
        assert value("CitedRecall", what) == 0.0
        assert value("NuggetRecall(lexical)", what) == 0.0
        assert value("FalseRefusal", what) == 1.0
    touching = case("survey", relevant={CACHE.title: 2, RING.title: 1}, evidence={RING.title: [cite(RING, -1).quote]})
    assert value("EvidenceHit", related, touching) == 1.0


def test_evidence_does_not_apply_where_the_library_holds_another_text() -> None:
    foreign = case(evidence={RING.title: ["Another wording of the same paper."]})
    assert value("EvidenceHit", answer(claim(cite(RING, -1))), foreign) is None
    assert value("EvidenceHit", None, foreign) is None


def test_an_abstention_on_a_question_with_an_answer_scores_zero_and_is_not_skipped() -> None:
    for name in ("EvidenceHit", "EvidenceHit(any)", "NuggetRecall(lexical)", "CitedPrecision", "CitedRecall"):
        assert value(name, ABSTENTION) == 0.0


def test_nuggets_need_their_figures_and_one_claim_to_hold_them() -> None:
    about = case(nuggets=["3.5x faster than PlainRing"])
    assert value("NuggetRecall(lexical)", answer(claim(cite(RING, -1))), about) == 1.0
    other = case(nuggets=["4.5x faster than PlainRing"])
    assert value("NuggetRecall(lexical)", answer(claim(cite(RING, -1))), other) == 0.0
    scattered = case(nuggets=["caches ovens compilers sorting"])
    apart = answer(claim(cite(CACHE, 0)), claim(cite(BREAD, 1, 2)), claim(cite(QUIET, 0, 3)), claim(cite(ODD, 0, 4)))
    assert value("NuggetRecall(lexical)", apart, scattered) == 0.0


def test_cited_papers() -> None:
    about = case("survey", relevant={RING.title: 2, CACHE.title: 2, BREAD.title: 1})
    what = answer(claim(cite(RING, 0)), claim(cite(RING, 1)), claim(cite(BREAD, 0, 2)), claim(cite(ODD, 0, 3)))
    assert evaluate(parse("CitedPrecision"), seen(what, about)).ratio == Ratio(2, 3)
    assert evaluate(parse("CitedRecall"), seen(what, about)).ratio == Ratio(1, 2)


# -- abstention


def test_outcomes() -> None:
    plain = answer(claim(cite(RING, -1)))
    limited = answer(claim(cite(RING, -1)), LIMITATION)
    assert [outcome(a) for a in (plain, limited, ABSTENTION, None)] == ["answered", "limited", "abstained", "failed"]
    expected = {
        "AbstainedWhenUnanswerable": (NOISE, [0.0, 1.0, 1.0, 0.0]),
        "FalseRefusal": (case(), [0.0, 0.0, 1.0, 1.0]),
        "HedgedAnswer": (case(), [0.0, 1.0, 0.0, 1.0]),
    }
    for name, (about, values) in expected.items():
        assert [value(name, a, about) for a in (plain, limited, ABSTENTION, None)] == values


def test_abstention_metrics_apply_on_their_own_side_only() -> None:
    assert value("AbstainedWhenUnanswerable", ABSTENTION, case()) is None
    assert value("FalseRefusal", ABSTENTION, NOISE) is None


def test_controls_show_length() -> None:
    what = answer(claim(cite(RING, 0)), claim(cite(CACHE, 1, 2)))
    assert value("Claims", what) == 2.0
    assert value("QuoteWords", what) == pytest.approx((5 + 8) / 2)
    assert value("Claims", ABSTENTION) is None


def test_self_scored_support_is_marked() -> None:
    marked = [m.name for m in DEFAULT_METRICS if m.self_scored]
    assert marked == ["SupportedShare(self-scored)"]
    doubted = claim(cite(RING, 0)).model_copy(update={"verdict": VERDICT.model_copy(update={"label": "partial"})})
    assert value(marked[0], answer(doubted, claim(cite(RING, 1)))) == 0.5
