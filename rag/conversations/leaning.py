"""Hits for a follow-up: the papers it is about come first, those it excludes do not come at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from rag.answering.naming import short_name
from rag.answering.question import name_terms, read_question
from rag.conversations.rewrite import Understood
from rag.errors import UnknownPaperError
from rag.library import Library
from rag.paper import Hit, Paper
from rag.retrieval import Filters, Retriever
from rag.retrieval.filters import Selection
from rag.retrieval.retriever import Found

# A paper that the question is about gets this share of its score for that alone. Chosen on the development dialogues.
BOOST = 0.3
_LOOKED_AT = 5
# A phrase finds a paper that holds this share of its weight.
_MOST = 0.6


class LibraryKnows:
    """A library as what follow-ups are held against."""

    def __init__(self, library: Library, retriever: Retriever) -> None:
        self._library = library
        self._retriever = retriever

    def coverage(self, question: str, paper: Paper) -> float:
        """Share of the question's informative words that stand in a paper, in [0, 1]."""
        if not any(c.isalnum() for c in question):
            return 0.0
        asked = read_question(question, self._library, self._retriever.analyser)
        return asked.coverage(self._retriever.analyser.analysis(paper).terms)

    def elsewhere(self, question: str, but: Sequence[Paper]) -> float:
        """The best coverage by a paper that the question finds, ``but`` aside, in [0, 1]."""
        known = {p.id for p in but}
        found = self._retriever.search(question, _LOOKED_AT + len(known), Filters()).hits
        papers = {h.paper.id: h.paper for h in found if h.paper.id not in known}
        return max((self.coverage(question, p) for p in papers.values()), default=0.0)

    def reaches(self, question: str, asked: str, but: Paper) -> float:
        """How much of ``asked`` the first paper that ``question`` finds covers, ``but`` aside, in [0, 1]."""
        found = self._retriever.search(question, _LOOKED_AT, Filters()).hits
        first = next((h.paper for h in found if h.paper.id != but.id), None)
        return 0.0 if first is None else self.coverage(asked, first)

    def called(self, name: str) -> Paper | None:
        """The paper of this short name, where a search for the name finds it."""
        found = self._retriever.search(name, _LOOKED_AT, Filters()).hits
        return next((h.paper for h in found if short_name(h.paper).casefold() == name.casefold()), None)

    def about(self, phrase: str) -> Paper | None:
        """The first paper that a phrase finds, if it holds most of its words."""
        if not any(c.isalnum() for c in phrase):
            return None
        found = self._retriever.search(phrase, 1, Filters()).hits
        return found[0].paper if found and self.coverage(phrase, found[0].paper) >= _MOST else None

    def mentions(self, paper: Paper, name: str) -> bool:
        """Whether a paper holds a name, in the singular or the plural."""
        held = self._retriever.analyser.analysis(paper).terms
        return any(name_terms(n) <= held for n in (name, name.removesuffix("s"), f"{name}s"))

    def frequency(self, name: str) -> int:
        """How many passages hold a name."""
        return max((self._library.lexical.document_frequency(t) for t in name_terms(name)), default=0)


Search = Callable[[str, Filters], Found]


class FoundFor(NamedTuple):
    """Hits, best first, and what the filters did; ``alone``: they are of the papers asked about and of no other."""

    hits: list[Hit]
    selection: Selection
    alone: bool = False


def search_for(understood: Understood, filters: Filters, search: Search) -> FoundFor:
    """Search with what a follow-up is about in mind.

    Papers it is about come before all others, in the search's order; with ``only`` nothing else remains, unless the
    filters or the library lack them. Scores stay in [0, 1].
    """
    found = search(understood.question, filters)
    excluded = {p.id for p in understood.without}
    hits = [h for h in found.hits if h.paper.id not in excluded] or found.hits
    wanted = {p.id for p in understood.papers}
    if not wanted or not hits:
        return FoundFor(hits, found.selection)
    hits = [*hits, *_missing(wanted - {h.paper.id for h in hits}, hits[-1].score, understood, filters, search)]
    own = [h for h in hits if h.paper.id in wanted]
    if understood.only and own:
        return FoundFor(_ranked(own), found.selection, alone=True)
    raised = [_scored(h, BOOST * (h.paper.id in wanted) + (1 - BOOST) * h.score) for h in hits]
    # The sort is stable: among equals the search's order stays.
    return FoundFor(_ranked(sorted(raised, key=lambda h: -h.score)), found.selection)


def _missing(ids: set[str], score: float, understood: Understood, filters: Filters, search: Search) -> list[Hit]:
    """Hits of papers that the search did not bring, scored no higher than its last; none of those that have left."""
    try:
        chosen = set(filters.papers) if filters.papers is not None else None
        wanted = sorted(ids if chosen is None else ids & chosen)
        found = search(understood.question, filters._replace(papers=wanted)).hits if wanted else []
    except UnknownPaperError:
        return []
    return [_scored(h, min(h.score, score)) for h in found]


def _scored(hit: Hit, score: float) -> Hit:
    return hit.model_copy(update={"score": score})


def _ranked(hits: Sequence[Hit]) -> list[Hit]:
    return [h.model_copy(update={"explain": {**h.explain, "rank": rank}}) for rank, h in enumerate(hits, 1)]
