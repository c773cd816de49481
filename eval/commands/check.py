"""``rag eval check``: are the sentences of labelled paragraphs told right from wrong?"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from eval.commands import options
from eval.commands.opening import described, open_asked
from eval.commands.showing import give, progress_bar


@click.command("check")
@click.option("--checks", "source", default="bundled", show_default=True, help="JSONL file, or 'bundled'.")
@options.split(default="test", help="Which paragraphs.")
@click.option("--judge", default=None, metavar="NAME", help="offline (default), llm, or onnx:FOLDER.")
@options.papers("Library that the paragraphs are about.", ingested_to="check against")
@options.seed("Seed of the intervals.")
@options.record
def check_command(
    source: str, split: Literal["dev", "test", "all"], judge: str | None, library: Path | None,
    pages: tuple[Path, ...], seed: int, out: Path | None, markdown: bool, as_json: bool,
) -> None:  # fmt: skip
    """Check labelled paragraphs: precision and recall of every label and citation state, with intervals.

    Bundled paragraphs are about the bundled notes unless --library or --pages says otherwise.
    """
    from eval.cases import BUNDLED
    from eval.checks import bundled_checks, checks_page, load_checks, run_checks

    options.not_both(library, pages)
    paragraphs = load_checks(bundled_checks() if source == BUNDLED else source, split)
    opened = open_asked(library, pages, bundled=source == BUNDLED)
    with opened as assistant, progress_bar() as progress:
        result = run_checks(
            assistant, paragraphs, assistant.papers(), judge=judge, source=source, split=split, seed=seed,
            described=described(assistant, "off"), progress=progress,
        )  # fmt: skip
    give(result, checks_page, out, markdown=markdown, as_json=as_json)
