"""What the verbs of ``rag eval`` open: the assistant to ask, over a library, over files, or over papers in hand."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from eval.cases import Case
    from rag import Assistant, Settings
    from rag.paper import Paper


def chosen_cases(source: str, split: str = "all", *, kinds: str = "", limit: int | None = None) -> tuple[Case, ...]:
    """Cases of a file, a folder, or the bundled ones; ``kinds`` separated by commas, all where it is empty."""
    from eval.cases import BUNDLED, bundled_cases, load_cases, select_cases

    cases = bundled_cases() if source == BUNDLED else load_cases(source)
    chosen = [k.strip() for k in kinds.split(",") if k.strip()]
    return select_cases(cases, split=split, kinds=chosen, limit=limit)


def described(assistant: Assistant, llm: str) -> dict[str, str]:
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
def open_asked(
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
    with open_empty(llm=llm, settings=settings) as assistant:
        report = assistant.ingest(list(pages) or [notes_file()])
        for rejected in report.rejected:
            click.echo(f"not taken: {rejected}", err=True)
        yield assistant


@contextmanager
def open_over(papers: Sequence[Paper], llm: str) -> Iterator[Assistant]:
    """An assistant over a temporary library of these papers, written in this order."""
    with open_empty(llm=llm) as assistant:
        assistant.library.write(papers)
        yield assistant


@contextmanager
def open_empty(
    *, llm: Any = "off", embedder: str | None = None, settings: Settings | None = None
) -> Iterator[Assistant]:
    """An assistant over a temporary library that holds nothing yet. ``settings`` None = the environment's."""
    from rag import Assistant, Settings

    settings = Settings.from_env() if settings is None else settings
    with (
        tempfile.TemporaryDirectory(prefix="rag-eval-", ignore_cleanup_errors=True) as folder,
        Assistant.open(
            Path(folder) / "library", llm=llm, embedder=embedder, settings=settings, for_writing=True
        ) as assistant,
    ):
        yield assistant
