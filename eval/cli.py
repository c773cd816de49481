"""``rag eval``: run, compare, gate, cases. Joins the command line through the entry-point group ``rag.commands``.

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

if TYPE_CHECKING:
    from eval.cases import Case
    from eval.gate import Check
    from eval.records import Run
    from eval.report import Page
    from rag import Assistant

GATE_FAILED = 4
"""Exit code where a gate or check does not hold."""


@click.group("eval")
def eval_group() -> None:
    """Measure answers against cases: run, compare, gate, cases."""


@eval_group.command("run")
@click.option("--cases", "source", default="bundled", show_default=True, help="JSONL file or folder, or 'bundled'.")
@click.option(
    "--split",
    type=click.Choice(["dev", "test", "all"]),
    default="all",
    show_default=True,
    help="Half of the cases; tune on dev, report test.",
)
@click.option("--kinds", default="", help="Only these kinds, separated by commas.")
@click.option("--limit", type=int, default=None, help="At most so many cases, spread over the kinds.")
@click.option("--library", type=click.Path(path_type=Path), default=None, help="Library to ask.")
@click.option(
    "--pages",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="Ingest these files into a temporary library and ask that. May be given more than once.",
)
@click.option("--llm", default="off", show_default=True, help="off, auto, or a model name.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=None,
    help="Write the record of the run here; it holds the texts that answers cite.",
)
@click.option("--markdown", is_flag=True, help="Print the report as Markdown.")
@click.option("--json", "as_json", is_flag=True, help="Print the record of the run as JSON.")
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True, help="Questions under way at once.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the intervals.")
@click.argument("more_pages", nargs=-1, type=click.Path(exists=True, path_type=Path))
def run_command(
    source: str, split: str, kinds: str, limit: int | None, library: Path | None, pages: tuple[Path, ...], llm: str,
    out: Path | None, markdown: bool, as_json: bool, workers: int, seed: int, more_pages: tuple[Path, ...],
) -> None:  # fmt: skip
    """Ask all cases, score the answers, print figures with their intervals.

    Bundled cases are asked of the bundled notes unless --library or --pages says otherwise. Paths after the options
    are taken as further --pages, so that a shell pattern works.
    """
    from eval.records import write_json
    from eval.report import first_failure, run_page
    from rag.errors import RagError

    cases = _cases(source, split, kinds, limit)
    files = (*pages, *more_pages)
    if files and library is not None:
        raise click.UsageError("Give --library or --pages, not both.")
    result = _run(cases, source, library=library, pages=files, llm=llm, workers=workers, seed=seed)
    if out is not None:
        write_json(result, out)
    if as_json:
        click.echo(result.model_dump_json())
    else:
        _show(run_page(result), markdown)
    if len(result.failed) == len(result.items):
        raise RagError(f"every item failed, the first: {first_failure(result)}", "Mend that, then run again")


@eval_group.command("compare")
@click.argument("first", type=click.Path(path_type=Path))
@click.argument("second", type=click.Path(path_type=Path))
@click.option("--markdown", is_flag=True, help="Print the report as Markdown.")
def compare_command(first: Path, second: Path, markdown: bool) -> None:
    """Compare two recorded runs of the same cases, question by question."""
    from eval.compare import compare, require_comparable
    from eval.records import read_run
    from eval.report import comparison_page

    a, b = read_run(first), read_run(second)
    notes = require_comparable(a, b)
    _show(comparison_page(a, b, compare(a, b), notes), markdown)


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
        write_json(make_baseline(result), path)
        click.echo(f"pinned {path}", err=True)
    _end(checks, as_json, ignore=update)


@eval_group.group("cases")
def cases_group() -> None:
    """Look after cases."""


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
def add_command(drafts: tuple[Path, ...], folder: Path | None) -> None:
    """Check drafts against the bundled notes, give each case its split, and merge them into the bundled cases."""
    from eval.cases import bundled_folder
    from eval.check import assemble

    with _assistant(None, (), bundled=True) as assistant:
        counts = assemble(drafts, assistant.papers(), folder or bundled_folder())
    for name, count in counts.items():
        click.echo(f"{name}: {count} cases")


def _cases(source: str, split: str, kinds: str, limit: int | None) -> tuple[Case, ...]:
    from eval.cases import BUNDLED, bundled_cases, load_cases, select_cases

    cases = bundled_cases() if source == BUNDLED else load_cases(source)
    chosen = [k.strip() for k in kinds.split(",") if k.strip()]
    return select_cases(cases, split=split, kinds=chosen, limit=limit)


def _run(
    cases: Sequence[Case], source: str, *, library: Path | None = None, pages: Sequence[Path] = (), llm: str = "off",
    workers: int = 2, seed: int = 0, plain: bool = False,
) -> Run:  # fmt: skip
    from eval.cases import BUNDLED
    from eval.runner import run

    opened = _assistant(library, pages, bundled=source == BUNDLED, llm=llm, plain=plain)
    with opened as assistant, _progress() as progress:
        return run(
            assistant, cases, assistant.papers(),
            workers=workers, seed=seed, source=source, described=_described(assistant, llm), progress=progress,
        )  # fmt: skip


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
    library: Path | None, pages: Sequence[Path], *, bundled: bool, llm: str = "off", plain: bool = False
) -> Iterator[Assistant]:
    """The assistant to ask: over files in a temporary library, over a library, or over the bundled notes.

    Bundled cases never fall on the user's own library by default: they are about the notes. ``plain`` ignores the
    environment's settings, so that a gate gives the same answer everywhere.
    """
    from rag import Assistant, Settings
    from rag.library.location import notes_file

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
