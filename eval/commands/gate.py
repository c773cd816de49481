"""``rag eval gate``: all bundled cases against the pinned baseline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from eval.commands import options
from eval.commands.opening import chosen_cases, described, open_asked
from eval.commands.showing import end, progress_bar

if TYPE_CHECKING:
    from eval.records import Run


@click.command("gate")
@click.option(
    "--run",
    "recorded",
    type=click.Path(path_type=Path),
    default=None,
    help="Judge this recorded run instead of running all bundled cases.",
)
@click.option("--baseline", type=click.Path(path_type=Path), default=None, help="Another baseline than the pinned one.")
@click.option("--update", is_flag=True, help="Pin this run as the baseline, after showing what changes.")
@options.workers("Questions")
@click.option("--json", "as_json", is_flag=True, help="Print the checks as JSON.")
def gate_command(recorded: Path | None, baseline: Path | None, update: bool, workers: int, as_json: bool) -> None:
    """Check all bundled cases against the pinned baseline; exit code 4 where the gate does not hold."""
    from eval.gate import baseline_path, gate, make_baseline, read_baseline
    from eval.records import read_run, write_json

    path = baseline or baseline_path()
    # Read before the run: three minutes of work should not end in "no such file".
    pinned = read_baseline(path) if path.exists() or not update else None
    if recorded is not None:
        result = read_run(recorded)
    else:
        result = _run_bundled(workers)
    checks = gate(result, pinned) if pinned is not None else []
    if update:
        write_json(make_baseline(result, _commit()), path)
        click.echo(f"pinned {path}", err=True)
    end(checks, as_json, ignore=update)


def _run_bundled(workers: int) -> Run:
    from eval.cases import BUNDLED
    from eval.runner import run

    cases = chosen_cases(BUNDLED)
    with open_asked(None, (), bundled=True, plain=True) as assistant, progress_bar() as progress:
        return run(
            assistant, cases, assistant.papers(),
            workers=workers, source=BUNDLED, described=described(assistant, "off"), progress=progress,
        )  # fmt: skip


def _commit() -> str | None:
    """The commit of the code, marked where the tree differs from it; None outside a git repository."""
    import subprocess

    try:
        command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
        done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip() or None
