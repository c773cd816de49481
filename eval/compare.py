"""Two runs of the same cases, compared item by item."""

from __future__ import annotations

from typing import Final, NamedTuple

from eval.aggregate import ALL, groups
from eval.metrics import parse
from eval.records import Item, Run, differing
from eval.statistics import RESAMPLES, Difference, holm, mcnemar_exact, paired_difference
from rag.errors import InputError

PRIMARY: Final = ("nDCG@10", "EvidenceHit", "CitedRecall", "AbstainedWhenUnanswerable")
"""Declared before looking; their probabilities are adjusted for one another (Holm)."""
_SECONDS: Final = frozenset({"Latency"})


class Compared(NamedTuple):
    """One metric over one group, second run minus first.

    ``mcnemar`` is given for pass-or-fail metrics; ``adjusted`` is the Holm-adjusted p of a primary metric over all.
    """

    metric: str
    group: str
    first: float
    second: float
    difference: Difference
    mcnemar: float | None
    adjusted: float | None


def require_comparable(first: Run, second: Run) -> list[str]:
    """Refuse runs of different cases; return one line for each other thing that differs.

    Raises:
        InputError: the cases, or the metrics, are not the same, or no case was run in both.
    """
    if first.cases_digest != second.cases_digest:
        raise InputError(
            f"the runs asked different cases ({first.cases_digest[:12]} and {second.cases_digest[:12]})",
            "Run both over the same --cases, --split, --kinds and --limit",
        )
    if not set(first.metrics) & set(second.metrics):
        raise InputError("the runs have no metric in common", "Run one of them again")
    both = {i.case_id for i in first.items} & {i.case_id for i in second.items}
    if not both:
        raise InputError("no case was run in both runs", "Finish one of them with --resume")
    lines = differing(first.system, second.system)
    if first.not_run or second.not_run:
        missing = f"{len(first.not_run)} in the first, {len(second.not_run)} in the second"
        lines.append(f"cases that were not run: {missing}; compared over the {len(both)} that both have")
    if first.library.digest != second.library.digest:
        lines.append("the libraries hold different papers or texts")
    if first.judge != second.judge:
        lines.append(f"judge: {first.judge} -> {second.judge}; self-scored figures are left out")
    return lines


def compare(first: Run, second: Run, *, resamples: int = RESAMPLES, seed: int | None = None) -> list[Compared]:
    """Paired differences by metric and group, for items that have a value in both runs.

    Raises:
        InputError: the runs are not comparable (:func:`require_comparable`).
    """
    require_comparable(first, second)
    rows: list[Compared] = []
    seed = first.seed if seed is None else seed
    others = {i.case_id: i for i in second.items}
    for metric in first.metrics:
        if metric not in second.metrics or (parse(metric).self_scored and first.judge != second.judge):
            continue
        for group in groups(first):
            pairs = [(i, j) for i in first.items if group in (ALL, i.kind) and (j := others.get(i.case_id))]
            if row := _compared(metric, group, pairs, resamples, seed):
                rows.append(row)
    return _adjusted(rows, groups(first)[-1])


def _compared(metric: str, group: str, pairs: list[tuple[Item, Item]], resamples: int, seed: int) -> Compared | None:
    both = [
        (i.cluster, x, y)
        for i, j in pairs
        if (x := i.values.get(metric)) is not None and (y := j.values.get(metric)) is not None
    ]
    if not both:
        return None
    clusters, xs, ys = (list(column) for column in zip(*both, strict=True))
    difference = paired_difference(xs, ys, clusters=clusters, resamples=resamples, seed=seed)
    mcnemar = None
    if set(xs) | set(ys) <= {0.0, 1.0}:
        mcnemar = mcnemar_exact(
            sum(x > y for x, y in zip(xs, ys, strict=True)), sum(y > x for x, y in zip(xs, ys, strict=True))
        )
    return Compared(metric, group, sum(xs) / len(xs), sum(ys) / len(ys), difference, mcnemar, None)


def _adjusted(rows: list[Compared], overall: str) -> list[Compared]:
    primary = [r for r in rows if r.group == overall and r.metric in PRIMARY]
    adjusted = dict(zip((r.metric for r in primary), holm([r.difference.p for r in primary]), strict=True))
    return [r._replace(adjusted=adjusted.get(r.metric)) if r.group == overall else r for r in rows]


def verdict(row: Compared) -> str:
    """A difference in words: better, worse, or not detected (with what would have been)."""
    if row.metric in _SECONDS:
        return "depends on the machine"
    d = row.difference
    if d.low <= 0 <= d.high:
        return f"no difference detected (MDE {d.mde:.3f})"
    return "better" if (d.value > 0) == parse(row.metric).higher_is_better else "worse"
