"""JSON: one object per line, or an array of objects, with the usual names for the fields."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rag.corpus.fields import read_fields
from rag.corpus.jsontext import iter_objects, looks_like_json
from rag.corpus.reader import Reader
from rag.corpus.record import RawRecord
from rag.paper import Rejection


def sniff(head: str, path: Path) -> int:
    """Sure of anything that begins like an object or an array of objects."""
    return 80 if looks_like_json(head) else 0


def read(text: str, file: str) -> Iterator[RawRecord | Rejection]:
    """One record per object; a broken object costs itself alone."""
    for item in iter_objects(text):
        if item.error is not None:
            yield Rejection(file=file, line=item.line, reason=item.error)
        else:
            yield read_fields(item.value, file, item.line)


READER: Final = Reader(
    "jsonl", "JSON objects, one per line or in an array", (".jsonl", ".ndjson", ".json"), sniff, read
)
