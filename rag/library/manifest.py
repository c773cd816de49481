"""The manifest: what a library was built with, its generation, and whether a write is under way.

``generation`` counts finished writes. ``writing`` is set before the first store is touched and cleared together with
the step of the generation, so a manifest that says "writing" while nobody holds the lock tells of a killed writer. The
lock does not reach other machines that share a Chroma server: there the writer gives signs of life in the manifest.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from pydantic import ValidationError

from rag.errors import LibraryBrokenError, LibraryMismatchError
from rag.paper import Record

SCHEMA = 1
# Seconds without a sign of life after which a writer on another machine counts as dead.
_PATIENCE = 600.0


class Manifest(Record):
    """The record kept beside the rows: in manifest.json, or in the collection's metadata on a server."""

    schema_version: int = SCHEMA
    embedder: str
    dimension: int
    passage_tokens: int
    generation: int = 0
    writing: bool = False
    reindexing: bool = False
    model: str = ""
    """What the embedder learned from the library, where it is one that learns."""
    folded: int = 0
    """Rows stored since it learned."""
    writer: str = ""
    seen: float = 0.0
    """The last sign of life of the writer, in seconds since 1970."""

    def begun(self, writer: str) -> Manifest:
        """The manifest while a write is under way; also the writer's sign of life."""
        return self.model_copy(update={"writing": True, "writer": writer, "seen": time.time()})

    def held_by_another(self, writer: str) -> bool:
        """Whether somebody else is writing and has given a sign of life lately."""
        return self.writing and self.writer != writer and time.time() - self.seen < _PATIENCE

    def done(self) -> Manifest:
        """The manifest after a finished write: the next generation."""
        update = {"writing": False, "reindexing": False, "writer": "", "generation": self.generation + 1}
        return self.model_copy(update=update)


def parse_manifest(text: str, where: str) -> Manifest:
    """Read a manifest.

    Raises:
        LibraryBrokenError: it cannot be read.
        LibraryMismatchError: it is of a later schema than this version knows.
    """
    try:
        data = json.loads(text)
        if isinstance(data, dict) and int(data.get("schema_version", 0)) > SCHEMA:
            raise LibraryMismatchError(
                f"{where} was written by a newer version (schema {data['schema_version']})", "Upgrade groundwork"
            )
        return Manifest.model_validate(data)
    except (ValueError, TypeError, ValidationError) as error:
        raise LibraryBrokenError(f"the manifest of {where} cannot be read ({type(error).__name__})") from error


def write_atomically(path: Path, text: str) -> None:
    """Replace a file so that a reader, or a crash, sees either the old or the new text."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with temporary.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)
