"""How much a new paper has in common with papers of the shelf: rare words and meaning, and where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from rag.library.embedders import Embedder, Vectors
from rag.paper import Paper
from rag.retrieval.analysis import Analyser
from rag.text import Sentence


class Kin(NamedTuple):
    """A paper of the shelf and how much it shares, in [0, 1]."""

    paper: Paper
    score: float


class Kinship:
    """Compares papers with a shelf that does not change meanwhile.

    The score is the mean of two: the cosine of the sets of terms weighted by IDF, and the cosine of the vectors of
    title and abstract, each centred on the shelf's mean so that what all papers of a field share does not count.
    """

    def __init__(self, shelf: Sequence[Paper], analyser: Analyser, embedder: Embedder) -> None:
        self._shelf, self._analyser, self._embedder = list(shelf), analyser, embedder
        self._terms = [analyser.analysis(p).terms for p in self._shelf]
        vectors = embedder.documents([whole_text(p) for p in self._shelf])
        self._mean = vectors.mean(axis=0) if len(self._shelf) else np.zeros(0, dtype=np.float32)
        self._vectors = _centred(vectors, self._mean)
        self._norms = [self._norm(t) for t in self._terms]

    def nearest(self, papers: Sequence[Paper], k: int) -> list[list[Kin]]:
        """For each paper the k of the shelf that it shares most with, best first."""
        if not self._shelf:
            return [[] for _ in papers]
        vectors = _centred(self._embedder.documents([whole_text(p) for p in papers]), self._mean)
        found = []
        for paper, row in zip(papers, vectors @ self._vectors.T, strict=True):
            terms = self._analyser.analysis(paper).terms
            norm = self._norm(terms)
            shared = [terms & other for other in self._terms]
            lexical = np.array(
                [
                    self._norm(s) ** 2 / (norm * other) if other and norm else 0.0
                    for s, other in zip(shared, self._norms, strict=True)
                ]
            )
            scores = np.clip((lexical + np.clip(row, 0.0, 1.0)) / 2, 0.0, 1.0)
            best = sorted(range(len(self._shelf)), key=lambda i: (-scores[i], self._shelf[i].id))[:k]
            found.append([Kin(self._shelf[i], float(scores[i])) for i in best])
        return found

    def _norm(self, terms: frozenset[str]) -> float:
        return float(np.sqrt(sum(self._analyser.idf(t) ** 2 for t in terms)))

    def closest_sentences(self, one: Paper, other: Paper) -> tuple[Sentence, Sentence] | None:
        """The two sentences, one of each paper, that are most about the same thing."""
        first, second = self._analyser.analysis(one), self._analyser.analysis(other)
        if not first.sentences or not second.sentences:
            return None
        similar = self._analyser.vectors(one) @ self._analyser.vectors(other).T
        for i, terms in enumerate(first.sentence_terms):
            for j, others in enumerate(second.sentence_terms):
                similar[i, j] += self.overlap(terms, others)
        at, to = divmod(int(np.argmax(similar)), similar.shape[1])
        return first.sentences[at], second.sentences[to]

    def overlap(self, one: frozenset[str], other: frozenset[str]) -> float:
        """IDF mass that two sets of terms share, over that of the lighter one; in [0, 1]."""
        least = min(sum(map(self._analyser.idf, one)), sum(map(self._analyser.idf, other)))
        return sum(map(self._analyser.idf, one & other)) / least if least else 0.0


def whole_text(paper: Paper) -> str:
    """What is embedded of a paper to compare it as a whole."""
    return f"{paper.title}. {paper.abstract}"


def _centred(vectors: Vectors, mean: Vectors) -> Vectors:
    if not len(vectors):
        return vectors
    moved = vectors - mean
    norms = np.linalg.norm(moved, axis=1, keepdims=True)
    unit: Vectors = np.divide(moved, norms, out=np.zeros_like(moved), where=norms > 1e-9)
    return unit


__all__ = ["Kin", "Kinship", "whole_text"]
