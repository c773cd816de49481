"""What both ways of answering share: the numbering of sources, and the draft that becomes an answer."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

from rag.answer import Claim, Event
from rag.paper import Paper

RELATED = "related"
"""The group of claims on papers that are near the question and do not answer it."""


class Numbering:
    """Numbers of cited papers in order of first use, 1-based; a number once given never changes."""

    def __init__(self) -> None:
        self._papers: dict[str, Paper] = {}

    def number(self, paper: Paper) -> int:
        """The number of a paper, given now where it has none yet."""
        self._papers.setdefault(paper.id, paper)
        return list(self._papers).index(paper.id) + 1

    @property
    def sources(self) -> tuple[Paper, ...]:
        """The numbered papers, in order of number."""
        return tuple(self._papers.values())

    def renumbered(self, claim: Claim) -> Claim:
        """The claim with the numbers of this answer on its citations, its papers being given as sources."""
        known = {p.id: i for i, p in enumerate(self._papers.values(), 1)}
        citations = tuple(c.model_copy(update={"number": known[c.paper_id]}) for c in claim.citations)
        return claim.model_copy(update={"citations": citations})

    def accept(self, claim: Claim, papers: Sequence[Paper]) -> Claim:
        """Number the papers that a claim cites, in the order in which it cites them, and the claim with them."""
        by_id = {p.id: p for p in papers}
        for citation in claim.citations:
            self.number(by_id[citation.paper_id])
        return self.renumbered(claim)


@dataclass(frozen=True)
class Draft:
    """The outcome of composing: accepted claims in final order, what was dropped, and what it took."""

    claims: tuple[Claim, ...] = ()
    dropped: tuple[Claim, ...] = ()
    sources: tuple[Paper, ...] = ()
    nearest: tuple[Paper, ...] = ()
    abstained: bool = False
    reason: str | None = None
    usage: dict[str, Any] = field(default_factory=dict)
    models: dict[str, str] = field(default_factory=dict)
    prompts: dict[str, str] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)
    library: dict[str, Any] = field(default_factory=dict)


Composing = Generator[Event, None, Draft]
"""Yields claim, dropped and notice events as they become final; returns the draft."""


def drained(steps: Composing) -> Draft:
    """The draft alone, once composing has come to its end."""
    while True:
        try:
            next(steps)
        except StopIteration as done:
            draft: Draft = done.value
            return draft
