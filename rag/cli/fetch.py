"""``rag fetch``: papers from arXiv, when asked for."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rag.cli.options import Given, gathered, json_option, library_options, make_settings, open_assistant
from rag.errors import FetchError, InputError

if TYPE_CHECKING:
    from rag.fetch import FetchItem, FetchReport


@click.command()
@click.option(
    "--query", metavar="TEXT", help='A query in arXiv\'s language, for example: ti:"all-reduce" AND cat:cs.DC.'
)
@click.option("--ids", multiple=True, metavar="ID", help="arXiv ids, separated by commas; @FILE reads one per line.")
@click.option("--titles", multiple=True, metavar="TITLE", help="A title; may be repeated; @FILE reads one per line.")
@click.option("--notes", is_flag=True, help="Put the bundled notes into the library, then fill them in.")
@click.option("--limit", type=click.IntRange(1), help="Most papers to ask for (50 with --query, else all).")
@click.option("--refresh", is_flag=True, help="Ask again also for what the cache still holds.")
@json_option
@library_options
@gathered
def fetch(
    query: str | None,
    ids: tuple[str, ...],
    titles: tuple[str, ...],
    notes: bool,
    limit: int | None,
    refresh: bool,
    as_json: bool,
    opening: Given,
) -> int:
    """Bring papers from arXiv into the library; without an option, what its papers lack.

    A note gets the paper's abstract; authors, date and link are filled in where they are missing. What your files say
    stays, and where arXiv says otherwise is listed. This asks arXiv over the network, one request every three
    seconds; answers are kept. Exits with 1 where arXiv does not answer, with 3 where nothing is found.
    """
    wanted = _lines(ids, split=True), _lines(titles, split=False)
    if sum(map(bool, (query, *wanted, notes))) > 1:
        raise InputError("--query, --ids, --titles and --notes are four ways to ask", "Use one of them at a time")
    notes = notes or (not any((query, *wanted)) and _would_be_notes(opening["library"], opening["offline"]))
    with open_assistant(**opening, for_writing=True, quiet=as_json) as assistant:
        folder = assistant.library.location.name
        if notes and not as_json:
            print(
                f"the bundled notes take no papers: they go into {folder}, with what arXiv has of them", file=sys.stderr
            )
        report = assistant.fetch(
            query=query,
            ids=wanted[0],
            titles=wanted[1],
            notes=notes,
            limit=limit,
            refresh=refresh,
            on_item=None if as_json else _print_item,
        )
        if as_json:
            _fail_if_silent(report)
            print(report.model_dump_json())
        else:
            print(f"{report.summary()}; {len(assistant.papers())} papers in {folder}")
            _fail_if_silent(report)
        if not report.items and not as_json:
            held = f"no paper of {folder} lacks anything" if assistant.papers() else f"{folder} holds no papers yet"
            print(f"{held}; --notes, --ids, --titles or --query bring some", file=sys.stderr)
    return 0 if report.count("matched") or not report.items else 3


def _fail_if_silent(report: FetchReport) -> None:
    failed = [item for item in report.items if item.outcome == "failed"]
    if failed and not report.count("matched"):
        raise FetchError(failed[0].reason)


def _would_be_notes(library: str | None, offline: bool) -> bool:
    """Whether other commands would answer from the bundled notes."""
    from rag.library.location import resolve

    return resolve(library, make_settings(offline=offline)).kind == "notes"


def _lines(given: tuple[str, ...], *, split: bool) -> list[str]:
    found: list[str] = []
    for value in given:
        if value.startswith("@"):
            path = Path(value[1:])
            try:
                text = path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise InputError(f"{path} cannot be read ({type(error).__name__})", "Check its name") from None
            found += text.splitlines()
        else:
            found += value.replace(",", " ").split() if split else [value]
    return [line.strip() for line in found if line.strip()]


def _print_item(item: FetchItem, done: int, total: int) -> None:
    from rag.cli.output import plain

    scores = "" if item.score is None else f" {item.score:.2f}"
    scores += "" if item.text_score is None else f" (text {item.text_score:.2f})"
    where = f", arXiv:{item.arxiv_id}" if item.arxiv_id else ""
    print(plain(f"[{done}/{total}] {item.outcome}{scores}{where}: {item.asked}"))
    if item.outcome == "matched":
        print(plain(f"    took {', '.join(item.taken)}" if item.taken else "    nothing was missing"))
    elif item.reason:
        print(plain(f"    {item.reason}"))
    for line in item.conflicts:
        print(plain(f"    {line}"))
    for candidate in item.candidates if item.outcome == "ambiguous" else ():
        print(plain(f"    perhaps: {candidate}"))
    sys.stdout.flush()
