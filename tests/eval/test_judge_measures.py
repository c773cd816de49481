"""Measures of a judge, against definitions written out anew."""

from __future__ import annotations

import numpy as np
import pytest

from eval.judging.measures import auroc, balanced_accuracy, bin_of, brier, ece, interval
from rag.errors import RagError

RNG = np.random.default_rng(5)
Y = RNG.random(60) < 0.4
SCORES = np.round(np.clip(RNG.random(60) * 0.7 + 0.3 * Y, 0, 1), 1)  # one digit: many ties
ONES = np.ones((1, 60))


def by_pairs(y: np.ndarray, scores: np.ndarray) -> float:
    wins = [(a > b) + (a == b) / 2 for a in scores[y] for b in scores[~y]]
    return sum(wins) / len(wins)


def test_auroc_is_the_share_of_pairs_in_the_right_order_with_ties_counting_half() -> None:
    assert auroc(Y, SCORES)(ONES)[0] == pytest.approx(by_pairs(Y, SCORES))
    assert auroc(Y, np.full(60, 0.3))(ONES)[0] == 0.5


def test_auroc_of_a_weighted_draw_is_that_of_the_repeated_items() -> None:
    counts = RNG.integers(0, 4, 60)
    again = np.repeat(np.arange(60), counts)
    found = auroc(Y, SCORES)(counts[None, :].astype(float))[0]
    assert found == pytest.approx(by_pairs(Y[again], SCORES[again]))


def test_auroc_agrees_with_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    u = stats.mannwhitneyu(SCORES[Y], SCORES[~Y]).statistic
    assert auroc(Y, SCORES)(ONES)[0] == pytest.approx(u / (Y.sum() * (~Y).sum()))


def test_balanced_accuracy_does_not_pay_for_always_saying_yes() -> None:
    assert balanced_accuracy(Y, np.ones(60, dtype=bool))(ONES)[0] == 0.5
    assert balanced_accuracy(Y, Y)(ONES)[0] == 1.0
    assert balanced_accuracy(Y, ~Y)(ONES)[0] == 0.0


def test_brier_and_ece_of_a_literal_table() -> None:
    y, scores = np.array([True, True, False, False]), np.array([0.95, 0.85, 0.85, 0.05])
    ones = np.ones((1, 4))
    assert brier(y, scores)(ones)[0] == pytest.approx((0.0025 + 0.0225 + 0.7225 + 0.0025) / 4)
    # Bins: {.95} off by .05, {.85, .85} half true and off by .35, {.05} off by .05.
    assert ece(y, scores)(ones)[0] == pytest.approx((0.05 + 2 * 0.35 + 0.05) / 4)


def test_a_score_of_one_belongs_to_the_last_bin() -> None:
    assert bin_of(np.array([0.0, 0.0999, 0.1, 0.99, 1.0])).tolist() == [0, 0, 1, 9, 9]


def test_items_of_one_paper_are_resampled_together() -> None:
    y = np.array([True, False] * 40)
    right = np.repeat(RNG.random(8) < 0.5, 10)
    says = np.where(right, y, ~y)
    papers = np.repeat(np.arange(8), 10).tolist()
    alone = interval("BAcc", balanced_accuracy(y, says), list(range(80)))
    together = interval("BAcc", balanced_accuracy(y, says), papers)
    assert alone.value == together.value
    assert None not in (alone.low, alone.high, together.low, together.high)
    assert together.high - together.low > 1.8 * (alone.high - alone.low)  # type: ignore[operator]
    assert (together.n, together.clusters) == (80, 8)


def test_one_class_alone_is_refused_instead_of_giving_nan() -> None:
    with pytest.raises(RagError, match="not defined"):
        interval("AUROC", auroc(np.ones(4, dtype=bool), np.arange(4) / 4), list("abcd"))
