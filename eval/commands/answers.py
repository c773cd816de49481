"""``rag eval answers``: does the harness tell good written answers from subtly wrong ones?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from eval.answers import AnswersRun
    from eval.gate import Check
    from eval.judging import Opened


@click.command("answers")
@click.option("--answers", "source", default="bundled", show_default=True, help="JSONL file or folder, or 'bundled'.")
@click.option("--judge", "judge_name", default="offline", show_default=True, help="offline, or a model name.")
@click.option(
    "--cache", type=click.Path(path_type=Path), default=None, help="Folder of recorded replies of a model as judge."
)
@click.option("--replay", is_flag=True, help="Take the judge's replies from --cache alone; nothing is sent.")
@click.option("--budget", type=float, default=None, help="Most that a model as judge may cost.")
@click.option("--library", type=click.Path(path_type=Path), default=None, help="Library that the answers cite.")
@click.option("--pages", multiple=True, type=click.Path(exists=True, path_type=Path), help="Or files that they cite.")
@click.option("--floor", type=click.Path(path_type=Path), default=None, help="Another floor than the recorded one.")
@click.option("--update", is_flag=True, help="Record this run as the floor, after showing what changes.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the intervals.")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="Write the record here, as JSON.")
@click.option("--markdown", is_flag=True, help="Print the report as Markdown.")
@click.option("--json", "as_json", is_flag=True, help="Print the record as JSON.")
def answers_command(
    source: str, judge_name: str, cache: Path | None, replay: bool, budget: float | None, library: Path | None,
    pages: tuple[Path, ...], floor: Path | None, update: bool, seed: int, out: Path | None, markdown: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Verify and score answers whose faults are known; report what was noticed, missed, and wrongly held against them.

    Exit code 4 where the harness tells less apart than is recorded. The floor is held only to the bundled answers, or
    where one is named.
    """
    from eval.answers.floor import check_floor, floor_path, make_floor, read_floor
    from eval.cases import BUNDLED
    from eval.cli import GATE_FAILED
    from eval.gate import holds
    from eval.records import write_json

    if pages and library is not None:
        raise click.UsageError("Give --library or --pages, not both.")
    path = floor or floor_path()
    # Read before the run: a run with a model is worth more than "no such file".
    wanted = floor is not None or source == BUNDLED
    recorded = read_floor(path) if wanted and (path.exists() or not update) else None
    opened = _open(judge_name, cache, replay, budget)
    result = _score(source, library, pages, opened, seed)
    if out is not None:
        write_json(result, out)
    checks = check_floor(result, recorded) if recorded is not None else []
    if as_json:
        click.echo(result.model_dump_json())
    else:
        _print(result, checks, markdown)
    if update:
        write_json(make_floor(result), path)
        click.echo(f"recorded {path}", err=True)
    elif checks and not holds(checks):
        raise click.exceptions.Exit(GATE_FAILED)


def _open(name: str, cache: Path | None, replay: bool, budget: float | None) -> Opened:
    """The judge; says on stderr where texts go."""
    from eval.judging import open_judge
    from rag import Settings

    opened = open_judge(name, Settings.from_env(), cache=cache, replay=replay, budget=budget)
    if opened.model is not None and not replay:
        click.echo(f"claims and the texts they cite are sent to {opened.facts.name} at {opened.facts.host}", err=True)
    return opened


def _score(source: str, library: Path | None, pages: tuple[Path, ...], opened: Opened, seed: int) -> AnswersRun:
    """Check the labels against the papers, then score.

    Raises:
        InputError: a label does not hold, so that nothing could be learnt from it.
    """
    from eval.answers import bundled_answers, check_answers, load_answers, run_answers
    from eval.cases import BUNDLED
    from eval.cli import _assistant, _progress
    from rag.errors import InputError

    answers = bundled_answers() if source == BUNDLED else load_answers(source)
    with _assistant(library, pages, bundled=source == BUNDLED) as assistant:
        papers = assistant.papers()
    if faults := check_answers(answers, papers):
        raise InputError(f"{len(faults)} labels do not hold, the first: {faults[0]}", "Correct the answers")
    with _progress() as progress:
        return run_answers(
            answers, papers, opened.judge, facts=opened.facts, source=source, seed=seed, progress=progress
        )


def _print(result: AnswersRun, checks: list[Check], markdown: bool) -> None:
    from eval.answers.page import answers_page
    from eval.cli import _show
    from eval.report import gate_page

    _show(answers_page(result), markdown)
    if checks:
        _show(gate_page(checks), markdown)
