"""``rag eval summaries``: what summaries cite of the papers that belong to a topic."""

from __future__ import annotations

from pathlib import Path

import click

from eval.commands import options
from eval.commands.opening import described, open_asked
from eval.commands.showing import give, progress_bar


@click.command("summaries")
@click.option("--topics", "source", default="bundled", show_default=True, help="JSONL file, or 'bundled'.")
@options.papers("Library to ask.", ingested_to="ask")
@options.llm
@click.option("--papers", "most", type=click.IntRange(1), default=20, show_default=True, help="Papers per summary.")
@options.first("topics")
@options.workers("Topics")
@options.seed("Seed of the intervals.")
@options.record
def summaries_command(
    source: str, library: Path | None, pages: tuple[Path, ...], llm: str, most: int, limit: int | None, workers: int,
    seed: int, out: Path | None, markdown: bool, as_json: bool,
) -> None:  # fmt: skip
    """Sum up topics: precision and recall of the cited papers, coverage, redundancy, length.

    Bundled topics are about the bundled notes unless --library or --pages says otherwise.
    """
    from eval.cases import BUNDLED
    from eval.summaries import bundled_topics, load_topics, run_summaries, summaries_page

    options.not_both(library, pages)
    topics = load_topics(bundled_topics() if source == BUNDLED else source)[:limit]
    opened = open_asked(library, pages, bundled=source == BUNDLED, llm=llm)
    with opened as assistant, progress_bar() as progress:
        result = run_summaries(
            assistant, topics, assistant.papers(), limit=most, workers=workers, source=source, seed=seed,
            described=described(assistant, llm), progress=progress,
        )  # fmt: skip
    give(result, summaries_page, out, markdown=markdown, as_json=as_json)
