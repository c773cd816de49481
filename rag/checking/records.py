"""The record of a check: one entry per sentence of the text, in order. Frozen, finite, serialisable.

Offsets are code points of the text that was given, half open: ``text[s.start:s.end] == s.text``, exactly.
"""

from __future__ import annotations

from typing import Any, Final, Literal, get_args

from pydantic import Field

from rag.answer import Citation
from rag.paper import Paper, Record

CHECK_SCHEMA_VERSION: Final = 1

CheckLabel = Literal["supported", "partial", "contradicted", "unsupported", "not covered", "unsure", "not a claim"]
"""Of the papers that are about a sentence: they say it; a part of it; otherwise; not that; none is about it; the judge
cannot tell; there is nothing to check."""

CitationState = Literal["right", "carried", "none", "missing", "wrong", "unsupported", "not in library", "unresolved"]
"""- right: a cited paper supports the sentence, or a part of it
- carried: cites nothing itself and goes on about a paper cited just before
- none: cites nothing, and no paper supports it
- missing: cites nothing although a paper supports it (see ``suggested``)
- wrong: the cited paper does not support it, another one does (see ``suggested``)
- unsupported: no cited paper supports it, nor does another
- not in library: what it cites is known, and is no paper of the library
- unresolved: its marker leads to no reference"""

CHECK_LABELS: Final[tuple[CheckLabel, ...]] = get_args(CheckLabel)
CITATION_STATES: Final[tuple[CitationState, ...]] = get_args(CitationState)
SkippedKind = Literal["heading", "code", "table", "figure", "mathematics", "references", "preamble", "comment"]

_FAILING: Final = frozenset({"contradicted", "unsupported"})
_FAILING_STATES: Final = frozenset({"wrong"})
_STRICT: Final = frozenset({"partial", "unsure", "not covered"})
_STRICT_STATES: Final = frozenset({"missing", "unsupported", "not in library", "unresolved"})


class Cited(Record):
    """A paper that a sentence cites or names, as it is written at text[start:end].

    ``how``: "marker" ([3], \\cite{key}, (Ada, 2024)), "author" (Ada et al.), "name" (the system's name or the title),
    "carried" (by the sentence before). ``paper_id`` is None where the library does not hold it; ``reference`` is the
    entry of the reference list that the marker leads to, None where there is none.
    """

    text: str
    start: int
    end: int
    how: Literal["marker", "author", "name", "carried"]
    paper_id: str | None = None
    reference: str | None = None


class CheckedSentence(Record):
    """One sentence with what the library says of it.

    ``line`` is 1-based; ``claim`` is what was judged (the sentence without markers and markup); ``score`` is
    P(supported) by the best evidence, None where nothing was judged; ``evidence`` holds verbatim quotes with the
    verdict of each paper, the deciding one first; ``suggested`` are ids of papers that support it uncited.
    """

    text: str
    start: int
    end: int
    line: int
    claim: str
    label: CheckLabel
    score: float | None = Field(default=None, ge=0.0, le=1.0)
    reason: str
    citation: CitationState
    citation_reason: str = ""
    cites: tuple[Cited, ...] = ()
    evidence: tuple[Citation, ...] = ()
    suggested: tuple[str, ...] = ()

    @property
    def fails(self) -> bool:
        """Contradicted, unsupported, or citing the wrong paper."""
        return self.label in _FAILING or self.citation in _FAILING_STATES

    @property
    def fails_strictly(self) -> bool:
        """Also where it is only partly supported, not covered or unsure, or its citation is missing or unknown."""
        return self.fails or self.label in _STRICT or self.citation in _STRICT_STATES


class Skipped(Record):
    """A part of the text that holds no sentences to check: text[start:end], beginning in the 1-based ``line``."""

    kind: SkippedKind
    start: int
    end: int
    line: int


class CheckReport(Record):
    """The whole check. ``sources`` are the papers quoted, in order of their number in ``evidence``.

    ``counts`` and ``citation_counts`` name every label and state, also those with 0.
    """

    schema_version: int = CHECK_SCHEMA_VERSION
    name: str | None = None
    sentences: tuple[CheckedSentence, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    counts: dict[str, int] = Field(default_factory=dict)
    citation_counts: dict[str, int] = Field(default_factory=dict)
    sources: tuple[Paper, ...] = ()
    suggestions: tuple[Paper, ...] = ()
    notices: tuple[str, ...] = ()
    judge: str
    library: dict[str, Any] = Field(default_factory=dict)
    timings: dict[str, float] = Field(default_factory=dict)

    def holds(self, *, strict: bool = False) -> bool:
        """Whether no sentence fails; ``strict`` counts doubts and missing citations as failures too."""
        return not any(s.fails_strictly if strict else s.fails for s in self.sentences if s.label != "not a claim")

    def paper(self, paper_id: str) -> Paper | None:
        """A quoted or suggested paper by id."""
        return next((p for p in (*self.sources, *self.suggestions) if p.id == paper_id), None)

    def to_markdown(self) -> str:
        """The check as Markdown: each sentence with its verdict, quote, reason and citation state."""
        from rag.checking.export import report_markdown

        return report_markdown(self)

    def _repr_html_(self) -> str:
        from rag.checking.export import report_html

        return report_html(self)
