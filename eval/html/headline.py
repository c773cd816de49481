"""The first screens: what was run, the declared figures, every metric with its interval, by kind, answered or not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from eval.aggregate import ALL, OUTCOMES, Figure, groups, latency, outcome_matrix
from eval.compare import PRIMARY
from eval.html.charts import number, spread, stack, track
from eval.html.markup import Child, Html, folded, join, section, table, tag
from eval.judging import relation
from eval.metrics import parse
from eval.records import Run
from eval.report import HEADLINE
from eval.resample import DRAWS, interval_of, quantile
from eval.statistics import minimum_detectable_effect

Figures = dict[tuple[str, str], Figure]

FAMILIES: Final = {
    "retrieval": "Finds the papers",
    "evidence": "Answers from the right sentences",
    "answer": "Answers the question",
    "citation": "Citations hold",
    "support": "Support, as a judge sees it",
    "abstention": "Says no when it should",
    "cost": "Cost",
    "control": "Controls (length and coverage, no quality)",
}
PANELS: Final = ("nDCG@10", "MRR@10", "EvidenceHit", "CitedPrecision", "CitedRecall", "NuggetRecall(lexical)")
_WORD_START: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z(])")
_JUDGE: Final = re.compile(r",?judge=")
_SPREAD: Final = 0.25  # a usual standard deviation of per-question differences, as in eval.report


def intro(run: Run, figures: Figures) -> Html:
    """The title, what was run, notices, the primary figures and a line of facts."""
    texts = ", ".join(f"{n:,} {kind}s" for kind, n in run.library.text_kinds.items())
    model = run.system.get("llm", "off")
    who = "the papers' own sentences, no model" if model == "off" else f"answers written by {model}"
    overall = groups(run)[-1]
    tiles = [_tile(figures[name, overall]) for name in PRIMARY if (name, overall) in figures]
    return join(
        [
            tag("h1", "Evaluation of answers"),
            tag("p", f"{len(run.items):,} questions over {texts}; {who}; run {run.started[:10]}", class_="lead"),
            notices(run),
            tag("div", *tiles, class_="tiles"),
            _facts(run),
        ]
    )


def notices(run: Run) -> Html | None:
    """What a reader has to know before the figures; None where there is nothing."""
    lines = list(run.notices)
    if "abstract" in run.library.text_kinds:
        lines.append("This page quotes abstracts, which belong to their authors: keep it to yourself")
    banners: list[Child] = [tag("li", line, class_="banner") for line in lines]
    if run.failed:
        text = f"{len(run.failed)} of {len(run.items)} questions failed; they count as wrong"
        banners.insert(0, tag("li", text, class_="banner bad"))
    return tag("ul", *banners, class_="notices") if banners else None


def _tile(figure: Figure) -> Html:
    i = figure.interval
    return tag(
        "div",
        tag("h3", breakable(figure.metric)),
        tag("p", number(i.value), class_="big"),
        track(i.value, i.low, i.high),
        tag("p", f"{spread(i)}, n={i.n}"),
        tag("p", parse(figure.metric).description.split(" (")[0]),
        class_="tile",
    )


def _facts(run: Run) -> Html:
    detectable = minimum_detectable_effect(_SPREAD, len({i.cluster for i in run.items}))
    seconds = [i.seconds for i in run.items]
    clusters = [i.cluster for i in run.items]
    times = latency(run.items)
    p50, p95 = (interval_of(quantile(seconds, at), clusters, draws=DRAWS // 2, seed=run.seed) for at in (0.5, 0.95))
    rows: list[tuple[str, str, str]] = [
        ("Failed", f"{len(run.failed)} of {len(run.items)}", "counted as wrong"),
        ("Median seconds per answer", f"{times.p50:.2f}", f"{spread(p50, 2)}, n={times.n}"),
        ("95th percentile", f"{times.p95:.2f} s", f"{spread(p95, 2)}, slowest {times.most:.1f} s"),
        ("Goes unnoticed below", f"\N{PLUS-MINUS SIGN}{detectable:.3f}", f"paired, 80 % power, sd {_SPREAD} assumed"),
        *_spent(run),
    ]
    return tag("dl", *(tag("div", tag("dt", a), tag("dd", b, tag("small", c))) for a, b, c in rows), class_="facts")


def _spent(run: Run) -> list[tuple[str, str, str]]:
    """What the model has cost; nothing where none was asked."""
    used = [i.answer.usage for i in run.items if i.answer is not None]
    calls = sum(u.get("calls") or 0 for u in used)
    if not calls:
        return []
    replayed = sum(u.get("replayed") or 0 for u in used)
    sent, written = (sum(u.get(k) or 0 for u in used) for k in ("prompt_tokens", "completion_tokens"))
    known = [u["cost"] for u in used if u.get("calls") and u.get("cost") is not None]
    priced = len(known) == sum(bool(u.get("calls")) for u in used)
    cost = f"{sum(known):.4f}" if priced else "unknown"
    how = f"{calls:,} calls, {replayed:,} of them replayed" if replayed else f"{calls:,} calls"
    tokens = f"{how}; {sent:,} tokens sent, {written:,} written"
    return [("Cost of the model", cost, tokens + ("" if priced else "; set RAG_PRICE_IN and RAG_PRICE_OUT"))]


def metric_name(name: str) -> Html:
    """A metric's name, linked to its definition; its judge is named beside it and not in it."""
    metric = parse(name)
    shown = name if metric.judge is None else _JUDGE.sub("", name.replace(metric.judge, "")).replace("()", "")
    return tag("a", breakable(shown), href=f"#def-{anchor(name)}", title=metric.description)


def breakable(name: str) -> Html:
    """A name that may go on in the next line where a word of it begins: AbstainedWhenUnanswerable is long."""
    return join([part, tag("wbr")] for part in _WORD_START.split(name))


