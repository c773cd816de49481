"""What the harness says of written answers: the record of a measurement."""

from __future__ import annotations

from typing import Final, Literal

from eval.answers.records import Fault
from eval.figures import Estimate
from eval.judging.judges import JudgeFacts
from eval.records import LibraryFacts, Stored
from rag.answer import Label
from rag.paper import Record

QUALITY: Final = "Quality"


class ScoredClaim(Record):
    """What the verification made of one claim. ``problems`` says in plain lines what was wrong with it."""

    label: Label
    score: float
    accepted: bool
    problems: tuple[str, ...]

    @property
    def doubted(self) -> bool:
        """Not shown as supported, or with a citation refused."""
        return self.label != "supported" or bool(self.problems)

    @property
    def refused(self) -> bool:
        """Not shown as it was written."""
        return bool(self.problems)


class Scored(Record):
    """One written answer with what the harness says of it.

    ``answers`` is ``AnswersQuestion(form)`` as a yes or no; ``values`` holds every metric of the answer as written, and
    :data:`QUALITY`.
    """

    id: str
    question: str
    fault: Fault | Literal["none"]
    pair: str
    cluster: str
    where: int | None
    note: str
    claims: tuple[ScoredClaim, ...]
    answers: bool
    values: dict[str, float | None]

    @property
    def detected(self) -> bool:
        """For a faulty answer: whether its fault shows. For a good one: whether anything is wrongly held against it."""
        if self.fault == "none":
            return not self.answers or any(c.doubted for c in self.claims)
        return not self.answers if self.where is None else self.claims[self.where].doubted

    @property
    def refused(self) -> bool:
        """The same, counting only what would not be shown to a reader."""
        if self.fault == "none":
            return any(c.refused for c in self.claims)
        return self.where is not None and self.claims[self.where].refused


class AnswersRun(Stored):
    """A whole measurement. ``metrics`` are the names in ``values`` of every item, in order.

    ``figures`` are made from ``items`` alone (:mod:`eval.answers.measures`) and stand here for who reads the JSON.
    """

    started: str
    source: str
    answers_digest: str
    library: LibraryFacts
    judge: JudgeFacts
    seed: int
    metrics: tuple[str, ...]
    figures: tuple[Estimate, ...]
    items: tuple[Scored, ...]
