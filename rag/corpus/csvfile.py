"""Tables: comma, semicolon, tab or bar between the fields, the columns named by the first row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rag.corpus.fields import field_named, read_fields
from rag.corpus.reader import Reader
from rag.corpus.record import RawRecord
from rag.paper import Rejection

_DELIMITERS: Final = (",", "\t", ";", "|")


def sniff(head: str, path: Path) -> int:
    """Sure of a first row that names a title and an abstract."""
    columns = _columns(head)
    return 70 if "title" in columns and "abstract" in columns else 0


def read(text: str, file: str) -> Iterator[RawRecord | Rejection]:
    """One record per row; a row with too many fields or an open quote costs itself alone."""
    lines = list(io.StringIO(text, newline=""))  # keeps CR LF inside quoted fields and breaks at no other character
    first = next((index for index, line in enumerate(lines) if line.strip()), len(lines))
    delimiter = _delimiter("".join(lines[first : first + 1]))
    header: list[str] | None = None
    for number, row in _rows(lines, first, delimiter):
        if isinstance(row, str):
            yield Rejection(file=file, line=number, reason=row)
        elif header is None:
            header = row
            missing = [name for name in ("title", "abstract") if name not in map(field_named, header)]
            if missing:
                found = ", ".join(name.strip() for name in header if name.strip())[:200] or "nothing"
                reason = f"no column for the {' and the '.join(missing)} (found: {found}); name it in the first row"
                yield Rejection(file=file, line=number, reason=reason)
                return
        elif any(cell.strip() for cell in row):
            yield _record(header, row, file, number)


def _record(header: list[str], row: list[str], file: str, number: int) -> RawRecord | Rejection:
    extra = row[len(header) :]
    if any(cell.strip() for cell in extra):
        reason = f"{len(row)} fields where the first row names {len(header)}; quote a field that holds the delimiter"
        return Rejection(file=file, line=number, reason=reason)
    return read_fields(dict(zip(header, row, strict=False)), file, number)


def _rows(lines: list[str], start: int, delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    """Pairs of 1-based line and row, or what is wrong with the row; reading goes on after a broken one."""
    # The limit belongs to the process and defaults to 128 KiB; the size of abstracts is judged elsewhere.
    csv.field_size_limit(max(csv.field_size_limit(), sum(map(len, lines)) + 1))
    while start < len(lines):
        rows = csv.reader(iter(lines[start:]), delimiter=delimiter, strict=True)
        row_start = start
        try:
            for row in rows:
                yield row_start + 1, row
                row_start = start + rows.line_num
            return
        except csv.Error as error:
            yield row_start + 1, f"the row is broken ({error}); close its quotes, and double a quote inside a field"
            start = row_start + 1


def _delimiter(first_line: str) -> str:
    """The delimiter under which the first row names most of our fields."""
    return max(_DELIMITERS, key=lambda delimiter: len(_named(first_line, delimiter)))


def _named(first_line: str, delimiter: str) -> set[str]:
    try:
        row = next(csv.reader([first_line], delimiter=delimiter), [])
    except csv.Error:
        return set()
    return {name for name in map(field_named, row) if name is not None}


def _columns(head: str) -> set[str]:
    first_line = next((line for line in io.StringIO(head, newline="") if line.strip()), "")
    return _named(first_line, _delimiter(first_line)) if len(first_line) < 10_000 else set()


READER: Final = Reader("csv", "a table with a row of names (commas, tabs, semicolons)", (".csv", ".tsv"), sniff, read)
