"""The page of daily papers, copied as text: title, abstract, then authors' count or organisation, a dot and a date."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rag.corpus.dates import inferred_year, iso_date
from rag.corpus.layout import Footer, read_blocks
from rag.corpus.reader import Reader
from rag.corpus.record import RawRecord
from rag.paper import Rejection

_FOOTER: Final = re.compile(r"^\s*(?:•\s*\d+ authors?\b|·\s*$)|\s·\s", re.MULTILINE)


def sniff(head: str, path: Path) -> int:
    """Sure where a paper with title and abstract is followed by a footer that dates it or counts its authors."""
    if not _FOOTER.search(head):
        return 0
    for block in read_blocks(head):
        footer = block.footer
        if footer and block.title and (footer.date or footer.n_authors is not None):
            return 75
    return 0


def read(text: str, file: str) -> Iterator[RawRecord | Rejection]:
    """The papers with what their footers give; a date without a year gets the page's, marked as inferred."""
    blocks = list(read_blocks(text))
    dates = [block.footer.date for block in blocks if block.footer and block.footer.date]
    year = inferred_year(dates, datetime.date.today())
    for block in blocks:
        footer = block.footer or Footer()
        date = footer.date
        yield RawRecord(
            title=block.title,
            abstract=block.abstract,
            file=file,
            line=block.line,
            n_authors=footer.n_authors,
            organisation=footer.organisation,
            published=iso_date(date.year or year, date.month, date.day) if date else None,
            published_inferred=date is not None and date.year is None,
        )


READER: Final = Reader("daily", "a page of daily papers copied as text", (".txt", ".text", ""), sniff, read)
