"""``rag eval abstention``: who is refused, on libraries of several sizes."""

from __future__ import annotations

from pathlib import Path

import click

from eval.commands import options
from eval.commands.opening import chosen_cases, open_asked, open_over
from eval.commands.showing import show


@click.command("abstention")
@options.cases
@options.split()
@click.option(
    "--size", "sizes", type=click.IntRange(0), multiple=True, default=(20, 0), show_default=True,
    help="Papers of a library; 0 is all of them. May be given more than once.",
)  # fmt: skip
@click.option("--draws", type=click.IntRange(1), default=6, show_default=True, help="Smaller libraries per size.")
@click.option(
    "--pad", multiple=True, type=click.Path(exists=True, path_type=Path),
    help="Folder in the form of BEIR, whose documents fill up larger libraries.",
)  # fmt: skip
@options.papers("Library whose papers are used.", "Or files with the papers. May be given more than once.")
@options.seed("Seed of the draws and the intervals.")
@options.markdown
def abstention_command(
    source: str, split: str, sizes: tuple[int, ...], draws: int, pad: tuple[Path, ...], library: Path | None,
    pages: tuple[Path, ...], seed: int, markdown: bool,
) -> None:  # fmt: skip
    """Who is refused, rightly and wrongly, on libraries of several sizes; with the curve of risk over coverage."""
    from eval.beir import read_beir, shelve
    from eval.cases import BUNDLED
    from eval.robustness.sizes import ask_sizes, sizes_page

    options.not_both(library, pages)
    more = [p for folder in pad for p in shelve(read_beir(folder).documents).papers]
    with open_asked(library, pages, bundled=source == BUNDLED, llm="off") as assistant:
        papers = assistant.papers()
    items = ask_sizes(
        lambda chosen: open_over(chosen, "off"), chosen_cases(source, split), papers, more,
        sizes=sizes, draws=draws, seed=seed,
    )  # fmt: skip
    show(sizes_page(items, source, seed), markdown)
