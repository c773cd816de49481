"""The gate: what may not break, and what may not get worse than the pinned baseline.

Hard checks hold or do not, on every commit, without a network: citations, quotes, failures, NaN, canaries. Soft checks
are of non-inferiority: the one-sided 95 % lower bound of the mean paired difference to the baseline, clustered by
paper, must lie above minus the metric's margin. A point estimate is never compared with a fixed threshold. A loss that
is more than chance and lies within the margin passes with a warning, so that small losses do not add up unseen.

No soft metric rests on a judge's verdicts, so another judge is only another system; one that did would be refused where
the judges differ.

The gate runs over all bundled cases, both halves: a regression anywhere is a regression. It shows figures for the whole
only, so that nobody tunes on the questions of the test half by way of the gate.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Final, NamedTuple

from eval.aggregate import ALL
from eval.metrics import outcome, parse
from eval.records import Item, Run, Stored, read_record
from eval.statistics import paired_difference, wilson
from rag.errors import InputError


class Check(NamedTuple):
    """One check: what it asks for, whether it holds, what it saw."""

    name: str
    holds: bool
    saw: str


class Margin(NamedTuple):
    """How much worse a metric may be over a group of items, in the metric's own unit."""

    metric: str
    group: str
    margin: float


MARGINS: Final = (
    Margin("nDCG@10", ALL, 0.02),
    Margin("nDCG@10", "survey", 0.05),
    Margin("nDCG@10", "compare", 0.05),
    Margin("MRR@10", "topical", 0.03),
    Margin("EvidenceHit", ALL, 0.02),
    Margin("NuggetRecall(lexical)", ALL, 0.02),
    Margin("CitedPrecision", ALL, 0.02),
    Margin("CitedRecall", ALL, 0.02),
    Margin("QuoteEchoesClaim", ALL, 0.02),
    Margin("NamesAndFigures", ALL, 0.02),
    Margin("AbstainedWhenUnanswerable", ALL, 0.07),
    Margin("FalseRefusal", ALL, 0.02),
    Margin("HedgedAnswer", ALL, 0.03),
    Margin("QuoteWords", ALL, 8.0),
)
"""Surveys and comparisons have margins of their own, because hundreds of single-paper questions would drown them."""

HARD: Final = {
    "CitationValidity": "every citation leads to its paper",
    "QuoteFidelity": "every quote is verbatim",
    "QuoteCoverage": "every claim carries a verbatim quote",
}
CANARIES: Final = ("out_of_domain", "nonsense")


class Baseline(Stored):
    """The pinned values, per item, of one run, and what identifies it. Moving it is a reviewed change."""

    pinned: str
    commit: str | None = None
    cases_digest: str
    library_digest: str
    judge: str | None
    system: dict[str, str]
    values: dict[str, dict[str, float]]


def baseline_path() -> Path:
    """Where the pinned baseline of the bundled cases lies."""
    return Path(str(resources.files("eval") / "data" / "baseline.json"))


def read_baseline(path: Path) -> Baseline:
    """Read a baseline.

    Raises:
        InputError: there is none, or the file is no baseline.
    """
    return read_record(path, Baseline, "Pin one with: rag eval gate --update")


def make_baseline(run: Run, commit: str | None = None) -> Baseline:
    """The baseline that this run would pin; ``commit`` is of the code that gave it, where that is known.

    Raises:
        InputError: a hard check does not hold; what is broken is not pinned.
    """
    if broken := [c for c in hard_checks(run) if not c.holds]:
        raise InputError(f"not pinned: {broken[0].name} does not hold ({broken[0].saw})", "Mend it first")
    names = dict.fromkeys(m.metric for m in MARGINS)
    return Baseline(
        pinned=run.started,
        commit=commit,
        cases_digest=run.cases_digest,
        library_digest=run.library.digest,
        judge=run.judge,
        system=run.system,
        values={n: {k: round(v, 6) for k, v in run.values(n).items()} for n in names},
    )


def gate(run: Run, baseline: Baseline) -> list[Check]:
    """All checks, hard ones first. Where the run cannot be compared with the baseline, that is a check that fails."""
    checks = hard_checks(run)
    comparable = _comparable(run, baseline)
    checks.append(comparable)
    if comparable.holds:
        # A suite without surveys has no check of surveys; one with surveys that lost their values has one that fails.
        kinds = {ALL, *(i.kind for i in run.items)}
        checks += [_non_inferior(run, baseline, margin) for margin in MARGINS if margin.group in kinds]
    return checks


def holds(checks: Iterable[Check]) -> bool:
    """Whether the gate holds: there are checks, and all of them hold."""
    results = [c.holds for c in checks]
    return bool(results) and all(results)


def hard_checks(run: Run) -> list[Check]:
    """What has to hold whatever the baseline says. A check that had nothing to look at does not hold."""
    checks = [_whole(run), _figures(run)]
    checks += [_all_of(run, metric, name) for metric, name in HARD.items()]
    checks.append(_canaries(run))
    return checks


