"""``rag eval``: run, report, compare, gate, cases. Joins the command line through the group ``rag.commands``.

Heavy imports stand inside the functions, so that ``rag --help`` stays fast.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eval.commands.abstention import abstention_command
from eval.commands.answers import answers_command
from eval.commands.check import check_command as paragraphs_command
from eval.commands.dialogues import dialogues_command
from eval.commands.draft import draft_command
from eval.commands.judge import judge_command
from eval.commands.label import label_command
from eval.commands.report import compare_command, report_command
from eval.commands.retrieval import retrieval_command
from eval.commands.robustness import robustness_command
from eval.commands.run import run_command
from eval.commands.summaries import summaries_command

if TYPE_CHECKING:
    from eval.cases import Case
    from eval.gate import Check
    from eval.records import Run
    from eval.report import Page
    from rag import Assistant, Settings

GATE_FAILED = 4
"""Exit code where a gate or check does not hold."""


@click.group("eval")
def eval_group() -> None:
    """Measure answers against cases: run, report, compare, gate, cases."""


eval_group.add_command(run_command)
eval_group.add_command(report_command)
eval_group.add_command(compare_command)
eval_group.add_command(retrieval_command)
eval_group.add_command(dialogues_command)
eval_group.add_command(robustness_command)
eval_group.add_command(abstention_command)
eval_group.add_command(summaries_command)
eval_group.add_command(label_command)
eval_group.add_command(judge_command)
eval_group.add_command(answers_command)
eval_group.add_command(paragraphs_command)


@eval_group.command("gate")
@click.option(
    "--run",
    "recorded",
    type=click.Path(path_type=Path),
    default=None,
    help="Judge this recorded run instead of running all bundled cases.",
)
@click.option("--baseline", type=click.Path(path_type=Path), default=None, help="Another baseline than the pinned one.")
@click.option("--update", is_flag=True, help="Pin this run as the baseline, after showing what changes.")
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True, help="Questions under way at once.")
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
        result = _run(_cases("bundled", "all", "", None), "bundled", workers=workers, plain=True)
    checks = gate(result, pinned) if pinned is not None else []
    if update:
        write_json(make_baseline(result, _commit()), path)
        click.echo(f"pinned {path}", err=True)
    _end(checks, as_json, ignore=update)


@eval_group.group("cases")
def cases_group() -> None:
    """Look after cases."""


cases_group.add_command(draft_command)


@cases_group.command("check")
@click.argument("source", default="bundled")
@click.option("--library", type=click.Path(path_type=Path), default=None, help="Library that the cases are about.")
@click.option(
    "--pages", multiple=True, type=click.Path(exists=True, path_type=Path), help="Or files that they are about."
)
@click.option("--json", "as_json", is_flag=True, help="Print the checks as JSON.")
def check_command(source: str, library: Path | None, pages: tuple[Path, ...], as_json: bool) -> None:
    """Check that cases parse, name papers that exist, and quote them verbatim; exit code 4 where they do not."""
    from eval.cases import BUNDLED
    from eval.check import check_cases, check_coverage
    from eval.gate import Check

    cases = _cases(source, "all", "", None)
    with _assistant(library, pages, bundled=source == BUNDLED) as assistant:
        papers = assistant.papers()
    faults = check_cases(cases, papers) + (check_coverage(cases, papers) if source == BUNDLED else [])
    checks = [Check("case", False, fault) for fault in faults]
    checks.append(Check("cases agree with their papers", not faults, f"{len(cases)} cases, {len(faults)} faults"))
    _end(checks, as_json)


@cases_group.command("add")
@click.argument("drafts", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--folder", type=click.Path(path_type=Path), default=None, help="Another folder than the bundled cases'.")
@click.option("--library", type=click.Path(path_type=Path), default=None, help="Library that the cases are about.")
@click.option(
    "--pages", multiple=True, type=click.Path(exists=True, path_type=Path), help="Or files that they are about."
)
def add_command(drafts: tuple[Path, ...], folder: Path | None, library: Path | None, pages: tuple[Path, ...]) -> None:
    """Check cases and approved drafts against their papers, give each its split, and merge them into a folder.

    Without --library and --pages the papers are the bundled notes. Cases about other papers need --folder: the bundled
    cases are about the notes alone.
    """
    from eval.cases import bundled_folder
    from eval.check import assemble
    from eval.drafting import approved_only

    if (library is not None or pages) and folder is None:
        raise click.UsageError("Cases about papers of your own need --folder.")
    with (
        tempfile.TemporaryDirectory(prefix="rag-eval-") as place,
        _assistant(library, pages, bundled=True) as assistant,
    ):
        files = [approved_only(path, Path(place) / f"{at}.jsonl") for at, path in enumerate(drafts)]
        counts = assemble(files, assistant.papers(), folder or bundled_folder())
    for name, count in counts.items():
        click.echo(f"{name}: {count} cases")


def _cases(source: str, split: str, kinds: str, limit: int | None) -> tuple[Case, ...]:
    from eval.cases import BUNDLED, bundled_cases, load_cases, select_cases

    cases = bundled_cases() if source == BUNDLED else load_cases(source)
    chosen = [k.strip() for k in kinds.split(",") if k.strip()]
    return select_cases(cases, split=split, kinds=chosen, limit=limit)


def _run(cases: Sequence[Case], source: str, *, workers: int = 2, plain: bool = False) -> Run:
    from eval.cases import BUNDLED
    from eval.runner import run

    opened = _assistant(None, (), bundled=source == BUNDLED, plain=plain)
    with opened as assistant, _progress() as progress:
        return run(
            assistant, cases, assistant.papers(),
            workers=workers, source=source, described=_described(assistant, "off"), progress=progress,
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


def _described(assistant: Assistant, llm: str) -> dict[str, str]:
    """What makes this system differ from another one: embedder, model, and every setting that is not the default."""
    from rag.settings import TABLE

    places = {"library", "cache_dir", "minilm_path", "base_url"}
    settings = assistant.settings.public()
    changed = {
        row.name: str(settings[row.name])
        for row in TABLE
        if row.name in settings and row.name not in places and settings[row.name] != row.default
    }
    return {"llm": llm, "embedder": assistant.library.embedder.name, **changed}


@contextmanager
def _assistant(
    library: Path | None, pages: Sequence[Path], *, bundled: bool, llm: Any = "off", plain: bool = False,
    settings: Settings | None = None,
) -> Iterator[Assistant]:  # fmt: skip
    """The assistant to ask: over files in a temporary library, over a library, or over the bundled notes.

    Bundled cases never fall on the user's own library by default: they are about the notes. ``plain`` ignores the
    environment's settings, so that a gate gives the same answer everywhere. ``settings`` None = the environment's.
    """
    from rag import Assistant, Settings
    from rag.library.location import notes_file

    if settings is None:
        settings = Settings() if plain else Settings.from_env()
    if library is not None or not (pages or bundled):
        with Assistant.open(library, llm=llm, settings=settings) as assistant:
            yield assistant
        return
    with (
        tempfile.TemporaryDirectory(prefix="rag-eval-", ignore_cleanup_errors=True) as folder,
        Assistant.open(Path(folder) / "library", llm=llm, settings=settings, for_writing=True) as assistant,
    ):
        report = assistant.ingest(list(pages) or [notes_file()])
        for rejected in report.rejected:
            click.echo(f"not taken: {rejected}", err=True)
        yield assistant


@contextmanager
def _progress() -> Iterator[Any]:
    """A bar on stderr where that is a terminal; elsewhere nothing."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("asking", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _show(page: Page, markdown: bool) -> None:
    from rich.console import Console

    from eval.report import print_page, to_markdown

    if markdown:
        click.echo(to_markdown(page))
        return
    console = Console()
    # A pipe has no width of its own; 80 columns would break every table.
    print_page(page, console if console.is_terminal else Console(width=200))


def _end(checks: Sequence[Check], as_json: bool, *, ignore: bool = False) -> None:
    """Print checks and leave with 4 where one does not hold."""
    from eval.gate import holds
    from eval.report import gate_page

    if as_json:
        rows = [{"check": c.name, "holds": c.holds, "saw": c.saw} for c in checks]
        click.echo(json.dumps({"holds": holds(checks), "checks": rows}, ensure_ascii=False))
    elif checks:
        _show(gate_page(checks), markdown=False)
    if not ignore and not holds(checks):
        raise click.exceptions.Exit(GATE_FAILED)
