"""What each metric is, and where the figures come from: seeds, digests, versions, prompts."""

from __future__ import annotations

from eval.confidence import EDGES
from eval.html.headline import anchor
from eval.html.markup import Html, section, table, tag
from eval.metrics import parse
from eval.records import Run
from eval.resample import DRAWS
from eval.statistics import RESAMPLES


def definitions(run: Run) -> Html:
    """Every metric of the run: what it is, after whom, and what a failed item counts as."""
    rows = []
    for metric in map(parse, run.metrics):
        edge = "none" if metric.worst is None else f"{metric.worst:g}"
        empty = "not counted" if metric.empty is None else f"{metric.empty:g}"
        rows.append(
            (tag("span", metric.name, id=f"def-{anchor(metric.name)}"), metric.description, metric.source, empty, edge)
        )
    header = ("metric", "is", "after", "nothing to measure", "failed item")
    return section("definitions", "Definitions", table(header, rows, class_="definitions"))


def provenance(run: Run, anchor_: str = "provenance", name: str = "Where this comes from") -> Html:
    """Everything needed to make the run again, and to see whether another one is the same."""
    prompts = {k: v for i in run.items if i.answer is not None for k, v in i.answer.prompts.items()}
    models = {f"{k}: {v}" for i in run.items if i.answer is not None for k, v in i.answer.models.items()}
    splits = sorted({i.split or "none" for i in run.items})
    rows = [
        ("started", run.started),
        ("cases", f"{run.cases_source or 'memory'}, splits {', '.join(splits)}"),
        ("cases digest", run.cases_digest),
        ("library", ", ".join(f"{n} {kind}s" for kind, n in run.library.text_kinds.items())),
        ("library digest", run.library.digest),
        ("judge", run.judge or "none"),
        *(("model", line) for line in sorted(models)),
        *((f"prompt {k}", v) for k, v in sorted(prompts.items())),
        ("seed", f"{run.seed}: means {RESAMPLES:,} resamples, areas and ranks {DRAWS:,}, order of the questions"),
        ("score bins", ", ".join(f"{e:g}" for e in EDGES)),
        *sorted(run.system.items()),
        ("record schema", str(run.schema_version)),
    ]
    shown = table(("", ""), [(k, tag("code", v)) for k, v in rows])
    return section(anchor_, name, shown)
