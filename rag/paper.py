"""The nouns of the corpus: paper, passage, hit, and the report of an ingest.

Every record is frozen, typed and finite (no NaN), serialises with ``model_dump_json()`` and comes back with
``model_validate_json()``. Offsets are Unicode code points, half open.
"""

from __future__ import annotations

import math
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

TextKind = Literal["abstract", "note"]


def _finite(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(map(_finite, value.values()))
    return all(map(_finite, value)) if isinstance(value, list | tuple) else True


class Record(BaseModel):
    """Base of every noun: immutable, closed to unknown fields, free of NaN and infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="after")
    def _free_fields_are_finite(self) -> Self:
        for name, value in self.__dict__.items():
            if isinstance(value, dict) and not _finite(value):
                raise ValueError(f"{name} holds a number that is not finite")
        return self


class Origin(Record):
    """Where one field of a paper came from, if not from its files: ``arXiv:ID``, and the day (ISO) it was asked."""

    field: str
    source: str
    at: str


class Paper(Record):
    """One record of the corpus: a title with its abstract, or with our note on it.

    ``id`` is stable across revisions (from the DOI, else the arXiv id, else the normalised title); ``revision`` is a
    hash of title, text and text kind, and changes when one of them does.
    """

    id: str
    revision: str
    title: str
    abstract: str
    text_kind: TextKind = "abstract"
    authors: tuple[str, ...] = ()
    n_authors: int | None = None
    organisation: str | None = None
    published: str | None = None
    published_inferred: bool = False
    venue: str | None = None
    url: str | None = None
    doi: str | None = None
    arxiv_id: str | None = None
    sources: tuple[str, ...] = ()
    same_work: tuple[str, ...] = ()
    provenance: tuple[Origin, ...] = ()
    """The fields that were fetched; all others are from ``sources``."""

    @property
    def year(self) -> int | None:
        """Year of publication, or None where the source gives none."""
        return int(self.published[:4]) if self.published else None


class Passage(Record):
    """Whole sentences of one paper: ``paper.abstract[start:end] == text``."""

    paper_id: str
    text: str
    start: int
    end: int


class Hit(Record):
    """A passage found for a question.

    ``score`` lies in [0, 1] and does not depend on ``k``. ``explain`` holds, per leg, the raw score, the score
    normalised over the pool and the rank (1-based; None where the leg did not find the passage), and the matched terms.
    """

    paper: Paper
    passage: Passage
    score: float
    explain: dict[str, Any] = Field(default_factory=dict)


def whole_hit(paper: Paper, score: float) -> Hit:
    """A paper's whole abstract as a hit, for what reads papers that no search has found."""
    whole = Passage(paper_id=paper.id, text=paper.abstract, start=0, end=len(paper.abstract))
    return Hit(paper=paper, passage=whole, score=score)


class Rejection(Record):
    """One piece of input that could not be taken: where it stands and why."""

    file: str
    line: int | None
    reason: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line is not None else self.file
        return f"{where}: {self.reason}"


class IngestReport(Record):
    """What an ingest did, by paper id; ``duplicates`` pairs (dropped or linked, kept); nothing is lost silently."""

    added: list[str] = Field(default_factory=list)
    updated: list[str] = Field(default_factory=list)
    unchanged: list[str] = Field(default_factory=list)
    duplicates: list[tuple[str, str]] = Field(default_factory=list)
    rejected: list[Rejection] = Field(default_factory=list)
    notices: list[str] = Field(default_factory=list)

    def summary(self) -> str:
        """One line for people: counts in the order added, updated, unchanged, duplicates, rejected."""
        return (
            f"{len(self.added)} added, {len(self.updated)} updated, {len(self.unchanged)} unchanged, "
            f"{len(self.duplicates)} duplicates, {len(self.rejected)} rejected"
        )
