"""``rag eval check``: are the sentences of labelled paragraphs told right from wrong?"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click


@click.command("check")
@click.option("--checks", "source", default="bundled", show_default=True, help="JSONL file, or 'bundled'.")
@click.option(
    "--split", type=click.Choice(["dev", "test", "all"]), default="test", show_default=True, help="Which paragraphs."
)
@click.option("--judge", default=None, metavar="NAME", help="offline (default), llm, or onnx:FOLDER.")
@click.option("--library", type=click.Path(path_type=Path), default=None, help="Library that the paragraphs are about.")
@click.option(
    "--pages", multiple=True, type=click.Path(exists=True, path_type=Path),
    help="Ingest these files into a temporary library and check against that. May be given more than once.",
)  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the intervals.")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="Write the record here, as JSON.")
@click.option("--markdown", is_flag=True, help="Print the report as Markdown.")
@click.option("--json", "as_json", is_flag=True, help="Print the record as JSON.")
def check_command(
    source: str, split: Literal["dev", "test", "all"], judge: str | None, library: Path | None,
    pages: tuple[Path, ...], seed: int, out: Path | None, markdown: bool, as_json: bool,
) -> None:  # fmt: skip
    """Check labelled paragraphs: precision and recall of every label and citation state, with intervals.

    Bundled paragraphs are about the bundled notes unless --library or --pages says otherwise.
    """
    from eval.cases import BUNDLED
    from eval.checks import bundled_checks, checks_page, load_checks, run_checks
    from eval.cli import _assistant, _described, _progress, _show
    from eval.records import write_json

    if pages and library is not None:
        raise click.UsageError("Give --library or --pages, not both.")
    paragraphs = load_checks(bundled_checks() if source == BUNDLED else source, split)
    opened = _assistant(library, pages, bundled=source == BUNDLED)
    with opened as assistant, _progress() as progress:
        result = run_checks(
            assistant, paragraphs, assistant.papers(), judge=judge, source=source, split=split, seed=seed,
            described=_described(assistant, "off"), progress=progress,
        )  # fmt: skip
    if out is not None:
        write_json(result, out)
    if as_json:
        click.echo(result.model_dump_json())
    else:
        _show(checks_page(result), markdown)
