"""``rag eval abstention``: who is refused, on libraries of several sizes."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("abstention")
@click.option("--cases", "source", default="bundled", show_default=True, help="JSONL file or folder, or 'bundled'.")
@click.option("--split", type=click.Choice(["dev", "test", "all"]), default="all", show_default=True)
@click.option(
    "--size", "sizes", type=click.IntRange(0), multiple=True, default=(20, 0), show_default=True,
    help="Papers of a library; 0 is all of them. May be given more than once.",
)  # fmt: skip
@click.option("--draws", type=click.IntRange(1), default=6, show_default=True, help="Smaller libraries per size.")
@click.option(
    "--pad", multiple=True, type=click.Path(exists=True, path_type=Path),
    help="Folder in the form of BEIR, whose documents fill up larger libraries.",
)  # fmt: skip
@click.option("--library", type=click.Path(path_type=Path), default=None, help="Library whose papers are used.")
@click.option(
    "--pages", multiple=True, type=click.Path(exists=True, path_type=Path),
    help="Or files with the papers. May be given more than once.",
)  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the draws and the intervals.")
@click.option("--markdown", is_flag=True, help="Print the report as Markdown.")
def abstention_command(
    source: str, split: str, sizes: tuple[int, ...], draws: int, pad: tuple[Path, ...], library: Path | None,
    pages: tuple[Path, ...], seed: int, markdown: bool,
) -> None:  # fmt: skip
    """Who is refused, rightly and wrongly, on libraries of several sizes; with the curve of risk over coverage."""
    from eval.beir import read_beir, shelve
    from eval.cases import BUNDLED
    from eval.cli import _assistant, _cases, _show
    from eval.commands.robustness import _opened
    from eval.robustness.sizes import ask_sizes, sizes_page

    if pages and library is not None:
        raise click.UsageError("Give --library or --pages, not both.")
    more = [p for folder in pad for p in shelve(read_beir(folder).documents).papers]
    with _assistant(library, pages, bundled=source == BUNDLED, llm="off") as assistant:
        papers = assistant.papers()
    items = ask_sizes(
        lambda chosen: _opened(chosen, "off"), _cases(source, split, "", None), papers, more,
        sizes=sizes, draws=draws, seed=seed,
    )  # fmt: skip
    _show(sizes_page(items, source, seed), markdown)
