"""``rag eval cases``: draft, check and add cases."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from eval.commands import options
from eval.commands.draft import draft_command
from eval.commands.opening import chosen_cases, open_asked
from eval.commands.showing import end


@click.group("cases")
def cases_group() -> None:
    """Look after cases."""


cases_group.add_command(draft_command)


@cases_group.command("check")
@click.argument("source", default="bundled")
@options.papers("Library that the cases are about.", "Or files that they are about.")
@click.option("--json", "as_json", is_flag=True, help="Print the checks as JSON.")
def check_command(source: str, library: Path | None, pages: tuple[Path, ...], as_json: bool) -> None:
    """Check that cases parse, name papers that exist, and quote them verbatim; exit code 4 where they do not."""
    from eval.cases import BUNDLED
    from eval.check import check_cases, check_coverage
    from eval.gate import Check

    cases = chosen_cases(source)
    with open_asked(library, pages, bundled=source == BUNDLED) as assistant:
        papers = assistant.papers()
    faults = check_cases(cases, papers) + (check_coverage(cases, papers) if source == BUNDLED else [])
    checks = [Check("case", False, fault) for fault in faults]
    checks.append(Check("cases agree with their papers", not faults, f"{len(cases)} cases, {len(faults)} faults"))
    end(checks, as_json)


@cases_group.command("add")
@click.argument("drafts", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--folder", type=click.Path(path_type=Path), default=None, help="Another folder than the bundled cases'.")
@options.papers("Library that the cases are about.", "Or files that they are about.")
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
        open_asked(library, pages, bundled=True) as assistant,
    ):
        files = [approved_only(path, Path(place) / f"{at}.jsonl") for at, path in enumerate(drafts)]
        counts = assemble(files, assistant.papers(), folder or bundled_folder())
    for name, count in counts.items():
        click.echo(f"{name}: {count} cases")
