"""What is computed once per paper and kept: its sentences, their terms and their vectors."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock

import numpy as np

from rag.library import Library
from rag.library.embedders import Vectors
from rag.paper import Paper
from rag.text import Sentence, content_terms, split_sentences

_MOST_PAPERS = 20_000


@dataclass(frozen=True)
class Analysis:
    """A paper as sentences, each with its set of content terms."""

    sentences: tuple[Sentence, ...]
    sentence_terms: tuple[frozenset[str], ...]
    title_terms: frozenset[str]
    terms: frozenset[str]


class Analyser:
    """Analyses of a library's papers, by revision, and its term statistics; bounded, safe between threads."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._analyses: OrderedDict[tuple[str, str], Analysis] = OrderedDict()
        self._vectors: OrderedDict[tuple[str, str], Vectors] = OrderedDict()
        self._embedder = library.embedder
        self._idf: dict[str, float] = {}
        self._idf_generation = -1
        self._lock = Lock()

    def analysis(self, paper: Paper) -> Analysis:
        """The analysis of one paper."""
        key = (paper.id, paper.revision)
        with self._lock:
            found = self._analyses.get(key)
        if found is None:
            found = _analyse(paper)
            with self._lock:
                self._analyses[key] = found
                if len(self._analyses) > _MOST_PAPERS:
                    self._analyses.popitem(last=False)
        return found

    def vectors(self, paper: Paper) -> Vectors:
        """Unit vectors of its sentences, shape (sentences, dimension)."""
        return self.vectors_of([paper])[0]

    def vectors_of(self, papers: Iterable[Paper]) -> list[Vectors]:
        """Sentence vectors of several papers, embedded in one call where they are not known yet."""
        wanted = list(papers)
        embedder = self._library.embedder
        with self._lock:
            if embedder is not self._embedder:
                # Vectors of another embedder, or of one that has learned anew since, are of another space.
                self._vectors.clear()
                self._embedder = embedder
            missing = [p for p in wanted if (p.id, p.revision) not in self._vectors]
        fresh = dict(zip(((p.id, p.revision) for p in missing), self._embed(missing), strict=True))
        with self._lock:
            result = [fresh[k] if (k := (p.id, p.revision)) in fresh else self._vectors[k] for p in wanted]
            self._vectors.update(fresh)
            while len(self._vectors) > _MOST_PAPERS:
                self._vectors.popitem(last=False)
        return result

    def _embed(self, papers: list[Paper]) -> list[Vectors]:
        texts = [[s.text for s in self.analysis(p).sentences] for p in papers]
        flat = self._library.embedder.documents([t for ts in texts for t in ts])
        ends = np.cumsum([len(ts) for ts in texts])
        return [flat[end - len(ts) : end] for end, ts in zip(ends, texts, strict=True)]

    def is_known(self, term: str) -> bool:
        """Whether a term stands in any passage."""
        return self.idf(term) < self.idf("")

    def idf(self, term: str) -> float:
        """Inverse document frequency, log(1 + (N - df + 0.5) / (df + 0.5)) as in BM25 (Robertson and Zaragoza 2009)."""
        if self._idf_generation != self._library.generation:
            self._idf, self._idf_generation = {}, self._library.generation
        if term not in self._idf:
            df, n = self._library.lexical.document_frequency(term), self._library.lexical.size
            self._idf[term] = math.log(1 + (max(n - df, 0) + 0.5) / (df + 0.5))
        return self._idf[term]

    def telling(self, share: float) -> float:
        """The IDF of a term that stands in this share of the library, or in two passages where that is more."""
        n = self._library.lexical.size
        df = max(2.0, share * n)
        return math.log(1 + (max(n - df, 0) + 0.5) / (df + 0.5))


def _analyse(paper: Paper) -> Analysis:
    sentences = tuple(split_sentences(paper.abstract))
    sentence_terms = tuple(frozenset(content_terms(s.text)) for s in sentences)
    title_terms = frozenset(content_terms(paper.title))
    return Analysis(sentences, sentence_terms, title_terms, title_terms.union(*sentence_terms))
