"""``rag eval summaries``: what summaries cite of the papers that belong to a topic."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("summaries")
@click.option("--topics", "source", default="bundled", show_default=True, help="JSONL file, or 'bundled'.")
@click.option("--library", type=click.Path(path_type=Path), default=None, help="Library to ask.")
@click.option(
    "--pages", multiple=True, type=click.Path(exists=True, path_type=Path),
    help="Ingest these files into a temporary library and ask that. May be given more than once.",
)  # fmt: skip
@click.option("--llm", default="off", show_default=True, help="off, auto, or a model name.")
@click.option("--papers", "most", type=click.IntRange(1), default=20, show_default=True, help="Papers per summary.")
@click.option("--limit", type=click.IntRange(1), default=None, help="At most so many topics, the first ones.")
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True, help="Topics under way at once.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the intervals.")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="Write the record here, as JSON.")
@click.option("--markdown", is_flag=True, help="Print the report as Markdown.")
@click.option("--json", "as_json", is_flag=True, help="Print the record as JSON.")
def summaries_command(
    source: str, library: Path | None, pages: tuple[Path, ...], llm: str, most: int, limit: int | None, workers: int,
    seed: int, out: Path | None, markdown: bool, as_json: bool,
) -> None:  # fmt: skip
    """Sum up topics: precision and recall of the cited papers, coverage, redundancy, length.

    Bundled topics are about the bundled notes unless --library or --pages says otherwise.
    """
    from eval.cases import BUNDLED
    from eval.cli import _assistant, _described, _progress, _show
    from eval.records import write_json
    from eval.summaries import bundled_topics, load_topics, run_summaries, summaries_page

    if pages and library is not None:
        raise click.UsageError("Give --library or --pages, not both.")
    topics = load_topics(bundled_topics() if source == BUNDLED else source)[:limit]
    opened = _assistant(library, pages, bundled=source == BUNDLED, llm=llm)
    with opened as assistant, _progress() as progress:
        result = run_summaries(
            assistant, topics, assistant.papers(), limit=most, workers=workers, source=source, seed=seed,
            described=_described(assistant, llm), progress=progress,
        )  # fmt: skip
    if out is not None:
        write_json(result, out)
    if as_json:
        click.echo(result.model_dump_json())
    else:
        _show(summaries_page(result), markdown)
