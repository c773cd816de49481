"""What people read in the terminal. Text from papers and models cannot move the cursor or colour anything."""

from __future__ import annotations

import os
import sys
import textwrap
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rag.answer import Answer, Citation, Claim
from rag.answering.export import KIND_NAMES, describe, markers, read_line, repairs, verdict_marks
from rag.errors import InputError
from rag.paper import Paper
from rag.text import display

if TYPE_CHECKING:
    from rag.library import Progress

_WIDTH = 100


def plain(text: str) -> str:
    """Text without control characters, escape sequences and direction overrides."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cf", "Cs"} or c == "\u200d")


def wrap(text: str, indent: str = "", first: str | None = None) -> str:
    """Fold text to the width of the page."""
    return textwrap.fill(
        plain(text),
        width=_WIDTH,
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def dim(text: str) -> str:
    """Text set back behind the rest, unless NO_COLOR asks for none of that."""
    return click.style(text, dim=not os.environ.get("NO_COLOR"))


def claim_lines(claim: Claim, *, explain: bool = False) -> str:
    """A claim with its markers and its two marks: verbatim quote, and what the judge says.

    The judge's reason follows where the claim is not supported, or where it is asked for; then with the judge's name.
    What checks took away or had rewritten stands below.
    """
    if claim.kind != "claim":
        return wrap(f"{claim.text} {markers(claim)}".rstrip(), "    ", "  ~ ")
    body = wrap(f"{claim.text} {markers(claim)}".rstrip(), "    ", "  - ")
    reason = f"{claim.verdict.reason} ({claim.verdict.judge})" if explain else claim.verdict.reason
    note = "" if claim.verdict.label == "supported" and not explain else wrap(reason, "      ", "\n      ")
    mended = "".join(f"\n{wrap(line, '      ')}" for line in repairs(claim))
    return body + "\n" + dim(f"      {verdict_marks(claim)}") + note + mended


def closing_lines(answer: Answer) -> str:
    """Everything after the claims: why it abstained, what was dropped, the sources with their quotes."""
    lines: list[str] = []
    if answer.abstained:
        lines += [wrap(f"The abstracts do not say. {answer.reason or ''}".rstrip(), "  ")]
        if answer.nearest:
            lines += ["", "Nearest papers"]
            lines += [wrap(title_line(p), "    ", "  - ") for p in answer.nearest]
    if (read := read_line(answer)) is not None:
        lines += ["", wrap(read, "  ")]
    if answer.dropped:
        lines += ["", f"{len(answer.dropped)} removed:"]
        lines += [wrap(f"{c.text} ({c.verdict.reason})", "    ", "  x ") for c in answer.dropped]
    if answer.sources:
        lines += ["", "Sources"]
        for number, paper in enumerate(answer.sources, 1):
            lines += source_lines(number, paper, answer)
    return "\n".join(lines)


def title_line(paper: Paper) -> str:
    """Title, what kind of text we have, and what is known of the paper."""
    about = describe(paper)
    kind = f" ({KIND_NAMES['note']})" if paper.text_kind == "note" else ""
    return f"{paper.title}{kind}" + (f". {about}" if about else "")


def source_lines(number: int, paper: Paper, answer: Answer) -> list[str]:
    """A source; its quotes stand below it where a claim is not itself the quote."""
    lines = [wrap(title_line(paper), "      ", f"  [{number}] ")]
    if paper.url:
        lines.append(f"      {plain(paper.url)}")
    shown: set[tuple[str, int, int]] = set()
    for claim in answer.claims:
        for c in claim.citations:
            if c.number == number and not _says_it(claim, c) and (c.field, c.start, c.end) not in shown:
                shown.add((c.field, c.start, c.end))
                lines.append(wrap(f"\u201c{display(c.quote)}\u201d", "      ", "      "))
    return lines


def _says_it(claim: Claim, citation: Citation) -> bool:
    return display(citation.quote) in claim.text


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet.

    Raises:
        InputError: it is there, or cannot be written.
    """
    try:
        with path.open("x", encoding="utf-8") as out:
            out.write(text)
    except FileExistsError:
        raise InputError(f"{path} is there already", "Name another file") from None
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}", "Name another file") from None


@contextmanager
def progress_bar(*, enabled: bool = True) -> Iterator[Progress | None]:
    """A progress bar on stderr where that is a terminal; otherwise silence."""
    if not (enabled and sys.stderr.isatty()):
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, object] = {}

        def step(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total)
            bar.update(tasks[stage], completed=done, total=total)  # type: ignore[arg-type]

        yield step
