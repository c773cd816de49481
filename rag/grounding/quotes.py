"""Find a quote in a paper: exactly, or through one explicit normalisation that gives back the source's own words.

What is found is always a place: ``getattr(paper, field)[start:end]`` is the quote to show. A quote with one word
changed, added or left out is not found; neither is one that begins or ends inside a word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from rag.paper import Paper
from rag.text.clean import RULES as DISPLAY_RULES  # the one list of artefacts; display() itself loses offsets

MIN_WORDS: Final = 3
MIN_LETTERS: Final = 12
"""A shorter quote stands in too many papers to prove anything; the whole title is excepted."""
MAX_NORMALISED: Final = 300_000
"""Longer fields are searched exactly only: an abstract has about 1,500 code points."""


class Span(NamedTuple):
    """A place in a paper, in code points, half open."""

    field: Literal["title", "abstract"]
    start: int
    end: int


class _Plain(NamedTuple):
    """A normalised text and, per code point of it, where it comes from: source[start:end]."""

    text: str
    spans: tuple[tuple[int, int], ...]


def locate(quote: str, paper: Paper) -> Span | None:
    """Where a quote stands in the abstract or the title; None where it does not, or is too short to prove anything.

    Exact equality first, then after normalisation: white space, NFKC, quotation marks, dashes, artefacts of LaTeX
    (``24\\%`` shown as 24%), the case of the first letter, and an ellipsis, full stop or quotation marks around it.
    """
    wanted = quote.strip()
    if not wanted:
        return None
    if too_short(wanted):
        plain_title = normalise(paper.title)
        if normalise(_unwrap(wanted)).lower() == plain_title.lower() and plain_title:
            return Span("title", *_trimmed(paper.title))
        return None
    # Exact in the title comes before normalised in the abstract.
    for field, text in _fields(paper):
        start = _find_words(text, wanted)
        if start >= 0:
            return Span(field, start, start + len(wanted))
    for field, text in _fields(paper):
        found = _locate_normalised(wanted, text)
        if found:
            return Span(field, *found)
    return None


def too_short(quote: str) -> bool:
    """Fewer than 3 words or 12 code points."""
    plain = _unwrap(normalise(quote))
    return len(plain.split()) < MIN_WORDS or len(plain) < MIN_LETTERS


def find(quote: str, text: str) -> tuple[int, int] | None:
    """Where a quote stands in a text, by the rules of ``locate`` but without a minimum length."""
    wanted = quote.strip()
    at = _find_words(text, wanted) if wanted else -1
    return (at, at + len(wanted)) if at >= 0 else _locate_normalised(wanted, text)


def normalise(text: str) -> str:
    """The form in which quotes are compared; case is kept."""
    return _plain(text).text


def _fields(paper: Paper) -> tuple[tuple[Literal["title", "abstract"], str], ...]:
    return ("abstract", paper.abstract), ("title", paper.title)


def _trimmed(text: str) -> tuple[int, int]:
    return len(text) - len(text.lstrip()), len(text.rstrip())


def _locate_normalised(quote: str, text: str) -> tuple[int, int] | None:
    if len(text) > MAX_NORMALISED or len(quote) > MAX_NORMALISED:
        return None
    source = _plain(text)
    whole = normalise(quote)
    for wanted in dict.fromkeys((whole, _unwrap(whole))):
        for form in dict.fromkeys((wanted, wanted[:1].swapcase() + wanted[1:])):
            at = _find_words(source.text, form) if form else -1
            if at < 0:
                continue
            start, end = source.spans[at][0], source.spans[at + len(form) - 1][1]
            # A place may only be given when its own words say the same: an artefact cut in half does not.
            if normalise(text[start:end]) == form:
                return start, end
    return None


def _find_words(text: str, words: str) -> int:
    """First place of ``words`` in ``text`` that begins and ends at the edge of a word; -1 where there is none."""
    at = text.find(words)
    while at >= 0:
        end = at + len(words)
        inside_start = at > 0 and (_is_mark(text[at]) or (_in_word(text[at - 1]) and _in_word(text[at])))
        inside_end = end < len(text) and (_is_mark(text[end]) or (_in_word(text[end - 1]) and _in_word(text[end])))
        if not inside_start and not inside_end:
            return at
        at = text.find(words, at + 1)
    return -1


def _in_word(char: str) -> bool:
    return char.isalnum() or char == "_" or _is_mark(char)


def _is_mark(char: str) -> bool:
    return unicodedata.category(char)[0] == "M"


_SIGNS: Final = {
    **dict.fromkeys("‘’‚‛′`´ʼ", "'"), **dict.fromkeys("“”„‟″«»", '"'), **dict.fromkeys("‐‑‒–—―−﹣－", "-"),
}  # fmt: skip
_INVISIBLE: Final = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")
_SPACES: Final = re.compile(r"\s{2,}"), " "
_HYPHENS: Final = re.compile(r"--+"), "-"
"""LaTeX writes a dash as two or three hyphens."""
_AROUND: Final = re.compile(r"^(?:[\"'\s]|\.{3,}|\[\.{3,}\])+|(?:[\"'\s.]|\[\.{3,}\])+$")


def _unwrap(text: str) -> str:
    """Without quotation marks, an ellipsis or a full stop around it; a full stop inside "etc." at the end goes too."""
    return _AROUND.sub("", text)


@lru_cache(maxsize=512)
def _plain(text: str) -> _Plain:
    chars, spans = _compatible(text)
    for pattern, replacement in (_SPACES, *DISPLAY_RULES, _HYPHENS):
        chars, spans = _substitute(chars, spans, pattern, replacement)
    start, end = _trimmed(chars)
    return _Plain(chars[start:end], tuple(spans[start:end]))


def _compatible(text: str) -> tuple[str, Sequence[tuple[int, int]]]:
    """NFKC, plain signs and spaces, with the place that each code point comes from."""
    chars: list[str] = []
    spans: list[tuple[int, int]] = []
    for start, end in _clusters(text):
        for char in unicodedata.normalize("NFKC", text[start:end]):
            if char in _INVISIBLE:
                continue
            chars.append(" " if char.isspace() else _SIGNS.get(char, char))
            spans.append((start, end))
    return "".join(chars), spans


def _clusters(text: str) -> list[tuple[int, int]]:
    """Cuts between which NFKC may be applied piece by piece: before whatever never joins what stands before it."""
    cuts = [0]
    for i in range(1, len(text)):
        if text[i] < "\u0300" or (not _is_mark(text[i]) and not _joins(text[cuts[-1] : i], text[i])):
            cuts.append(i)
    return list(zip(cuts, [*cuts[1:], len(text)], strict=True)) if text else []


def _joins(before: str, char: str) -> bool:
    """Korean letters and a few others compose with what precedes them although they are no marks."""
    nfkc = unicodedata.normalize
    return nfkc("NFKC", before + char) != nfkc("NFKC", before) + nfkc("NFKC", char)


def _substitute(
    chars: str, spans: Sequence[tuple[int, int]], pattern: re.Pattern[str], replacement: str
) -> tuple[str, Sequence[tuple[int, int]]]:
    """``pattern.sub`` that takes the places along; what a group keeps keeps its own places."""
    if not pattern.search(chars):
        return chars, spans
    out: list[str] = []
    places: list[tuple[int, int]] = []
    at = 0
    for match in pattern.finditer(chars):
        out.append(chars[at : match.start()])
        places += spans[at : match.start()]
        if replacement == r"\1":
            out.append(match.group(1))
            places += spans[match.start(1) : match.end(1)]
        elif match.end() > match.start():
            new = match.expand(replacement)
            out.append(new)
            places += [(spans[match.start()][0], spans[match.end() - 1][1])] * len(new)
        at = match.end()
    out.append(chars[at:])
    places += spans[at:]
    return "".join(out), places
