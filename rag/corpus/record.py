"""What a reader yields: one record as the file gives it, and how its text is cleaned.

Cleaning is deliberately small, because offsets of quotes refer to the cleaned text for ever: runs of white space become
one space, control characters and lone surrogates go, and the rest is put in Unicode's composed form (NFC). Artefacts of
web pages (``24\\%``, ``2.15times``) stay; search normalises them on its own copy.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from rag.paper import Origin, TextKind

MAX_TITLE_CHARS: Final = 1_000
DEFAULT_MAX_ABSTRACT_CHARS: Final = 50_000

# Tab, newline and their like (0x09-0x0d, 0x1c-0x1f, 0x85) are white space, which is folded rather than dropped.
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff]")
_LINE_END: Final = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One paper as one place of one file gives it, before identity and merging.

    ``title`` and ``abstract`` may be empty: whether that is acceptable is decided in one place, not by each reader.
    ``published`` is ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``; ``line`` is 1-based; ``remarks`` are sentences for the
    report about something in this record that was read otherwise than written.
    """

    title: str
    abstract: str
    file: str
    line: int | None = None
    text_kind: TextKind = "abstract"
    authors: tuple[str, ...] = ()
    n_authors: int | None = None
    organisation: str | None = None
    published: str | None = None
    published_inferred: bool = False
    venue: str | None = None
    url: str | None = None
    doi: str | None = None
    arxiv_id: str | None = None
    provenance: tuple[Origin, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """``file:line``, or the file alone where the format knows no lines."""
        return self.file if self.line is None else f"{self.file}:{self.line}"


def clean_text(text: str) -> tuple[str, int]:
    """The text as it is kept, and how many unprintable characters were dropped to get it."""
    printable, dropped = _UNPRINTABLE.subn("", text)
    return unicodedata.normalize("NFC", " ".join(printable.split())), dropped


def clean_record(record: RawRecord) -> tuple[RawRecord, int]:
    """The record with every text cleaned, and how many unprintable characters were dropped in all."""
    dropped = 0

    def required(text: str) -> str:
        nonlocal dropped
        cleaned, count = clean_text(text)
        dropped += count
        return cleaned

    def optional(text: str | None) -> str | None:
        return None if text is None else required(text) or None

    cleaned = replace(
        record,
        title=required(record.title),
        abstract=required(record.abstract),
        authors=tuple(name for name in map(required, record.authors) if name),
        organisation=optional(record.organisation),
        venue=optional(record.venue),
        url=optional(record.url),
        doi=optional(record.doi),
        arxiv_id=optional(record.arxiv_id),
    )
    return cleaned, dropped


def numbered_lines(text: str) -> Iterator[tuple[int, str]]:
    """Pairs of 1-based line number and line without its end.

    Unlike ``str.splitlines`` this breaks at CR, LF and CRLF only, so that the numbers are those of an editor.
    """
    return enumerate(_LINE_END.split(text), 1)


def line_at(text: str, offset: int) -> int:
    """The 1-based line of a code-point offset."""
    return 1 + sum(1 for _ in _LINE_END.finditer(text, 0, offset))
