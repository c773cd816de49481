"""Prediction-powered rates: the formula, unbiased under any judge, intervals that cover, refused where too thin."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from eval.ppi import LEAST_LABELS, Corrected, Judged, ppi_rate
from rag.errors import InputError, RagError

TRUE_RATE = 0.7
Population = tuple[np.ndarray, np.ndarray, list[int]]


def population(rng: np.random.Generator, questions: int, judge: Callable[[np.ndarray], np.ndarray]) -> Population:
    """Claims of questions, three each, whose truth hangs together within a question; the judge's view; the question."""
    chance = rng.beta(7, 3, questions).repeat(3)  # mean 0.7
    truth = (rng.random(len(chance)) < chance).astype(float)
    return truth, judge(truth), np.arange(questions).repeat(3).tolist()


def lenient(rng: np.random.Generator) -> Callable[[np.ndarray], np.ndarray]:
    """Calls half of what is wrong supported: biased by +0.15."""
    return lambda truth: np.where(truth == 1, 1.0, (rng.random(len(truth)) < 0.5).astype(float))


def stratified(rng: np.random.Generator, judged: np.ndarray, each: int) -> list[int]:
    """As labels are drawn: the same number from every verdict, whatever its share."""
    return [int(i) for v in (0.0, 1.0) for i in rng.permutation(np.flatnonzero(judged == v))[:each]]


def rate(truth: np.ndarray, judged: np.ndarray, groups: list[int], chosen: list[int]) -> Corrected:
    items = [Judged(float(f), g, float(f)) for f, g in zip(judged, groups, strict=True)]
    return ppi_rate(items, {i: float(truth[i]) for i in chosen})


def test_the_formula_is_the_published_one() -> None:
    judged, labels = [1.0, 1, 0, 1] * 25, [1.0, 0, 0, 1] * 10
    found = ppi_rate([Judged(f, i) for i, f in enumerate(judged)], dict(enumerate(labels)))
    assert found.value == pytest.approx(0.75 - (0.75 - 0.5))  # mean(f) - mean(f - y)
    assert (found.raw, found.n, found.total) == (0.75, 40, 100)


def test_intervals_cover_the_truth_and_the_raw_rate_does_not() -> None:
    """Coverage by simulation, a biased judge, claims clustered by question, labels drawn by verdict."""
    rng = np.random.default_rng(0)
    covered, values, raw = [], [], []
    for _ in range(600):
        truth, judged, groups = population(rng, 100, lenient(rng))
        found = rate(truth, judged, groups, stratified(rng, judged, 25))
        covered.append(found.low <= TRUE_RATE <= found.high)
        values.append(found.value)
        raw.append(found.raw)
    assert 0.925 <= np.mean(covered) <= 0.975
    assert np.mean(values) == pytest.approx(TRUE_RATE, abs=0.01)
    assert np.mean(raw) == pytest.approx(0.85, abs=0.01)


def test_ignoring_strata_would_be_biased_so_they_are_weighted() -> None:
    rng = np.random.default_rng(2)
    truth, judged, groups = population(rng, 2000, lenient(rng))
    found = rate(truth, judged, groups, stratified(rng, judged, 600))
    items = [Judged(float(f), g) for f, g in zip(judged, groups, strict=True)]
    blind = ppi_rate(items, {i: float(truth[i]) for i in stratified(rng, judged, 600)})
    assert found.value == pytest.approx(truth.mean(), abs=0.03)
    assert abs(blind.value - truth.mean()) > 0.05


def test_a_good_judge_narrows_and_clusters_widen() -> None:
    rng = np.random.default_rng(3)
    truth, _, groups = population(rng, 300, lenient(rng))
    chosen = [int(i) for i in rng.permutation(len(truth))[:60]]
    good = truth.copy()
    flipped = rng.permutation(len(truth))[:30]
    good[flipped] = 1 - good[flipped]
    noise = (rng.random(len(truth)) < 0.5).astype(float)

    def width(judged: np.ndarray, own: list[int]) -> float:
        found = rate(truth, judged, own, chosen)
        return found.high - found.low

    assert width(good, groups) < 0.8 * width(noise, groups)
    blocks = np.repeat(np.arange(90), 10).tolist()
    same = np.repeat((np.arange(90) % 10 < 7).astype(float), 10)
    alone = ppi_rate([Judged(f, i) for i, f in enumerate(same)], {i: float(same[i]) for i in range(0, 900, 10)})
    tied = ppi_rate(
        [Judged(f, b) for b, f in zip(blocks, same, strict=True)], {i: float(same[i]) for i in range(0, 900, 10)}
    )
    assert tied.high - tied.low > 2 * (alone.high - alone.low)


def test_a_judge_that_was_never_wrong_is_not_certain() -> None:
    items = [Judged(1.0, i, "supported") for i in range(500)]
    found = ppi_rate(items, dict.fromkeys(range(40), 1.0))
    assert found.value == 1.0
    assert 0.9 < found.low < 0.95  # the rule of three says 0.925


def test_too_few_labels_are_refused_and_thin_strata_joined() -> None:
    items = [Judged(float(i % 2), i, i % 2) for i in range(100)]
    with pytest.raises(InputError, match="29 labels are too few"):
        ppi_rate(items, dict.fromkeys(range(LEAST_LABELS - 1), 1.0))
    rare = [Judged(0.0, 1000, "contradicted"), *items]
    assert ppi_rate(rare, dict.fromkeys(range(1, 41), 1.0)).n == 40  # nobody labelled the rare one


def test_labels_of_other_items_and_nan_are_refused() -> None:
    items = [Judged(1.0, i) for i in range(50)]
    with pytest.raises(InputError, match="belongs to no item"):
        ppi_rate(items, dict.fromkeys(range(20, 60), 1.0))
    with pytest.raises(RagError, match="NaN"):
        ppi_rate(items, dict.fromkeys(range(40), math.nan))
