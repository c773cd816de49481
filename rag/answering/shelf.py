"""Papers laid out for reading: every title and sentence as terms and letter groups, in flat arrays.

Reading a question against every sentence of a few hundred papers is then a handful of array operations. What belongs to
one paper is computed once and kept; a shelf only puts the pieces behind each other.
"""

from __future__ import annotations

import math
import re
from collections import Counter, OrderedDict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rag.paper import Paper
from rag.retrieval.analysis import Analyser
from rag.text import Sentence
from rag.text.concepts import Concepts, concepts, phrase, spelled_out, spelling

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_MOST_PAPERS: Final = 20_000
_MOST_SHELVES: Final = 8
_GRAM_LENGTHS: Final = (4, 5)
_WORD: Final = re.compile(r"[^\W_]+")


class _Pieces(NamedTuple):
    """One paper: per row (the title, then each sentence) its distinct terms, letter groups and phrases of the concepts
    (0 for none)."""

    terms: tuple[Ints, ...]
    grams: tuple[Ints, ...]
    phrases: tuple[Ints, ...]


def grams_of(text: str) -> set[str]:
    """Groups of 4 and 5 letters within words, word ends marked; shorter words whole. After character n-gram retrieval
    (McNamee and Mayfield 2004): they meet derivations and compounds that stems do not."""
    found: set[str] = set()
    for word in _WORD.findall(text.lower()):
        marked = f" {word} "
        for n in _GRAM_LENGTHS:
            if len(marked) <= n:
                found.add(marked)
                break
            found.update(marked[i : i + n] for i in range(len(marked) - n + 1))
    return found


class Vocabulary:
    """Numbers of terms, and the terms by spelling and in order of letters. Only ever grows."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.by_spelling: dict[str, list[int]] = {}

    def number(self, term: str) -> int:
        """The number of a term, given now where it has none yet."""
        found = self.numbers.get(term)
        if found is None:
            found = self.numbers[term] = len(self.numbers)
            self.by_spelling.setdefault(spelling(term), []).append(found)
        return found

    def __len__(self) -> int:
        return len(self.numbers)


class Shelves:
    """Shelves of one library's papers, kept while they are in use; safe between threads."""

    def __init__(self, analyser: Analyser) -> None:
        self._analyser = analyser
        self._terms = Vocabulary()
        self._grams = Vocabulary()
        self._pieces: OrderedDict[tuple[str, str], _Pieces] = OrderedDict()
        self._shelves: OrderedDict[tuple[tuple[str, str], ...], Shelf] = OrderedDict()
        self._lock = Lock()

    def shelf(self, papers: Iterable[Paper]) -> Shelf:
        """The papers as a shelf, in their order."""
        wanted = list(papers)
        key = tuple((p.id, p.revision) for p in wanted)
        with self._lock:
            found = self._shelves.get(key)
            if found is None:
                pieces = [self._of(p) for p in wanted]
                sentences = [self._analyser.analysis(p).sentences for p in wanted]
                found = Shelf(wanted, sentences, pieces, self._terms, self._grams)
                self._shelves[key] = found
            self._shelves.move_to_end(key)
            while len(self._shelves) > _MOST_SHELVES:
                self._shelves.popitem(last=False)
            while len(self._pieces) > _MOST_PAPERS:
                self._pieces.popitem(last=False)
        return found

    def _of(self, paper: Paper) -> _Pieces:
        key = (paper.id, paper.revision)
        found = self._pieces.get(key)
        if found is None:
            analysis = self._analyser.analysis(paper)
            rows = [paper.title, *(s.text for s in analysis.sentences)]
            terms = tuple(_numbers(self._terms, r) for r in (analysis.title_terms, *analysis.sentence_terms))
            grams = tuple(_numbers(self._grams, grams_of(r)) for r in rows)
            phrases = tuple(np.array(sorted(concepts().held(phrase(r))) or [0]) for r in rows)
            found = self._pieces[key] = _Pieces(terms, grams, phrases)
        return found


def _numbers(vocabulary: Vocabulary, words: Collection[str]) -> Ints:
    # An empty row would vanish from what is reduced row by row; the empty term stands for it and matches nothing. In
    # order of letters, since the order of a set changes from one process to the next, and sums with it.
    return np.array([vocabulary.number(w) for w in sorted(words) or ("",)], dtype=np.int64)


@dataclass(frozen=True)
class Postings:
    """Occurrences grouped by owner (a row or a paper): ``items[starts[i]:starts[i + 1]]`` are those of owner i."""

    items: Ints
    starts: Ints

    def total(self, values: Floats) -> Floats:
        """Per owner the sum of a value per occurrence."""
        return np.add.reduceat(values, self.starts)

    @cached_property
    def owners(self) -> Ints:
        """The owner of every occurrence."""
        return np.repeat(np.arange(len(self.starts)), np.diff(np.append(self.starts, len(self.items))))


