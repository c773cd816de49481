"""The library: passages, embedders, the Chroma store, the lexical index, and what keeps them in step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rag.errors import EmbedderError, LibraryMismatchError, MissingDependencyError
from rag.library.embedders import Embedder, make_embedder
from rag.library.latent_embedder import Fitted
from rag.library.library import Library, Progress
from rag.library.location import Location, notes_file, resolve
from rag.library.manifest import parse_manifest
from rag.library.store import served_note
from rag.settings import Settings

__all__ = ["Embedder", "Library", "Location", "Progress", "make_embedder", "open_library"]

_NOTES_WAIT = 120.0
_WRITE_WAIT = 10.0


def open_library(
    library: str | Path | None,
    settings: Settings,
    *,
    embedder: Any = None,
    for_writing: bool = False,
    rebuilding: bool = False,
    progress: Progress | None = None,
) -> Library:
    """Open a library, created where it is absent; the bundled notes are indexed on first use.

    Args:
        library: folder, ``chroma+http://host:port/name``, or None (see :func:`rag.library.location.resolve`).
        embedder: name, LlamaIndex ``BaseEmbedding`` or :class:`Embedder`; None takes what the library was built with,
            else the setting.
        for_writing: never fall back to the bundled notes.
        rebuilding: the embedder is what the library shall be rebuilt with, not what it was built with.

    Raises:
        LibraryMismatchError: an embedder was asked for that the library was not built with.
        LibraryBrokenError, StoreUnavailableError, EmbedderError, InputError: as their names say.
    """
    location = resolve(library, settings, for_writing=for_writing)
    if isinstance(embedder, str) and embedder == "auto" and not rebuilding:
        embedder = None
    chosen = make_embedder(embedder, settings) if embedder is not None else _found(location, settings, rebuilding)
    if location.kind == "server" and isinstance(chosen, Fitted):
        raise EmbedderError(
            f"the embedder {chosen.name} keeps what it learned in a folder, and {location.name} is a server",
            "Install WordLlama (pip install wordllama), or use --embedder minilm or openai",
        )
    if location.kind == "notes":
        # One index per embedder, so that trying another one never asks for a rebuild.
        location = location._replace(folder=location.folder.with_name(f"{location.folder.name}-{_safe(chosen.name)}"))
    wait = _NOTES_WAIT if location.kind == "notes" else _WRITE_WAIT
    opened = Library(
        location,
        chosen,
        settings.passage_tokens,
        wait=wait,
        check_embedder=not rebuilding and (embedder is not None or location.kind == "server"),
        rebuilding=rebuilding,
    )
    if location.kind == "notes" and not opened.papers():
        from rag.corpus import read_sources

        papers = read_sources([notes_file()]).papers
        opened.write([p.model_copy(update={"sources": (location.name,)}) for p in papers], progress)
    return opened


def _found(location: Location, settings: Settings, rebuilding: bool) -> Embedder:
    """The embedder that a library was built with, else that of the settings.

    Raises:
        LibraryMismatchError: what it was built with is not installed here, and it is not to be rebuilt.
    """
    built = _built_with(location)
    if built is None:
        return make_embedder(settings.embedder, settings)
    try:
        return make_embedder(built, settings)
    except MissingDependencyError as missing:
        if rebuilding:
            return make_embedder(settings.embedder, settings)
        raise LibraryMismatchError(
            f"{location.name} was built with the embedder {built}, which is not installed here",
            f"Rebuild it with what is: rag reindex; or: {missing.remedy.removeprefix('Install it with: ')}",
        ) from missing


def _built_with(location: Location) -> str | None:
    if location.kind == "server":
        text = served_note(location.name)
    else:
        path = location.folder / "manifest.json"
        text = path.read_text(encoding="utf-8") if location.kind == "folder" and path.exists() else None
    return None if text is None else parse_manifest(text, location.name).embedder


def _safe(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-_." else "-" for c in name)
