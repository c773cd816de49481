"""Where a library is: the folder or server asked for, else the user's data folder, else the bundled notes."""

from __future__ import annotations

import hashlib
import os
import tempfile
from importlib import resources
from pathlib import Path
from typing import Literal, NamedTuple

import platformdirs

from rag.errors import InputError
from rag.library.manifest import parse_manifest
from rag.settings import Settings

Kind = Literal["folder", "server", "notes"]
APP = "groundwork"


class Location(NamedTuple):
    """A resolved place. ``folder`` holds the files (for a server: the local cache of its lexical index)."""

    kind: Kind
    name: str
    folder: Path


def notes_file() -> Path:
    """The bundled notes, one JSON object per line."""
    return Path(str(resources.files("rag") / "data" / "notes.jsonl"))


def cache_root(settings: Settings) -> Path:
    """The cache folder, created; a private temporary folder where the usual one cannot be written."""
    wanted = Path(settings.cache_dir).expanduser() if settings.cache_dir else Path(platformdirs.user_cache_dir(APP))
    try:
        wanted.mkdir(parents=True, exist_ok=True)
        if os.access(wanted, os.W_OK):
            return wanted
    except OSError:
        pass
    if settings.cache_dir:
        raise InputError(f"the cache folder {wanted} cannot be written", "Set RAG_CACHE_DIR to a folder of yours")
    fallback = Path(tempfile.gettempdir()) / f"{APP}-{os.getuid() if hasattr(os, 'getuid') else 'user'}"
    fallback.mkdir(mode=0o700, parents=True, exist_ok=True)
    return fallback


def default_folder() -> Path:
    """The user's own library when none is named."""
    return Path(platformdirs.user_data_dir(APP)) / "library"


def _in_use(folder: Path) -> bool:
    """Whether a library was ever written to: a first ingest that read nothing must not hide the bundled notes."""
    path = folder / "manifest.json"
    if not path.exists():
        return False
    manifest = parse_manifest(path.read_text(encoding="utf-8"), str(folder))
    return manifest.writing or manifest.generation > 0


def resolve(library: str | Path | None, settings: Settings, *, for_writing: bool = False) -> Location:
    """The place of a library.

    Args:
        library: a folder, ``chroma+http://host:port/name``, or None for the setting, the default folder or the notes.
        for_writing: never fall back to the bundled notes, which belong to no user.
    """
    named = library if library is not None else settings.library
    if named is not None and str(named).startswith(("chroma+http://", "chroma+https://")):
        key = hashlib.sha256(str(named).encode()).hexdigest()[:16]
        return Location("server", str(named), cache_root(settings) / f"server-{key}")
    if named is not None:
        if not str(named).strip():
            raise InputError("the library's name is empty", "Give a folder with --library PATH")
        folder = Path(named).expanduser().resolve()
        if folder.exists() and not folder.is_dir():
            raise InputError(f"{folder} is a file, not a library folder", "Give a folder with --library PATH")
        return Location("folder", str(folder), folder)
    folder = default_folder()
    if for_writing or _in_use(folder):
        return Location("folder", str(folder), folder)
    digest = hashlib.sha256(notes_file().read_bytes()).hexdigest()[:12]
    return Location("notes", "bundled notes", cache_root(settings) / f"notes-{digest}")
