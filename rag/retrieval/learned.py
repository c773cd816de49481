"""What the second stage learns from a library: term weights, a latent space, and what sentences have in common.

Learnt once per generation from a sample of at most a fixed number of papers, the same ones for the same library, so
that cost is bounded; everything else is folded in when it first comes up as a candidate.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter, OrderedDict
from collections.abc import Sequence
from itertools import pairwise
from threading import Lock
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rag.library import Library
from rag.library.embedders import Embedder, Vectors
from rag.library.latent import LatentSpace
from rag.paper import Paper, Passage
from rag.retrieval.analysis import Analyser
from rag.retrieval.grams import Grams, gram_idf, gram_vector
from rag.retrieval.meant import Floats, Said, said
from rag.retrieval.words import WordTable, compounds, stem, words
from rag.text import content_terms, split_sentences
from rag.text.concepts import concepts, phrase, spelled_out
from rag.text.terms import STOP_WORDS

SAMPLE: Final = 2_000
_MOST_VIEWS: Final = 4_000
_MOST_WORDS: Final = 60_000
_DIMENSIONS: Final = 256


class Sparse(NamedTuple):
    """A sparse unit vector over the terms of the latent space; both of shape (terms,)."""

    at: NDArray[np.intp]
    weight: NDArray[np.float32]


class View(NamedTuple):
    """A passage with its title as the second stage sees it. Sentences: the title first, then those of the passage."""

    terms: frozenset[str]
    title_terms: frozenset[str]
    words: NDArray[np.int32]
    tfidf: Sparse
    latent: Vectors
    latent_sentences: Vectors
    pooled_sentences: Vectors
    grams: Grams
    said: Said


class Learned:
    """The statistics of one generation of a library, and the views of its passages under them; bounded."""

    def __init__(self, papers: Sequence[Paper], analyser: Analyser, table: WordTable) -> None:
        chosen = sample(papers)
        self._analyser = analyser
        self.table = table
        self.space = LatentSpace.fit([_paper_terms(p) for p in chosen], _DIMENSIONS)
        found = [words(f"{p.title} {p.abstract}") for p in chosen]
        self.gram_idf = gram_idf(found)
        hyphened = {w: parts for p in chosen for w, parts in compounds(f"{p.title} {p.abstract}").items()}
        # Compounds that the library also writes as one word: only there does the spelling matter.
        self.compounds = {w: hyphened[w] for ws in found for w in ws if w in hyphened}
        self.concepts = concepts(spelled_out(p.abstract for p in chosen))
        self.phrase_idf = self._phrase_idf(chosen)
        self._views: OrderedDict[str, View] = OrderedDict()
        self._lock = Lock()
        known = list(dict.fromkeys(w for ws in found for w in ws))[:_MOST_WORDS]
        vectors = table.vectors(table.numbers(known))
        self.centre: Vectors = vectors.mean(axis=0) if len(known) else np.zeros(table.dimension, np.float32)
        self._centred: Vectors = np.zeros((0, table.dimension), dtype=np.float32)
        self._common: Vectors = np.zeros(table.dimension, dtype=np.float32)
        self._common = _first_direction(np.array([self.pooled(ws) for ws in found], dtype=np.float32))

    def _phrase_idf(self, chosen: Sequence[Paper]) -> Floats:
        """BM25's idf of each phrase of the concepts among the sampled papers, shape (phrases,)."""
        df = np.zeros(len(self.concepts))
        for paper in chosen:
            df[list(self.concepts.held(phrase(paper.title)) | self.concepts.held(phrase(paper.abstract)))] += 1
        idf: Floats = np.log(1 + (len(chosen) - df + 0.5) / (df + 0.5))
        return idf

    def spelt(self, found: Sequence[str]) -> list[str]:
        """Words so that a compound which the library spells in two ways is both its parts and one word."""
        joined = [a + b for a, b in pairwise(found) if a + b in self.compounds]
        apart = [p for w in found for p in self.compounds.get(w, ())]
        have = set(found)
        return [*found, *(w for w in dict.fromkeys((*joined, *apart)) if w not in have)]

    def centred(self, numbers: NDArray[np.int32]) -> Vectors:
        """Unit vectors of words after taking away the mean word, shape (len(numbers), dimension)."""
        with self._lock:
            have = len(self._centred)
            if have < len(self.table):
                fresh = self.table.vectors(np.arange(have, len(self.table), dtype=np.int32)) - self.centre
                norms = np.linalg.norm(fresh, axis=1, keepdims=True)
                unit = np.divide(fresh, norms, out=np.zeros_like(fresh), where=norms > 0)
                self._centred = np.concatenate([self._centred, unit])
            taken: Vectors = self._centred[numbers]
            return taken

    def pooled(self, found: Sequence[str]) -> Vectors:
        """A text as the idf-weighted sum of its words' vectors without their common direction, shape (dimension,).

        Smooth inverse frequency (Arora, Liang and Ma 2017), with the weights of BM25 in place of theirs.
        """
        counts = Counter(w for w in found if w not in STOP_WORDS)  # the lexical index lacks them: no idf
        if not counts:
            return np.zeros_like(self._common)
        weight = np.array([(1 + math.log(n)) * self._analyser.idf(stem(w)) for w, n in counts.items()], np.float32)
        vector = weight @ self.table.vectors(self.table.numbers(list(counts)))
        vector = _unit(vector)
        return _unit(vector - (vector @ self._common) * self._common)

    def tfidf(self, found: Sequence[str]) -> Sparse:
        """A text's terms by log tf times idf; terms that the sample lacks are left out."""
        counts = Counter(t for t in found if t in self.space.vocabulary)
        at = np.fromiter((self.space.vocabulary[t] for t in counts), dtype=np.intp, count=len(counts))
        weight = np.array([1 + math.log(n) for n in counts.values()], dtype=np.float32) * self.space.idf[at]
        return Sparse(at, _unit(weight))

    def view(self, row: str, paper: Paper, passage: Passage) -> View:
        """The view of a passage, made when it is first asked for."""
        with self._lock:
            found = self._views.get(row)
            if found is not None:
                self._views.move_to_end(row)
                return found
        made = self._make(paper, passage)
        with self._lock:
            self._views[row] = made
            if len(self._views) > _MOST_VIEWS:
                self._views.popitem(last=False)
        return made

    def _make(self, paper: Paper, passage: Passage) -> View:
        texts = [paper.title, *(s.text for s in split_sentences(passage.text))]
        terms = [content_terms(t) for t in texts]
        whole = [*terms[0], *(t for ts in terms for t in ts)]  # the title twice, as in the lexical index
        found = [words(t) for t in texts]
        flat = self.spelt([w for ws in found for w in ws])
        return View(
            terms=frozenset(whole),
            title_terms=frozenset(terms[0]),
            words=self.table.numbers(list(dict.fromkeys(flat))),
            tfidf=self.tfidf(whole),
            latent=self.space.fold(whole),
            latent_sentences=np.array([self.space.fold(ts) for ts in terms]),
            pooled_sentences=np.array([self.pooled(ws) for ws in found]),
            grams=gram_vector([*found[0], *flat], self.gram_idf),
            said=said([phrase(t) for t in texts], self.concepts),
        )


