"""Claims out of a reply while it is still being written: JSON lines, one object, arrays, fenced or not.

:class:`ClaimStream` reads characters in whatever pieces they come and gives each claim as its closing brace arrives. It
keeps no more than one open object, bounded in length and depth, so that a reply of any size costs the same memory.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from rag.answering.claimfields import (
    CannotAnswer,
    Malformed,
    Parsed,
    ParsedCitation,
    ParsedClaim,
    clean_text,
    load_object,
    read_record,
)

_MAX_OBJECT: Final = 65_536
_MAX_DEPTH: Final = 32
# Objects under these keys belong to a claim; under any other key ("claims", "answer") they may be claims themselves.
_INNER_KEYS: Final = frozenset(("quotes", "quote", "citations", "sources", "source", "evidence", "references"))
_CLAIMLIKE = re.compile(r"""["'](?:text|claim|sentence|cannot_answer|sources|quotes)["']\s*:""")
_TAG_END = re.compile(r"<(/?)think(?:ing)?>$", re.I)
_LONGEST_TAG: Final = len("</thinking>")
_OUTSIDE = re.compile(r"[{>]")  # all that matters outside of objects: one that opens, a tag that ends


@dataclass
class _Frame:
    """An open container: ``{`` or ``[``, where it starts in the buffer, and whether it stands inside a claim."""

    kind: str
    start: int
    inner: bool
    gave: bool = False
    """One of its parts was taken as a claim already."""


class ClaimStream:
    """The incremental parser. ``feed`` gives what became complete; ``finish`` what was left open."""

    def __init__(self) -> None:
        # A reasoning model's drafts between <think> tags are no claims.
        self._thinking = False
        self._tail = ""
        self._reset()

    def _reset(self) -> None:
        self._buffer: list[str] = []
        self._stack: list[_Frame] = []
        self._in_string = False
        self._escaped = False
        self._broken_line = False
        self._last = ""  # last character outside strings that is no white space
        self._string_start = 0
        self._key = ""  # the string read last, which a colon makes a key

    def feed(self, chunk: str) -> list[Parsed]:
        """Read on; returns the claims that this chunk completed, in order."""
        found: list[Parsed] = []
        at = 0
        while at < len(chunk):
            if self._stack:
                self._step(chunk[at], found)
                at += 1
            else:
                at = self._skip(chunk, at)
        return found

    def finish(self) -> list[Parsed]:
        """The reply is over: an object still open was cut off."""
        found: list[Parsed] = []
        if self._stack and not self._all_given():
            self._give_up("cut off", found, sure=len(self._buffer) > 1 and self._buffer[1] in '"\n ')
        self._reset()
        return found

    def _skip(self, chunk: str, at: int) -> int:
        """Go to the next object outside of <think> tags; returns where to read on."""
        match = _OUTSIDE.search(chunk, at)
        end = match.end() if match else len(chunk)
        self._tail = (self._tail + chunk[max(at, end - _LONGEST_TAG) : end])[-_LONGEST_TAG:]
        if match and match.group() == "{" and not self._thinking:
            self._open("{")
        elif match and (tag := _TAG_END.search(self._tail)):
            self._thinking = not tag.group(1)
        return end

    def _step(self, char: str, found: list[Parsed]) -> None:
        self._buffer.append(char)
        if len(self._buffer) > _MAX_OBJECT:
            self._give_up(f"longer than {_MAX_OBJECT:,} characters", found)
        elif self._in_string:
            self._string_step(char, found)
        elif not char.isspace():
            self._structure_step(char, found)

    def _string_step(self, char: str, found: list[Parsed]) -> None:
        if self._broken_line and char == "{":
            # A line broke off inside a string and the next one opens an object: lose one claim, not two.
            self._give_up("a string without an end", found, reopen=True)
            return
        self._broken_line = (self._broken_line and char.isspace()) or char == "\n"
        if self._escaped:
            self._escaped = False
        elif char == "\\":
            self._escaped = True
        elif char == '"':
            self._in_string = False
            self._key = "".join(self._buffer[self._string_start : -1][:40])
            self._last = '"'

    def _structure_step(self, char: str, found: list[Parsed]) -> None:
        top, last = self._stack[-1], self._last
        if top.kind == "{" and last == "{" and char not in '"}':
            # Prose or LaTeX in braces, a dictionary in single quotes, or one brace too many.
            self._give_up("no JSON", found, reopen=char == "{")
        elif char == '"':
            self._in_string, self._string_start, self._last = True, len(self._buffer), char
            self._broken_line = False
        elif char == "{" and last not in (":" if top.kind == "{" else "[,}"):
            self._give_up("a bracket is missing", found, reopen=True)
        elif char in "{[":
            if len(self._stack) >= _MAX_DEPTH:
                self._give_up(f"nested deeper than {_MAX_DEPTH}", found)
            else:
                self._buffer.pop()
                self._open(char)
        elif char in "}]":
            self._close(char, found)
        else:
            self._last = char

    def _open(self, kind: str) -> None:
        inner = bool(self._stack) and (self._stack[-1].inner or (self._last == ":" and self._key in _INNER_KEYS))
        self._stack.append(_Frame(kind, len(self._buffer), inner))
        self._buffer.append(kind)
        self._last = kind

    def _close(self, char: str, found: list[Parsed]) -> None:
        frame = self._stack[-1]
        if (frame.kind == "{") != (char == "}"):
            self._give_up("brackets do not match", found)
            return
        self._last = char
        if char == "}" and not frame.inner and not frame.gave:
            self._take("".join(self._buffer[frame.start :]), frame, found)
        self._stack.pop()
        if not self._stack:
            self._reset()
        elif frame.gave:
            # The parent holds claims that were given already: keep no text of theirs.
            self._stack[-1].gave = True
            del self._buffer[frame.start :]

    def _take(self, raw: str, frame: _Frame, found: list[Parsed]) -> None:
        try:
            parsed = read_record(load_object(raw))
        except (ValueError, RecursionError):
            parsed = Malformed("no JSON", clean_text(raw)[:80]) if _CLAIMLIKE.search(raw) else None
        if parsed is not None:
            found.append(parsed)
            frame.gave = True

    def _all_given(self) -> bool:
        """Whether what is open is only the brackets around claims that were given."""
        frame = self._stack[-1]
        return frame.gave and not _CLAIMLIKE.search("".join(self._buffer[frame.start :]))

    def _give_up(self, reason: str, found: list[Parsed], *, reopen: bool = False, sure: bool = False) -> None:
        """Drop what is open: malformed where it looks like a claim or surely is one, else prose."""
        start = next((f.start for f in self._stack if f.kind == "{" and not f.gave), 0)
        raw = "".join(self._buffer[start:])
        if sure or _CLAIMLIKE.search(raw):
            found.append(Malformed(reason, clean_text(raw)[:80]))
        self._reset()
        if reopen:
            self._open("{")


__all__ = ["CannotAnswer", "ClaimStream", "Malformed", "Parsed", "ParsedCitation", "ParsedClaim"]
