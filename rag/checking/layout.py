"""Which parts of a file are prose: headings, code, tables, figures and the reference list are told apart.

Works on a shadow: a copy of equal length in which markup is blanked, so that every offset is one of the user's file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, Literal, NamedTuple

from rag.checking.latex import is_latex, latex_shadow
from rag.checking.records import SkippedKind

Kind = Literal["latex", "markdown"]


class Span(NamedTuple):
    """A part of the text, half open."""

    start: int
    end: int


class Part(NamedTuple):
    """A part that is skipped, and why."""

    kind: SkippedKind
    start: int
    end: int


class Layout(NamedTuple):
    """``shadow`` has the length of the text; ``blocks`` are prose; ``references`` are entries of the reference list."""

    kind: Kind
    shadow: str
    blocks: tuple[Span, ...]
    references: tuple[Span, ...]
    skipped: tuple[Part, ...]


_FENCE: Final = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_ATX: Final = re.compile(r"^ {0,3}#{1,6}(?:\s|$)")
_UNDERLINE: Final = re.compile(r"^ {0,3}(?:=+|-+)\s*$")
_TABLE: Final = re.compile(r"^\s*\|.*\||^\s*[^|\n]+\|[^|\n]+\|[^\n]*$")
_LIST: Final = re.compile(r"^\s*(?:[-*+•–]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s+")
_QUOTE: Final = re.compile(r"^\s*(?:>\s?)+")
_INDENTED: Final = re.compile(r"^(?: {4}|\t)\s*\S")
_REFERENCE: Final = re.compile(
    r"^\s*(?:[-*+]\s+)?(?:\[\^?[\w-]{1,40}\]:?\s+\S|\d{1,3}\.\s+[A-Z][^.\n]*[.,].*\b(?:19|20)\d{2}\b)"
)
_BRACKETED: Final = re.compile(r"^\s*(?:[-*+]\s+)?\[\^?\w{1,40}\]:?\s+\S")
REFERENCES_TITLE: Final = re.compile(
    r"^[\s#*_\d.]*(?:references|bibliography|works cited|literature(?: cited)?|literatur|cited papers)[\s:*_.#=-]*$",
    re.I,
)
# "**Speculative decoding.** Many ..." opens a paragraph with a title; "**Brook** is ..." only stresses a name.
_RUN_IN: Final = re.compile(r"\s*(\*\*|__)[^*_\n]{1,80}?(?:[.:]\1|\1[.:])(?=\s)")
_SENTENCE_END: Final = re.compile(r"[.!?:;,][\"'”’)\]]*\s*$")
_MOST_HEADING_WORDS: Final = 10


class _Line(NamedTuple):
    start: int
    end: int
    text: str

    @property
    def blank(self) -> bool:
        return not self.text.strip()


def lay_out(text: str) -> Layout:
    """Tell prose from everything else; LaTeX is recognised by its commands, all else is read as Markdown."""
    if is_latex(text):
        found = latex_shadow(text)
        parts = [Part(kind, start, end) for kind, start, end in found.skipped]
        blocks = tuple(Span(a, b) for a, b in _paragraphs(found.shadow))
        return Layout(
            "latex", found.shadow, blocks, tuple(Span(*r) for r in found.references), tuple(sorted(parts, key=_place))
        )
    return _markdown(text)


def _place(part: Part) -> tuple[int, int]:
    return part.start, part.end


def _paragraphs(shadow: str) -> Iterator[tuple[int, int]]:
    """The runs of lines without a blank line between them; a line break is a space in LaTeX."""
    for match in re.finditer(r"\S[^\n]*(?:\n(?![^\S\n]*(?:\n|$))[^\n]*)*", shadow):
        yield match.start(), match.end()


def _markdown(text: str) -> Layout:
    # The comment is blanked first: it may span what would else be read as paragraphs.
    skipped: list[Part] = []

    def drop(match: re.Match[str]) -> str:
        skipped.append(Part("comment", match.start(), match.end()))
        return re.sub(r"[^\n]", " ", match.group())

    shadow = re.sub(r"<!--.*?(?:-->|\Z)", drop, text, flags=re.S)
    reader = _Markdown(shadow)
    reader.read()
    parts = sorted([*skipped, *reader.skipped], key=_place)
    return Layout("markdown", reader.shadow(), tuple(reader.blocks), tuple(reader.references), tuple(parts))


class _Markdown:
    """Reads lines in order and sorts them into blocks, references and what is skipped."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines = [
            _Line(m.start(), m.start() + len(m.group().rstrip("\r\n")), m.group().rstrip("\r\n"))
            for m in re.finditer(r"[^\n]*(?:\n|\Z)", text)
            if m.group()
        ]
        self._blanks: list[Span] = []
        self._at = 0
        self._block: int | None = None
        self.blocks: list[Span] = []
        self.references: list[Span] = []
        self.skipped: list[Part] = []

    def shadow(self) -> str:
        """The text with list markers and quotation signs blanked."""
        shown = list(self._text)
        for start, end in self._blanks:
            shown[start:end] = " " * (end - start)
        return "".join(shown)

    def read(self) -> None:
        self._front_matter()
        while self._at < len(self._lines):
            self._line(self._lines[self._at])
        self._close(len(self._text))

    def _line(self, line: _Line) -> None:
        text = line.text
        if line.blank:
            self._close(line.start)
            self._at += 1
        elif fence := _FENCE.match(text):
            self._fenced(fence.group(1))
        elif self._is_heading(line):
            self._heading(line)
        elif _TABLE.match(text):
            self._take("table", lambda nxt: bool(_TABLE.match(nxt.text)))
        elif self._block is None and self._is_reference():
            self._take_references(line.start, stop_at_heading=False)
        elif self._block is None and _INDENTED.match(text) and not _LIST.match(text) and not self._after_list():
            self._take("code", lambda nxt: bool(_INDENTED.match(nxt.text)))
        else:
            self._prose(line)

    def _prose(self, line: _Line) -> None:
        marker = _QUOTE.match(line.text)
        if marker:
            self._blanks.append(Span(line.start, line.start + marker.end()))
        item = _LIST.match(line.text, marker.end() if marker else 0)
        if item:
            self._close(line.start)
            self._blanks.append(Span(line.start + item.start(), line.start + item.end()))
        if self._block is None:
            self._block = line.start
            if title := _RUN_IN.match(line.text):
                self._blanks.append(Span(line.start, line.start + title.end()))
                self.skipped.append(Part("heading", line.start, line.start + title.end()))
        self._at += 1

    def _close(self, end: int) -> None:
        if self._block is not None:
            self.blocks.append(Span(self._block, end))
        self._block = None

    def _skip(self, kind: SkippedKind, first: _Line, last: _Line) -> None:
        self._close(first.start)
        self.skipped.append(Part(kind, first.start, last.end))

    def _take(self, kind: SkippedKind, goes_on: Callable[[_Line], bool]) -> None:
        first = last = self._lines[self._at]
        self._at += 1
        while self._at < len(self._lines) and goes_on(self._lines[self._at]):
            last = self._lines[self._at]
            self._at += 1
        self._skip(kind, first, last)

    def _fenced(self, fence: str) -> None:
        first = last = self._lines[self._at]
        self._at += 1
        while self._at < len(self._lines):
            last = self._lines[self._at]
            self._at += 1
            if last.text.strip().startswith(fence) and not last.text.strip().strip(fence[0]):
                break
        self._skip("code", first, last)

    def _front_matter(self) -> None:
        if not self._lines or self._lines[0].text.rstrip() != "---":
            return
        for i, line in enumerate(self._lines[1:40], 1):
            if line.text.rstrip() in {"---", "..."}:
                self._skip("preamble", self._lines[0], line)
                self._at = i + 1
                return

    def _is_heading(self, line: _Line) -> bool:
        if _ATX.match(line.text) or REFERENCES_TITLE.match(line.text):
            return True
        after = self._lines[self._at + 1] if self._at + 1 < len(self._lines) else None
        if self._block is None and after is not None and _UNDERLINE.match(after.text) and len(after.text.strip()) > 1:
            return True
        alone = self._block is None and (after is None or after.blank)
        words = line.text.split()
        short = len(words) <= _MOST_HEADING_WORDS and not _SENTENCE_END.search(line.text) and not _LIST.match(line.text)
        # A line of its own without a full stop; the last line of a text pasted without one is still a sentence.
        return (
            alone
            and short
            and after is not None
            and line.text.strip("*_ ")[:1].isupper() | line.text.strip()[:1].isdigit()
        )

    def _heading(self, line: _Line) -> None:
        last = line
        self._at += 1
        if self._at < len(self._lines) and _UNDERLINE.match(self._lines[self._at].text):
            last = self._lines[self._at]
            self._at += 1
        self._skip("heading", line, last)
        if REFERENCES_TITLE.match(line.text):
            self._take_references(last.end, stop_at_heading=True)

    def _is_reference(self) -> bool:
        line = self._lines[self._at]
        if not _REFERENCE.match(line.text):
            return False
        if not _BRACKETED.match(line.text):
            return False
        # "[3] proposes ..." opens a sentence too: an entry stands among others, or names a year.
        near = self._lines[self._at + 1 : self._at + 3]
        if any(_BRACKETED.match(n.text) for n in near):
            return True
        last = self._at == len(self._lines) - 1 or near[0].blank
        return last and bool(re.search(r"\b(?:19|20)\d{2}\b|arxiv|doi", line.text, re.I))

    def _take_references(self, start: int, *, stop_at_heading: bool) -> None:
        """Every entry from here: to the next heading, or while lines go on looking like entries."""
        first = self._at
        entries: list[Span] = []
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if _ATX.match(line.text) or _FENCE.match(line.text):
                break
            begins = bool(_REFERENCE.match(line.text)) or bool(_LIST.match(line.text))
            if not stop_at_heading and not line.blank and not begins and self._lines[self._at - 1].blank:
                break
            if line.blank:
                pass
            elif begins or not entries or self._lines[self._at - 1].blank:
                entries.append(Span(line.start, line.end))
            else:
                entries[-1] = Span(entries[-1].start, line.end)
            self._at += 1
        if entries:
            self._close(start)
            self.references += entries
            self.skipped.append(Part("references", entries[0].start, entries[-1].end))
        elif self._at == first:
            return

    def _after_list(self) -> bool:
        before = [line for line in self._lines[max(0, self._at - 6) : self._at] if not line.blank]
        return bool(before) and bool(_LIST.match(before[-1].text))
