"""What came of a fetch: one item for each paper that was asked for."""

from __future__ import annotations

from collections import Counter
from typing import Literal

from pydantic import Field

from rag.paper import Record

Outcome = Literal["matched", "ambiguous", "not found", "failed", "not tried"]


class FetchItem(Record):
    """One paper that was asked for, by its title or id.

    ``score`` is the likeness of the titles, ``text_score`` that of the texts, both 0 to 1 (see
    :func:`rag.fetch.matching.title_score`). ``taken`` names the fields that came from arXiv, ``conflicts`` those where
    the library's value stayed, ``candidates`` what else, or instead, was found.
    """

    asked: str
    outcome: Outcome
    paper_id: str | None = None
    arxiv_id: str | None = None
    score: float | None = None
    text_score: float | None = None
    taken: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    reason: str = ""


class FetchReport(Record):
    """All of it. ``added`` and ``updated`` are ids of papers; ``requests`` were sent, ``cached`` answers were known."""

    items: list[FetchItem] = Field(default_factory=list)
    added: list[str] = Field(default_factory=list)
    updated: list[str] = Field(default_factory=list)
    requests: int = 0
    cached: int = 0

    def count(self, outcome: Outcome) -> int:
        """Items of one outcome."""
        return sum(item.outcome == outcome for item in self.items)

    def summary(self) -> str:
        """One line for people."""
        counts = Counter(item.outcome for item in self.items)
        shown = [f"{counts['matched']} matched, {counts['ambiguous']} ambiguous, {counts['not found']} not found"]
        shown += [f"{counts[name]} {name}" for name in ("failed", "not tried") if counts[name]]
        asked = f"{self.requests} request{'s' * (self.requests != 1)} to arXiv, {self.cached} from the cache"
        return f"{', '.join(shown)}; {len(self.added)} added, {len(self.updated)} updated; {asked}"
