"""Intervals and paired comparisons over items. Questions are resampled, never the sentences of an answer.

Items that share a paper are dependent; given ``clusters``, whole clusters are resampled (ignoring them once made an
interval 40 % too narrow). All randomness comes from a seed that the caller stores.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rag.errors import RagError

RESAMPLES: Final = 10_000
LEVEL: Final = 0.95
_EXACT_LIMIT: Final = 14  # 2**14 sign patterns are enumerated, beyond that they are drawn
_CHUNK: Final = 1_000  # resamples held in memory at once

Floats = NDArray[np.float64]


class Interval(NamedTuple):
    """A mean with its interval. ``low`` and ``high`` are None where one item says nothing about spread.

    ``n`` counts items, ``clusters`` what was resampled; ``method`` is "bootstrap", "wilson" or "single".
    """

    value: float
    low: float | None
    high: float | None
    n: int
    clusters: int
    method: str


class Difference(NamedTuple):
    """A paired difference, second minus first, over ``n`` items.

    ``low`` and ``high`` bound it at 95 %; ``lower`` and ``upper`` are the one-sided 95 % bounds (for non-inferiority);
    ``p`` is the two-sided sign-flip probability; ``mde`` the smallest difference that this many items would show with
    80 % power at 5 %.
    """

    value: float
    low: float
    high: float
    lower: float
    upper: float
    p: float
    n: int
    clusters: int
    mde: float


def mean_interval(
    values: Sequence[float],
    *,
    clusters: Sequence[Hashable] | None = None,
    bounded: bool = False,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = LEVEL,
) -> Interval:
    """The mean of per-item values with its interval: Wilson for a plain rate, else the percentile bootstrap.

    ``bounded`` says that values lie in [0, 1]. Then a run of equal zeros or ones, of which a bootstrap would claim
    certainty, gets Wilson's interval over the clusters.

    Raises:
        RagError: no value, or one that is NaN or infinite.
    """
    data = finite(values)
    sums, counts = _by_cluster(data, clusters)
    mean, groups = float(data.mean()), len(sums)
    plain_rate = bounded and groups == len(data) and bool(np.isin(data, (0.0, 1.0)).all())
    if bounded and (plain_rate or bool(np.all(data == 0.0)) or bool(np.all(data == 1.0))):
        low, high = wilson(mean * groups, groups, level)
        return Interval(mean, low, high, len(data), groups, "wilson")
    if groups == 1:
        return Interval(mean, None, None, len(data), 1, "single")
    tail = (1 - level) / 2
    low, high = np.quantile(_resampled_means(sums, counts, resamples, seed), (tail, 1 - tail))
    return Interval(mean, float(low), float(high), len(data), groups, "bootstrap")


def wilson(successes: float, n: int, level: float = LEVEL) -> tuple[float, float]:
    """Wilson's score interval of a binomial rate (Wilson 1927). Never empty: 0 of n still has an upper bound.

    Raises:
        RagError: n is not positive, or successes lie outside 0..n.
    """
    if n < 1 or not 0 <= successes <= n:
        raise RagError(f"{successes} of {n} is no rate", "Count again")
    z = _normal_quantile(0.5 + level / 2)
    rate = successes / n
    middle = (rate + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    # At the ends the formula gives 0 or 1 but for rounding.
    return (0.0 if successes == 0 else middle - half), (1.0 if successes == n else middle + half)


def paired_difference(
    first: Sequence[float],
    second: Sequence[float],
    *,
    clusters: Sequence[Hashable] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Difference:
    """Second minus first, item by item: bootstrap interval, one-sided bounds and sign-flip probability.

    Raises:
        RagError: the sequences differ in length, are empty, or hold NaN.
    """
    if len(first) != len(second):
        raise RagError(f"{len(first)} values cannot be paired with {len(second)}", "Compare runs of the same cases")
    data = finite(second) - finite(first)
    sums, counts = _by_cluster(data, clusters)
    means = _resampled_means(sums, counts, resamples, seed)
    low, lower, upper, high = np.quantile(means, (0.025, 0.05, 0.95, 0.975))
    spread = float(np.std(sums / counts, ddof=1)) if len(sums) > 1 else 0.0
    return Difference(
        value=float(data.mean()),
        low=float(low),
        high=float(high),
        lower=float(lower),
        upper=float(upper),
        p=sign_flip(sums, resamples=resamples, seed=seed),
        n=len(data),
        clusters=len(sums),
        mde=minimum_detectable_effect(spread, len(sums)),
    )


def sign_flip(differences: Sequence[float] | Floats, *, resamples: int = RESAMPLES, seed: int = 0) -> float:
    """Two-sided probability of a sum this far from 0 if each difference could as well have the other sign.

    Exact up to 14 non-zero differences; else drawn, with the observed pattern counted in, so never 0.
    """
    data = finite(differences)
    data = data[data != 0.0]
    if len(data) == 0:
        return 1.0
    observed = abs(data.sum()) * (1 - 1e-12)  # ties by rounding count as ties
    if len(data) <= _EXACT_LIMIT:
        patterns = np.array(np.meshgrid(*[(-1.0, 1.0)] * len(data))).reshape(len(data), -1)
        return float(np.mean(np.abs(data @ patterns) >= observed))
    rng = np.random.default_rng(seed)
    hits = 0
    for start in range(0, resamples, _CHUNK):
        signs = rng.integers(0, 2, (min(_CHUNK, resamples - start), len(data))) * 2 - 1
        hits += int(np.count_nonzero(np.abs(signs @ data) >= observed))
    return (hits + 1) / (resamples + 1)


def mcnemar_exact(only_first: int, only_second: int) -> float:
    """Two-sided exact McNemar probability from the discordant pairs (binomial with 1/2); 1.0 where there are none."""
    n = only_first + only_second
    if n == 0:
        return 1.0
    tail: float = sum(math.comb(n, k) for k in range(min(only_first, only_second) + 1)) / 2**n
    return min(1.0, 2 * tail)


def minimum_detectable_effect(spread: float, n: int, *, power: float = 0.8, level: float = LEVEL) -> float:
    """Smallest true mean difference shown with this power: (z_level + z_power) * spread / sqrt(n).

    ``spread`` is the standard deviation of the per-item differences.
    """
    if n < 1:
        raise RagError("no item, no detectable effect", "Run at least one case")
    return (_normal_quantile(0.5 + level / 2) + _normal_quantile(power)) * spread / math.sqrt(n)


def holm(probabilities: Sequence[float]) -> list[float]:
    """Probabilities adjusted for testing several at once (Holm 1979), in the order given."""
    order = sorted(range(len(probabilities)), key=lambda i: probabilities[i])
    adjusted = [0.0] * len(probabilities)
    running = 0.0
    for rank, at in enumerate(order):
        running = max(running, min(1.0, (len(probabilities) - rank) * probabilities[at]))
        adjusted[at] = running
    return adjusted


def finite(values: Sequence[float] | Floats) -> Floats:
    """The values as an array of shape (n,).

    Raises:
        RagError: there is none, or one is NaN or infinite: a figure over such values would mean nothing.
    """
    data = np.asarray(values, dtype=np.float64)
    if data.size == 0:
        raise RagError("no value to take a mean of", "Run at least one case to which the metric applies")
    if not np.isfinite(data).all():
        raise RagError("a value is NaN or infinite", "Find the metric that gave it; nothing may be averaged over it")
    return data


def _by_cluster(data: Floats, clusters: Sequence[Hashable] | None) -> tuple[Floats, Floats]:
    """Sums and sizes per cluster, each of shape (clusters,), in order of first appearance."""
    if clusters is None:
        return data, np.ones_like(data)
    if len(clusters) != len(data):
        raise RagError(f"{len(clusters)} clusters for {len(data)} values", "Give one cluster per value")
    places: dict[Any, int] = {}
    index = np.array([places.setdefault(c, len(places)) for c in clusters])
    return np.bincount(index, weights=data).astype(np.float64), np.bincount(index).astype(np.float64)


def _resampled_means(sums: Floats, counts: Floats, resamples: int, seed: int) -> Floats:
    """Means of ``resamples`` draws of whole clusters with replacement; shape (resamples,)."""
    rng = np.random.default_rng(seed)
    means = np.empty(resamples)
    for start in range(0, resamples, _CHUNK):
        rows = min(_CHUNK, resamples - start)
        drawn = rng.integers(0, len(sums), (rows, len(sums)), dtype=np.int32)
        means[start : start + rows] = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    return means


def _normal_quantile(p: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(p)