def anchor(name: str) -> str:
    """A metric's name as it can stand in an address."""
    return "".join(c if c.isalnum() else "-" for c in name)


def all_figures(run: Run, figures: Figures) -> Html:
    """Every headline metric over all questions, by family."""
    overall = groups(run)[-1]
    families: dict[str, list[Figure]] = {}
    judged = [n for n in run.metrics if parse(n).judge is not None and n not in HEADLINE]
    for name in (n for n in (*HEADLINE, *judged) if n in run.metrics and (n, overall) in figures):
        families.setdefault(parse(name).family, []).append(figures[name, overall])
    answers = [i.answer for i in run.items if i.answer is not None]
    marks = {judge: relation(judge, answers) for judge in {m.judge for m in map(parse, run.metrics) if m.judge}}
    order = [*FAMILIES, *(f for f in families if f not in FAMILIES)]
    parts: list[Child] = []
    for family in (f for f in order if f in families):
        parts.append(tag("h3", FAMILIES.get(family, family.capitalize())))
        parts.append(tag("div", *(_figure_row(f, marks) for f in families[family]), class_="rows"))
    note = (
        "Means over questions; the bar is the 95 % interval: Wilson for plain rates, else a bootstrap of whole papers' "
        f"questions (seed {run.seed}). Bars run from 0 to 1. Counts pool all items beside the mean."
    )
    return section("figures", "All figures", *parts, note=note)


def _figure_row(figure: Figure, marks: Mapping[str, str]) -> Html:
    metric, i = parse(figure.metric), figure.interval
    told = None if metric.higher_is_better or metric.family == "control" else "lower is better"
    if metric.self_scored:
        told = "by the system's own judge: proves nothing"
    mark = marks.get(metric.judge or "")
    if mark is not None:
        told = f"{metric.judge}, {mark}" + ("" if told is None else f", {told}")
    pooled = figure.pooled
    count = f"{pooled[0]:g} of {pooled[1]:g}, " if pooled is not None and pooled[1] else ""
    quiet = metric.family == "control" or metric.self_scored or mark == "self-scored"
    plotted = track(i.value, i.low, i.high, tone="quiet" if quiet else "")
    return row(
        [metric_name(figure.metric), tag("small", told) if told else None],
        plotted if metric.bounded else None,
        [tag("b", number(i.value)), " ", spread(i)],
        f"{count}n={i.n}",
    )


def row(who: Child, plotted: Child, figure: Child, n: Child) -> Html:
    """A line of figures: whose, the bar, the figure, what it rests on."""
    return tag(
        "div",
        tag("div", who, class_="who"),
        tag("div", plotted, class_="plotted"),
        tag("div", figure, class_="fig"),
        tag("div", n, class_="n"),
        class_="row",
    )


def by_kind(run: Run, figures: Figures) -> Html | None:
    """The main metrics kind by kind, the others folded away; None where all questions are of one kind."""
    kinds = [g for g in groups(run) if g != ALL]
    if len(kinds) < 2:
        return None
    panels = []
    for name in (n for n in PANELS if n in run.metrics):
        rows = [
            row(kind, track(f.interval.value, f.interval.low, f.interval.high),
                [tag("b", number(f.interval.value)), " ", spread(f.interval)], f"n={f.interval.n}")
            for kind in kinds if (f := figures.get((name, kind)))
        ]  # fmt: skip
        if rows:
            panels.append(tag("div", tag("h3", metric_name(name)), tag("div", *rows, class_="rows")))
    rest = [
        (metric_name(name), *(_cell(figures.get((name, kind))) for kind in kinds))
        for name in HEADLINE
        if name in run.metrics and any((name, kind) in figures for kind in kinds)
    ]
    whole = folded("All metrics by kind", table(("metric", *kinds), rest, class_="figures"), class_="fold")
    return section("kinds", "By kind of question", tag("div", *panels, class_="panels"), whole,
                   note="Kinds with few questions have wide intervals; read those before the dots.")  # fmt: skip


def _cell(figure: Figure | None) -> Child:
    if figure is None:
        return None
    return [number(figure.interval.value), " ", tag("small", f"{spread(figure.interval)} n={figure.interval.n}")]


def outcomes(run: Run) -> Html:
    """Answered, limited, abstained or failed, by kind, and what would have been right."""
    rows = []
    for group, counts in outcome_matrix(run).items():
        due = {i.answerable for i in run.items if group in (ALL, i.kind)}
        right = ("right: answered" if due == {True} else "right: declined or limited") if len(due) == 1 else ""
        shown = stack((name, counts[name], f"s{place}") for place, name in enumerate(OUTCOMES))
        told = ", ".join(f"{counts[name]} {name}" for name in OUTCOMES if counts[name])
        rows.append(row([group, tag("small", right) if right else None], shown, told, f"n={sum(counts.values())}"))
    keys = tag("ul", *(tag("li", name, class_=f"key s{at}") for at, name in enumerate(OUTCOMES)), class_="keys")
    note = "Limited: the answer says what the papers do not state. Numbers in the bars count questions."
    return section("outcomes", "Answered or not", keys, tag("div", *rows, class_="rows"), note=note)


def not_run(run: Run) -> Html | None:
    """The cases that were not asked; None where all were."""
    if not run.not_run:
        return None
    rows: Iterable[Iterable[Child]] = [(tag("code", n.case_id), n.kind, n.reason) for n in run.not_run]
    shown = folded(f"{len(run.not_run)} cases", table(("case", "kind", "why"), rows))
    note = "Neither right nor wrong: they are in no figure. Cases are asked in random order, so the rest is a sample."
    return section("not-run", "Not run", shown, note=note)
