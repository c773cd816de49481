"""Several runs of one system that varies (a model at temperature above 0, or a server that is not deterministic).

The interval resamples in two levels: questions (in clusters), then for each drawn question as many of its runs. How far
the means of whole runs lie apart is given beside it, so that one lucky run is not taken for the system.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from eval.aggregate import groups
from eval.metrics import parse
from eval.records import Run, differing
from eval.resample import DRAWS, draw_weights
from eval.statistics import Interval
from rag.errors import InputError, RagError

if TYPE_CHECKING:
    from eval.report import Page

ADVISED: Final = 3
"""Fewer runs than this say little about how much a system varies."""


def repeated_interval(
    values: NDArray[np.float64], clusters: Sequence[Hashable], *, draws: int = DRAWS, seed: int = 0
) -> Interval:
    """The mean of values of shape (runs, items) with its two-level bootstrap interval (95 %).

    Raises:
        RagError: no value, or one that is NaN or infinite.
    """
    if values.size == 0 or not np.isfinite(values).all():
        raise RagError("a value is missing, NaN or infinite", "Compare only items that have a value in every run")
    runs, items = values.shape
    if len(set(clusters)) == 1 and runs == 1:
        return Interval(float(values.mean()), None, None, items, 1, "single")
    weights = draw_weights(clusters, draws, seed)
    rng = np.random.default_rng([seed, 1])
    means = np.empty(draws)
    for at in range(draws):
        drawn = rng.multinomial(runs, np.full(runs, 1 / runs), size=items).T / runs
        means[at] = (weights[at] * (values * drawn).sum(axis=0)).sum() / weights[at].sum()
    low, high = np.quantile(means, (0.025, 0.975))
    return Interval(float(values.mean()), float(low), float(high), items, len(set(clusters)), "two-level bootstrap")


def require_repeats(runs: Sequence[Run]) -> None:
    """Refuse runs that are not of the same system, library and cases.

    Raises:
        InputError: they are not.
    """
    first = runs[0]
    for other in runs[1:]:
        if other.cases_digest != first.cases_digest or other.library.digest != first.library.digest:
            raise InputError("the runs asked different cases or libraries", "Report them one by one, or compare two")
        if lines := differing(first.system, other.system):
            raise InputError(f"the runs are of different systems ({lines[0]})", "Compare two: rag eval compare")


def repeats_page(runs: Sequence[Run]) -> Page:
    """The report of several runs: every headline metric over all items, over runs.

    Raises:
        InputError: they are not runs of one system over the same cases (:func:`require_repeats`).
    """
    from eval.report import HEADLINE, Page, Table

    require_repeats(runs)
    group = groups(runs[0])[-1]
    rows = []
    for metric in (m for m in HEADLINE if all(m in r.metrics for r in runs)):
        found = [r.values(metric) for r in runs]
        shared = [i for i in runs[0].items if all(i.case_id in f for f in found)]
        if not shared:
            continue
        values = np.array([[f[i.case_id] for i in shared] for f in found])
        interval = repeated_interval(values, [i.cluster for i in shared], seed=runs[0].seed)
        spread = "n/a" if interval.low is None else f"[{interval.low:.3f}, {interval.high:.3f}]"
        sd = f"{values.mean(axis=1).std(ddof=1):.4f}" if len(runs) > 1 else "n/a"
        means = ", ".join(f"{m:.3f}" for m in values.mean(axis=1))
        better = "" if parse(metric).higher_is_better else " (lower is better)"
        rows.append((metric + better, f"{interval.value:.3f}", spread, str(interval.n), sd, means))
    header = ("metric", "mean", "95 %", "n", "sd between runs", "runs")
    note = "Two-level bootstrap: questions, then runs. n counts questions that have a value in every run."
    facts = [f"{len(runs)} runs of {len(runs[0].items)} cases", f"seed {runs[0].seed}"]
    if len(runs) < ADVISED:
        facts.append(f"fewer than {ADVISED} runs say little about how much a system varies")
    return Page("Repeated runs", tuple(facts), (Table(f"Over all runs: {group}", header, tuple(rows), note),))
