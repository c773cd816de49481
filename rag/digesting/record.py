"""The record of a digest: frozen, serialisable, every statement about a paper a claim with its quote."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import Field

from rag.answer import Claim, Mode
from rag.paper import Paper, Record, Rejection

Kind = Literal["repeats", "may contradict", "competes", "builds on", "names", "same topic"]
"""How a new paper stands to one of the shelf, the strongest first.

``repeats``: one work under two titles. ``may contradict``: says the opposite of a sentence about the same system.
``competes``: one compares itself with the other's system. ``builds on``: it says that it uses or extends that system.
``names``: mentions it otherwise. ``same topic``: only rare words and meaning in common; neither mentions the other.
"""
KINDS: Final[tuple[Kind, ...]] = ("repeats", "may contradict", "competes", "builds on", "names", "same topic")
Change = Literal["unchanged", "text changed", "abstract in place of a note", "other fields changed"]
SCHEMA_VERSION: Final = 1


class Relation(Record):
    """How a new paper stands to a paper of the shelf.

    ``why`` is one line on what was found; the relation itself is found by patterns and not judged. ``new`` and
    ``shelf`` are the two sides as checked claims with their quotes. ``score`` is how much the two have in common, in
    [0, 1]. ``shared`` are telling words that both use.
    """

    kind: Kind
    paper_id: str
    why: str
    new: Claim | None = None
    shelf: Claim | None = None
    shared: tuple[str, ...] = ()
    score: float = Field(ge=0.0, le=1.0)


class DigestPaper(Record):
    """A new paper: what it says it does and its main figure, and how it stands to the shelf (best first; perhaps none).

    ``nearest`` is how much it has in common with the nearest paper of the shelf, in [0, 1], 0 for an empty shelf;
    ``nearest_id`` is that paper, where the two have enough in common to be worth a look though nothing is said of them.
    """

    paper_id: str
    number: int
    name: str
    claims: tuple[Claim, ...]
    relations: tuple[Relation, ...] = ()
    nearest: float = 0.0
    nearest_id: str | None = None


class Theme(Record):
    """New papers that are near to each other, named by the words that tell them from the others."""

    name: str
    papers: tuple[DigestPaper, ...]


class KnownPaper(Record):
    """A paper of the page that the shelf had already, and what the page changes of it."""

    paper_id: str
    title: str
    change: Change


class DigestReport(Record):
    """A digest of pages against a shelf.

    ``records`` were read: new ones, known ones, those that stood twice on the pages (``repeated``), and the rejected.
    ``sources`` are all cited papers in order of number, also those of the shelf. ``ingested``: the new ones are in the
    library now; ``shelf`` papers were there before.
    """

    schema_version: int = SCHEMA_VERSION
    files: tuple[str, ...]
    shelf: int
    records: int
    themes: tuple[Theme, ...] = ()
    known: tuple[KnownPaper, ...] = ()
    repeated: int = 0
    rejected: tuple[Rejection, ...] = ()
    notices: tuple[str, ...] = ()
    ingested: bool = False
    mode: Mode = "extractive"
    fallback_from: str | None = None
    dropped: tuple[Claim, ...] = ()
    sources: tuple[Paper, ...] = ()
    usage: dict[str, Any] = Field(default_factory=dict)
    models: dict[str, str] = Field(default_factory=dict)
    prompts: dict[str, str] = Field(default_factory=dict)
    timings: dict[str, float] = Field(default_factory=dict)
    library: dict[str, Any] = Field(default_factory=dict)

    @property
    def papers(self) -> tuple[DigestPaper, ...]:
        """The new papers, theme by theme."""
        return tuple(p for theme in self.themes for p in theme.papers)

    def summary(self) -> str:
        """The counts in one line: "57 records: 49 new, 5 already there, 3 rejected"."""
        from rag.digesting.export import counts

        return counts(self)

    def to_markdown(self) -> str:
        """The digest to read: counts, then theme by theme each new paper with its quotes and its neighbours."""
        from rag.digesting.export import digest_markdown

        return digest_markdown(self)


__all__ = ["KINDS", "Change", "DigestPaper", "DigestReport", "Kind", "KnownPaper", "Relation", "Theme"]
