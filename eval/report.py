"""Reports, built from the record of a run and nothing else: one model of the page, printed as Markdown or by rich.

Every figure comes with n and its 95 % interval. The worst items name cases and show our questions, never the papers'
text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from eval.aggregate import ALL, OUTCOMES, Figure, aggregate, groups, latency, outcome_matrix, worst_items
from eval.compare import Compared, verdict
from eval.gate import Check
from eval.metrics import parse
from eval.records import Run
from eval.resample import pooled_interval
from eval.statistics import Interval, minimum_detectable_effect

if TYPE_CHECKING:
    from rich.console import Console

HEADLINE: Final = (
    "nDCG@10", "MRR@10", "R@10", "Judged@10",
    "EvidenceHit", "EvidenceHit(any)", "EvidenceHit(all)", "NuggetRecall(lexical)", "CitedPrecision", "CitedRecall",
    "AnswersQuestion(gold)", "AnswersQuestion(form)", "OnQuestion(form)", "StandsAlone", "Redundancy",
    "CitationValidity", "CitationValidity(raw)", "UnderCitation", "QuoteFidelity", "QuoteCoverage", "QuoteEchoesClaim",
    "NamesAndFigures", "AbstainedWhenUnanswerable", "FalseRefusal", "HedgedAnswer", "Claims", "Words", "QuoteWords",
    "FirstClaim", "Tokens", "Cost", "SupportedShare(self-scored)",
)  # fmt: skip


_SPREAD: Final = 0.25  # a usual standard deviation of per-question differences, for want of a second run


class Table(NamedTuple):
    """A table of a report: a title, a header, and rows of text, with a line of explanation beneath.

    ``reference`` marks what belongs into a file and not on a terminal.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    reference: bool = False


class Page(NamedTuple):
    """A report: a title, lines of facts, and tables."""

    title: str
    facts: tuple[str, ...]
    tables: tuple[Table, ...]


def run_page(run: Run, *, worst: int = 20, resamples: int | None = None) -> Page:
    """The report of a run."""
    figures = aggregate(run) if resamples is None else aggregate(run, resamples=resamples)
    tables = [
        _headline(run, figures),
        judged_table(run, figures),
        _by_kind(run, figures, "Questions with an answer", answerable=True),
        _by_kind(run, figures, "Questions without an answer", answerable=False),
        _outcomes(run),
        _counts(run, figures),
    ]
    if run.not_run:
        missing = Counter((n.kind, n.reason) for n in run.not_run)
        tables.append(
            Table("Not run", ("kind", "cases", "why"), tuple((k, str(n), w) for (k, w), n in missing.items()))
        )
    if items := worst_items(run, worst):
        rows = tuple((i.case_id, i.kind, i.question[:90], reason[:120]) for i, reason in items)
        tables.append(Table("Worst items", ("case", "kind", "question", "why"), rows))
    tables.append(_definitions(run))
    return Page("Evaluation", _facts(run), tuple(t for t in tables if t.rows))


def comparison_page(first: Run, second: Run, rows: Sequence[Compared], notes: Sequence[str]) -> Page:
    """The report of a comparison: effect and interval first, probability last."""
    overall = groups(first)[-1]
    header = ("metric", "first", "second", "difference [95 %]", "n", "p", "p (Holm)", "reading")
    tables = []
    for group in (overall, *(g for g in groups(first) if g != overall)):
        lines = tuple(_compared_row(r) for r in rows if r.group == group)
        note = "p by sign-flip permutation; McNemar's exact test beside it for pass-or-fail metrics"
        tables.append(Table(f"Second minus first: {group}", header, lines, note))
    facts = (f"first: {_identity(first)}", f"second: {_identity(second)}", *(f"differs: {n}" for n in notes))
    return Page("Comparison", facts, tuple(t for t in tables if t.rows))


