"""The nouns of an answer: verdict, citation, claim, answer, event. All frozen, finite and serialisable."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from rag.paper import Hit, Paper, Record, TextKind

Label = Literal["supported", "partial", "unsupported", "contradicted", "unsure"]
ClaimKind = Literal["claim", "connective", "limitation"]
Mode = Literal["extractive", "generative"]
Place = tuple[Literal["title", "abstract"], int, int]
"""Field, start and end, as in :class:`Citation`."""
SCHEMA_VERSION = 1


class Verdict(Record):
    """What a judge says of (claim, evidence). ``score`` is P(supported) in [0, 1].

    ``field``, ``start`` and ``end`` point at the evidence that decided it, where the judge can tell.
    """

    label: Label
    score: float = Field(ge=0.0, le=1.0)
    reason: str
    judge: str
    field: str | None = None
    start: int | None = None
    end: int | None = None

    @property
    def supported(self) -> bool:
        """The binary reading used for scoring: supported or not."""
        return self.label == "supported"


class Citation(Record):
    """Claim -> paper, with a verbatim quote: ``getattr(paper, field)[start:end] == quote``, exactly."""

    number: int
    paper_id: str
    revision: str
    title: str
    text_kind: TextKind
    field: Literal["title", "abstract"]
    quote: str
    start: int
    end: int
    verdict: Verdict


def cite(paper: Paper, place: Place, number: int, verdict: Verdict, *, quote: str | None = None) -> Citation:
    """A citation of a place in a paper; ``quote`` only where it is not what stands there."""
    field, start, end = place
    return Citation(
        number=number,
        paper_id=paper.id,
        revision=paper.revision,
        title=paper.title,
        text_kind=paper.text_kind,
        field=field,
        quote=getattr(paper, field)[start:end] if quote is None else quote,
        start=start,
        end=end,
        verdict=verdict,
    )


class RemovedCitation(Record):
    """A citation that was made and taken away by the checks: no part of the answer, kept for the record.

    ``number`` is that of the writer's evidence, not of the answer; ``paper_id`` is None where no evidence had it.
    """

    number: int
    paper_id: str | None = None
    quote: str | None = None
    reason: str


class Claim(Record):
    """One sentence of an answer, readable on its own.

    ``kind``: "claim" is checked against its citations; "connective" has nothing to check; "limitation" says what the
    abstracts do not state. ``group`` is the heading it stands under ("related": the paper is near, not an answer).
    ``removed`` are citations that checks took away from it; ``replaces`` is what was written first, refused and then
    written anew once, its citations numbered 0 and the reason in its verdict.
    """

    text: str
    citations: tuple[Citation, ...] = ()
    verdict: Verdict
    kind: ClaimKind = "claim"
    group: str | None = None
    removed: tuple[RemovedCitation, ...] = ()
    replaces: Claim | None = None


class Cell(Record):
    """One cell of a table: what is shown, and the claim whose quote and verdict carry it.

    ``text`` is None where the paper does not state it. ``claim`` is None there and for fields of the paper's record.
    ``not_comparable`` says why a figure may not be set beside the others of its column.
    """

    column: str
    text: str | None = None
    claim: Claim | None = None
    not_comparable: str | None = None


class Row(Record):
    """One paper of a table: its number among the sources, its short name, its group, its cells in order of columns."""

    number: int
    paper_id: str
    name: str
    group: str | None = None
    cells: tuple[Cell, ...]


class Table(Record):
    """Papers against columns. ``notes`` are lines about whole columns; ``read`` papers were read for it."""

    topic: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    read: int = 0

    def to_markdown(self) -> str:
        """A Markdown table; every cell with its paper's number and its verdict, "not stated" where there is none."""
        from rag.tabling.export import table_markdown

        return table_markdown(self)

    def to_csv(self) -> str:
        """Comma-separated values: a line a cell's paper, and for every column its text, quote and verdict."""
        from rag.tabling.export import table_csv

        return table_csv(self)

    def _repr_html_(self) -> str:
        """The table as notebooks show it."""
        from rag.answering.html import table_html

        return table_html(self)


class Answer(Record):
    """The frozen record of an answer: what was said, on what evidence, what was dropped and why."""

    schema_version: int = SCHEMA_VERSION
    question: str
    standalone_question: str | None = None
    mode: Mode
    fallback_from: str | None = None
    abstained: bool = False
    reason: str | None = None
    claims: tuple[Claim, ...] = ()
    dropped: tuple[Claim, ...] = ()
    sources: tuple[Paper, ...] = ()
    nearest: tuple[Paper, ...] = ()
    table: Table | None = None
    usage: dict[str, Any] = Field(default_factory=dict)
    models: dict[str, str] = Field(default_factory=dict)
    prompts: dict[str, str] = Field(default_factory=dict)
    timings: dict[str, float] = Field(default_factory=dict)
    library: dict[str, Any] = Field(default_factory=dict)

    def to_markdown(self) -> str:
        """The answer as Markdown: claims with numbered citations, then each source with its quotes."""
        from rag.answering.export import answer_markdown

        return answer_markdown(self)

    def to_bibtex(self) -> str:
        """The cited papers as BibTeX entries, in order of citation number."""
        from rag.answering.export import answer_bibtex

        return answer_bibtex(self)

    def _repr_html_(self) -> str:
        """The answer as notebooks show it: claims with their quotes to unfold, and the sources."""
        from rag.answering.html import answer_html

        return answer_html(self)


class Event(BaseModel):
    """One step of a streamed answer.

    ``hits`` carries tuple[Hit, ...]; ``claim`` and ``dropped`` a Claim; ``notice`` a str; ``answer`` the whole Answer,
    always last and always there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["hits", "claim", "dropped", "answer", "notice"]
    payload: Any


__all__ = [
    "SCHEMA_VERSION",
    "Answer",
    "Cell",
    "Citation",
    "Claim",
    "ClaimKind",
    "Event",
    "Hit",
    "Label",
    "Mode",
    "RemovedCitation",
    "Row",
    "Table",
    "Verdict",
]
