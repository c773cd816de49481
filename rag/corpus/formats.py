"""The table of formats: the one place, beside its own file, that a new reader is named in."""

from __future__ import annotations

from typing import Final

from rag.corpus import (
    arxiv_json,
    atom,
    bibtex,
    csvfile,
    daily,
    jsonl,
    openalex,
    pages,
    pubmed_xml,
    semantic_scholar,
    tagged,
)
from rag.corpus.reader import Reader
from rag.errors import UnknownFormatError

FORMATS: Final[tuple[Reader, ...]] = (
    daily.READER,
    pages.READER,
    jsonl.READER,
    csvfile.READER,
    bibtex.READER,
    arxiv_json.READER,
    atom.READER,
    tagged.RIS,
    tagged.MEDLINE,
    pubmed_xml.READER,
    openalex.READER,
    semantic_scholar.READER,
)


def format_names() -> tuple[str, ...]:
    """The names that ``--format`` takes."""
    return tuple(reader.name for reader in FORMATS)


def reader_named(name: str) -> Reader:
    """The reader of this name, or UnknownFormatError."""
    for reader in FORMATS:
        if reader.name == name.strip().lower():
            return reader
    raise UnknownFormatError(f"{name!r} is no format we read", f"Use one of: {', '.join(format_names())}")
