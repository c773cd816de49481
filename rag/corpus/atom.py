"""Atom, as arXiv's API answers: read with a parser that refuses entities, keeping the entries before a break."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from rag.corpus.dates import parse_date
from rag.corpus.identity import normalise_arxiv_id
from rag.corpus.reader import Reader
from rag.corpus.record import RawRecord
from rag.paper import Rejection

_ATOM: Final = "{http://www.w3.org/2005/Atom}"
_ARXIV: Final = "{http://arxiv.org/schemas/atom}"
_ENTRY: Final = f"{_ATOM}entry"
_MAX_DEPTH: Final = 64
_CHUNK: Final = 1 << 16


def sniff(head: str, path: Path) -> int:
    """Sure of a feed; XML of any other kind comes here too, for want of a better reader, but not HTML."""
    if not re.match(r"[\s\ufeff]*<(?:\?xml|!DOCTYPE|!--|feed\b|\w+:feed\b|entry\b)", head, re.IGNORECASE):
        return 0
    if re.search(r"<!DOCTYPE\s+html|<html\b", head, re.IGNORECASE):
        return 0
    return 95 if "http://www.w3.org/2005/Atom" in head else 20


def read(text: str, file: str) -> Iterator[RawRecord | Rejection]:
    """One record per entry. Where the XML breaks, one rejection follows the entries before the break."""
    entries, problem = _parse(text, file)
    for line, entry in entries:
        yield _record(line, entry, file)
    if problem is not None:
        yield problem


class _Entries(TreeBuilder):
    """A tree builder that keeps each finished entry with the line on which it begins."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, Element]] = []
        self.expat: Any = None
        self._line = 1
        self._depth = 0

    def start(self, tag: Any, attrs: Any, /) -> Element:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise ParseError(f"elements are nested more than {_MAX_DEPTH} deep")
        if tag == _ENTRY:
            self._line = self.expat.CurrentLineNumber
        return super().start(tag, attrs)

    def end(self, tag: Any, /) -> Element:
        self._depth -= 1
        element = super().end(tag)
        if tag == _ENTRY:
            self.found.append((self._line, element))
        return element


def _parse(text: str, file: str) -> tuple[list[tuple[int, Element]], Rejection | None]:
    """The entries up to the end or the break, and what broke."""
    entries = _Entries()
    # The text is decoded already, whatever encoding its declaration names.
    parser: Any = DefusedXMLParser(target=entries, encoding="utf-8", forbid_dtd=True)
    entries.expat = parser.parser
    data = text.encode("utf-8")
    try:
        for start in range(0, len(data), _CHUNK):
            parser.feed(data[start : start + _CHUNK])
        parser.close()
    except DefusedXmlException:
        reason = "the XML declares a document type or entities, which can hide an attack; remove the <!DOCTYPE ...>"
        return entries.found, Rejection(file=file, line=entries.expat.CurrentLineNumber, reason=reason)
    except ParseError as error:
        reason = f"the XML is broken ({str(error).partition(':')[0]}); what follows was left out; download it again"
        return entries.found, Rejection(file=file, line=entries.expat.CurrentLineNumber, reason=reason)
    return entries.found, None


def _record(line: int, entry: Element, file: str) -> RawRecord | Rejection:
    address = _text(entry, f"{_ATOM}id")
    if "/api/errors" in address:
        reason = f"arXiv answered with an error ({_text(entry, f'{_ATOM}summary')[:100]}); correct the query"
        return Rejection(file=file, line=line, reason=reason)
    authors = tuple(name for a in entry.iterfind(f"{_ATOM}author") if (name := _text(a, f"{_ATOM}name")))
    links = {a.get("title") or a.get("rel") or "": a.get("href") or "" for a in entry.iterfind(f"{_ATOM}link")}
    return RawRecord(
        title=_text(entry, f"{_ATOM}title"),
        abstract=_text(entry, f"{_ATOM}summary") or _text(entry, f"{_ATOM}content"),
        file=file,
        line=line,
        authors=authors,
        organisation=_text(entry, f"{_ATOM}author/{_ARXIV}affiliation") or None,
        published=parse_date(_text(entry, f"{_ATOM}published") or _text(entry, f"{_ATOM}updated")),
        venue=_text(entry, f"{_ARXIV}journal_ref") or None,
        url=links.get("alternate") or (address if address.startswith("http") else None),
        doi=_text(entry, f"{_ARXIV}doi") or links.get("doi") or None,
        arxiv_id=normalise_arxiv_id(address),
    )


def _text(element: Element, path: str) -> str:
    """All text below the first element at this path, or "" where there is none."""
    found = element.find(path)
    return "" if found is None else "".join(found.itertext()).strip()


READER: Final = Reader("atom", "an Atom feed of arXiv's API", (".atom", ".xml"), sniff, read)