class Learner:
    """Keeps what was learnt from a library up to date with its generation; safe between threads."""

    def __init__(self, library: Library, analyser: Analyser, source: Embedder | None) -> None:
        self._library = library
        self._analyser = analyser
        self._source = source
        self._table = WordTable(source)
        self._learned: tuple[int, Learned] | None = None
        self._lock = Lock()

    def current(self) -> Learned:
        """What is learnt of the library as it stands now; learnt on the first call of a generation."""
        generation = self._library.generation
        with self._lock:
            if len(self._table) > 2 * _MOST_WORDS:  # words of papers long gone
                self._table, self._learned = WordTable(self._source), None
            if self._learned is None or self._learned[0] != generation:
                self._learned = (generation, Learned(self._library.papers(), self._analyser, self._table))
            return self._learned[1]


def sample(papers: Sequence[Paper]) -> list[Paper]:
    """At most SAMPLE papers: those whose ids hash lowest, in that order."""
    if len(papers) <= SAMPLE:
        return list(papers)
    return sorted(papers, key=lambda p: hashlib.sha256(p.id.encode()).digest())[:SAMPLE]


def _paper_terms(paper: Paper) -> list[str]:
    head = content_terms(paper.title)
    return [*head, *head, *content_terms(paper.abstract)]


def _unit(vector: Vectors) -> Vectors:
    norm = float(np.linalg.norm(vector))
    unit: Vectors = (vector / norm if norm > 0 else vector).astype(np.float32)
    return unit


def _first_direction(vectors: Vectors) -> Vectors:
    """The direction that the rows share most (first right singular vector, not centred), shape (columns,)."""
    if not vectors.size:
        return np.zeros(vectors.shape[-1] if vectors.ndim == 2 else 0, dtype=np.float32)
    _, found = np.linalg.eigh(vectors.T @ vectors)
    direction: Vectors = np.ascontiguousarray(found[:, -1], dtype=np.float32)
    return direction
