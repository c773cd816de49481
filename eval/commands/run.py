"""``rag eval run``: ask all cases, score the answers, report; resumable, recorded, held to a budget."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eval.commands import options
from eval.commands.opening import chosen_cases, described, open_asked
from eval.commands.showing import progress_bar, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eval.cases import Case
    from eval.journal import Journal
    from eval.model import Model
    from eval.records import Run
    from rag import Assistant


@click.command("run")
@options.cases
@options.split(help="Half of the cases; tune on dev, report test.")
@click.option("--kinds", default="", help="Only these kinds, separated by commas.")
@click.option("--limit", type=int, default=None, help="At most so many cases, spread over the kinds.")
@options.papers("Library to ask.", ingested_to="ask")
@options.llm
@options.replies
@click.option("--estimate", is_flag=True, help="Say what the model would cost; go on only with --yes or a yes.")
@click.option("--yes", is_flag=True, help="Ask the model without asking you first.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=None,
    help="Write the record of the run here; it holds the texts that answers cite.",
)
@click.option("--resume", is_flag=True, help="Keep what an earlier run left in --out or beside it; ask the rest.")
@options.html
@options.baseline
@options.markdown
@click.option("--json", "as_json", is_flag=True, help="Print the record of the run as JSON.")
@options.workers("Questions")
@options.seed("Seed of the intervals and of the order.")
@click.argument("more_pages", nargs=-1, type=click.Path(exists=True, path_type=Path))
def run_command(
    source: str, split: str, kinds: str, limit: int | None, library: Path | None, pages: tuple[Path, ...], llm: str,
    cache: Path | None, replay: bool, budget: float | None, estimate: bool, yes: bool, out: Path | None, resume: bool,
    html: Path | None, baseline: Path | None, markdown: bool, as_json: bool, workers: int, seed: int,
    more_pages: tuple[Path, ...],
) -> None:  # fmt: skip
    """Ask all cases, score the answers, print figures with their intervals.

    Bundled cases are asked of the bundled notes unless --library or --pages says otherwise. Paths after the options
    are taken as further --pages, so that a shell pattern works.

    With a model, what it will need is said first, and you are asked. A run that is stopped, by its budget or by you,
    goes on with --resume.
    """
    from eval.journal import Journal
    from eval.model import open_model
    from eval.records import read_run
    from rag import Settings

    files = (*pages, *more_pages)
    options.not_both(library, files)
    if resume and out is None:
        raise click.UsageError("--resume needs the --out of the run to go on with.")
    if estimate and llm == "off":
        raise click.UsageError("--estimate is for a model: name one with --llm.")
    cases = chosen_cases(source, split, kinds=kinds, limit=limit)
    # Read and opened before the run: what cannot work should not be found out after it.
    before = None if baseline is None else read_run(baseline)
    model = open_model(llm, Settings.from_env(), cache=cache, replay=replay, budget=budget)
    journal = None if out is None else Journal(out, resume=resume, say=_say)
    result = _ask(cases, source, library, files, model, journal, estimate, yes, workers=workers, seed=seed)
    _report(result, before, html, markdown=markdown, as_json=as_json)
    _judge(result, replay=replay, resumable=out is not None)


def _ask(
    cases: Sequence[Case], source: str, library: Path | None, files: Sequence[Path], model: Model | None,
    journal: Journal | None, estimate: bool, yes: bool, **options: Any,
) -> Run:  # fmt: skip
    from contextlib import nullcontext

    from eval.cases import BUNDLED
    from eval.runner import run

    opened = open_asked(
        library, files, bundled=source == BUNDLED, llm="off" if model is None else model.client,
        settings=None if model is None else model.settings,
    )  # fmt: skip
    with opened as assistant, journal or nullcontext():
        if model is not None and not model.replaying:
            _agree(model, assistant, cases, estimate=estimate, yes=yes)
        system = {**described(assistant, "off"), **({} if model is None else model.described())}
        try:
            with progress_bar() as progress:
                result = run(
                    assistant, cases, assistant.papers(), source=source, described=system, progress=progress,
                    recorder=journal, written=model is not None, **options,
                )  # fmt: skip
        except KeyboardInterrupt:
            if journal is not None:
                _say(f"stopped; what was answered is in {journal.path}, go on with --resume")
            raise
        finally:
            if model is not None:
                _say(model.spent())
    if journal is not None:
        journal.finish(result)
    return result


def _agree(model: Model, assistant: Assistant, cases: Sequence[Case], *, estimate: bool, yes: bool) -> None:
    """Say what the model will need, and go on only where somebody wants that."""
    from rag.errors import InputError

    for line in model.estimate(assistant, cases).lines(None if model.budget is None else model.budget.cap):
        _say(line)
    if yes:
        return
    if sys.stdin.isatty():
        if click.confirm("Ask the model?", err=True):
            return
    elif not estimate:
        raise InputError("nobody is there to say yes to what the model will cost", "Add --yes")
    _say("nothing was sent; --yes goes on without a question")
    raise click.exceptions.Exit(0)


def _report(result: Run, before: Run | None, html: Path | None, *, markdown: bool, as_json: bool) -> None:
    from eval.compare import compare, require_comparable
    from eval.report import comparison_page, run_page

    if as_json:
        click.echo(result.model_dump_json())
    elif result.items:
        show(run_page(result), markdown)
        if before is not None:
            notes = require_comparable(before, result)
            show(comparison_page(before, result, compare(before, result), notes), markdown)
    if html is not None and result.items:
        from eval.html import run_html, write_html

        write_html(run_html(result, before), html)
        _say(f"written: {html}")


def _judge(result: Run, *, replay: bool, resumable: bool) -> None:
    """Fail where there is nothing to report: every item failed, none was run, or a replay was not whole."""
    from eval.report import first_failure
    from rag.errors import RagError

    if result.not_run:
        missing = result.not_run[0]
        why = f"{len(result.not_run)} cases were not run, the first: {missing.case_id}: {missing.reason}"
        if replay or not result.items:
            raise RagError(why, "Record them first: run without --replay" if replay else "See --budget and --resume")
        _say(f"{why}; " + ("go on with --resume" if resumable else "with --out it could have been resumed"))
    if len(result.failed) == len(result.items):
        raise RagError(f"every item failed, the first: {first_failure(result)}", "Mend that, then run again")


def _say(line: str) -> None:
    click.echo(line, err=True)
