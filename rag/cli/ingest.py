"""``rag ingest``: files into a library."""

from __future__ import annotations

import click

from rag.cli.options import Given, gathered, json_option, library_options, open_assistant
from rag.errors import RagError


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--format", "format_", metavar="NAME", help="Read all files as this format instead of sniffing.")
@json_option
@library_options
@gathered
def ingest(files: tuple[str, ...], format_: str | None, as_json: bool, opening: Given) -> int:
    """Read papers from FILE... into the library. Running it again changes nothing.

    A folder stands for all files below it, - for standard input; gzip is unpacked. What was skipped is listed.
    Exits with 1 where nothing could be read.
    """
    from rag.cli.output import plain, progress_bar

    with open_assistant(**opening, for_writing=True, quiet=as_json) as assistant:
        with progress_bar(enabled=not as_json) as progress:
            report = assistant.ingest(files, format=format_, progress=progress)
        name = assistant.library.location.name
        total = len(assistant.library.papers())
    failed = report.rejected and not (report.added or report.updated or report.unchanged)
    if failed and as_json:
        first, *more = map(str, report.rejected)
        reason, _, remedy = first.partition("; ")
        told = f"nothing could be read: {reason}" + (f" (and {len(more)} more)" if more else "")
        raise RagError(told, remedy[:1].upper() + remedy[1:] or "Correct the files and run it again")
    if as_json:
        print(report.model_dump_json())
    else:
        for notice in report.notices:
            print(plain(f"note: {notice}"))
        for rejection in report.rejected:
            print(plain(f"rejected: {rejection}"))
        for other, kept in report.duplicates:
            print(plain(f"duplicate: {other} is {kept}" if ":" in other else f"same work: {other} and {kept}"))
        print(plain(f"{report.summary()}; {total} papers in {name}"))
    return 1 if failed else 0
