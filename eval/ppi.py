"""Prediction-powered inference: a judge's rate corrected by a person's labels, unbiased whatever the judge's bias.

The mean of the judge over everything, minus the judge's mean error where a person has looked (Angelopoulos et al. 2023;
as used by ARES, Saad-Falcon et al. 2024). The better the judge, the narrower the interval; a useless judge costs
nothing but width. Variances are those of samples (n - 1), not of populations.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from statistics import NormalDist
from typing import Final, NamedTuple

import numpy as np

from eval.statistics import LEVEL, Floats, finite
from rag.errors import InputError

LEAST_LABELS: Final = 30
"""Below this many labels no corrected rate is given: the interval rests on a normal approximation."""
_LEAST_PER_STRATUM: Final = 2


class Corrected(NamedTuple):
    """A corrected mean with its interval. ``raw`` is the judge's own mean; ``n`` labels, ``total`` judged items."""

    value: float
    low: float
    high: float
    raw: float
    n: int
    total: int
    clusters: int


class Judged(NamedTuple):
    """One judged item: the judge's value, what it is dependent with, and the stratum that labels were drawn by."""

    value: float
    cluster: Hashable
    stratum: Hashable = None


def ppi_rate(items: Sequence[Judged], labels: Mapping[int, float], *, level: float = LEVEL) -> Corrected:
    """The corrected mean where labels were drawn by stratum from the items themselves, and items share clusters.

    The published estimator, its correction weighted by the strata's shares of all items: theta = mean(f) -
    sum_h W_h mean_h(f - y). The variance is that of its influence values summed by cluster, so that the claims of one
    answer count as dependent, and an item that is both judged and labelled is not counted as two. Student's quantile
    stands in the normal one's place, because labels are few. Cut to [0, 1].

    Args:
        items: all judged items, shape (N,); values in [0, 1].
        labels: a person's value by index into ``items``; within a stratum a random sample.

    Raises:
        InputError: fewer than :data:`LEAST_LABELS` labels, or a label of no item.
        RagError: a value is NaN or infinite.
    """
    _require(len(labels))
    if strangers := [i for i in labels if not 0 <= i < len(items)]:
        raise InputError(f"the label {strangers[0]} belongs to no item", "Take labels and items from one run")
    values = finite([i.value for i in items])
    strata = _joined([i.stratum for i in items], labels)
    order = sorted(labels)
    errors = values[order] - finite([labels[i] for i in order])
    correction, unseen, influence = _corrected(values, errors, order, strata)
    groups = {c: i for i, c in enumerate(dict.fromkeys(item.cluster for item in items))}
    sums = np.bincount([groups[item.cluster] for item in items], weights=influence)
    variance = float((sums**2).sum()) * len(groups) / max(1, len(groups) - 1) + unseen
    half = _student(0.5 + level / 2, len(labels) - 1) * math.sqrt(variance)
    value = float(values.mean()) - correction
    low, high = max(0.0, value - half), min(1.0, value + half)
    clipped = min(1.0, max(0.0, value))
    return Corrected(clipped, low, high, float(values.mean()), len(labels), len(items), len(groups))


def _corrected(
    values: Floats, errors: Floats, order: Sequence[int], strata: Sequence[Hashable]
) -> tuple[float, float, Floats]:
    """The weighted mean error, a variance of what was not seen, and every item's influence on the estimate.

    ``errors`` are those of the items ``order``; values and influence are of shape (N,).
    """
    places: dict[Hashable, list[int]] = defaultdict(list)
    for at, index in enumerate(order):
        places[strata[index]].append(at)
    sizes = Counter(strata)
    correction = unseen = 0.0
    influence = (values - values.mean()) / len(values)
    for stratum, own in places.items():
        weight, mean = sizes[stratum] / len(values), float(errors[own].mean())
        correction += weight * mean
        # Few labels show few errors, or none, which is no proof of none: the spread is that of the errors with two
        # labels of either kind more, as in Agresti and Coull's interval of a rate.
        likely = float(values[[order[at] for at in own]].mean())
        wanted = float(np.var([*errors[own], *(2 * [likely, likely - 1.0])], ddof=1))
        held = float(errors[own].var())
        inflation = math.sqrt(wanted / held) if held else 0.0
        unseen += 0.0 if held else weight**2 * wanted / len(own)
        for at in own:
            influence[order[at]] -= weight * inflation * (float(errors[at]) - mean) / len(own)
    return correction, unseen, influence


def _require(n: int) -> None:
    if n < LEAST_LABELS:
        raise InputError(f"{n} labels are too few for a corrected rate", f"Give at least {LEAST_LABELS}")


def _student(p: float, degrees: int) -> float:
    """The quantile of Student's t, from the normal one (Cornish-Fisher; to 0.001 from 29 degrees of freedom on)."""
    z = NormalDist().inv_cdf(p)
    first = (z**3 + z) / (4 * degrees)
    return z + first + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * degrees**2)


def _joined(strata: Sequence[Hashable], labels: Mapping[int, float]) -> list[Hashable]:
    """The strata, those with fewer than two labels joined into one, so that every one has an error and a spread."""
    counts = Counter(strata[i] for i in labels)
    thin = {s for s in strata if counts[s] < _LEAST_PER_STRATUM}
    if not thin:
        return list(strata)
    held = sum(counts[s] for s in thin)
    if held < _LEAST_PER_STRATUM:
        # Too thin even together: they go to the stratum with the fewest labels, which is looked at most closely.
        thin.add(min((s for s in counts if s not in thin), key=lambda s: counts[s]))
    return ["joined" if s in thin else s for s in strata]
