"""``rag eval answers``: does the harness tell good written answers from subtly wrong ones?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from eval.commands import options
from eval.commands.opening import open_asked
from eval.commands.showing import GATE_FAILED, give, progress_bar, show

if TYPE_CHECKING:
    from eval.answers import AnswersRun
    from eval.judging import Opened


@click.command("answers")
@click.option("--answers", "source", default="bundled", show_default=True, help="JSONL file or folder, or 'bundled'.")
@click.option("--judge", "judge_name", default="offline", show_default=True, help="offline, or a model name.")
@click.option(
    "--cache", type=click.Path(path_type=Path), default=None, help="Folder of recorded replies of a model as judge."
)
@click.option("--replay", is_flag=True, help="Take the judge's replies from --cache alone; nothing is sent.")
@click.option("--budget", type=float, default=None, help="Most that a model as judge may cost.")
@options.papers("Library that the answers cite.", "Or files that they cite.")
@click.option("--floor", type=click.Path(path_type=Path), default=None, help="Another floor than the recorded one.")
@click.option("--update", is_flag=True, help="Record this run as the floor, after showing what changes.")
@options.seed("Seed of the intervals.")
@options.record
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
    from eval.answers.page import answers_page
    from eval.cases import BUNDLED
    from eval.gate import holds
    from eval.records import write_json
    from eval.report import gate_page

    options.not_both(library, pages)
    path = floor or floor_path()
    # Read before the run: a run with a model is worth more than "no such file".
    wanted = floor is not None or source == BUNDLED
    recorded = read_floor(path) if wanted and (path.exists() or not update) else None
    opened = _open(judge_name, cache, replay, budget)
    result = _score(source, library, pages, opened, seed)
    checks = check_floor(result, recorded) if recorded is not None else []
    give(result, answers_page, out, markdown=markdown, as_json=as_json)
    if checks and not as_json:
        show(gate_page(checks), markdown)
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
    from rag.errors import InputError

    answers = bundled_answers() if source == BUNDLED else load_answers(source)
    with open_asked(library, pages, bundled=source == BUNDLED) as assistant:
        papers = assistant.papers()
    if faults := check_answers(answers, papers):
        raise InputError(f"{len(faults)} labels do not hold, the first: {faults[0]}", "Correct the answers")
    with progress_bar() as progress:
        return run_answers(
            answers, papers, opened.judge, facts=opened.facts, source=source, seed=seed, progress=progress
        )
