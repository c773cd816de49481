"""The report of written answers, built from the record of a run and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from eval.answers.measures import AGREES, ALARM, ALL, DETECTED, RANKED, REFUSED, tally
from eval.answers.records import FAULTS
from eval.answers.scored import QUALITY, AnswersRun, Scored
from eval.figures import Estimate, mean_row, spread
from eval.report import Page, Table

_HEADER: Final = ("fault", "n", "detected [95 %]", "refused [95 %]", "ranked below its twin [95 %]")
_MOST: Final = 40


def answers_page(run: AnswersRun) -> Page:
    """Detection by kind, false alarms, which metric told the twins apart, and every fault that was missed."""
    found = {(f.metric, f.group): f for f in run.figures}
    missed = [i for i in run.items if i.fault != "none" and not i.detected]
    good = [i for i in run.items if i.fault == "none"]
    tables = (
        _kinds(found),
        _alarms(run),
        _apart(run, found),
        Table("Faults that went unnoticed", ("answer", "fault", "what is wrong", "the judge said"), _missed(missed)),
        Table("Alarms on good answers", ("answer", "question", "why"), _false(good), f"The first {_MOST}."),
    )
    return Page("Written answers with known faults", _facts(run, len(good)), tuple(t for t in tables if t.rows))


def _facts(run: AnswersRun, good: int) -> tuple[str, ...]:
    texts = ", ".join(f"{n} {kind}s" for kind, n in run.library.text_kinds.items())
    return (
        f"{run.started}; {len(run.items)} answers from {run.source or 'memory'} (digest {run.answers_digest[:12]}): "
        f"{good} good, {len(run.items) - good} with a fault; over {texts}; judge: {run.judge.name}",
        "written and labelled by the authors: nobody else has labelled them, and no agreement of people is known",
        "detected: the faulty claim is not shown as supported, or a citation of it is refused; of an answer to another "
        "question: no claim gives what is asked for. Refused: it would not be shown as written",
        "the judge that is tried here is the one that guards answers: these figures say what its guard is worth",
        "intervals: 95 %; Wilson for plain rates, else bootstrap over papers, twins together "
        f"(seed {run.seed}); a twin ranks by {QUALITY}, a tie counts 1/2, chance is 0.5",
    )


def _kinds(found: dict[tuple[str, str], Estimate]) -> Table:
    rows = []
    for fault in (*FAULTS, ALL):
        cells = [found.get((m, fault)) for m in (DETECTED, REFUSED, RANKED)]
        if cells[0] is not None:
            rows.append((fault, str(cells[0].n), *("" if c is None else _cell(c) for c in cells)))
    return Table("Faults", _HEADER, tuple(rows))


def _cell(figure: Estimate) -> str:
    return f"{figure.value:.3f} {spread(figure.low, figure.high)}"


def _alarms(run: AnswersRun) -> Table:
    wanted = [f for f in run.figures if f.metric.startswith(ALARM) or f.metric == AGREES]
    note = (
        f"{AGREES}: the deterministic check of what is asked for against the labels (every answer but those to another "
        "question answers its question). Its thresholds were not chosen on these answers."
    )
    return Table("False alarms", ("figure", "over", "share", "95 %", "n"), tuple(mean_row(f) for f in wanted), note)


def _apart(run: AnswersRun, found: dict[tuple[str, str], Estimate]) -> Table:
    rows = []
    for metric in run.metrics:
        figure = found.get((RANKED if metric == QUALITY else f"{RANKED}({metric})", ALL))
        tallies = [tally(run.items, metric, fault) for fault in FAULTS]
        if figure is not None and any(t.won or t.lost for t in tallies):
            cells = (f"{t.won}-{t.lost}" if t.won or t.lost else "" for t in tallies)
            rows.append((metric, _cell(figure), str(figure.n), *cells))
    note = (
        "Cells: pairs in which the metric is better for the good twin - for the faulty one; the rest is equal. "
        "AnswersQuestion(gold) has the good twin's quotes as its gold, so it is full for good answers by construction. "
        "Words is a control: what length alone would tell."
    )
    return Table("Which metric told the twins apart", ("metric", "all [95 %]", "n", *FAULTS), tuple(rows), note)


def _missed(items: Sequence[Scored]) -> tuple[tuple[str, ...], ...]:
    rows = []
    for item in items:
        said = "it answers the question"
        if item.where is not None:
            said = f"{item.claims[item.where].label}, {item.claims[item.where].score:.2f}"
        rows.append((item.id, item.fault, item.note[:110], said))
    return tuple(rows)


def _false(good: Sequence[Scored]) -> tuple[tuple[str, ...], ...]:
    rows = []
    for item in (i for i in good if i.detected):
        why = next((_why(i, c.label, c.problems) for i, c in enumerate(item.claims) if c.doubted), "")
        rows.append((item.id, item.question[:80], (why or "no claim gives what is asked for")[:120]))
    return tuple(rows[:_MOST])


def _why(index: int, label: str, problems: Sequence[str]) -> str:
    return f"claim {index}: {problems[0] if problems else label}"
