"""From the items of a run to figures with intervals: by kind, by split, and over all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from eval.cases import KINDS
from eval.metrics import Outcome, outcome, parse
from eval.records import Item, Run
from eval.statistics import RESAMPLES, Interval, mean_interval
from rag.errors import RagError

ALL: Final = "all"
OUTCOMES: Final[tuple[Outcome, ...]] = ("answered", "limited", "abstained", "failed")


class Figure(NamedTuple):
    """A metric over some items.

    ``interval`` is of the mean over items (macro, primary); ``pooled`` is numerator and denominator over all of them
    (micro), where the metric is a share of countable things and no item failed.
    """

    metric: str
    group: str
    interval: Interval
    pooled: tuple[float, float] | None


class Quantiles(NamedTuple):
    """Seconds per question: median, 95th percentile and the slowest, over ``n``."""

    p50: float
    p95: float
    most: float
    n: int


def groups(run: Run) -> list[str]:
    """The kinds that occur, in their usual order, then "all" where there are several. The last one covers the run."""
    present = {i.kind for i in run.items}
    kinds = [k for k in KINDS if k in present]
    return [*kinds, ALL] if len(kinds) > 1 else list(kinds)


def aggregate(run: Run, *, resamples: int = RESAMPLES) -> dict[tuple[str, str], Figure]:
    """All figures by (metric, group). A pair is absent where the metric applies to no item of the group.

    Raises:
        RagError: a value is NaN, or an item lacks a metric that the run declares.
    """
    found: dict[tuple[str, str], Figure] = {}
    for metric in run.metrics:
        for group in groups(run):
            figure = figure_of(run, metric, lambda i, g=group: g in (ALL, i.kind), group, resamples=resamples)  # type: ignore[misc]
            if figure is not None:
                found[metric, group] = figure
    return found


def figure_of(
    run: Run, metric: str, keep: Callable[[Item], bool], group: str, *, resamples: int = RESAMPLES
) -> Figure | None:
    """One metric over the items that ``keep`` accepts; None where it applies to none of them."""
    kept = [i for i in run.items if keep(i)]
    if lacking := [i.case_id for i in kept if metric not in i.values]:
        raise RagError(f"the item {lacking[0]} has no entry for {metric}", "Run again; items are never left out")
    scored = [i for i in kept if i.values[metric] is not None]
    if not scored:
        return None
    values = [float(v) for i in scored if (v := i.values[metric]) is not None]
    interval = _interval(tuple(values), tuple(i.cluster for i in scored), parse(metric).bounded, resamples, run.seed)
    # A failed item has no numerator; pooling the rest would forget it.
    ratios = [i.ratios[metric] for i in scored if metric in i.ratios]
    pooled = (sum(n for n, _ in ratios), sum(d for _, d in ratios)) if len(ratios) == len(scored) else None
    return Figure(metric, group, interval, pooled)


@lru_cache(maxsize=4096)
def _interval(
    values: tuple[float, ...], clusters: tuple[str, ...], bounded: bool, resamples: int, seed: int
) -> Interval:
    return mean_interval(values, clusters=clusters, bounded=bounded, resamples=resamples, seed=seed)


def outcome_matrix(run: Run) -> dict[str, dict[Outcome, int]]:
    """How many questions of each kind were answered, limited, abstained from, or failed."""
    matrix: dict[str, dict[Outcome, int]] = {}
    for group in groups(run):
        counts: dict[Outcome, int] = dict.fromkeys(OUTCOMES, 0)
        for item in run.items:
            if group in (ALL, item.kind):
                counts[outcome(item.answer)] += 1
        matrix[group] = counts
    return matrix


def latency(items: Sequence[Item]) -> Quantiles:
    """Time of ask() over all items, failed ones too. Seconds."""
    seconds = np.array([i.seconds for i in items])
    p50, p95 = np.quantile(seconds, (0.5, 0.95))
    return Quantiles(float(p50), float(p95), float(seconds.max()), len(items))


def worst_items(run: Run, n: int = 20) -> list[tuple[Item, str]]:
    """The n items that most need a look, with the reason: failed, answered though unanswerable, refused, not found."""
    reasons: list[tuple[int, Item, str]] = []
    for item in run.items:
        if item.failure is not None:
            reasons.append((0, item, f"failed in {item.failure.step}: {item.failure.type}: {item.failure.message}"))
        elif any(item.values.get(m) not in (None, 1.0) for m in ("CitationValidity", "QuoteFidelity")):
            reasons.append((1, item, "a citation or quote does not hold"))
        elif item.values.get("AbstainedWhenUnanswerable") == 0.0:
            reasons.append((2, item, "answered, though no paper holds an answer"))
        elif item.values.get("FalseRefusal") == 1.0:
            reasons.append((3, item, "refused, though a paper answers"))
        elif item.values.get("MRR@10") == 0.0:
            reasons.append((4, item, "no relevant paper among the first ten"))
        elif item.values.get("EvidenceHit(any)") == 0.0:
            reasons.append((5, item, "none of the gold sentences quoted"))
    return [(item, reason) for _, item, reason in sorted(reasons, key=lambda r: (r[0], r[1].case_id))[:n]]
