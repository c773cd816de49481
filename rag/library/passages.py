"""Cut an abstract into passages: whole sentences, at most ``budget`` tokens, offsets into the abstract.

A sentence longer than the budget is a passage of its own, cut at word boundaries. The union of the passages is the
abstract but for white space between them.
"""

from __future__ import annotations

import re

from rag import tokens
from rag.paper import Paper, Passage
from rag.text import split_sentences


def split_text(text: str, budget: int) -> list[tuple[int, int]]:
    """Spans (start, end) of ``text``, in code points, each of whole sentences and at most ``budget`` tokens."""
    pieces = [p for s in split_sentences(text) for p in _pieces(text, s.start, s.end, budget)]
    sizes = tokens.count_many([text[a:b] for a, b in pieces])
    spans: list[tuple[int, int]] = []
    used = 0
    for (start, end), size in zip(pieces, sizes, strict=True):
        # A joint may cost one token more than its parts, hence the 1.
        if spans and used + size + 1 <= budget:
            spans[-1] = (spans[-1][0], end)
            used += size + 1
        else:
            spans.append((start, end))
            used = size
    return spans


def _pieces(text: str, start: int, end: int, budget: int) -> list[tuple[int, int]]:
    """A sentence, or its parts where it exceeds the budget."""
    if end - start <= budget or tokens.count(text[start:end]) <= budget:
        return [(start, end)]
    parts: list[tuple[int, int]] = []
    at = start
    while at < end:
        kept = len(tokens.truncate(text[at:end], budget)) or 1
        stop = at + kept
        if stop < end and (space := _last_space(text, at, stop)) is not None:
            stop = space
        trimmed = stop
        while trimmed > at and text[trimmed - 1].isspace():
            trimmed -= 1
        if trimmed > at:
            parts.append((at, trimmed))
        at = stop
        while at < end and text[at].isspace():
            at += 1
    return parts


def _last_space(text: str, at: int, stop: int) -> int | None:
    spaces = [m.start() for m in re.finditer(r"\s", text[at:stop])]
    return at + spaces[-1] if spaces and spaces[-1] > 0 else None


def split_paper(paper: Paper, budget: int) -> list[Passage]:
    """The passages of one paper, in order. A paper with a title and no text has none."""
    return [
        Passage(paper_id=paper.id, text=paper.abstract[a:b], start=a, end=b)
        for a, b in split_text(paper.abstract, budget)
    ]
