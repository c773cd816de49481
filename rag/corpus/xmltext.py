"""XML read with a parser that refuses entities, keeping the entries before a break, each with its line."""

from __future__ import annotations

from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from rag.paper import Rejection

_MAX_DEPTH: Final = 64
_CHUNK: Final = 1 << 16


class _Entries(TreeBuilder):
    """A tree builder that keeps each finished entry with the line on which it begins."""

    def __init__(self, tags: frozenset[str]) -> None:
        super().__init__()
        self.found: list[tuple[int, Element]] = []
        self.expat: Any = None
        self._tags = tags
        self._line = 1
        self._depth = 0

    def start(self, tag: Any, attrs: Any, /) -> Element:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise ParseError(f"elements are nested more than {_MAX_DEPTH} deep")
        if tag in self._tags:
            self._line = self.expat.CurrentLineNumber
        return super().start(tag, attrs)

    def end(self, tag: Any, /) -> Element:
        self._depth -= 1
        element = super().end(tag)
        if tag in self._tags:
            self.found.append((self._line, element))
        return element


def parse_entries(
    text: str, tags: frozenset[str], file: str, *, forbid_dtd: bool = True
) -> tuple[list[tuple[int, Element]], Rejection | None]:
    """The elements with one of these tags up to the end or the break, each with its 1-based line, and what broke.

    Entities are refused always, a document type without any only where ``forbid_dtd`` says so: PubMed sends one.
    """
    entries = _Entries(tags)
    # The text is decoded already, whatever encoding its declaration names.
    parser: Any = DefusedXMLParser(target=entries, encoding="utf-8", forbid_dtd=forbid_dtd)
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


def text_at(element: Element, path: str) -> str:
    """All text below the first element at this path, or "" where there is none."""
    found = element.find(path)
    return "" if found is None else "".join(found.itertext()).strip()
