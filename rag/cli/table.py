"""``rag table``: the papers on a topic against columns, every cell a checked quote."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from rag.answer import Answer, Cell, Table
from rag.assistant import DEFAULT_COLUMNS
from rag.cli.options import (
    Given,
    announce_model,
    filter_options,
    gathered,
    json_option,
    library_options,
    model_options,
    most_option,
    open_assistant,
)

if TYPE_CHECKING:
    from rich.text import Text


@click.command()
@click.argument("topic")
@click.option(
    "--columns",
    default=DEFAULT_COLUMNS,
    show_default=True,
    metavar="NAMES",
    help="What to state of each paper, separated by commas: any words, or year, authors, organisation, venue.",
)
@json_option
@click.option("--markdown", is_flag=True, help="The table as Markdown.")
@click.option("--csv", "as_csv", is_flag=True, help="The table as CSV, with each cell's quote and verdict.")
@most_option
@filter_options
@model_options
@library_options
@gathered
def table(
    topic: str,
    columns: str,
    as_json: bool,
    markdown: bool,
    as_csv: bool,
    limit: int,
    filters: Given,
    opening: Given,
) -> int:
    """Set the papers on TOPIC against columns: a row a paper, each cell a quote with its verdict or "not stated".

    Exits with 3 where no paper is on the topic.
    """
    from rag.cli.output import closing_lines, plain
    from rag.cli.stream import whole_answer

    with open_assistant(**opening, quiet=as_json) as assistant:
        events = assistant.stream_table(topic, columns, limit=limit, **filters)
        announce_model(assistant)
        answer = whole_answer(events)
    if as_json:
        print(answer.model_dump_json())
    elif answer.table is None:
        print(plain(answer.to_markdown() if markdown else closing_lines(answer)).rstrip("\n"))
    elif as_csv:
        print(plain(answer.table.to_csv()).rstrip("\n"))
    elif markdown:
        print(plain(answer.to_markdown()).rstrip("\n"))
    else:
        _show(answer, answer.table)
    sys.stdout.flush()
    return 3 if answer.abstained else 0


def _show(answer: Answer, shown: Table) -> None:
    """The table drawn to the terminal's width, its notes and its sources."""
    from rich import box
    from rich.console import Console
    from rich.table import Table as Drawn
    from rich.text import Text

    from rag.cli.output import closing_lines, plain

    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console = Console(width=160, highlight=False, markup=False, emoji=False)
    drawn = Drawn(box=box.HORIZONTALS, show_lines=True, title=Text(plain(shown.topic)), title_justify="left")
    drawn.add_column("paper", ratio=1, min_width=12)
    for column in shown.columns:
        drawn.add_column(Text(plain(column)), ratio=2)
    for row in shown.rows:
        name = Text(plain(f"[{row.number}] {row.name}"))
        if row.group:
            name.append(f"\n{row.group}", style="dim")
        drawn.add_row(name, *map(_cell, row.cells))
    console.print(drawn)
    for note in shown.notes:
        print(plain(f"note: {note}"))
    print(f"{shown.read} papers in the library; {len(shown.rows)} in the table")
    if answer.fallback_from:
        print(plain(f"(extractive: {answer.fallback_from})"))
    print(closing_lines(answer))


def _cell(cell: Cell) -> Text:
    from rich.text import Text

    from rag.cli.output import plain

    if cell.text is None:
        return Text("not stated", style="dim")
    text = Text(plain(cell.text))
    if cell.claim is not None:
        text.append(f"\n{cell.claim.verdict.label}", style="dim")
    if cell.not_comparable:
        text.append("\nnot comparable", style="dim")
    return text
