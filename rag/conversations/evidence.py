"""Whether the evidence of a kept answer still stands in the library as it was quoted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from rag.answer import Answer
from rag.paper import Paper, Record


class Outdated(Record):
    """A cited paper that is no longer what it was.

    ``what``: "gone" (no longer in the library), "changed" (its text differs and a quote no longer stands in it) or
    "moved" (its text differs and all quotes still stand in it). The answer keeps the paper as it was quoted.
    """

    number: int
    paper_id: str
    title: str
    what: Literal["gone", "changed", "moved"]

    def __str__(self) -> str:
        told = {
            "gone": "is no longer in the library; the quote is from when it was",
            "changed": "has changed since it was quoted, and no longer says it in these words",
            "moved": "has changed since; the quote still stands in it",
        }
        return f"[{self.number}] {self.title}: {told[self.what]}"


def outdated(answer: Answer, papers: Mapping[str, Paper] | Iterable[Paper]) -> tuple[Outdated, ...]:
    """The cited papers of an answer that the library no longer holds as quoted, in order of number."""
    held = papers if isinstance(papers, Mapping) else {p.id: p for p in papers}
    quotes: dict[str, list[tuple[str, str]]] = {}
    for claim in answer.claims:
        for citation in claim.citations:
            quotes.setdefault(citation.paper_id, []).append((citation.field, citation.quote))
    found = []
    for number, source in enumerate(answer.sources, 1):
        paper = held.get(source.id)
        if paper is not None and paper.revision == source.revision:
            continue
        what: Literal["gone", "changed", "moved"] = "gone"
        if paper is not None:
            stands = all(quote in getattr(paper, field) for field, quote in quotes.get(source.id, []))
            what = "moved" if stands else "changed"
        found.append(Outdated(number=number, paper_id=source.id, title=source.title, what=what))
    return tuple(found)
