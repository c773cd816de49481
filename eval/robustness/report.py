"""The figures and the page of a robustness run: paired differences with intervals, and what stayed the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eval.figures import MEAN_HEADER, SHIFT_HEADER, Estimate, Shift, estimate, mean_row, shift, shift_row
from eval.metrics import parse
from eval.robustness.suite import CITES_TARGET, METRICS, Condition, Pair, RobustnessRun

if TYPE_CHECKING:
    from eval.report import Page


def shifts(run: RobustnessRun) -> list[Shift]:
    """Per condition and metric the paired difference, changed minus unchanged, the cases of one paper together."""
    found: list[Shift | None] = []
    for condition in run.conditions:
        for name in (*(m.name for m in METRICS), CITES_TARGET):
            rows = [
                (p.cluster, a, b)
                for p in condition.pairs
                if (a := p.before.values.get(name)) is not None and (b := p.after.values.get(name)) is not None
            ]
            clusters, before, after = ([r[at] for r in rows] for at in range(3))
            found.append(
                shift(name, before, after, group=condition.name, clusters=clusters, seed=run.seed)  # type: ignore[arg-type]
            )
    return [s for s in found if s is not None]


def stability(run: RobustnessRun) -> list[Estimate]:
    """Per condition the mean overlap (Jaccard) of the cited papers, and the share of equal outcomes."""
    found: list[Estimate | None] = []
    for condition in run.conditions:
        clusters = [p.cluster for p in condition.pairs]
        for name, measure in (("SameCitedPapers", same_cited), ("SameOutcome", same_outcome)):
            values = [measure(p) for p in condition.pairs]
            found.append(estimate(name, values, group=condition.name, clusters=clusters, seed=run.seed))
    return [e for e in found if e is not None]


def same_cited(pair: Pair) -> float:
    """Jaccard overlap of the papers cited as an answer; 1 where both sides cite none."""
    before, after = set(pair.before.cited), set(pair.after.cited)
    return len(before & after) / len(before | after) if before | after else 1.0


def same_outcome(pair: Pair) -> float:
    """1 where the question is answered, limited, declined or failed on both sides alike."""
    return float(pair.before.outcome == pair.after.outcome)


def robustness_page(run: RobustnessRun) -> Page:
    """The report of a robustness run."""
    from eval.report import Page, Table

    facts = (
        f"{run.started}; {run.n_cases} cases from {run.source}; library: {run.library.n_papers} papers "
        f"(digest {run.library.digest[:12]}); " + ", ".join(f"{k} {v}" for k, v in run.system.items()),
        f"intervals: 95 %, bootstrap over questions, those of one paper together (seed {run.seed})",
        *(f"{c.name}: {c.about}; n={len(c.pairs)}, left out {c.left_out}" for c in run.conditions),
    )
    lower = {CITES_TARGET, *(m.name for m in METRICS if not parse(m.name).higher_is_better)}
    rows = tuple(shift_row(s, higher_is_better=s.metric not in lower) for s in shifts(run))
    note = "lower is better for FalseRefusal and CitesTarget; p is not adjusted for the number of rows"
    tables = (
        Table("Changed minus unchanged", SHIFT_HEADER, rows, note),
        Table("What stays the same", MEAN_HEADER, tuple(mean_row(e) for e in stability(run))),
        Table("Right before, wrong after", ("change", "case", "question as asked", "outcome"), _broken(run)),
    )
    return Page("Robustness", facts, tuple(t for t in tables if t.rows))


def _broken(run: RobustnessRun, most: int = 4) -> tuple[tuple[str, ...], ...]:
    """At most ``most`` cases per condition that lost their evidence, their right paper or their abstention."""
    rows: list[tuple[str, ...]] = []
    for condition in run.conditions:
        rows += [
            (condition.name, p.case_id, p.after.question[:90], f"{p.before.outcome} -> {p.after.outcome}")
            for p in _lost(condition)[:most]
        ]
    return tuple(rows)


def _lost(condition: Condition) -> list[Pair]:
    names = ("CitedRecall", "EvidenceHit", "AbstainedWhenUnanswerable")
    return [
        p
        for p in condition.pairs
        if any((p.before.values[n] or 0.0) == 1.0 and p.after.values[n] == 0.0 for n in names)
    ]
