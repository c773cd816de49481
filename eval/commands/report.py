"""``rag eval report`` and ``rag eval compare``: what recorded runs say."""

from __future__ import annotations

from pathlib import Path

import click

from eval.commands import options
from eval.commands.showing import show


@click.command("report")
@click.argument("runs", nargs=-1, required=True, metavar="RUN...", type=click.Path(path_type=Path))
@options.baseline
@options.html
@options.markdown
def report_command(runs: tuple[Path, ...], baseline: Path | None, html: Path | None, markdown: bool) -> None:
    """Report on a recorded run, or on what a killed one left in its journal.

    Several runs of the same system and cases (a model varies) are reported together: the mean over runs, its interval
    over questions and runs, and how far the runs lie apart.
    """
    from eval.compare import compare, require_comparable
    from eval.html import run_html, write_html
    from eval.journal import read_any
    from eval.repeats import repeats_page
    from eval.report import comparison_page, run_page
    from rag.errors import InputError

    found = [read_any(path) for path in runs]
    if len(found) > 1:
        if html is not None or baseline is not None:
            raise click.UsageError("--html and --baseline are for one run.")
        show(repeats_page(found), markdown)
        return
    run = found[0]
    if not run.items:
        raise InputError(f"{runs[0]} holds no item yet", "Run on with: rag eval run ... --resume")
    before = None if baseline is None else read_any(baseline)
    if html is not None:
        write_html(run_html(run, before), html)
        click.echo(f"written: {html}", err=True)
        if not markdown:
            return
    show(run_page(run), markdown)
    if before is not None:
        show(comparison_page(before, run, compare(before, run), require_comparable(before, run)), markdown)


@click.command("compare")
@click.argument("first", type=click.Path(path_type=Path))
@click.argument("second", type=click.Path(path_type=Path))
@options.html
@options.markdown
def compare_command(first: Path, second: Path, html: Path | None, markdown: bool) -> None:
    """Compare two recorded runs of the same cases, question by question."""
    from eval.compare import compare, require_comparable
    from eval.html import comparison_html, write_html
    from eval.journal import read_any
    from eval.report import comparison_page

    a, b = read_any(first), read_any(second)
    notes = require_comparable(a, b)
    if html is not None:
        write_html(comparison_html(a, b), html)
        click.echo(f"written: {html}", err=True)
        if not markdown:
            return
    show(comparison_page(a, b, compare(a, b), notes), markdown)
