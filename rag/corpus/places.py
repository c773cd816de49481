"""From what the user names to files to read: files, folders with all that is in them, and standard input.

A folder is walked in the order of names. What is passed over in it is said: hidden entries by their number, anything
else by name.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rag.paper import Rejection

STDIN: Final = "-"
STDIN_NAME: Final = "standard input"


@dataclass(frozen=True, slots=True)
class Place:
    """One file to read; ``found``: it was met in a folder, and not named, so that being none of ours is no failure."""

    path: Path
    found: bool = False

    @property
    def is_stdin(self) -> bool:
        """Whether standard input is meant; a file of that name is ``./-``."""
        return not self.found and str(self.path) == STDIN

    @property
    def name(self) -> str:
        """What reports call it."""
        return STDIN_NAME if self.is_stdin else str(self.path)


@dataclass(slots=True)
class Places:
    """What there is to read, and what was passed over on the way."""

    files: list[Place] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


def expand(named: Iterable[str | os.PathLike[str]]) -> Places:
    """The files of what is named, each once, folders expanded in place."""
    places = Places()
    seen: dict[str, Place] = {}

    def add(place: Place) -> None:
        key = STDIN if place.is_stdin else os.path.realpath(place.path)
        if key not in seen:
            seen[key] = place
            places.files.append(place)
        elif not place.found:
            places.notices.append(f"{place.name}: named twice; read once")

    for given in named:
        # Path("./-") would be "-" again, so what the user wrote decides.
        if os.fspath(given) == STDIN:
            add(Place(Path(STDIN)))
        elif Path(given).is_dir():
            before = len(places.files)
            found = list(_walk(Path(given), places))
            for place in found:
                add(place)
            if not found:
                reason = "the folder holds no files to read; name another one"
                places.rejected.append(Rejection(file=str(given), line=None, reason=reason))
            elif len(places.files) == before:
                places.notices.append(f"{given}: all of its files were named before; read once")
        else:
            path = Path(given)
            add(Place(path.absolute() if str(path) == STDIN else path))
    return places


def _walk(folder: Path, places: Places) -> Iterator[Place]:
    """Every file below a folder in order of names; links to folders are not followed, so no walk is endless."""
    hidden = 0
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        places.notices.append(f"{folder}: skipped, it cannot be opened ({error.strerror or error})")
        return
    if {"manifest.json", "chroma", "lexical"} <= {entry.name for entry in entries}:
        places.notices.append(f"{folder}: skipped, it is a library; its papers come from rag papers export")
        return
    for entry in entries:
        if entry.name.startswith("."):
            hidden += 1
        elif entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path), places)
        elif entry.is_dir():
            places.notices.append(f"{entry.path}: skipped, a link to a folder; name the folder itself")
        elif entry.is_file():
            yield Place(Path(entry.path), found=True)
        else:
            places.notices.append(f"{entry.path}: skipped, no regular file")
    if hidden:
        places.notices.append(f"{folder}: {hidden} hidden {'entry' if hidden == 1 else 'entries'} skipped")
