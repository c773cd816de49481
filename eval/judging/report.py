"""The report of a judge's measurement, from its record alone: as a page for the terminal or Markdown."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from eval.figures import Estimate, spread
from eval.judging.records import Judged, JudgeRun, LabelRow
from eval.judging.twins import Pair, pairs_of
from eval.report import Page, Table

_TWIN_COLUMNS: Final = ("BothRight", "TrueAbove", "Tied", "TrueAccepted", "FalseCaught")
_CONTROL: Final = "LengthAUROC (control)"
_WORST: Final = 15
_LABELS: Final = ("supported", "partial", "unsure", "unsupported", "contradicted", "failed")


def judge_page(run: JudgeRun) -> Page:
    """The report of a record."""
    tables = [
        *_claims(run),
        *_ground(run),
        *_battery(run),
        _kinds_of_error(run),
        _worst_pairs(run),
        _missed(run),
    ]
    return Page(f"Judge: {run.judge.name}", _facts(run), tuple(t for t in tables if t.rows))


def _facts(run: JudgeRun) -> tuple[str, ...]:
    judge = run.judge
    parts = [
        f"calibration {judge.calibration[:12]}, fitted on {judge.fitted_on}" if judge.calibration else "",
        f"prompt {judge.prompt}" if judge.prompt else "",
        f"host {judge.host}" if judge.host else "",
    ]
    identity = "; ".join(p for p in parts if p) or "nothing else is known of it"
    first = f"; the first: {run.failed[0].id}: {run.failed[0].failure}" if run.failed else ""
    erred = sum(v is not None and v.reason.startswith("judge error") for i in run.items for v in (i.verdict,))
    return (
        f"{run.started}; {identity}",
        *(f"source: {source}" for source in run.sources),
        f"items: {len(run.items)}; failed: {len(run.failed)} (counted as wrong){first}; replies that could not be "
        f"used: {erred} (labelled unsure)",
        f"intervals: 95 %, over papers or questions (seed {run.seed}); n in m = n items of m that were resampled",
        "labels are the authors' or the file's; nothing is tuned on what is measured here",
        *(f"notice: {n}" for n in run.notices),
    )


def _cell(figure: Estimate | None) -> str:
    return "" if figure is None else f"{figure.value:.3f} {spread(figure.low, figure.high)}"


def _n(figure: Estimate) -> str:
    return str(figure.n) if figure.n == figure.clusters else f"{figure.n} in {figure.clusters}"


def _by_group(figures: Iterable[Estimate]) -> dict[str, dict[str, Estimate]]:
    found: dict[str, dict[str, Estimate]] = defaultdict(dict)
    for figure in figures:
        found[figure.group][figure.metric] = figure
    return dict(found)


def _claims(run: JudgeRun) -> list[Table]:
    groups = _by_group(f for f in run.figures if f.metric in _TWIN_COLUMNS)
    rows = tuple(
        (kind, *(_cell(row.get(c)) for c in _TWIN_COLUMNS), _n(row["BothRight"])) for kind, row in groups.items()
    )
    whole = [f for f in run.figures if f.group == "all" and f.metric in ("BalancedAccuracy", "AUROC", _CONTROL)]
    note = (
        "BothRight: the true twin is called supported and the false one is not. TrueAbove: it scores strictly above; "
        "ties stand beside. The columns on the right are over single claims of the pairs."
    )
    return [
        Table("Twin claims, by kind of the false one", ("kind", *_TWIN_COLUMNS, "pairs in papers"), rows, note),
        Table(
            "Twin claims, one by one", ("metric", "value [95 %]", "n"),
            tuple((f.metric, _cell(f), _n(f)) for f in whole), "AUROC is from scores; the control ranks shorter first.",
        ),
    ]  # fmt: skip


def _ground(run: JudgeRun) -> list[Table]:
    sources = {row.source for row in run.labels}
    mine = [f for f in run.figures if f.group.partition("/")[0] in sources and f.metric not in _TWIN_COLUMNS]
    groups = _by_group(mine)
    rows = tuple((group, m, _cell(f), _n(f)) for group, row in groups.items() for m, f in row.items())
    labels = tuple((r.source, r.label, str(r.n), _cell(r.share_supported), _precision(r)) for r in run.labels)
    bins = tuple(
        (b.source, f"{b.low:.1f}-{b.high:.1f}", str(b.n), f"{b.mean_score:.3f}", _cell(b.supported)) for b in run.bins
    )
    return [
        Table("Labelled sets, at the judge's own labels", ("set", "metric", "value [95 %]", "n"), rows),
        Table(
            "What each label is worth", ("set", "label", "n", "gold supported [95 %]", "precision"), labels,
            "Precision, binary: of supported the share that is so, of every other label the share that is not.",
        ),
        Table("Calibration: P(supported) and the truth", ("set", "bin", "n", "mean score", "supported [95 %]"), bins),
    ]  # fmt: skip


def _precision(row: LabelRow) -> str:
    share = row.share_supported.value
    return f"{share if row.label == 'supported' else 1 - share:.3f}" if row.label != "failed" else "counted as wrong"


def _battery(run: JudgeRun) -> list[Table]:
    by = {(f.metric, f.group): f for f in run.figures}
    caught = tuple(
        (f.group, _cell(f), _cell(by.get(("Refused", f.group))), _n(f)) for f in run.figures if f.metric == "Caught"
    )
    alarms = tuple((f.group, f.metric, _cell(f), _n(f)) for f in run.figures if f.metric in ("FalseAlarm", "Missed"))
    stable = tuple((f.group, _cell(f), _n(f)) for f in run.figures if f.metric == "Violation")
    return [
        Table(
            "Battery: faults caught", ("fault", "caught [95 %]", "refused [95 %]", "n in papers"), caught,
            "Caught: not called supported (a changed quote: not found). Refused: called unsupported or contradicted, "
            "which drops the claim; partial and unsure ones are shown with their mark.",
        ),
        Table("Battery: what is true and must pass", ("claim", "", "share [95 %]", "n in papers"), alarms),
        Table(
            "Battery: order and company of passages", ("change", "violations [95 %]", "n in papers"), stable,
            "Another order may change nothing; more evidence may lower neither label nor score.",
        ),
    ]  # fmt: skip


def _kinds_of_error(run: JudgeRun) -> Table:
    """Labels given, by what was expected."""
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    names = {True: "true", False: "false"}
    for item in run.items:
        if item.expected is not None and not (item.suite == "battery" and item.kind.startswith("quote")):
            counts[item.suite, names[item.expected]][item.label] += 1
    header = ("suite", "claim is", *_LABELS)
    rows = tuple((*key, *(str(c[label]) for label in _LABELS)) for key, c in sorted(counts.items()))
    return Table("Labels given", header, rows)


def _worst_pairs(run: JudgeRun) -> Table:
    wrong = sorted((p for p in pairs_of(run.items) if not p.both_right), key=_gap)
    rows = tuple(
        (p.kind, p.true.claim, p.false.claim, f"{p.true.label} {p.true.score:.2f}, {p.false.label} {p.false.score:.2f}")
        for p in wrong[:_WORST]
    )
    header = ("kind", "true", "false", "verdicts")
    return Table(f"Twins judged wrongly, the worst {len(rows)} of {len(wrong)}", header, rows, reference=True)


def _gap(pair: Pair) -> float:
    return pair.true.score - pair.false.score


def _missed(run: JudgeRun) -> Table:
    """The most confident misses of each kind of the battery: what to mend first."""
    kinds: dict[str, list[Judged]] = defaultdict(list)
    for item in run.items:
        if item.suite == "battery" and item.expected is not None and not item.right:
            kinds[item.kind].append(item)
    rows: list[tuple[str, ...]] = []
    for kind, items in kinds.items():
        worst: Sequence[Judged] = sorted(items, key=lambda i: abs(i.score - float(bool(i.expected))), reverse=True)
        rows += [(kind, i.claim, f"{i.label} {i.score:.2f}", i.verdict.reason if i.verdict else "") for i in worst[:3]]
    header = ("kind", "claim", "verdict", "reason")
    return Table("Battery: the surest mistakes", header, tuple(rows), reference=True)
