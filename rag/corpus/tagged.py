"""Files of tagged lines (``TI  - A title``): RIS through rispy, and PubMed's text form (MEDLINE, ``.nbib``).

Both are cut into entries here, so that each has its line and a broken one costs itself alone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import rispy

from rag.corpus.dates import parse_date
from rag.corpus.identity import normalise_arxiv_id, normalise_doi
from rag.corpus.names import name_of
from rag.corpus.pubmed_xml import pubmed_address
from rag.corpus.reader import Reader
from rag.corpus.record import RawRecord, numbered_lines
from rag.paper import Rejection

_RIS_START: Final = re.compile(r"^\ufeff?TY {1,2}- ?", re.MULTILINE)
_RIS_LINE: Final = re.compile(r"[A-Z][A-Z0-9] {1,2}-(?: |$)")
_MEDLINE_START: Final = re.compile(r"^\ufeff?PMID ?- ?\d", re.MULTILINE)
_MEDLINE_LINE: Final = re.compile(r"(?P<tag>[A-Z][A-Z0-9]{1,3}) {0,2}- (?P<value>.*)")
_JOURNALS: Final = ("journal_name", "alternate_title3", "secondary_title", "alternate_title1", "alternate_title2")


# -- RIS


def sniff_ris(head: str, path: Path) -> int:
    """Sure of a line that opens an entry, with another tag below it."""
    start = _RIS_START.search(head)
    following = head[start.end() :].split("\n", 2)[1:2] if start else []
    return 90 if following and _RIS_LINE.match(following[0]) else 60 if start and start.start() == 0 else 0


def read_ris(text: str, file: str) -> Iterator[RawRecord | Rejection]:
    """One record per entry. An entry that never ends is read all the same, with a remark."""
    for line, lines in _entries(text, _RIS_START):
        ended = next((n for n, found in enumerate(lines) if re.match(r"ER {1,2}-", found)), None)
        body = lines if ended is None else lines[:ended]
        stray = [n for n, found in enumerate(lines[len(body) + 1 :], line + len(body) + 1) if found.strip()]
        try:
            # One blank before the hyphen is a common slip; the library reads two.
            parsed = rispy.loads("\n".join([*map(_two_blanks, body), "ER  - "]))
        except (KeyError, IndexError, ValueError, AttributeError, TypeError):  # what its parser raises on odd lines
            parsed = []
        if not parsed:
            reason = "the entry is broken and was left out; begin each line with a tag, two blanks and a hyphen"
            yield Rejection(file=file, line=line, reason=reason)
            continue
        yield _ris_record(
            parsed[0], file, line, () if ended is not None else ("the entry has no ER line; it was read",)
        )
        if stray:
            yield Rejection(file=file, line=stray[0], reason="this line belongs to no entry; begin one with TY  -")


def _two_blanks(line: str) -> str:
    return f"{line[:2]} {line[2:]}" if re.match(r"[A-Z][A-Z0-9] -", line) else line


def _ris_record(values: dict[str, Any], file: str, line: int, remarks: tuple[str, ...]) -> RawRecord:
    def text(*names: str) -> str:
        return next((found for name in names if (found := str(values.get(name) or "").strip())), "")

    addresses = [str(found).strip() for found in values.get("urls") or () if str(found).strip()]
    authors = values.get("authors") or values.get("first_authors") or ()
    written = [found for name in ("date", "year", "publication_year") if (found := text(name))]
    dates = [date for found in written if (date := _slashed_date(found)) is not None]
    if written and not dates:
        remarks += (f"the date {written[0][:40]!r} is not understood and was left out; write it as 2024/03/07",)
    doi = text("doi")
    return RawRecord(
        title=text("title", "primary_title", "translated_title"),
        abstract=text("abstract", "notes_abstract"),
        file=file,
        line=line,
        authors=tuple(name for found in authors if (name := name_of(str(found).rstrip(",")))),
        organisation=text("author_address").partition("\n")[0] or None,
        # The longest is the most exact: DA gives a day where PY gives a year.
        published=max(dates, key=len, default=None),
        venue=text(*_JOURNALS) or None,
        url=addresses[0] if addresses else None,
        doi=normalise_doi(doi) or next(filter(None, map(normalise_doi, addresses)), None) or doi or None,
        arxiv_id=next(filter(None, map(normalise_arxiv_id, [doi, text("accession_number"), *addresses])), None),
        remarks=remarks,
    )


def _slashed_date(written: str) -> str | None:
    """RIS writes ``2024/03/07/spring``, any part but the year left empty."""
    parts = [part.strip() for part in written.split("/")[:3]]
    while parts and not parts[-1]:
        parts.pop()
    return parse_date("-".join(parts)) or parse_date(written)


# -- PubMed's text form


def sniff_medline(head: str, path: Path) -> int:
    """Sure of a line with a PubMed id."""
    return 92 if _MEDLINE_START.search(head) else 0


def read_medline(text: str, file: str) -> Iterator[RawRecord | Rejection]:
    """One record per entry; lines that begin with blanks go on with the field above them."""
    for line, lines in _entries(text, _MEDLINE_START):
        values: dict[str, list[str]] = defaultdict(list)
        tag = ""
        odd: int | None = None
        for number, found in enumerate(lines, line):
            match = _MEDLINE_LINE.match(found)
            if match:
                tag = match["tag"]
                values[tag].append(match["value"].strip())
            elif tag and found.startswith("  ") and found.strip():
                values[tag][-1] += " " + found.strip()
            elif found.strip() and odd is None:
                odd = number
        if odd is not None:
            yield Rejection(file=file, line=odd, reason="this line has no tag and was left out; the entry was read")
        yield _medline_record(values, file, line)


def _medline_record(values: dict[str, list[str]], file: str, line: int) -> RawRecord:
    def first(*tags: str) -> str:
        return next((found for tag in tags for found in values.get(tag, ()) if found), "")

    located = [
        found.removesuffix("[doi]").strip()
        for tag in ("AID", "LID")
        for found in values.get(tag, ())
        if "[doi]" in found
    ]
    written = [first("DEP"), first("DP")]
    dates = [date for found in written if found and (date := _medline_date(found)) is not None]
    remarks = (
        () if dates or not any(written) else (f"the date {first('DP')[:40]!r} is not understood and was left out",)
    )
    return RawRecord(
        # PubMed ends every title with a full stop of its own.
        title=first("TI", "BTI", "TT").removesuffix("."),
        abstract=first("AB", "OAB"),
        file=file,
        line=line,
        authors=tuple(filter(None, map(name_of, values.get("FAU") or map(_initials_last, values.get("AU", ())))))
        + tuple(values.get("CN", ())),
        organisation=first("AD").rstrip(".") or None,
        published=dates[0] if dates else None,
        venue=first("JT", "TA", "BTI") or None,
        url=pubmed_address(first("PMID")),
        doi=located[0] if located else None,
        remarks=remarks,
    )


def _medline_date(written: str) -> str | None:
    """``20240307``, ``2024 Mar 7``, ``1998 Dec-1999 Jan``: as far as it is understood."""
    turned = re.sub(r"^(\d{4}) ([A-Za-z]{3}) (\d{1,2})$", r"\3 \2 \1", written.strip())
    return parse_date(turned) or parse_date(turned.partition("-")[0]) or parse_date(turned[:4])


def _initials_last(name: str) -> str:
    """``Doe AB`` as ``Doe, A. B.``, which the reader of names understands."""
    family, _, initials = name.rpartition(" ")
    return f"{family}, {'. '.join(initials)}." if family and initials.isupper() and initials.isalpha() else name


# -- both


def _entries(text: str, start: re.Pattern[str]) -> Iterator[tuple[int, list[str]]]:
    """Pairs of 1-based line and the lines from one opening line to the next; what stands before the first is left."""
    opened: tuple[int, list[str]] | None = None
    for number, line in numbered_lines(text):
        if start.match(line):
            if opened is not None:
                yield opened
            opened = (number, [])
        if opened is not None:
            opened[1].append(line)
    if opened is not None:
        yield opened


RIS: Final = Reader("ris", "RIS", (".ris",), sniff_ris, read_ris)
MEDLINE: Final = Reader("pubmed", "PubMed's text form (MEDLINE)", (".nbib", ".medline"), sniff_medline, read_medline)
