"""Statistics, against scipy where it has the same, and against hand-worked cases where it has not."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from eval.statistics import (
    holm,
    mcnemar_exact,
    mean_interval,
    minimum_detectable_effect,
    paired_difference,
    sign_flip,
    wilson,
)
from rag.errors import RagError

RNG = np.random.default_rng(7)
SAMPLE = RNG.beta(2, 1, 80).tolist()


@given(st.integers(1, 300), st.data())
def test_wilson_is_scipys(n: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n))
    expected = stats.binomtest(k, n).proportion_ci(0.95, method="wilson")
    assert wilson(k, n) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_wilson_never_claims_certainty() -> None:
    low, high = wilson(0, 100)
    assert low == 0.0
    assert 0.03 < high < 0.04  # near three in a hundred
    with pytest.raises(RagError):
        wilson(0, 0)


def test_the_bootstrap_agrees_with_scipys_percentiles() -> None:
    ours = mean_interval(SAMPLE)
    theirs = stats.bootstrap((SAMPLE,), np.mean, method="percentile", n_resamples=10_000, random_state=1)
    assert ours.value == pytest.approx(np.mean(SAMPLE))
    assert (ours.low, ours.high) == pytest.approx(tuple(theirs.confidence_interval), abs=0.005)
    assert (ours.n, ours.method) == (80, "bootstrap")


def test_the_same_seed_gives_the_same_interval_and_another_seed_another() -> None:
    assert mean_interval(SAMPLE, seed=3) == mean_interval(SAMPLE, seed=3)
    assert mean_interval(SAMPLE, seed=3) != mean_interval(SAMPLE, seed=4)


def test_ignoring_clusters_would_make_the_interval_too_narrow() -> None:
    values = [v for v in SAMPLE[:30] for _ in range(3)]
    clusters = [i for i in range(30) for _ in range(3)]
    naive, honest = mean_interval(values), mean_interval(values, clusters=clusters)
    assert naive.value == pytest.approx(honest.value)
    width = lambda i: i.high - i.low  # noqa: E731
    assert width(honest) > 1.5 * width(naive)
    assert width(honest) == pytest.approx(width(mean_interval(SAMPLE[:30])), rel=0.1)
    assert (honest.n, honest.clusters) == (90, 30)


def test_a_run_of_ones_has_an_interval_below_one() -> None:
    interval = mean_interval([1.0] * 20, bounded=True)
    assert interval.method == "wilson"
    assert interval.low == pytest.approx(wilson(20, 20)[0])
    clustered = mean_interval([1.0] * 20, clusters=[0, 1] * 10, bounded=True)
    assert clustered.low == pytest.approx(wilson(2, 2)[0])


def test_one_item_says_nothing_about_spread() -> None:
    assert mean_interval([0.4], bounded=True)[1:3] == (None, None)


@pytest.mark.parametrize("values", [[], [0.1, math.nan], [math.inf]])
def test_nothing_and_nan_have_no_mean(values: list[float]) -> None:
    with pytest.raises(RagError):
        mean_interval(values)


def test_the_exact_sign_flip_is_scipys() -> None:
    differences = RNG.normal(0.3, 1, 10)
    theirs = stats.permutation_test(
        (differences, np.zeros(10)), lambda x, y: np.mean(x - y), permutation_type="samples", n_resamples=np.inf
    )
    assert sign_flip(differences) == pytest.approx(theirs.pvalue)


def test_the_drawn_sign_flip_comes_near_the_exact_one_and_is_never_zero() -> None:
    differences = RNG.normal(0.3, 1, 60)
    theirs = stats.permutation_test(
        (differences, np.zeros(60)), lambda x, y: np.mean(x - y), permutation_type="samples", n_resamples=9_999, rng=2
    )
    assert sign_flip(differences) == pytest.approx(theirs.pvalue, abs=0.015)
    assert sign_flip([1.0] * 200) == pytest.approx(1 / 10_001)
    assert sign_flip([0.0] * 9) == 1.0


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_is_the_binomial_test(b: int, c: int) -> None:
    expected = stats.binomtest(b, b + c, 0.5).pvalue if b + c else 1.0
    assert mcnemar_exact(b, c) == pytest.approx(expected)


def test_pairing_sees_a_small_steady_gain_that_unpaired_intervals_hide() -> None:
    better = [v + 0.02 for v in SAMPLE]
    gain = paired_difference(SAMPLE, better)
    assert gain.value == pytest.approx(0.02)
    assert gain.low == pytest.approx(0.02)
    assert gain.p < 0.001
    assert mean_interval(SAMPLE).high > mean_interval(better).low  # type: ignore[operator]


def test_the_one_sided_bound_lies_inside_the_two_sided_one_and_signs_are_second_minus_first() -> None:
    second = [v - abs(e) for v, e in zip(SAMPLE, RNG.normal(0, 0.2, 80), strict=True)]
    worse = paired_difference(SAMPLE, second)
    assert worse.low < worse.lower < worse.value < worse.upper < worse.high
    assert worse.value < 0
    back = paired_difference(second, SAMPLE)
    assert back.value == pytest.approx(-worse.value)


def test_no_change_is_no_change() -> None:
    same = paired_difference(SAMPLE, SAMPLE)
    assert (same.value, same.low, same.high, same.lower, same.p) == (0, 0, 0, 0, 1.0)


def test_unequal_lengths_are_not_paired() -> None:
    with pytest.raises(RagError, match="paired"):
        paired_difference([1.0], [1.0, 0.0])


def test_the_detectable_effect_is_the_textbooks() -> None:
    # n = (1.96 + 0.84)^2 * 0.25^2 / 0.05^2 = 196
    assert minimum_detectable_effect(0.25, 196) == pytest.approx(0.05, rel=0.01)


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