def _whole(run: Run) -> Check:
    """Every case was asked, stands there once, and did not fail."""
    failed, missing = run.failed, len(run.not_run)
    twice = len(run.items) - len({i.case_id for i in run.items})
    saw = f"{len(failed)} of {len(run.items)} failed"
    saw += f", the first: {failed[0].case_id}: {failed[0].failure}" if failed else ""
    saw += f"; {missing} not run" if missing else ""
    saw += f"; {twice} stand there twice" if twice else ""
    return Check("no item failed", bool(run.items) and not (failed or missing or twice), saw)


def _figures(run: Run) -> Check:
    """Every item has an entry for every metric, and every entry is None or a finite number."""
    bad = [
        f"{item.case_id}: {metric}"
        for item in run.items
        for metric in run.metrics
        if metric not in item.values or not math.isfinite(item.values[metric] or 0.0)
    ]
    n = len(run.items) * len(run.metrics)
    shown = f", the first: {bad[0]}" if bad else ""
    return Check("every figure is there and finite", n > 0 and not bad, f"{len(bad)} of {n} are not{shown}")


def _all_of(run: Run, metric: str, name: str) -> Check:
    ratios = [(i, i.ratios[metric]) for i in run.items if metric in i.ratios]
    good, n = sum(r[0] for _, r in ratios), int(sum(r[1] for _, r in ratios))
    if n == 0:
        return Check(name, False, "nothing to check was seen")
    broken = [i.case_id for i, (numerator, denominator) in ratios if numerator != denominator]
    if broken:
        return Check(name, False, f"{int(good)} of {n}; not in {len(broken)} answers, the first: {broken[0]}")
    return Check(name, True, f"{n} of {n} (true rate above {wilson(n, n)[0]:.2%} at 95 %)")


def _canaries(run: Run) -> Check:
    items = [i for i in run.items if i.kind in CANARIES]
    loud = [i.case_id for i in items if outcome(i.answer) != "abstained"]
    shown = f", not: {', '.join(loud[:5])}" if loud else ""
    saw = f"{len(items) - len(loud)} of {len(items)} abstained{shown}"
    return Check("questions of other worlds are declined", bool(items) and not loud, saw)


def _comparable(run: Run, baseline: Baseline) -> Check:
    name = "same cases and notes as the baseline"
    if run.cases_digest != baseline.cases_digest:
        saw = (
            f"cases {run.cases_digest[:12]}, pinned {baseline.cases_digest[:12]}: not compared; pin anew with --update"
        )
        return Check(name, False, saw)
    if run.library.digest != baseline.library_digest:
        saw = f"library {run.library.digest[:12]}, pinned {baseline.library_digest[:12]}: not compared; --update"
        return Check(name, False, saw)
    # The digest is of the cases that were given; whether each came back as an item is another question.
    pinned: set[str] = set().union(*baseline.values.values())
    if left_out := sorted(pinned - {i.case_id for i in run.items}):
        return Check(name, False, f"{len(left_out)} pinned cases are not among the items, the first: {left_out[0]}")
    return Check(
        name, True, f"{len(run.items)} cases, pinned {baseline.pinned[:10]} at {baseline.commit or 'no commit'}"
    )


def _non_inferior(run: Run, baseline: Baseline, margin: Margin) -> Check:
    metric = parse(margin.metric)
    name = f"{margin.metric}, {margin.group}: at most {margin.margin:g} worse"
    if metric.self_scored and run.judge != baseline.judge:
        return Check(name, False, f"judged by {run.judge}, pinned with {baseline.judge}: not compared")
    pinned, now = baseline.values.get(margin.metric, {}), run.values(margin.metric)
    items = [i for i in run.items if margin.group in (ALL, i.kind)]
    paired = [i for i in items if i.case_id in pinned and i.case_id in now]
    lost = _lost(metric.worst is not None and metric.empty is not None, items, pinned, now)
    if lost:
        return Check(name, False, f"{len(lost)} items have a value on one side only, the first: {lost[0]}")
    if not paired:
        return Check(name, False, "no item to compare")
    sign = 1.0 if metric.higher_is_better else -1.0
    difference = paired_difference(
        [sign * pinned[i.case_id] for i in paired],
        [sign * now[i.case_id] for i in paired],
        clusters=[i.cluster for i in paired],
        seed=run.seed,
    )
    before = sum(pinned[i.case_id] for i in paired) / len(paired)
    after = sum(now[i.case_id] for i in paired) / len(paired)
    saw = f"{before:.3f} -> {after:.3f}, lower bound {difference.lower:+.3f}, n={len(paired)}"
    within = difference.lower >= -margin.margin
    if within and difference.high < 0:
        saw += "; warning: worse by more than chance, though within the margin"
    return Check(name, within, saw)


def _lost(total: bool, items: list[Item], pinned: dict[str, float], now: dict[str, float]) -> list[str]:
    """Items with a value on one side only, of metrics that have one for every case they apply to.

    Metrics without a value for abstentions (``empty`` None) may gain and lose items as answers come and go; whether
    they should is the business of the abstention metrics.
    """
    return [i.case_id for i in items if (i.case_id in pinned) != (i.case_id in now)] if total else []
