"""``rag batch``: a file of questions, answered line by line."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rag.cli.options import (
    Given,
    announce_model,
    around_model,
    budget_option,
    cache_options,
    gathered,
    library_options,
    model_options,
    open_assistant,
)
from rag.errors import InputError

if TYPE_CHECKING:
    from rag.batching import Tally

_TOLD_EVERY = 100


@click.command()
@click.argument("file", metavar="FILE|-")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Answers go here; run again to go on.")
@click.option("--workers", type=click.IntRange(1), default=4, show_default=True, help="Questions under way at once.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Ask at most so many in this run.")
@budget_option
@cache_options
@model_options
@library_options
@gathered
def batch(
    file: str,
    out: Path | None,
    workers: int,
    limit: int | None,
    budget: float | None,
    cache: Path | None,
    replay: bool,
    opening: Given,
) -> int:
    """Answer each question of FILE (- is standard input): one a line, as plain text or as a JSON object with "question"
    and, if wanted, "id", "since", "until", "organisation", "papers", "dated_only", "max_claims".

    Writes a JSON object a line as answers are done: "id", "line", "question", "key" and "answer", or "error" with type,
    message and remedy. With --out, a later run passes over what was answered by the same model and settings from the
    same papers; of several lines with one id the last one counts.

    Exits with 1 where a question failed or a budget ended the run, with 3 where every answer abstains.
    """
    from rag.batching import Batch, OutFile, read_questions
    from rag.batching.outfile import line_of
    from rag.cli.output import plain

    with ExitStack() as stack:
        assistant = stack.enter_context(open_assistant(**opening))
        assistant, opened = around_model(assistant, cache, replay=replay, budget=budget)
        announce_model(assistant)
        lines = stack.enter_context(_lines(file))
        kept = stack.enter_context(OutFile(out)) if out else None
        for notice in kept.notices if kept else ():
            print(plain(notice), file=sys.stderr)

        def to_stdout(record: dict[str, Any]) -> None:
            sys.stdout.write(line_of(record).decode("utf-8"))
            sys.stdout.flush()

        tell = stack.enter_context(_telling())
        tally = Batch(assistant, workers=workers).run(
            read_questions(lines),
            kept.write if kept else to_stdout,
            before=kept.answered if kept else None,
            limit=limit,
            progress=tell,
        )
    if not tally.done and tally.stopped is None:
        raise InputError(f"{file} holds no question", "Write one a line")
    print(plain(tally.line()), file=sys.stderr)
    if opened is not None:
        print(plain(opened.spent()), file=sys.stderr)
    if tally.stopped:
        print(plain(f"stopped: {tally.stopped}"), file=sys.stderr)
    return tally.exit_code


@contextmanager
def _lines(file: str) -> Iterator[Iterable[bytes | str]]:
    if file == "-":
        yield getattr(sys.stdin, "buffer", sys.stdin)
        return
    try:
        handle = Path(file).open("rb")  # noqa: SIM115 - closed below
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}", "Name a file of questions, or -") from None
    with handle:
        yield handle


@contextmanager
def _telling() -> Iterator[Callable[[Tally], None]]:
    """Progress on stderr: one line that changes on a terminal, else a line every hundred questions."""
    live = sys.stderr.isatty()

    def tell(tally: Tally) -> None:
        if live:
            print(f"\r\x1b[K{tally.line()}", end="", file=sys.stderr, flush=True)
        elif tally.done % _TOLD_EVERY == 0:
            print(tally.line(), file=sys.stderr)

    yield tell
    if live:
        print("\r\x1b[K", end="", file=sys.stderr)
