"""arXiv's metadata snapshot: one JSON object per line with arXiv's own names for the fields."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from rag.corpus.dates import parse_date
from rag.corpus.fields import read_fields
from rag.corpus.jsontext import iter_objects, looks_like_json
from rag.corpus.names import name_of
from rag.corpus.reader import Reader
from rag.corpus.record import RawRecord
from rag.paper import Rejection

_MARKS: Final = ('"authors_parsed"', '"journal-ref"', '"update_date"', '"versions"')


def sniff(head: str, path: Path) -> int:
    """Sure of JSON with two of the field names that only arXiv uses."""
    return 90 if looks_like_json(head) and sum(mark in head for mark in _MARKS) >= 2 else 0


def read(text: str, file: str) -> Iterator[RawRecord | Rejection]:
    """One record per object; the date is that of the first version, else of the last update."""
    for item in iter_objects(text):
        if item.error is not None:
            yield Rejection(file=file, line=item.line, reason=item.error)
            continue
        record = read_fields(item.value, file, item.line)
        if isinstance(record, Rejection):
            yield record
            continue
        parsed = item.value.get("authors_parsed")
        authors = tuple(filter(None, map(name_of, parsed))) if isinstance(parsed, list) else ()
        yield replace(
            record, authors=authors or record.authors, published=_first_version(item.value) or record.published
        )


def _first_version(values: Mapping[str, object]) -> str | None:
    """The ISO date of version 1 (``Mon, 2 Apr 2007 19:18:42 GMT``), or None."""
    versions = values.get("versions")
    first = versions[0] if isinstance(versions, list) and versions else None
    created = first.get("created") if isinstance(first, dict) else None
    return parse_date(re.sub(r"^\w+,\s*", "", created)) if isinstance(created, str) else None


READER: Final = Reader("arxiv-json", "arXiv's metadata snapshot (JSON lines)", (".json", ".jsonl"), sniff, read)