class Shelf:
    """Some papers, laid out. Row ``first[d]`` is the title of paper d; its sentences follow in their order."""

    def __init__(
        self,
        papers: Sequence[Paper],
        sentences: Sequence[tuple[Sentence, ...]],
        pieces: Sequence[_Pieces],
        terms: Vocabulary,
        grams: Vocabulary,
    ) -> None:
        self.papers = tuple(papers)
        self.sentences = tuple(sentences)
        self.terms = terms
        self.grams = grams
        lengths = np.array([len(p.terms) for p in pieces], dtype=np.int64)
        self.first: Ints = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64)
        self.paper_of_row: Ints = np.repeat(np.arange(len(pieces)), lengths)
        self.row_terms = _postings([r for p in pieces for r in p.terms])
        self.row_grams = _postings([r for p in pieces for r in p.grams])
        self.row_phrases = _postings([r for p in pieces for r in p.phrases])
        self.term_count, self.gram_count = len(terms), len(grams)

    def __len__(self) -> int:
        return len(self.papers)

    @cached_property
    def sorted_terms(self) -> list[str]:
        """All terms in order of letters, to find those with one beginning."""
        return sorted(list(self.terms.numbers)[: self.term_count])

    def per_paper(self, rows: Floats) -> Floats:
        """The best row of each paper; shape (..., rows) to (..., papers)."""
        best: Floats = np.maximum.reduceat(rows, self.first, axis=-1)
        return best

    def rows_of(self, d: int) -> range:
        """The rows of a paper's sentences, without its title."""
        return range(int(self.first[d]) + 1, int(self.first[d]) + 1 + len(self.sentences[d]))

    @cached_property
    def counts(self) -> tuple[Postings, Floats]:
        """Per paper its distinct terms, and in how many of its sentences each stands; the title counts twice."""
        return _counted(self, self.row_terms)

    @cached_property
    def length_norm(self) -> Floats:
        """Per paper BM25's k1 (1 - b + b length / mean length), k1 1.2, b 0.75 (Robertson and Zaragoza 2009)."""
        postings, tf = self.counts
        length = postings.total(tf)
        norm: Floats = 1.2 * (0.25 + 0.75 * length / max(float(length.mean()), 1.0))
        return norm

    @cached_property
    def tfidf(self) -> Floats:
        """Per occurrence in ``counts``: log(1 + tf) idf, each paper's vector of unit length."""
        postings, tf = self.counts
        return _unit(postings, np.log1p(tf) * self._idf(postings, self.term_count)[postings.items])

    @cached_property
    def gram_counts(self) -> tuple[Postings, Floats]:
        """Per paper its distinct letter groups, and the tf-idf weight of each, each paper's vector of unit length."""
        postings, tf = _counted(self, self.row_grams)
        return postings, _unit(postings, (1 + np.log(tf)) * self._gram_idf_of(postings)[postings.items])

    @cached_property
    def gram_idf(self) -> Floats:
        """Per letter group log((1 + N) / (1 + df)) + 1 among these papers."""
        return self._gram_idf_of(self.gram_counts[0])

    def _gram_idf_of(self, postings: Postings) -> Floats:
        df = np.bincount(postings.items, minlength=self.gram_count)
        idf: Floats = np.log((1 + len(self)) / (1 + df)) + 1
        return idf

    def _idf(self, postings: Postings, size: int) -> Floats:
        df = np.bincount(postings.items, minlength=size)
        idf: Floats = np.log(1 + (len(self) - df + 0.5) / (df + 0.5))
        return idf

    @cached_property
    def concepts(self) -> Concepts:
        """The packaged concepts, and the acronyms that these papers spell out."""
        return concepts(spelled_out(p.abstract for p in self.papers))

    @cached_property
    def phrase_counts(self) -> tuple[Postings, Floats]:
        """Per paper the distinct phrases of the packaged concepts, and BM25's idf of each phrase among these papers."""
        postings, _ = _counted(self, self.row_phrases)
        return postings, self._idf(postings, len(concepts()))

    @cached_property
    def _rows_by_term(self) -> tuple[Ints, Ints]:
        order = np.argsort(self.row_terms.items, kind="stable")
        return self.row_terms.items[order], self.row_terms.owners[order]

    def rows_with(self, term: str) -> Ints:
        """The rows in which a term stands, each once, ascending."""
        number = self.terms.numbers.get(term)
        if number is None:
            return np.zeros(0, dtype=np.int64)
        terms, rows = self._rows_by_term
        low, high = np.searchsorted(terms, [number, number + 1])
        return np.unique(rows[low:high])


def question_grams(shelf: Shelf, text: str) -> Floats:
    """The letter groups of a text as weights over the shelf's, shape (gram_count,), of unit length."""
    vector = np.zeros(shelf.gram_count)
    words = Counter(g for g in grams_of(text) if shelf.grams.numbers.get(g, shelf.gram_count) < shelf.gram_count)
    for gram, n in words.items():
        number = shelf.grams.numbers[gram]
        vector[number] = (1 + math.log(n)) * shelf.gram_idf[number]
    norm = float(np.linalg.norm(vector))
    return vector / norm if norm else vector


def _postings(rows: Sequence[Ints]) -> Postings:
    lengths = np.array([len(r) for r in rows], dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64)
    return Postings(np.concatenate(rows) if rows else np.zeros(0, dtype=np.int64), starts)


def _counted(shelf: Shelf, rows: Postings) -> tuple[Postings, Floats]:
    """Occurrences per paper from occurrences per row, those of titles twice."""
    size = int(rows.items.max()) + 1 if len(rows.items) else 1
    paper = shelf.paper_of_row[rows.owners]
    is_title = np.zeros(len(rows.starts), dtype=bool)
    is_title[shelf.first] = True
    weight = 1.0 + is_title[rows.owners]
    keys, inverse = np.unique(paper * size + rows.items, return_inverse=True)
    tf: Floats = np.bincount(inverse, weights=weight).astype(np.float64)
    papers = keys // size
    starts = np.searchsorted(papers, np.arange(len(shelf)))
    return Postings(keys % size, starts.astype(np.int64)), tf


def _unit(postings: Postings, values: Floats) -> Floats:
    norm = np.sqrt(postings.total(values**2))
    unit: Floats = values / np.maximum(norm, 1e-9)[postings.owners]
    return unit