def gate_page(checks: Sequence[Check]) -> Page:
    """The report of a gate."""
    rows = tuple(("holds" if c.holds else "FAILS", c.name, c.saw) for c in checks)
    broken = sum(not c.holds for c in checks)
    verdict_line = f"{len(checks) - broken} of {len(checks)} checks hold"
    return Page("Gate", (verdict_line,), (Table("Checks", ("", "check", "saw"), rows),))


def to_markdown(page: Page) -> str:
    """The page as Markdown."""
    parts = [f"# {page.title}", "", *(f"- {fact}" for fact in page.facts), ""]
    for table in page.tables:
        parts += [f"## {table.title}", "", _row(table.header), _row(["---"] * len(table.header))]
        parts += [*(_row(r) for r in table.rows), ""]
        parts += [table.note, ""] if table.note else []
    return "\n".join(parts)


def print_page(page: Page, console: Console) -> None:
    """The page on a terminal."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table as RichTable

    console.print(f"[bold]{escape(page.title)}[/bold]")
    for fact in page.facts:
        console.print(escape(fact), highlight=False)
    for table in (t for t in page.tables if not t.reference):
        shown = RichTable(
            title=escape(table.title), box=box.SIMPLE_HEAD, title_justify="left", caption=table.note or None
        )
        shown.caption_justify = "left"
        for place, name in enumerate(table.header):
            shown.add_column(name, overflow="fold", no_wrap=place == 0)
        for row in table.rows:
            shown.add_row(*(escape(cell) for cell in row))
        console.print(shown)


def _facts(run: Run) -> tuple[str, ...]:
    times = latency(run.items)
    detectable = minimum_detectable_effect(_SPREAD, len({i.cluster for i in run.items}))
    return (
        _identity(run),
        f"cases: {len(run.items)} from {run.cases_source or 'memory'} (digest {run.cases_digest[:12]}), split: "
        + ", ".join(sorted({i.split or "none" for i in run.items})),
        f"failed: {len(run.failed)} (counted as wrong)" + (f"; the first: {first_failure(run)}" if run.failed else ""),
        f"seconds per answer: median {times.p50:.3f}, 95th percentile {times.p95:.3f}, most {times.most:.3f}",
        "intervals: 95 %; Wilson for rates, else bootstrap over questions, those of one paper together "
        f"(seed {run.seed})",
        f"a paired change of less than {detectable:.3f} may go unnoticed in a metric of all items (80 % power, where "
        f"differences spread by {_SPREAD})",
        *(f"notice: {n}" for n in run.notices),
    )


def first_failure(run: Run) -> str:
    """The first failed item in one line; run.failed must not be empty."""
    item = run.failed[0]
    failure = item.failure
    return f"{item.case_id}, " + ("" if failure is None else f"in {failure.step}: {failure.type}: {failure.message}")


def _identity(run: Run) -> str:
    texts = ", ".join(f"{n} {kind}s" for kind, n in run.library.text_kinds.items())
    system = ", ".join(f"{k} {v}" for k, v in run.system.items())
    return f"{run.started}; library: {texts} (digest {run.library.digest[:12]}); judge: {run.judge}; {system}"


def _headline(run: Run, figures: dict[tuple[str, str], Figure]) -> Table:
    overall = groups(run)[-1]
    rows = []
    for name in (n for n in HEADLINE if n in run.metrics):
        figure = figures.get((name, overall))
        if figure is not None:
            i = figure.interval
            rows.append((name + _mark(name), f"{i.value:.3f}", _spread(i), str(i.n)))
    note = "Means over questions. Judged@10 is low by nature where a case names few papers: unjudged is not irrelevant."
    return Table("Headline", ("metric", "mean", "95 %", "n"), tuple(rows), note)


def judged_table(run: Run, figures: dict[tuple[str, str], Figure]) -> Table:
    """What rests on a judge, apart from the headline, with what that judge has to do with the answers."""
    from eval.judging import relation

    overall = groups(run)[-1]
    judged = [m for m in map(parse, run.metrics) if m.judge is not None]
    answers = [i.answer for i in run.items if i.answer is not None]
    marks = {judge: relation(judge, answers) for judge in {m.judge for m in judged if m.judge is not None}}
    rows = []
    for metric in judged:
        figure = figures.get((metric.name, overall))
        if figure is not None:
            i = figure.interval
            mark = marks[metric.judge or ""]
            rows.append((metric.name + _mark(metric.name), f"{i.value:.3f}", _spread(i), str(i.n), mark))
    note = (
        "Self-scored: the judge has let only what it supports into the answers, so these say what it let in, no more."
    )
    return Table("Support, as a judge sees it", ("metric", "mean", "95 %", "n", "judge"), tuple(rows), note)


def _mark(name: str) -> str:
    metric = parse(name)
    if metric.family == "control":
        return " (control)"
    return "" if metric.higher_is_better else " (lower is better)"


def _by_kind(run: Run, figures: dict[tuple[str, str], Figure], title: str, *, answerable: bool) -> Table:
    counts: Counter[str] = Counter(i.kind for i in run.items if i.answerable == answerable)
    kinds = [g for g in groups(run) if g in counts]
    rows = []
    for name in (n for n in HEADLINE if n in run.metrics):
        found = [figures.get((name, kind)) for kind in kinds]
        if any(found):
            rows.append((name, *(_cell(f, counts[k]) for f, k in zip(found, kinds, strict=True))))
    header = ("metric", *(f"{k} n={counts[k]}" for k in kinds))
    return Table(
        title, header, tuple(rows), "A cell has an n of its own where the metric does not apply to every item."
    )


def _cell(figure: Figure | None, expected: int) -> str:
    if figure is None:
        return ""
    n = "" if figure.interval.n == expected else f" n={figure.interval.n}"
    return f"{figure.interval.value:.3f} {_spread(figure.interval)}{n}"


def _definitions(run: Run) -> Table:
    rows = tuple((m.name, m.description, m.source) for m in map(parse, run.metrics))
    return Table("Definitions", ("metric", "is", "after"), rows, reference=True)


def _spread(interval: Interval) -> str:
    return "n/a" if interval.low is None or interval.high is None else f"[{interval.low:.3f}, {interval.high:.3f}]"


def _outcomes(run: Run) -> Table:
    rows = []
    for group, counts in outcome_matrix(run).items():
        right = {True: "answered", False: "declined or limited"}
        due = {i.answerable for i in run.items if group in (ALL, i.kind)}
        rows.append((group, *(str(counts[o]) for o in OUTCOMES), right[due.pop()] if len(due) == 1 else ""))
    return Table("Answered or not", ("kind", *OUTCOMES, "right is"), tuple(rows))


def _counts(run: Run, figures: dict[tuple[str, str], Figure]) -> Table:
    overall = groups(run)[-1]
    rows = []
    for name in run.metrics:
        figure = figures.get((name, overall))
        if figure is not None and figure.pooled is not None and figure.pooled[1]:
            top, bottom = figure.pooled
            spread = _spread(pooled_interval(run, name))
            rows.append((name, f"{top:g} of {bottom:g}", f"{top / bottom:.3f}", spread, f"{figure.interval.value:.3f}"))
    header = ("metric", "count", "pooled", "95 %", "mean over questions")
    return Table("Pooled over all items", header, tuple(rows), "Counts of one question are drawn together.")


def _compared_row(row: Compared) -> tuple[str, ...]:
    d = row.difference
    p = f"{d.p:.4f}" + ("" if row.mcnemar is None else f" (McNemar {row.mcnemar:.4f})")
    holm = "" if row.adjusted is None else f"{row.adjusted:.4f}"
    spread = f"{d.value:+.3f} [{d.low:+.3f}, {d.high:+.3f}]"
    return (row.metric, f"{row.first:.3f}", f"{row.second:.3f}", spread, str(d.n), p, holm, verdict(row))


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(c.replace("|", "\\|").replace("\n", " ") for c in cells) + " |"
