"""Atom, as arXiv's API answers: read with a parser that refuses entities, keeping the entries before a break."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

from rag.corpus.dates import parse_date
from rag.corpus.identity import normalise_arxiv_id
from rag.corpus.reader import Reader
from rag.corpus.record import RawRecord
from rag.corpus.xmltext import parse_entries, text_at
from rag.paper import Rejection

_ATOM: Final = "{http://www.w3.org/2005/Atom}"
_ARXIV: Final = "{http://arxiv.org/schemas/atom}"
ENTRY: Final = f"{_ATOM}entry"


def sniff(head: str, path: Path) -> int:
    """Sure of a feed; XML of any other kind comes here too, for want of a better reader, but not HTML."""
    if not re.match(r"[\s\ufeff]*<(?:\?xml|!DOCTYPE|!--|feed\b|\w+:feed\b|entry\b)", head, re.IGNORECASE):
        return 0
    if re.search(r"<!DOCTYPE\s+html|<html\b", head, re.IGNORECASE):
        return 0
    return 95 if "http://www.w3.org/2005/Atom" in head else 20


def read(text: str, file: str) -> Iterator[RawRecord | Rejection]:
    """One record per entry. Where the XML breaks, one rejection follows the entries before the break."""
    entries, problem = parse_entries(text, frozenset({ENTRY}), file)
    for line, entry in entries:
        yield _record(line, entry, file)
    if problem is not None:
        yield problem


def _record(line: int, entry: Element, file: str) -> RawRecord | Rejection:
    address = text_at(entry, f"{_ATOM}id")
    if "/api/errors" in address:
        reason = f"arXiv answered with an error ({text_at(entry, f'{_ATOM}summary')[:100]}); correct the query"
        return Rejection(file=file, line=line, reason=reason)
    authors = tuple(name for a in entry.iterfind(f"{_ATOM}author") if (name := text_at(a, f"{_ATOM}name")))
    links = {a.get("title") or a.get("rel") or "": a.get("href") or "" for a in entry.iterfind(f"{_ATOM}link")}
    return RawRecord(
        title=text_at(entry, f"{_ATOM}title"),
        abstract=text_at(entry, f"{_ATOM}summary") or text_at(entry, f"{_ATOM}content"),
        file=file,
        line=line,
        authors=authors,
        organisation=text_at(entry, f"{_ATOM}author/{_ARXIV}affiliation") or None,
        published=parse_date(text_at(entry, f"{_ATOM}published") or text_at(entry, f"{_ATOM}updated")),
        venue=text_at(entry, f"{_ARXIV}journal_ref") or None,
        url=links.get("alternate") or (address if address.startswith("http") else None),
        doi=text_at(entry, f"{_ARXIV}doi") or links.get("doi") or None,
        arxiv_id=normalise_arxiv_id(address),
    )


READER: Final = Reader("atom", "an Atom feed of arXiv's API", (".atom", ".xml"), sniff, read)
