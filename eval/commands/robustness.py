"""``rag eval robustness``: the same cases with a change that should not matter."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rag import Assistant
    from rag.paper import Paper


@click.command("robustness")
@click.option("--cases", "source", default="bundled", show_default=True, help="JSONL file or folder, or 'bundled'.")
@click.option("--split", type=click.Choice(["dev", "test", "all"]), default="all", show_default=True)
@click.option("--limit", type=click.IntRange(1), default=120, show_default=True, help="Cases, spread over the kinds.")
@click.option("--distractors", type=click.IntRange(1), default=None, help="Papers to add; all of the other half.")
@click.option("--library", type=click.Path(path_type=Path), default=None, help="Library whose papers are used.")
@click.option(
    "--pages", multiple=True, type=click.Path(exists=True, path_type=Path),
    help="Or files with the papers. May be given more than once.",
)  # fmt: skip
@click.option("--llm", default="off", show_default=True, help="off, auto, or a model name.")
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True, help="Questions under way at once.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of rewrites, orders and intervals.")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="Write the record here, as JSON.")
@click.option("--markdown", is_flag=True, help="Print the report as Markdown.")
@click.option("--json", "as_json", is_flag=True, help="Print the record as JSON.")
def robustness_command(
    source: str, split: str, limit: int, distractors: int | None, library: Path | None, pages: tuple[Path, ...],
    llm: str, workers: int, seed: int, out: Path | None, markdown: bool, as_json: bool,
) -> None:  # fmt: skip
    """Do answers change when questions are rephrased, or papers reordered, padded, poisoned or doubled?

    Every figure is a paired difference, changed minus unchanged, with its interval. Hand-written paraphrases stand
    beside the sampled cases, for bundled cases only.
    """
    from eval.cases import BUNDLED
    from eval.cli import _assistant, _cases, _described, _show
    from eval.records import write_json
    from eval.robustness.questions import bundled_paraphrases, load_paraphrases
    from eval.robustness.report import robustness_page
    from eval.robustness.suite import run_robustness

    if pages and library is not None:
        raise click.UsageError("Give --library or --pages, not both.")
    written = load_paraphrases(bundled_paraphrases()) if source == BUNDLED else {}
    paraphrased = [(c, written[c.id]) for c in _cases(source, split, "", None) if c.id in written]
    cases = _cases(source, split, "", limit)
    with _assistant(library, pages, bundled=source == BUNDLED, llm=llm) as assistant:
        papers, described = assistant.papers(), _described(assistant, llm)
    result = run_robustness(
        lambda chosen: _opened(chosen, llm), cases, papers, paraphrased, seed=seed, workers=workers,
        distractors=distractors, source=source, described=described,
        progress=lambda what: click.echo(f"asking: {what}", err=True),
    )  # fmt: skip
    if out is not None:
        write_json(result, out)
    if as_json:
        click.echo(result.model_dump_json())
    else:
        _show(robustness_page(result), markdown)


@contextmanager
def _opened(papers: Sequence[Paper], llm: str) -> Iterator[Assistant]:
    """An assistant over a temporary library of these papers, written in this order."""
    from rag import Assistant, Settings

    with (
        tempfile.TemporaryDirectory(prefix="rag-eval-", ignore_cleanup_errors=True) as folder,
        Assistant.open(Path(folder) / "library", llm=llm, settings=Settings.from_env(), for_writing=True) as assistant,
    ):
        assistant.library.write(papers)
        yield assistant
