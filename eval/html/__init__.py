"""The report as one page of HTML: nothing is fetched, nothing runs, everything is escaped. From records alone."""

from __future__ import annotations

from pathlib import Path

from eval.aggregate import aggregate
from eval.html.difference import difference
from eval.html.headline import all_figures, by_kind, intro, not_run, notices, outcomes
from eval.html.items import worst
from eval.html.markup import Child, Html, document, join, tag
from eval.html.provenance import definitions, provenance
from eval.html.trust import confidence, length
from eval.records import Run
from rag.errors import InputError

__all__ = ["comparison_html", "run_html", "write_html"]


def run_html(run: Run, baseline: Run | None = None) -> str:
    """The page of a run; with ``baseline``, also how it differs from that one.

    Raises:
        InputError: the runs cannot be compared.
        RagError: a value is NaN, or an item lacks a metric that the run declares.
    """
    figures = aggregate(run)
    parts = [
        ("difference", "Difference", None if baseline is None else difference(baseline, run)),
        ("figures", "All figures", all_figures(run, figures)),
        ("kinds", "By kind", by_kind(run, figures)),
        ("outcomes", "Answered or not", outcomes(run)),
        ("confidence", "Confidence", confidence(run)),
        ("length", "Length", length(run)),
        ("worst", "Worst items", worst(run)),
        ("not-run", "Not run", not_run(run)),
        ("definitions", "Definitions", definitions(run)),
        ("provenance", "Provenance", provenance(run)),
    ]
    return _page(f"Evaluation, {run.started[:10]}", intro(run, figures), parts)


def comparison_html(first: Run, second: Run) -> str:
    """The page of a comparison, second run minus first.

    Raises:
        InputError: the runs cannot be compared.
    """
    lead = f"{len(second.items):,} questions; first run {first.started[:16]}, second run {second.started[:16]}"
    top = join([tag("h1", "Comparison of two runs"), tag("p", lead, class_="lead"), notices(second)])
    parts: list[tuple[str, str, Html | None]] = [
        ("difference", "Difference", difference(first, second)),
        ("definitions", "Definitions", definitions(second)),
        ("first", "First run", provenance(first, "first", "The first run")),
        ("second", "Second run", provenance(second, "second", "The second run")),
    ]
    return _page("Comparison", top, parts)


def write_html(page: str, path: Path) -> None:
    """Write a page, whole or not at all.

    Raises:
        InputError: the file cannot be written.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_text(page, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}", "Name another file with --html") from None


def _page(title: str, top: Html, parts: list[tuple[str, str, Html | None]]) -> str:
    kept = [(anchor, name, part) for anchor, name, part in parts if part is not None]
    body: list[Child] = [top, *(part for _, _, part in kept)]
    return document(title, join(body), [(anchor, name) for anchor, name, _ in kept])
