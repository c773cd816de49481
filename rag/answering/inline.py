"""Claims out of running text with [n] markers: the form for models that write no JSON, and the last resort for all.

A sentence is a claim; the markers in it or right after its full stop are its sources; words in quotation marks before a
marker are the quote. A line is never joined with the next one.
"""

from __future__ import annotations

import re
from typing import Final

from rag.answering.claimfields import (
    MARKER,
    MAX_TEXT,
    CannotAnswer,
    Malformed,
    Parsed,
    ParsedCitation,
    ParsedClaim,
    clean_text,
    expand,
    without_markers,
)
from rag.text import split_sentences

_MAX_LINE: Final = 20_000
_MIN_WORDS: Final = 4
_MARKERS = rf"(?:\s*{MARKER.pattern})+"
# "It does so. [1][2] Next" -> "It does so [1][2]. Next": the markers belong to the sentence that has just ended.
_AFTER_STOP = re.compile(rf"([.!?])({_MARKERS})", re.I)
_DECORATION = re.compile(r"^\s*(?:[-*•–]\s+|\d{1,2}[.)]\s+|#{1,6}\s+|>\s+)*")
_QUOTED = re.compile(rf"[\"“«]([^\"“”«»]{{8,600}})[\"”»]\s*[,.;:]?\s*{MARKER.pattern}", re.I)
_CANNOT = re.compile(r"^\W*CANNOT[ _]ANSWER\W*\s*(.*)$", re.I)
_REFERENCES = re.compile(r"^\W*(?:references|sources|bibliography|works cited)\W*$", re.I)
_UNFINISHED = re.compile(r"[\w\s,;:\"”“'\[(-]$")


class InlineStream:
    """The incremental parser, with the methods of :class:`~rag.answering.claimstream.ClaimStream`."""

    def __init__(self) -> None:
        self._line = ""
        self._over = False  # a list of references has begun

    def feed(self, chunk: str) -> list[Parsed]:
        """Read on; returns the sentences that this chunk completed, in order."""
        found: list[Parsed] = []
        for piece in chunk.splitlines(keepends=True):
            self._line += piece
            if piece[-1] in "\r\n":
                found += self._end_line()
            elif len(self._line) > _MAX_LINE:
                found.append(Malformed(f"a line of more than {_MAX_LINE:,} characters", self._line[:80]))
                self._line = ""
            elif re.search(r"\s", piece):
                found += self._whole_sentences()
        return found

    def finish(self) -> list[Parsed]:
        """The reply is over; what stands without a full stop or a marker at its end was cut off."""
        rest = self._line.strip()
        last = _DECORATION.sub("", rest)
        if _UNFINISHED.search(rest) and not (MARKER.search(rest) or _CANNOT.match(last) or _is_aside(last)):
            self._line = ""
            return [Malformed("cut off", clean_text(rest)[:80])]
        return self._end_line()

    def _end_line(self) -> list[Parsed]:
        line, self._line = _DECORATION.sub("", self._line).strip().replace("**", ""), ""
        if _REFERENCES.match(line):
            self._over = True
        if self._over or not line:
            return []
        if cannot := _CANNOT.match(line):
            return [CannotAnswer(clean_text(cannot.group(1))[:MAX_TEXT] or "the sources do not answer")]
        return [p for s in _sentences(line) if (p := _read(s)) is not None]

    def _whole_sentences(self) -> list[Parsed]:
        """The sentences of the open line that are surely over: another has begun that is not just a marker."""
        line = _DECORATION.sub("", self._line)
        if self._over or _CANNOT.match(line) or _REFERENCES.match(line):
            return []
        sentences = _sentences(line)
        if len(sentences) < 2 or sentences[-1][:1] in "[【":
            return []
        self._line = sentences[-1] + line[len(line.rstrip()) :]
        return [p for s in sentences[:-1] if (p := _read(s.replace("**", ""))) is not None]


def _sentences(line: str) -> list[str]:
    moved = _AFTER_STOP.sub(lambda m: f"{m.group(2)}{m.group(1)}", line)
    return [s.text for s in split_sentences(moved)]


def _is_aside(sentence: str) -> bool:
    """A heading or an opening such as "Here is the answer:", which claims nothing."""
    return sentence.endswith(":") or len(sentence.split()) < _MIN_WORDS


def _read(sentence: str) -> Parsed | None:
    numbers = list(dict.fromkeys(n for m in MARKER.finditer(sentence) for n in expand(m.group(1))))
    text = without_markers(sentence)
    if not text or (not numbers and _is_aside(sentence)):
        return None
    if len(text) > MAX_TEXT:
        return Malformed(f"a sentence of {len(text):,} characters", text[:80])
    quotes = {expand(m.group(2))[0]: m.group(1).strip() for m in _QUOTED.finditer(sentence)}
    return ParsedClaim(text, tuple(ParsedCitation(n, quotes.get(n)) for n in numbers))


def read_inline(text: str) -> list[Parsed]:
    """All claims of a whole text."""
    stream = InlineStream()
    return stream.feed(text) + stream.finish()
