"""``rag eval robustness``: the same cases with a change that should not matter."""

from __future__ import annotations

from pathlib import Path

import click

from eval.commands import options
from eval.commands.opening import chosen_cases, described, open_asked, open_over
from eval.commands.showing import give


@click.command("robustness")
@options.cases
@options.split()
@click.option("--limit", type=click.IntRange(1), default=120, show_default=True, help="Cases, spread over the kinds.")
@click.option("--distractors", type=click.IntRange(1), default=None, help="Papers to add; all of the other half.")
@options.papers("Library whose papers are used.", "Or files with the papers. May be given more than once.")
@options.llm
@options.workers("Questions")
@options.seed("Seed of rewrites, orders and intervals.")
@options.record
def robustness_command(
    source: str, split: str, limit: int, distractors: int | None, library: Path | None, pages: tuple[Path, ...],
    llm: str, workers: int, seed: int, out: Path | None, markdown: bool, as_json: bool,
) -> None:  # fmt: skip
    """Do answers change when questions are rephrased, or papers reordered, padded, poisoned or doubled?

    Every figure is a paired difference, changed minus unchanged, with its interval. Hand-written paraphrases stand
    beside the sampled cases, for bundled cases only.
    """
    from eval.cases import BUNDLED
    from eval.robustness.questions import bundled_paraphrases, load_paraphrases
    from eval.robustness.report import robustness_page
    from eval.robustness.suite import run_robustness

    options.not_both(library, pages)
    written = load_paraphrases(bundled_paraphrases()) if source == BUNDLED else {}
    paraphrased = [(c, written[c.id]) for c in chosen_cases(source, split) if c.id in written]
    cases = chosen_cases(source, split, limit=limit)
    with open_asked(library, pages, bundled=source == BUNDLED, llm=llm) as assistant:
        papers, system = assistant.papers(), described(assistant, llm)
    result = run_robustness(
        lambda chosen: open_over(chosen, llm), cases, papers, paraphrased, seed=seed, workers=workers,
        distractors=distractors, source=source, described=system,
        progress=lambda what: click.echo(f"asking: {what}", err=True),
    )  # fmt: skip
    give(result, robustness_page, out, markdown=markdown, as_json=as_json)
