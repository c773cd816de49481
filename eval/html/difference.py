"""The difference between two runs of the same cases: effect and interval first, probability last."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from eval.aggregate import groups
from eval.compare import PRIMARY, Compared, compare, require_comparable, verdict
from eval.html.charts import number, track
from eval.html.headline import metric_name, row
from eval.html.items import item_card
from eval.html.markup import Child, Html, folded, join, section, table, tag
from eval.metrics import parse
from eval.records import Item, Run
from eval.report import HEADLINE

_CHANGED: Final = 8
_NOT_SET: Final = re.compile(r"(?<=: )-(?= ->)|(?<=-> )-$")


def difference(first: Run, second: Run) -> Html:
    """Second minus first, metric by metric, then by kind, then the questions that changed.

    Raises:
        InputError: the runs cannot be compared.
    """
    notes = require_comparable(first, second)
    rows = compare(first, second)
    overall = groups(first)[-1]
    shown = [r for r in rows if r.group == overall and r.metric in HEADLINE]
    primary = [r for r in shown if r.metric in PRIMARY]
    other = [r for r in shown if r.metric not in PRIMARY and parse(r.metric).bounded and not _control(r)]
    parts: list[Child] = [
        tag(
            "ul",
            *(tag("li", "Differs: ", _NOT_SET.sub("not set", n), class_="banner") for n in notes),
            class_="notices",
        ),
        tag("h3", "Declared beforehand"),
        _rows(primary, _reach(primary)),
        tag("h3", "All other qualities"),
        _rows(other, _reach(other)),
        _controls([r for r in shown if _control(r)]),
        _by_kind([r for r in rows if r.group != overall and r.metric in HEADLINE], groups(first)[:-1]),
        _changed(first, second),
    ]
    note = (
        "Second run minus first (the baseline), question by question, 95 % interval; p by sign-flip permutation over "
        f"clusters (seed {first.seed}), adjusted after Holm among the {len(primary)} declared metrics. MDE: the "
        "smallest difference that these questions would show with 80 % power."
    )
    return section("difference", "Difference to the baseline", *parts, note=note)


def _control(row_: Compared) -> bool:
    metric = parse(row_.metric)
    return metric.family == "control" or not metric.bounded


def _reach(rows: Sequence[Compared]) -> float:
    """The end of the scale: beyond every bound, the same for all rows, never so fine that noise looks large."""
    return max([0.05, *(abs(x) for r in rows for x in (r.difference.low, r.difference.high))])


def reading(row_: Compared) -> tuple[str, str]:
    """A difference in words, and its tone (good, bad or quiet)."""
    d = row_.difference
    if d.value == d.low == d.high == 0:
        return f"the same in all {d.n} questions", "quiet"
    said = verdict(row_)
    return said, {"better": "good", "worse": "bad"}.get(said, "quiet")


def _rows(rows: Sequence[Compared], reach: float) -> Html:
    lines = []
    for r in rows:
        d = r.difference
        said, tone = reading(r)
        told = f"{number(r.first)} \N{RIGHTWARDS ARROW} {number(r.second)}"
        lower = "" if parse(r.metric).higher_is_better else ", lower is better"
        last = [f"n={d.n}", f"p={d.p:.4f}"]
        last += [] if r.adjusted is None else [f"Holm {r.adjusted:.4f}"]
        last += [] if r.mcnemar is None else [f"McNemar {r.mcnemar:.4f}"]
        lines.append(
            row(
                [metric_name(r.metric), tag("small", told + lower)],
                track(d.value, d.low, d.high, least=-reach, most=reach, tone=tone, zero=True),
                [
                    tag("b", _signed(d.value), class_=tone),
                    f" [{_signed(d.low)}, {_signed(d.high)}]",
                    tag("small", tag("br"), said if "MDE" in said else f"{said} (MDE {d.mde:.3f})"),
                ],
                join([line, tag("br")] for line in last),
            )
        )
    ends = (_signed(-reach, 2), "0", _signed(reach, 2))
    scale = tag("div", *(tag("span", end) for end in ends), class_="scale")
    lines.append(tag("div", tag("div"), scale, tag("div"), tag("div"), class_="row scale-row"))
    return tag("div", *lines, class_="rows diff")


def _controls(rows: Sequence[Compared]) -> Html | None:
    if not rows:
        return None
    lines = [
        (metric_name(r.metric), number(r.first, 2), number(r.second, 2),
         f"{_signed(r.difference.value, 2)} [{_signed(r.difference.low, 2)}, {_signed(r.difference.high, 2)}]",
         str(r.difference.n))
        for r in rows
    ]  # fmt: skip
    return tag("div", tag("h3", "Controls, in their own units"),
               table(("control", "first", "second", "difference [95 %]", "n"), lines))  # fmt: skip


def _by_kind(rows: Sequence[Compared], kinds: Sequence[str]) -> Html | None:
    if not rows:
        return None
    found = {(r.metric, r.group): r for r in rows}
    metrics = [m for m in HEADLINE if any((m, k) in found for k in kinds)]
    lines = [(metric_name(m), *(_cell(found.get((m, k))) for k in kinds)) for m in metrics]
    shown = table(("metric", *kinds), lines, class_="figures")
    note = tag("p", "Many comparisons: some differ by chance. Not adjusted.", class_="note")
    return folded("By kind", note, shown, class_="fold")


def _cell(found: Compared | None) -> Child:
    if found is None:
        return None
    d = found.difference
    return [tag("span", _signed(d.value), class_=reading(found)[1]), " ",
            tag("small", f"[{_signed(d.low)}, {_signed(d.high)}] n={d.n}")]  # fmt: skip


def _changed(first: Run, second: Run) -> list[Child]:
    """The questions whose answers changed most, worse ones first, with both answers."""
    earlier = {i.case_id: i for i in first.items}
    moved = [(_quality(i) - _quality(e), i, e) for i in second.items if (e := earlier.get(i.case_id)) is not None]
    worse = sorted((m for m in moved if m[0] < 0), key=lambda m: (m[0], m[1].case_id))
    better = sorted((m for m in moved if m[0] > 0), key=lambda m: (-m[0], m[1].case_id))
    parts: list[Child] = []
    for name, rows in (("worse", worse), ("better", better)):
        if rows:
            more = f", {_CHANGED} shown" if len(rows) > _CHANGED else ""
            parts.append(tag("h3", f"Questions answered {name}: {len(rows)} of {len(moved)}{more}"))
            for _, item, old in rows[:_CHANGED]:
                why = f"{_measure(item)} {_quality(old):.2f} \N{RIGHTWARDS ARROW} {_quality(item):.2f}"
                parts.append(item_card(item, why, earlier=old))
    return parts


def _measure(item: Item) -> str:
    """One metric per question, only to sort by: gold quoted (else papers cited), or rightly declined."""
    names = ("EvidenceHit", "CitedRecall", "AbstainedWhenUnanswerable")
    return next((n for n in names if item.values.get(n) is not None), "")


def _quality(item: Item) -> float:
    return item.values.get(_measure(item)) or 0.0


def _signed(value: float, digits: int = 3) -> str:
    text = number(value, digits)
    return text if value < 0 or float(f"{value:.{digits}f}") == 0 else f"+{text}"
