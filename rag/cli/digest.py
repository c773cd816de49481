"""``rag digest``: what is new on a page of papers, beside what the library holds."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from rag.cli.options import Given, announce_model, gathered, json_option, library_options, model_options, open_assistant


@click.command()
@click.argument("pages", nargs=-1, required=True, metavar="PAGE...")
@click.option("--format", "format_", metavar="NAME", help="Read all pages as this format instead of sniffing.")
@click.option("--dry-run", is_flag=True, help="Compare only; take nothing in. Works beside the bundled notes too.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the Markdown here.")
@json_option
@model_options
@library_options
@gathered
def digest(
    pages: tuple[str, ...],
    format_: str | None,
    dry_run: bool,
    out: Path | None,
    as_json: bool,
    opening: Given,
) -> int:
    """Read PAGE..., say of each new paper what it does and how it stands to the papers of the library, and take it in.

    A new paper repeats, may contradict, competes with, builds on or names a paper of the library, or is on its topic;
    both sides are quoted. Writes Markdown. Exits with 3 where nothing is new, with 1 where nothing could be read.
    """
    from rag.cli.output import plain, progress_bar
    from rag.errors import InputError, RagError

    with open_assistant(**opening, for_writing=not dry_run, quiet=as_json) as assistant:
        announce_model(assistant)
        with progress_bar(enabled=not as_json) as progress:
            report = assistant.digest(pages, format=format_, dry_run=dry_run, progress=progress)
    if report.rejected and not report.papers and not report.known:
        first, _, remedy = str(report.rejected[0]).partition("; ")
        raise RagError(f"nothing could be read: {first}", remedy[:1].upper() + remedy[1:] or "Correct the pages")
    for notice in report.notices:
        print(plain(f"note: {notice}"), file=sys.stderr)
    text = report.model_dump_json() if as_json else plain(report.to_markdown()).rstrip("\n")
    if out is None:
        print(text)
    else:
        try:
            out.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise InputError(f"{out} cannot be written: {error.strerror}", "Name another file with --out") from None
        print(plain(report.summary()))
    sys.stdout.flush()
    return 0 if report.papers else 3
