"""The papers that may say a sentence, how near each is to it, and the sentence of each that comes nearest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from rag.answer import Citation, Verdict, cite
from rag.answering.evidence import Span, closest_sentence
from rag.library import Library
from rag.paper import Paper
from rag.retrieval import Filters, Retriever
from rag.text import content_terms

_READ: Final = 20
COVERAGE_WEIGHT: Final = 0.6


class Near(NamedTuple):
    """A candidate: ``coverage`` is the share of the claim's IDF mass that stands in the paper, ``similarity`` the best
    cosine of its sentences; ``nearness`` is similarity + 0.6 coverage. None depends on the size of the library."""

    paper: Paper
    coverage: float
    similarity: float

    @property
    def nearness(self) -> float:
        """How much the paper is about the claim."""
        return self.similarity + COVERAGE_WEIGHT * self.coverage


class Finder:
    """Finds candidates for claims in one library."""

    def __init__(self, library: Library, retriever: Retriever, filters: Filters) -> None:
        self._library, self._retriever, self._filters = library, retriever, filters

    def near(self, claim: str, given: Sequence[Paper], most: int) -> list[Near]:
        """The given papers first, in their order, then the retrieved ones, nearest first, ``most`` of these."""
        hits = self._retriever.search(claim, _READ, self._filters).hits
        have = {p.id for p in given}
        others = [p for p in {h.paper.id: h.paper for h in hits}.values() if p.id not in have]
        papers = [*given, *others]
        if not papers:
            return []
        weights = {t: self._retriever.analyser.idf(t) for t in dict.fromkeys(content_terms(claim))}
        total = sum(weights.values())
        vector = self._library.embedder.query(claim)
        found = [
            Near(
                paper,
                self._covered(weights, paper) / total if total else 0.0,
                float(np.max(vectors @ vector)) if len(vectors) else 0.0,
            )
            for paper, vectors in zip(papers, self._retriever.analyser.vectors_of(papers), strict=True)
        ]
        ranked = sorted(found[len(given) :], key=lambda n: -n.nearness)
        return [*found[: len(given)], *ranked[:most]]

    def _covered(self, weights: Mapping[str, float], paper: Paper) -> float:
        present = self._retriever.analyser.analysis(paper).terms
        return sum(w for t, w in weights.items() if t in present)


def passage_of(paper: Paper) -> str:
    """What a judge reads of a paper."""
    return f"{paper.title}. {paper.abstract}"


def quote_of(claim: str, paper: Paper, verdict: Verdict, number: int) -> Citation | None:
    """The paper's own words behind a verdict: those that the judge points at, else the nearest sentence."""
    span = _pointed_at(paper, verdict) or closest_sentence(claim, paper)
    if span is None:
        return None
    field, start, end = span
    return cite(paper, span, number, verdict.model_copy(update={"field": field, "start": start, "end": end}))


def _pointed_at(paper: Paper, verdict: Verdict) -> Span | None:
    """The judge's offsets, which are into :func:`passage_of`, as a place in the paper."""
    if verdict.start is None or verdict.end is None or verdict.start >= verdict.end:
        return None
    ahead = len(paper.title) + 2
    start, end = verdict.start - ahead, min(verdict.end - ahead, len(paper.abstract))
    if start >= 0 and end > start:
        return "abstract", start, end
    if verdict.end <= ahead:
        return "title", verdict.start, min(verdict.end, len(paper.title))
    # Title and text together: the text alone is the better quote where it holds anything.
    return ("abstract", 0, end) if end > 0 else None
