"""Options that several verbs of ``rag eval`` share. What a verb says differently is an argument here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from rag.cli.options import stack

F = TypeVar("F", bound=Callable[..., Any])

_INGESTED = "Ingest these files into a temporary library and {} that. May be given more than once."

cases = click.option(
    "--cases", "source", default="bundled", show_default=True, help="JSONL file or folder, or 'bundled'."
)
llm = click.option("--llm", default="off", show_default=True, help="off, auto, or a model name.")
replies = stack(
    click.option("--cache", type=click.Path(path_type=Path), default=None, help="Record the model's replies here."),
    click.option("--replay", is_flag=True, help="Answer from --cache alone; nothing is sent."),
    click.option("--budget", type=float, default=None, help="Stop before the model has cost more than this."),
)
html = click.option("--html", type=click.Path(path_type=Path), default=None, help="Write a page to read in a browser.")
baseline = click.option(
    "--baseline", type=click.Path(path_type=Path), default=None, help="A recorded run to compare with."
)
out = click.option("--out", type=click.Path(path_type=Path), default=None, help="Write the record here, as JSON.")
markdown = click.option("--markdown", is_flag=True, help="Print the report as Markdown.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print the record as JSON.")
record = stack(out, markdown, as_json)


def split(*, default: str | None = "all", help: str | None = None) -> Callable[[F], F]:
    """Which half of what is asked or checked."""
    return click.option(
        "--split", type=click.Choice(["dev", "test", "all"]), default=default, show_default=default is not None,
        help=help,
    )  # fmt: skip


def papers(library: str, pages: str | None = None, *, ingested_to: str = "") -> Callable[[F], F]:
    """A library, or files: two ways to say which papers.

    Args:
        library: the help of --library.
        pages: the help of --pages.
        ingested_to: what is done with the files; in place of ``pages``.
    """
    return stack(
        click.option("--library", type=click.Path(path_type=Path), default=None, help=library),
        click.option(
            "--pages", multiple=True, type=click.Path(exists=True, path_type=Path),
            help=pages or _INGESTED.format(ingested_to),
        ),
    )  # fmt: skip


def seed(help: str) -> Callable[[F], F]:
    """The seed of whatever is drawn."""
    return click.option("--seed", type=int, default=0, show_default=True, help=help)


def workers(what: str) -> Callable[[F], F]:
    """How many of ``what`` are under way at once."""
    return click.option(
        "--workers", type=click.IntRange(1), default=2, show_default=True, help=f"{what} under way at once."
    )


def first(what: str) -> Callable[[F], F]:
    """The first few of ``what`` alone."""
    return click.option(
        "--limit", type=click.IntRange(1), default=None, help=f"At most so many {what}, the first ones."
    )


def not_both(library: Path | None, pages: Sequence[Path]) -> None:
    """Raises a usage error where a library is named and files too."""
    if pages and library is not None:
        raise click.UsageError("Give --library or --pages, not both.")
