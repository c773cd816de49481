"""Intervals of any statistic of items, by the cluster bootstrap: ratios, areas, correlations, calibration errors.

:mod:`eval.statistics` has the mean and the paired difference; this is for what is no mean. Whole clusters (questions,
or the questions of one paper) are drawn with replacement; a statistic sees each draw as weights of the items.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from eval.records import Run
from eval.statistics import LEVEL, Interval, wilson
from rag.errors import RagError

DRAWS: Final = 2_000
Floats = NDArray[np.float64]
Statistic = Callable[[Floats], Floats]
"""From weights of shape (draws, items) to values of shape (draws,); NaN where a draw has nothing to measure."""


def draw_weights(clusters: Sequence[Hashable], draws: int = DRAWS, seed: int = 0) -> Floats:
    """How often each item stands in each bootstrap draw of whole clusters; shape (draws, items).

    Raises:
        RagError: there is no item.
    """
    if not clusters:
        raise RagError("no item to draw from", "Run at least one case")
    places: dict[Hashable, int] = {}
    index = np.array([places.setdefault(c, len(places)) for c in clusters])
    rng = np.random.default_rng(seed)
    n = len(places)
    return rng.multinomial(n, np.full(n, 1 / n), size=draws).astype(np.float64)[:, index]


def interval_of(statistic: Statistic, clusters: Sequence[Hashable], *, draws: int = DRAWS, seed: int = 0) -> Interval:
    """A statistic over all items with its percentile interval (95 %).

    A draw in which the statistic is undefined is left out; where that is more than one in twenty, or there is a single
    cluster, no interval is given.

    Raises:
        RagError: no item, or the statistic of all items is not finite.
    """
    n, held = len(clusters), len(set(clusters))
    value = float(statistic(np.ones((1, max(n, 1))))[0]) if n else float("nan")
    if not np.isfinite(value):
        raise RagError("the statistic is not defined over these items", "Leave it out, or run more cases")
    if held == 1:
        return Interval(value, None, None, n, 1, "single")
    found = statistic(draw_weights(clusters, draws, seed))
    found = found[np.isfinite(found)]
    if len(found) < 0.95 * draws:
        return Interval(value, None, None, n, held, "undefined")
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(found, (tail, 1 - tail))
    return Interval(value, float(low), float(high), n, held, "bootstrap")


def ratio(numerators: Sequence[float], denominators: Sequence[float]) -> Statistic:
    """The pooled (micro) rate: sum of numerators over sum of denominators."""
    top, bottom = np.asarray(numerators, dtype=np.float64), np.asarray(denominators, dtype=np.float64)

    def pooled(weights: Floats) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((weights @ top) / (weights @ bottom))

    return pooled


def pooled_interval(run: Run, metric: str) -> Interval:
    """A metric's counts over all items that have some, with the interval of their pooled rate.

    Where all or none of them count, of which a bootstrap would claim certainty, Wilson's interval over the clusters.

    Raises:
        RagError: no item has a count.
    """
    held = [(i.cluster, *i.ratios[metric]) for i in run.items if metric in i.ratios and i.ratios[metric][1]]
    clusters, top, bottom = [r[0] for r in held], [r[1] for r in held], [r[2] for r in held]
    found = interval_of(ratio(top, bottom), clusters, seed=run.seed)
    if found.value in (0.0, 1.0) and found.low == found.high:
        groups = len(set(clusters))
        low, high = wilson(found.value * groups, groups)
        return Interval(found.value, low, high, found.n, groups, "wilson")
    return found


def rank_correlation(first: Sequence[float], second: Sequence[float]) -> Statistic:
    """Spearman's rho: Pearson's r of the ranks (ties share their mean rank). Ranks are those among all items."""
    x, y = (_ranks(np.asarray(v, dtype=np.float64)) for v in (first, second))

    def rho(weights: Floats) -> Floats:
        total = weights.sum(axis=1)
        mx, my = weights @ x / total, weights @ y / total
        covariance = weights @ (x * y) / total - mx * my
        spread = (weights @ (x * x) / total - mx**2) * (weights @ (y * y) / total - my**2)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.where(spread > 1e-9, covariance / np.sqrt(np.maximum(spread, 1e-300)), np.nan))

    return rho


def quantile(values: Sequence[float], at: float) -> Statistic:
    """The smallest value that at least the share ``at`` of the weight does not exceed."""
    data = np.asarray(values, dtype=np.float64)
    order = np.argsort(data, kind="stable")

    def found(weights: Floats) -> Floats:
        running = np.cumsum(weights[:, order], axis=1)
        place = (running < at * running[:, -1:] - 1e-9).sum(axis=1)
        return np.asarray(data[order][np.minimum(place, len(data) - 1)])

    return found


def _ranks(data: Floats) -> Floats:
    """Ranks from 1, ties by their mean; shape (n,)."""
    _, inverse, counts = np.unique(data, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[inverse], dtype=np.float64)
