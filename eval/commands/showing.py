"""How the verbs of ``rag eval`` show what they found: a bar, a page, a record, an exit code."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from pydantic import BaseModel

    from eval.gate import Check
    from eval.report import Page

Record = TypeVar("Record", bound="BaseModel")

GATE_FAILED = 4
"""Exit code where a gate or check does not hold."""


@contextmanager
def progress_bar() -> Iterator[Any]:
    """A bar on stderr where that is a terminal; elsewhere nothing."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("asking", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def show(page: Page, markdown: bool) -> None:
    """Print a page, as tables or as Markdown."""
    from rich.console import Console

    from eval.report import print_page, to_markdown

    if markdown:
        click.echo(to_markdown(page))
        return
    console = Console()
    # A pipe has no width of its own; 80 columns would break every table.
    print_page(page, console if console.is_terminal else Console(width=200))


def give(record: Record, page_of: Callable[[Record], Page], out: Path | None, *, markdown: bool, as_json: bool) -> None:
    """Write a record where it was asked for, and print it or its page."""
    from eval.records import write_json

    if out is not None:
        write_json(record, out)
    if as_json:
        click.echo(record.model_dump_json())
    else:
        show(page_of(record), markdown)


def end(checks: Sequence[Check], as_json: bool, *, ignore: bool = False) -> None:
    """Print checks and leave with 4 where one does not hold."""
    from eval.gate import holds
    from eval.report import gate_page

    if as_json:
        rows = [{"check": c.name, "holds": c.holds, "saw": c.saw} for c in checks]
        click.echo(json.dumps({"holds": holds(checks), "checks": rows}, ensure_ascii=False))
    elif checks:
        show(gate_page(checks), markdown=False)
    if not ignore and not holds(checks):
        raise click.exceptions.Exit(GATE_FAILED)
