"""A question read against every sentence of some papers: what each sentence says of it, and how near each paper is."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rag.answering.derivation import DERIVED, is_derived
from rag.answering.question import Question
from rag.answering.shelf import Floats, Shelf, question_grams
from rag.text import content_terms
from rag.text.concepts import Unit, concepts, spelling
from rag.text.terms import is_stop_word

_STEM: Final = 5
_IS_ABOUT: Final = frozenset(
    content_terms("deal dealing concern cover mention talk involve tackle touch regard consider treat relate related")
)  # fmt: skip
PAPER_FEATURES: Final = ("whole", "with_title", "sentence", "title", "bm25", "grams", "meant")
"""What is known of a paper: the share of the question met by the whole paper, by its best sentence together with the
title, by its best sentence alone, by the title; BM25; cosine of letter groups; idf of the phrases that stand for
others of the question, so much per unit at most."""
_MOST_PHRASE_IDF: Final = 5.0
_MOST_PER_UNIT: Final = 12.0


class Reading:
    """How a question is met by the rows of a shelf. ``met`` has shape (terms of the question, rows), in [0, 1]: 1 for
    the term itself, less for a derivation or another name of its concept."""

    def __init__(self, asked: Question, shelf: Shelf) -> None:
        self.asked = asked
        self.shelf = shelf
        self.terms = tuple(asked.weights)
        self.weights = _weights(asked)
        self.met = self._met()

    @cached_property
    def _units(self) -> list[Unit]:
        return [u for u in self.shelf.concepts.units(self.asked.text) if u.met_by]

    @cached_property
    def _strength(self) -> Floats:
        """How well each phrase of the packaged concepts meets each unit, shape (units, phrases)."""
        strength = np.zeros((len(self._units), len(concepts())))
        for i, unit in enumerate(self._units):
            listed = {n: s for n, s in unit.met_by.items() if n < strength.shape[1]}
            strength[i, list(listed)] = list(listed.values())
        return strength

    def _met(self) -> Floats:
        shelf = self.shelf
        met = np.zeros((len(self.terms), len(shelf.row_terms.starts)))
        for i, term in enumerate(self.terms):
            own = _strengths(term, shelf)
            met[i] = np.maximum.reduceat(own[shelf.row_terms.items], shelf.row_terms.starts)
        index = {spelling(t): i for i, t in enumerate(self.terms)}
        for unit, strength in zip(self._units, self._strength, strict=True):
            rows = np.maximum.reduceat(strength[shelf.row_phrases.items], shelf.row_phrases.starts)
            rows = np.maximum(rows, _spelled_out(unit, shelf))
            for word in {*unit.words, "".join(unit.words)} & index.keys():
                met[index[word]] = np.maximum(met[index[word]], rows)
        return met

    def share(self, met: Floats) -> Floats:
        """The share of the question's weight that is met; shape (terms, n) to (n,)."""
        total = float(self.weights.sum())
        return self.weights @ met / total if total else np.zeros(met.shape[1])

    @cached_property
    def titles(self) -> Floats:
        """What the titles meet, shape (terms, papers)."""
        return self.met[:, self.shelf.first]

    @cached_property
    def rows(self) -> Floats:
        """The share of the question that each row meets, shape (rows,)."""
        return self.share(self.met)

    @cached_property
    def row_grams(self) -> Floats:
        """The share of the weight of the question's letter groups that each row holds, shape (rows,)."""
        vector = question_grams(self.shelf, self.asked.text)
        total = float(vector.sum())
        held = self.shelf.row_grams.total(vector[self.shelf.row_grams.items])
        return held / total if total else held

    @cached_property
    def papers(self) -> dict[str, Floats]:
        """``PAPER_FEATURES`` by name, each of shape (papers,)."""
        shelf = self.shelf
        with_title = np.maximum(self.met, self.titles[:, shelf.paper_of_row])
        return {
            "whole": self.share(shelf.per_paper(self.met)),
            "with_title": shelf.per_paper(self.share(with_title)),
            "sentence": shelf.per_paper(self.rows),
            "title": self.share(self.titles),
            "bm25": self._bm25(),
            "grams": self._grams(),
            "meant": self._meant(),
        }

    def _meant(self) -> Floats:
        postings, idf = self.shelf.phrase_counts
        others = np.where(self._strength < 1, self._strength, 0.0) * np.minimum(idf, _MOST_PHRASE_IDF)
        total = np.zeros(len(self.shelf))
        for unit in others:
            total += np.minimum(postings.total(unit[postings.items]), _MOST_PER_UNIT)
        return total

    def _bm25(self) -> Floats:
        postings, tf = self.shelf.counts
        weight = np.zeros(self.shelf.term_count)
        for term, w in zip(self.terms, self.weights, strict=True):
            number = self.shelf.terms.numbers.get(term, self.shelf.term_count)
            if number < self.shelf.term_count:
                weight[number] = w
        saturated = tf * 2.2 / (tf + self.shelf.length_norm[postings.owners])
        return postings.total(weight[postings.items] * saturated)

    def _grams(self) -> Floats:
        postings, weight = self.shelf.gram_counts
        return postings.total(weight * question_grams(self.shelf, self.asked.text)[postings.items])


def _weights(asked: Question) -> Floats:
    """The weight of each term; 0, where others remain, for verbs that only say that a paper is about something."""
    weights = np.array([asked.weights[t] for t in asked.weights], dtype=np.float64)
    telling = np.array([t not in _IS_ABOUT for t in asked.weights], dtype=bool)
    chosen: Floats = np.where(telling, weights, 0.0) if telling.any() else weights
    return chosen


def _strengths(term: str, shelf: Shelf) -> Floats:
    """How well each of the shelf's terms meets a term of the question, shape (term_count,)."""
    strength = np.zeros(shelf.term_count)
    numbers = shelf.terms.numbers
    if len(term) >= _STEM:
        ordered = shelf.sorted_terms
        for other in ordered[bisect_left(ordered, term[:_STEM]) :]:
            if not other.startswith(term[:_STEM]):
                break
            if is_derived(term, other) and numbers[other] < shelf.term_count:
                strength[numbers[other]] = DERIVED
    for number in shelf.terms.by_spelling.get(spelling(term), ()):
        if number < shelf.term_count:
            strength[number] = 1.0
    return strength


def _spelled_out(unit: Unit, shelf: Shelf) -> Floats:
    """How well each row meets a unit by what only the library's own acronyms say of it, shape (rows,)."""
    met = np.zeros(len(shelf.row_terms.starts))
    for number, strength in unit.met_by.items():
        if number >= len(concepts()):
            for form in shelf.concepts.forms(number):
                rows = _rows_with_all([w for w in form if not is_stop_word(w)], shelf)
                met[rows] = np.maximum(met[rows], strength)
    return met


def _rows_with_all(words: Sequence[str], shelf: Shelf) -> NDArray[np.int64]:
    """The rows in which all words stand."""
    found = [shelf.rows_with(w) for w in words]
    rows = found[0] if found else np.zeros(0, dtype=np.int64)
    for more in found[1:]:
        rows = np.intersect1d(rows, more, assume_unique=True)
    return rows
