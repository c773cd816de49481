"""Figures of the suites beside the cases (retrieval, dialogues, robustness, summaries): records and table rows.

Every figure carries its n, what was resampled, and its 95 % interval; a mean over one cluster has none.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Final

from eval.statistics import RESAMPLES, mean_interval, paired_difference, wilson
from rag.paper import Record

SHIFT_HEADER: Final = ("metric", "group", "before", "after", "difference [95 %]", "p", "changed", "n", "reading")
MEAN_HEADER: Final = ("metric", "group", "mean", "95 %", "n")


class Estimate(Record):
    """A mean over items with its interval; ``low`` and ``high`` are None where one cluster says nothing of spread."""

    metric: str
    group: str
    value: float
    low: float | None
    high: float | None
    n: int
    clusters: int
    method: str


class Shift(Record):
    """A paired difference, after minus before, over the items that have both values.

    ``changed`` counts items whose value is not the same; ``changed_high`` is Wilson's upper bound of their share, which
    says what a difference of zero everywhere still leaves open. ``mde`` is the minimum detectable effect (80 % power).
    """

    metric: str
    group: str
    before: float
    after: float
    value: float
    low: float | None
    high: float | None
    p: float
    mde: float
    changed: int
    changed_high: float
    n: int
    clusters: int


def estimate(
    metric: str, values: Sequence[float], *, group: str = "all", clusters: Sequence[Hashable] | None = None,
    bounded: bool = True, seed: int = 0, resamples: int = RESAMPLES,
) -> Estimate | None:  # fmt: skip
    """The mean of per-item values; None where there is no value.

    Raises:
        RagError: a value is NaN or infinite.
    """
    if not values:
        return None
    found = mean_interval(values, clusters=clusters, bounded=bounded, seed=seed, resamples=resamples)
    return Estimate(
        metric=metric, group=group, value=found.value, low=found.low, high=found.high, n=found.n,
        clusters=found.clusters, method=found.method,
    )  # fmt: skip


def shift(
    metric: str, before: Sequence[float], after: Sequence[float], *, group: str = "all",
    clusters: Sequence[Hashable] | None = None, seed: int = 0, resamples: int = RESAMPLES,
) -> Shift | None:  # fmt: skip
    """The paired difference of two sequences of per-item values in the same order; None where there is no item.

    Raises:
        RagError: the sequences differ in length, or a value is NaN or infinite.
    """
    if not before and not after:
        return None
    found = paired_difference(before, after, clusters=clusters, seed=seed, resamples=resamples)
    groups = len(set(clusters)) if clusters is not None else len(before)
    changed = sum(a != b for a, b in zip(before, after, strict=True))
    return Shift(
        metric=metric, group=group, before=sum(before) / len(before), after=sum(after) / len(after),
        value=found.value, low=found.low if groups > 1 else None, high=found.high if groups > 1 else None,
        p=found.p, mde=found.mde, changed=changed, changed_high=wilson(changed, len(before))[1],
        n=found.n, clusters=found.clusters,
    )  # fmt: skip


def spread(low: float | None, high: float | None, *, signed: bool = False) -> str:
    """An interval in brackets; "n/a" where there is none."""
    if low is None or high is None:
        return "n/a"
    return f"[{low:+.3f}, {high:+.3f}]" if signed else f"[{low:.3f}, {high:.3f}]"


def mean_row(figure: Estimate) -> tuple[str, ...]:
    """A row under :data:`MEAN_HEADER`."""
    n = str(figure.n) if figure.clusters == figure.n else f"{figure.n} in {figure.clusters}"
    return (figure.metric, figure.group, f"{figure.value:.3f}", spread(figure.low, figure.high), n)


def shift_row(found: Shift, *, higher_is_better: bool = True) -> tuple[str, ...]:
    """A row under :data:`SHIFT_HEADER`."""
    n = str(found.n) if found.clusters == found.n else f"{found.n} in {found.clusters}"
    share = f"{found.changed} (share below {found.changed_high:.2f})"
    difference = f"{found.value:+.3f} {spread(found.low, found.high, signed=True)}"
    return (
        found.metric, found.group, f"{found.before:.3f}", f"{found.after:.3f}", difference, f"{found.p:.3f}", share, n,
        reading(found, higher_is_better=higher_is_better),
    )  # fmt: skip


def reading(found: Shift, *, higher_is_better: bool = True) -> str:
    """A difference in words: better, worse, or not detected, with what would have been."""
    if found.changed == 0:
        return "no change seen"
    if found.low is None or found.high is None or found.low <= 0 <= found.high:
        return f"no difference detected (MDE {found.mde:.3f})"
    return "better" if (found.value > 0) == higher_is_better else "worse"
