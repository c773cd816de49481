"""Measures of a judge over labelled claims: statistics for :mod:`eval.resample`, which draws whole clusters.

All take gold ``y`` of shape (n,), True where the evidence supports the claim, and give a value per draw of weights
(draws, n): NaN where a draw lacks one of the two classes, which the interval leaves out.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from eval.figures import Estimate
from eval.resample import DRAWS, Floats, Statistic, interval_of, ratio

Bools = NDArray[np.bool_]
BINS: Final = 10
_ROWS: Final = 200  # draws ranked at once: the sorted copies of more would fill the memory


def balanced_accuracy(y: Bools, says: Bools) -> Statistic:
    """Mean of the share of supported claims called so and the share of the others not called so.

    Brodersen et al. 2010; the metric of LLM-AggreFact. 0.5 for whoever always says the same.
    """
    accepted = ratio((says & y).astype(np.float64).tolist(), y.astype(np.float64).tolist())
    refused = ratio((~says & ~y).astype(np.float64).tolist(), (~y).astype(np.float64).tolist())
    return lambda weights: (accepted(weights) + refused(weights)) / 2


def auroc(y: Bools, scores: Floats) -> Statistic:
    """P(a supported claim scores above one that is not), ties counting half (Hanley and McNeil 1982).

    From scores, never from labels: a curve of hard labels has one point.
    """
    order = np.argsort(scores, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(scores[order]) > 0])
    positive = y[order]

    def some(weights: Floats) -> Floats:
        ordered = weights[:, order]
        pos = np.add.reduceat(ordered * positive, starts, axis=1)
        neg = np.add.reduceat(ordered * ~positive, starts, axis=1)
        below = np.cumsum(neg, axis=1) - neg / 2
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((pos * below).sum(axis=1) / (pos.sum(axis=1) * neg.sum(axis=1)))

    return lambda weights: np.concatenate([some(weights[i : i + _ROWS]) for i in range(0, len(weights), _ROWS)])


def brier(y: Bools, scores: Floats) -> Statistic:
    """Mean squared difference between P(supported) and the truth (Brier 1950). 0.25 for whoever always says 0.5."""
    return mean_of((scores - y) ** 2)


def ece(y: Bools, scores: Floats, bins: int = BINS) -> Statistic:
    """Expected calibration error: mean over items of |share supported - mean score| of their bin (Naeini et al. 2015).

    Bins of equal width. Biased upwards where bins hold few items, so it is shown with its table.
    """
    member = np.eye(bins)[bin_of(scores, bins)]
    return lambda weights: np.asarray(np.abs((weights * (y - scores)) @ member).sum(axis=1) / weights.sum(axis=1))


def mean_of(values: Floats) -> Statistic:
    """The plain mean."""
    return ratio(values.tolist(), [1.0] * len(values))


def bin_of(scores: Floats, bins: int = BINS) -> NDArray[np.int64]:
    """The bin of each score, of equal width over [0, 1]; 1.0 belongs to the last."""
    return np.minimum((scores * bins).astype(np.int64), bins - 1)


def interval(
    metric: str, statistic: Statistic, clusters: Sequence[Hashable], *, group: str = "all", seed: int = 0,
    draws: int = DRAWS,
) -> Estimate:  # fmt: skip
    """The statistic over all items with its percentile interval over resampled clusters.

    Raises:
        RagError: there is no item, or the statistic is not defined over them (one class is missing).
    """
    found = interval_of(statistic, clusters, draws=draws, seed=seed)
    return Estimate(
        metric=metric, group=group, value=found.value, low=found.low, high=found.high, n=found.n,
        clusters=found.clusters, method=found.method,
    )  # fmt: skip
