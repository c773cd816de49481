"""``rag check``: is what a text says what the papers say?"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rag.cli.options import (
    Given,
    announce_judge,
    filter_options,
    gathered,
    json_option,
    judge_options,
    library_options,
    open_assistant,
)
from rag.errors import InputError

if TYPE_CHECKING:
    from rag.checking import CheckedSentence, CheckReport

CHECK_FAILED = 4
_LARGEST = 4_000_000
_BIBLIOGRAPHY = re.compile(r"\\(?:bibliography|addbibresource)(?:\[[^\]]*\])?\{([^{},\s]+)")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@json_option
@click.option("--markdown", is_flag=True, help="The report as Markdown.")
@click.option("--strict", is_flag=True, help="Doubts and missing citations fail too, see below.")
@click.option(
    "--bib", type=click.Path(path_type=Path), metavar="FILE",
    help="The .bib file that FILE cites from; by default the one that its \\bibliography names.",
)  # fmt: skip
@click.option("--all", "show_all", is_flag=True, help="Also show sentences that are no claims.")
@judge_options
@filter_options
@library_options
@gathered
def check(
    file: Path,
    as_json: bool,
    markdown: bool,
    strict: bool,
    bib: Path | None,
    show_all: bool,
    filters: Given,
    opening: Given,
) -> int:
    """Check what FILE says (Markdown, plain text or LaTeX; - reads standard input) against the library.

    Each sentence is supported, partial, contradicted, unsupported (the papers are about it and do not say it), not
    covered (no paper is near), unsure, or not a claim; with the paper's own words. [n] is looked up in the file's
    references, \\cite keys in the .bib file.

    Exits with 4 where a sentence is contradicted or unsupported or cites the wrong paper; with --strict also where one
    is partial, unsure or not covered, or its citation is missing, unresolved or not in the library.
    """
    text = read_text(file)
    bib = bib or _named_bib(file, text)
    with open_assistant(**opening, quiet=as_json) as assistant:
        announce_judge(assistant)
        report = assistant.check(text, bib=bib, **filters).model_copy(update={"name": _name(file)})
    if as_json:
        print(report.model_dump_json())
    elif markdown:
        from rag.cli.output import plain

        print(plain(report.to_markdown()).rstrip("\n"))
    else:
        _print(report, show_all=show_all)
    return 0 if report.holds(strict=strict) else CHECK_FAILED


def read_text(file: Path) -> str:
    """The text of a file, or of standard input for "-".

    Raises:
        InputError: it cannot be read, is not UTF-8, or is larger than any text.
    """
    try:
        raw = sys.stdin.buffer.read(_LARGEST + 1) if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise InputError(
            f"{file} cannot be read: {error.strerror or error}", "Name a text file, or - for input"
        ) from None
    if len(raw) > _LARGEST:
        raise InputError(f"{file} has more than {_LARGEST:,} bytes", "Check it in parts")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is not UTF-8 text (byte {error.start})", "Save it as text in UTF-8") from None


def _named_bib(file: Path, text: str) -> Path | None:
    """The .bib file that LaTeX source names, where it lies beside it."""
    found = _BIBLIOGRAPHY.search(text)
    if found is None or str(file) == "-":
        return None
    path = file.parent / found.group(1)
    path = path if path.suffix == ".bib" else path.with_name(path.name + ".bib")
    if not path.is_file():
        print(f"{found.group(0)} names no file that is there; its keys stay unresolved without --bib", file=sys.stderr)
        return None
    print(f"citing from {path}", file=sys.stderr)
    return path


def _name(file: Path) -> str:
    return "standard input" if str(file) == "-" else file.name


def _print(report: CheckReport, *, show_all: bool) -> None:
    from rag.checking.export import summary_line
    from rag.cli.output import plain, title_line, wrap

    for sentence in report.sentences:
        if show_all or sentence.label != "not a claim":
            click.echo(sentence_lines(sentence, report) + "\n")
    if report.sources:
        print("Sources")
        for number, paper in enumerate(report.sources, 1):
            print(wrap(title_line(paper), "      ", f"  [{number}] "))
        print()
    print(wrap(summary_line(report)))
    for notice in report.notices:
        print(plain(notice), file=sys.stderr)


def sentence_lines(sentence: CheckedSentence, report: CheckReport) -> str:
    """A sentence with its mark; beneath it the verdict with its reason, the quotes, and what its citation lacks."""
    from rag.checking.export import SIGNS, citation_line
    from rag.cli.output import dim, wrap
    from rag.text import display

    lines = [wrap(display(sentence.text), "    ", f"  {SIGNS[sentence.label]} ")]
    score = "" if sentence.score is None else f" {sentence.score:.2f}"
    judged = "" if sentence.label in {"not a claim", "not covered"} else "judged "
    lines.append(
        dim(wrap(f"{judged}{sentence.label}{score}, line {sentence.line}: {sentence.reason}", "      ", "      "))
    )
    lines += [wrap(f"[{c.number}] verbatim: “{display(c.quote)}”", "          ", "      ") for c in sentence.evidence]
    if (remark := citation_line(sentence, report)) is not None:
        lines.append(wrap(remark, "      ", "    ! "))
    return "\n".join(lines)
