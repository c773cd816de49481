"""One question with what is known of its answer so far: what the page shows while events come in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from rag.answer import Answer, Claim, Event
from rag.paper import Hit, Paper


class Problem(NamedTuple):
    """A failure as the reader sees it: its kind, one line, and what to do about it."""

    kind: str
    message: str
    remedy: str


@dataclass
class Turn:
    """A question and its answer. ``id`` is unique on the page: every anchor of this answer begins with it."""

    id: str
    question: str
    hits: tuple[Hit, ...] = ()
    read: tuple[Paper, ...] = ()
    claims: list[Claim] = field(default_factory=list)
    dropped: list[Claim] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    answer: Answer | None = None
    problem: Problem | None = None
    stopped: bool = False
    can_judge: bool = False
    """Whether what the reader says of it is kept."""
    thumb: str = ""
    """What the reader said of it: "up", "down" or nothing."""

    @property
    def over(self) -> bool:
        """Nothing more will come."""
        return self.stopped or self.answer is not None or self.problem is not None

    def take(self, event: Event) -> None:
        """Take in one event. The answer comes last and replaces what was collected before it."""
        match event.kind:
            case "hits":
                self.hits = tuple(event.payload)
                self.read = tuple({h.paper.id: h.paper for h in self.hits}.values())
            case "claim":
                self.claims.append(event.payload)
            case "dropped":
                self.dropped.append(event.payload)
            case "notice":
                self.notices.append(str(event.payload))
            case "answer":
                answer: Answer = event.payload
                self.answer, self.claims, self.dropped = answer, list(answer.claims), list(answer.dropped)

    @property
    def sources(self) -> dict[int, Paper]:
        """The cited papers by number: the answer's, or while it is being written those cited so far."""
        if self.answer is not None:
            return dict(enumerate(self.answer.sources, 1))
        known = {p.id: p for p in self.read}
        cited = {c.number: c.paper_id for claim in self.claims for c in claim.citations}
        return {n: known[cited[n]] for n in sorted(cited) if cited[n] in known}

    @property
    def uncited(self) -> tuple[Paper, ...]:
        """Papers that were read and are not cited."""
        cited = {p.id for p in self.sources.values()}
        return tuple(p for p in self.read if p.id not in cited)
