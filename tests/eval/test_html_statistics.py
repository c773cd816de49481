"""What the page plots: risk and coverage, calibration, length, pooled rates, repeated runs, against hand and scipy."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats

from eval.confidence import SHARES, answered, calibration, quotes_gold, risk_coverage
from eval.length import length_control
from eval.records import Run
from eval.repeats import repeated_interval, repeats_page, require_repeats
from eval.resample import draw_weights, interval_of, pooled_interval, quantile, rank_correlation, ratio
from eval.runner import run
from eval.statistics import mean_interval, wilson
from rag.answer import Answer, Verdict
from rag.errors import InputError, RagError
from rag.paper import Hit
from tests.eval.build import ABSTENTION, LIMITATION, PAPERS, SUITE, Scripted, answer, case, cite, claim, hit, perfect

ASKED = tuple(case(about=p) for p in PAPERS)


def sure(score: float) -> Verdict:
    return Verdict(label="supported", score=score, reason="test", judge="test-judge@1")


def scored(scores: Sequence[float], right: Sequence[bool], hits: Sequence[float] | None = None) -> Run:
    """One question per paper: answered with this confidence, from the gold sentence or from the first one."""
    known = {
        c.question: (p, s, r, h)
        for c, p, s, r, h in zip(ASKED, PAPERS, scores, right, hits or [0.5] * len(PAPERS), strict=True)
    }

    def reply(question: str) -> Answer:
        paper, score, good, _ = known[question]
        said = claim(cite(paper, -1 if good else 0))
        return answer(said.model_copy(update={"verdict": sure(score)}))

    def find(question: str) -> Sequence[Hit]:
        paper, _, _, score = known[question]
        return [hit(paper, score), *(hit(p, 0.01) for p in PAPERS if p != paper)]

    return run(Scripted(find, reply), ASKED, PAPERS)


# -- risk and coverage


def test_risk_by_hand() -> None:
    curve = risk_coverage(scored([0.9, 0.8, 0.7, 0.6, 0.5], [True, True, False, True, False]), "claim", draws=50)
    assert curve is not None
    at = {round(s, 2): r for s, r in zip(SHARES, curve.risk, strict=True)}
    assert at[0.2] == 0.0
    assert at[0.4] == 0.0
    assert at[0.6] == pytest.approx(1 / 3)
    assert at[0.8] == pytest.approx(1 / 4)
    assert at[1.0] == pytest.approx(2 / 5) == curve.chance
    assert curve.coverage[-1] == 1.0
    assert curve.ideal <= curve.area.value <= curve.chance
    assert curve.gain.value == pytest.approx(curve.chance - curve.area.value)


def test_the_best_order_reaches_the_ideal_and_the_worst_is_worse_than_chance() -> None:
    right = [True, True, True, False, False]
    best = risk_coverage(scored([0.9, 0.8, 0.7, 0.6, 0.5], right), "claim", draws=50)
    worst = risk_coverage(scored([0.1, 0.2, 0.3, 0.6, 0.7], right), "claim", draws=50)
    assert best is not None
    assert worst is not None
    assert best.area.value == pytest.approx(best.ideal)
    assert worst.gain.value < 0


def test_equal_confidences_say_nothing_whatever_order_they_stand_in() -> None:
    for right in ([True, True, True, False, False], [False, False, True, True, True]):
        curve = risk_coverage(scored([0.99] * 5, right), "claim", draws=50)
        assert curve is not None
        assert curve.distinct == 1
        assert curve.risk == pytest.approx([0.4] * 100)
        assert curve.gain.value == pytest.approx(0.0)


def test_the_second_signal_is_the_best_passage() -> None:
    result = scored([0.99] * 5, [True, True, True, False, False], hits=[0.9, 0.8, 0.7, 0.2, 0.1])
    curve = risk_coverage(result, "hit", draws=50)
    assert curve is not None
    assert curve.area.value == pytest.approx(curve.ideal)


def test_who_counts_as_answered_and_as_right() -> None:
    good, nonsense = perfect(), case("nonsense", PAPERS[0])
    cases = [*ASKED[:4], nonsense]

    def reply(question: str) -> Answer:
        if question == ASKED[0].question:
            raise KeyError("broken")
        if question == ASKED[1].question:
            return ABSTENTION
        if question == ASKED[2].question:
            return answer(LIMITATION, sources=())
        if question == nonsense.question:
            return answer(claim(cite(PAPERS[0], 0)))
        return good.ask(question)

    result = run(Scripted(good.retrieve, reply), cases, PAPERS)
    found = {a.case_id: (a.confidence, a.right) for a in answered(result, "claim")}
    assert found == {ASKED[0].id: (0.0, False), ASKED[3].id: (0.9, True), nonsense.id: (0.9, False)}
    curve = risk_coverage(result, "claim", draws=50)
    assert curve is not None
    assert (curve.asked, curve.answered) == (5, 3)
    assert curve.coverage[-1] == pytest.approx(3 / 5)


def test_a_limitation_beside_an_answer_counts_where_there_is_an_answer_and_declines_where_there_is_none() -> None:
    nonsense = case("nonsense", PAPERS[1])
    both = answer(claim(cite(PAPERS[0], -1)), LIMITATION)
    result = run(Scripted(perfect().retrieve, lambda _: both), [ASKED[0], nonsense], PAPERS)
    assert [a.case_id for a in answered(result, "claim")] == [ASKED[0].id]


def test_nothing_answered_is_no_curve() -> None:
    result = run(Scripted(perfect().retrieve, lambda _: ABSTENTION), ASKED, PAPERS)
    assert risk_coverage(result, "claim") is None
    assert calibration(result) is None
    assert length_control(result) == ()


# -- calibration


def test_calibration_by_hand() -> None:
    found = calibration(scored([0.99, 0.99, 0.55, 0.55, 0.55], [True, False, True, False, False]), draws=50)
    assert found is not None
    assert [(b.low, b.high, b.n, b.gold.value) for b in found.bins] == [
        (0.4, 0.6, 3, pytest.approx(1 / 3)), (0.95, 1.0, 2, 0.5)
    ]  # fmt: skip
    gaps = 3 * abs(0.55 - 1 / 3) + 2 * abs(0.99 - 0.5)
    assert found.error.value == pytest.approx(gaps / 5)
    squares = [0.01**2, 0.99**2, 0.45**2, 0.55**2, 0.55**2]
    assert found.brier.value == pytest.approx(sum(squares) / 5)
    assert (found.claims, found.questions, found.judge) == (5, 5, "test-judge@1")
    assert found.error.low is not None
    assert found.error.low <= found.error.value


def test_a_quote_is_gold_only_where_the_source_holds_it() -> None:
    (item,) = run(perfect(), ASKED[:1], PAPERS).items
    assert item.answer is not None
    (said,) = item.answer.claims
    assert quotes_gold(said, item)
    moved = said.citations[0].model_copy(update={"start": 0, "end": said.citations[0].end - said.citations[0].start})
    assert not quotes_gold(said.model_copy(update={"citations": (moved,)}), item)
    other = said.citations[0].model_copy(update={"paper_id": "nobody"})
    assert not quotes_gold(said.model_copy(update={"citations": (other,)}), item)


# -- intervals of what is no mean


def test_the_cluster_bootstrap_of_a_mean_agrees_with_the_other_one() -> None:
    rng = np.random.default_rng(3)
    values, clusters = rng.normal(size=300), rng.integers(0, 60, 300).tolist()
    mean = interval_of(lambda w: w @ values / w.sum(axis=1), clusters, seed=1)
    other = mean_interval(values.tolist(), clusters=clusters, seed=1)
    assert mean.value == pytest.approx(other.value)
    assert (mean.low, mean.high) == (pytest.approx(other.low, abs=0.03), pytest.approx(other.high, abs=0.03))
    alone = interval_of(lambda w: w @ values / w.sum(axis=1), list(range(300)), seed=1)
    assert (alone.n, alone.clusters, mean.clusters) == (300, 300, len(set(clusters)))


def test_whole_clusters_are_drawn_and_a_seed_says_which() -> None:
    weights = draw_weights(["a", "a", "b", "c"], 200, seed=5)
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, 1:].sum(axis=1) == 3).all()
    assert (weights == draw_weights(["a", "a", "b", "c"], 200, seed=5)).all()
    assert (weights != draw_weights(["a", "a", "b", "c"], 200, seed=6)).any()
    with pytest.raises(RagError):
        draw_weights([])


def test_rank_correlation_is_spearmans() -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 9, 80).astype(float)
    y = x + rng.normal(0, 4, 80).round()
    found = interval_of(rank_correlation(x.tolist(), y.tolist()), list(range(80)))
    assert found.value == pytest.approx(stats.spearmanr(x, y).statistic)
    assert found.low is not None
    assert found.low < found.value < (found.high or 0)
    with pytest.raises(RagError, match="not defined"):
        interval_of(rank_correlation([1.0] * 5, [1.0, 2.0, 3.0, 4.0, 5.0]), list(range(5)))


def test_pooled_rates_and_quantiles() -> None:
    found = interval_of(ratio([1, 0, 3], [2, 2, 4]), ["a", "b", "c"])
    assert found.value == 0.5
    assert interval_of(quantile([5.0, 1.0, 3.0, 2.0, 4.0], 0.5), list(range(5))).value == 3.0
    assert interval_of(quantile([5.0, 1.0, 3.0, 2.0, 4.0], 1.0), list(range(5))).value == 5.0
    assert interval_of(ratio([1], [2]), ["a"]).low is None


def test_all_of_them_is_no_certainty() -> None:
    found = pooled_interval(run(perfect(), SUITE, PAPERS), "CitationValidity")
    assert found.value == 1.0
    assert found.low == pytest.approx(wilson(found.clusters, found.clusters)[0])
    assert found.low < 1.0


# -- length


def test_length_beside_quality() -> None:
    cases = [c for c in SUITE if c.answerable]
    good = perfect()

    def reply(question: str) -> Answer:
        at = [c.question for c in cases].index(question)
        right = good.ask(question)
        if at % 2:
            return right
        padding = tuple(claim(cite(p, 0)) for p in PAPERS)
        return answer(*padding, sources=(*right.sources, *(p for p in PAPERS if p not in right.sources)))

    rows = length_control(run(Scripted(good.retrieve, reply), cases, PAPERS), draws=100)
    found = {r.metric: r for r in rows}["EvidenceHit"]
    assert found.rho is not None
    assert found.rho.value < -0.5  # the longer half says nothing to the point
    assert found.thirds[0].quality.value > found.thirds[-1].quality.value
    assert sum(t.quality.n for t in found.thirds) == len(cases)
    lows, highs = [t.words[0] for t in found.thirds], [t.words[1] for t in found.thirds]
    assert all(high < low for high, low in zip(highs, lows[1:], strict=False))


# -- repeated runs


def test_two_levels_are_wider_than_one_where_runs_differ() -> None:
    rng = np.random.default_rng(1)
    questions = rng.normal(size=60)
    steady = np.stack([questions] * 3)
    noisy = questions + rng.normal(0, 2.0, (3, 60))
    alone, both = repeated_interval(steady, range(60)), repeated_interval(noisy, range(60))
    averaged = mean_interval(noisy.mean(axis=0).tolist())
    assert alone.value == pytest.approx(questions.mean())
    assert (alone.high or 0) - (alone.low or 0) == pytest.approx(
        sum(x * s for x, s in zip(mean_interval(questions.tolist())[1:3], (-1, 1), strict=True) if x is not None),
        rel=0.1,
    )
    assert (both.high or 0) - (both.low or 0) > ((averaged.high or 0) - (averaged.low or 0)) * 1.05
    with pytest.raises(RagError):
        repeated_interval(np.array([[1.0, math.nan]]), range(2))


def test_runs_of_one_system_are_reported_together_and_others_refused() -> None:
    one, two = run(perfect(), SUITE, PAPERS), run(perfect(), SUITE, PAPERS, seed=1)
    page = repeats_page([one, two])
    row = next(r for r in page.tables[0].rows if r[0] == "nDCG@10")
    assert (row[1], row[4], row[5]) == ("1.000", "0.0000", "1.000, 1.000")
    assert any("fewer than 3" in f for f in page.facts)
    with pytest.raises(InputError, match="different systems"):
        require_repeats([one, run(perfect(), SUITE, PAPERS, described={"llm": "m"})])
    with pytest.raises(InputError, match="different cases"):
        require_repeats([one, run(perfect(), SUITE[:5], PAPERS)])
