"""Slots: does a thing of the evidence stand among the same company as its counterpart in the claim?

Every weighty word of the claim is a slot; its company are the words around it. ``fit[i, p]`` says how well the place p
of the evidence suits slot i: how near to p the company of i stands. A claim whose words all stand in the evidence, but
each in another's company, has them all matched and none fitting: figures given to another thing, exchanged roles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rag.grounding.alignment import Alignment
from rag.grounding.keeping import kept_property
from rag.grounding.lists import pairs
from rag.grounding.paraphrases import opposites_of
from rag.grounding.tokens import Text, of_text
from rag.grounding.vectors import Vectors, word_vectors

Matrix = NDArray[np.float32]

_SLOPE: Final = 0.3
_CLAUSE: Final = 3
_STEP: Final = 256
_IN_STEP, _OUT_OF_STEP = 0.9, 0.1
"""Nearness of the members of two lists that belong to one another (rag.grounding.lists), and of those that do not."""
_RESEMBLES: Final = 0.4
"""Cosine of two words from which they are taken for kin; in WordLlama unrelated words lie below 0.2."""
_RESEMBLANCE: Final = 0.6
"""A resemblance never counts for more than this."""
_MANY: Final = 1_000
"""Resemblances from which those of words that are matched already are left out together: slower for a few."""
MAX_PLACES: Final = 700
"""Words of the evidence that are looked at; of a longer one, those of the sentences that hold most of the claim."""


class Layout:
    """Where the words of a text stand, as arrays over its words, T of them."""

    def __init__(self, text: Text) -> None:
        self._fields = fields = text.columns
        self.names: tuple[bool, ...] = fields["is_name"]
        self.figures: tuple[bool, ...] = fields["is_number"]
        names, figures = self.names, self.figures
        self.plain: list[int] = [i for i in text.content if not (names[i] or figures[i])]
        """Indices of the ordinary words that carry weight: neither names nor figures."""

    @kept_property
    def sentence(self) -> NDArray[np.int32]:
        """The sentence of each word."""
        return np.array(self._fields["sentence"], dtype=np.int32)

    @kept_property
    def clause(self) -> NDArray[np.int32]:
        """The clause of each word."""
        return np.array(self._fields["clause"], dtype=np.int32)

    @kept_property
    def keys(self) -> list[str]:
        """Of the ordinary words, the stems."""
        keys = self._fields["key"]
        return [keys[i] for i in self.plain]

    @kept_property
    def vectors(self) -> Vectors:
        """Of the ordinary words, shape (plain, 256)."""
        lows = self._fields["low"]
        return word_vectors([lows[i] for i in self.plain])

    @kept_property
    def every_place(self) -> NDArray[np.int32]:
        """The indices of all words."""
        return np.arange(len(self.names), dtype=np.int32)

    @kept_property
    def name_places(self) -> list[int]:
        """The indices of the names."""
        return [i for i, is_name in enumerate(self.names) if is_name]

    @kept_property
    def figure_places(self) -> list[int]:
        """The indices of the figures."""
        return [i for i, is_figure in enumerate(self.figures) if is_figure]

    @kept_property
    def sentence_starts(self) -> NDArray[np.intp]:
        """Where each sentence that has words begins."""
        return _runs(self.sentence)

    @kept_property
    def every_column(self) -> dict[int, int]:
        """Index of a word -> its column where all words are looked at, which is the same."""
        return {i: i for i in range(len(self.names))}

    @kept_property
    def columns(self) -> dict[str, list[int]]:
        """Stem -> indices into ``plain`` of its words."""
        found: dict[str, list[int]] = {}
        for column, key in enumerate(self.keys):
            found.setdefault(key, []).append(column)
        return found


@of_text
def layout(text: Text) -> Layout:
    """The arrays of a text; cached by the text object."""
    return Layout(text)


@of_text
def nearness_of(text: Text) -> Matrix:
    """Shape (T, T): 1 for neighbours, falling with the words and clauses between, 0 across sentences and on itself."""
    at = layout(text)
    near = _near(at.sentence, at.clause)
    for one, other in pairs(text):
        for m, here in enumerate(one):
            for n, there in enumerate(other):
                block = np.ix_(here, there)
                near[block] = _IN_STEP if m == n else _OUT_OF_STEP
                near[np.ix_(there, here)] = _IN_STEP if m == n else _OUT_OF_STEP
    return near


def _near(sentence: NDArray[np.int32], clause: NDArray[np.int32]) -> Matrix:
    """As :func:`nearness_of`, of words that stand one after the other wherever they are of one sentence."""
    if len(sentence) and clause[0] == clause[-1]:
        gap, by_gap = _gaps(len(clause) // _STEP + 1)
        alone: Matrix = by_gap.take(gap[: len(clause), : len(clause)])
        return alone
    near = np.zeros((len(sentence), len(sentence)), dtype=np.float32)
    if not len(sentence):
        return near
    starts = [0] if sentence[0] == sentence[-1] else _runs(sentence).tolist()
    # Sentence by sentence, since between two of them all is 0.
    for start, end in zip(starts, (*starts[1:], len(sentence)), strict=True):
        part, words = clause[start:end], end - start
        gap, by_gap = _gaps(words // _STEP + 1)
        gap = gap[:words, :words]
        if part[0] != part[-1]:
            between = np.subtract.outer(part, part)
            np.minimum(np.abs(between, out=between), 3, out=between)
            between *= _CLAUSE
            between += gap
            gap = between
        by_gap.take(gap, out=near[start:end, start:end], mode="clip")
    return near


@lru_cache(maxsize=64)
def _gaps(steps: int) -> tuple[NDArray[np.int32], Matrix]:
    """The number of words from one to another of ``steps`` times ``_STEP``, and the nearness by that number, for it and
    the most that clauses add; 0 for 0 words, which are from a word to itself."""
    place = np.arange(steps * _STEP, dtype=np.int32)
    gap = np.arange(steps * _STEP + 3 * _CLAUSE + 1, dtype=np.float32)
    by_gap: Matrix = (1.0 / (1.0 + _SLOPE * (gap - 1))).astype(np.float32)
    by_gap[0] = 0.0
    return np.abs(place[:, None] - place), by_gap


@dataclass(frozen=True, eq=False)
class Slots:
    """``a`` with its matrices; n words of the claim carry weight, m places of the evidence are looked at.

    ``places``: shape (m,), indices of words of the evidence; ``match``: shape (n, m), how well a place matches a word.
    """

    a: Alignment
    places: NDArray[np.int32]
    match: Matrix
    near: Matrix
    """Shape (m, m)."""
    company_of: Matrix
    """Shape (T, n): what the j-th weighty word counts for as company of any of the T words of the claim; rows sum to 1,
    or to 0 for a lone word."""
    alike: Sequence[tuple[int, int]]
    """The (row, word of the evidence) that only resemble one another."""

    @kept_property
    def is_whole(self) -> bool:
        """Whether all words of the evidence are looked at: their columns are their indices."""
        return len(self.places) == len(self.a.evidence.tokens)

    @kept_property
    def content(self) -> NDArray[np.intp]:
        """Shape (n,): ``a.content``."""
        return np.array(self.a.content, dtype=np.intp)

    @kept_property
    def weight(self) -> Matrix:
        """Shape (n, n): the rows of ``company_of`` that belong to weighty words."""
        rows: Matrix = self.company_of.take(self.content, axis=0)
        return rows

    @kept_property
    def company(self) -> Matrix:
        """Shape (n, m): how near a match of word j stands to place p, times how good it is."""
        rows = [found.company(self.near) for found in self.a.places] if self.is_whole and self.match.size else []
        if not rows:
            return _company(self.match, self.near)
        found = np.frombuffer(bytearray().join(rows), dtype=np.float32).reshape(self.match.shape)
        for row, place in self.alike:
            np.maximum(found[row], self.near[place] * self.match[row, place], out=found[row])
        return found

    @kept_property
    def everywhere(self) -> Matrix:
        """Shape (T, m): how well place p suits any word of the claim, "not" and "all" included, in [0, 1]."""
        product: Matrix = self.company_of.dot(self.company)
        return product

    @kept_property
    def fit(self) -> Matrix:
        """Shape (n, m): how well place p suits the i-th weighty word, in [0, 1]."""
        rows: Matrix = self.everywhere.take(self.content, axis=0)
        return rows

    @kept_property
    def used(self) -> NDArray[np.intp]:
        """The columns at which any word is matched; all others are 0 in ``match``."""
        if not self.is_whole:
            found: NDArray[np.intp] = np.logical_or.reduce(self.match > 0, axis=0).nonzero()[0]
            return found
        columns = set[int]().union(*self.a.places, [place for _, place in self.alike])
        return np.array(sorted(columns), dtype=np.intp)

    @kept_property
    def match_used(self) -> Matrix:
        """The ``used`` columns of ``match``."""
        return self.match.take(self.used, axis=1)

    @kept_property
    def fit_used(self) -> Matrix:
        """The ``used`` columns of ``fit``."""
        return self.fit.take(self.used, axis=1)

    @kept_property
    def best(self) -> Matrix:
        """Shape (n,): how well each word is matched anywhere, in [0, 1]."""
        found: Matrix = np.maximum.reduce(self.match_used, axis=1, initial=0.0)
        return found

    @kept_property
    def sentence_starts(self) -> NDArray[np.intp]:
        """The columns at which another sentence begins."""
        there = layout(self.a.evidence)
        return there.sentence_starts if self.is_whole else _runs(there.sentence[self.places])

    @kept_property
    def column(self) -> dict[int, int]:
        """Index of a word of the evidence -> its column."""
        if self.is_whole:
            return layout(self.a.evidence).every_column
        return dict(zip(self.places.tolist(), range(len(self.places)), strict=True))

    @kept_property
    def bests(self) -> list[float]:
        """``best``, as plain numbers."""
        found: list[float] = self.best.tolist()
        return found

    @kept_property
    def own(self) -> Matrix:
        """Shape (n,): the fit of the best matching place of each word; 0 where none matches."""
        best: Matrix = np.maximum.reduce(self.match_used * self.fit_used, axis=1, initial=0.0)
        return best

    @kept_property
    def chosen(self) -> NDArray[np.int_]:
        """Shape (n,): the column that each word is taken to stand at; -1 where none matches."""
        if not len(self.used):
            return np.full(len(self.match), -1)
        best: NDArray[np.int_] = self.used.take((self.match_used * (0.2 + self.fit_used)).argmax(axis=1))
        if min(self.bests) <= 0:
            best[self.best <= 0] = -1
        return best

    @kept_property
    def columns_chosen(self) -> list[int]:
        """``chosen``, as plain numbers."""
        found: list[int] = self.chosen.tolist()
        return found

    def look(self) -> None:
        """Find what every detector asks for, so that it is at hand."""
        _ = self.everywhere, self.fit, self.best, self.own, self.chosen

    @kept_property
    def place_of(self) -> Sequence[int]:
        """``places``, as plain numbers."""
        return range(len(self.places)) if self.is_whole else self.places.tolist()

    def exchange(self, rows: Sequence[int]) -> tuple[Matrix, Matrix]:
        """Shapes (k, k): how well the i-th of these k rows, all matched, suits its own best place, and how well the
        best one of the j-th, with neither counted as company of the other."""
        match, fit, company = self.match_used, self.fit_used, self.company.take(self.used, axis=1)
        weight = self.weight
        if len(rows) < len(match):
            chosen = np.array(rows, dtype=np.intp)
            match, fit, company, weight = [x.take(chosen, axis=0) for x in (match, fit, company, weight)]
            weight = weight.take(chosen, axis=1)
        # [i, j, p]: the fit of p for i when j is left out of its company
        alone = weight[:, :, None] * company
        np.subtract(fit[:, None, :], alone, out=alone)
        own = np.maximum.reduce(match[:, None, :] * alone, axis=2)
        cross = np.maximum.reduce(match * alone, axis=2)
        return own, cross


def _company(match: Matrix, near: Matrix) -> Matrix:
    """``Slots.company`` from the matrices alone."""
    found = np.zeros(match.shape, dtype=np.float32)
    for row, matched in enumerate(match):
        at = matched.nonzero()[0]
        if len(at):
            np.maximum.reduce(near.take(at, axis=0) * matched.take(at)[:, None], axis=0, out=found[row])
    return found


def _runs(values: NDArray[np.integer[Any]]) -> NDArray[np.intp]:
    """Where each run of equal values begins."""
    first = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=first[1:])
    return first.nonzero()[0]


def slots(a: Alignment) -> Slots:
    """Lay the company of every word of the claim over the evidence."""
    there = layout(a.evidence)
    places = _places(a)
    content, width = np.array(a.content, dtype=np.intp), len(there.names)
    if len(places) == width:
        rows = [found.by_word(width, keep=True) for found in a.places]
    else:  # not kept, but a word that the claim repeats is one object every time
        row_of = {i: found.by_word(width, keep=False) for i, found in {id(x): x for x in a.places}.items()}
        rows = [row_of[id(found)] for found in a.places]
    match = np.frombuffer(bytearray().join(rows), dtype=np.float32) if width and rows else np.zeros(0, dtype=np.float32)
    match = match.reshape(len(rows), width)
    alike = _add_resemblance(match, a)
    # Of a symmetrical matrix the rows are the columns.
    company = nearness_of(a.claim).take(content, axis=0).T ** 1.5 * a.weights.astype(np.float32)
    company /= np.maximum(np.add.reduce(company, axis=1, keepdims=True), 1e-6)
    if len(places) == width:
        return Slots(a, places, match, nearness_of(a.evidence), company, alike)
    near = _near(there.sentence[places], there.clause[places])
    return Slots(a, places, match[:, places], near, company, alike)


def _places(a: Alignment) -> NDArray[np.int32]:
    """All words of the evidence, or those of the sentences that hold most of the claim."""
    total = len(a.evidence.tokens)
    if total <= MAX_PLACES:
        return layout(a.evidence).every_place
    held = a.weights @ a.match
    kept: list[int] = []
    for sentence in np.argsort(-held, kind="stable"):
        kept += a.evidence.sentence_tokens[int(sentence)][:200]
        if len(kept) > MAX_PLACES - 200:
            break
    return np.array(sorted(kept), dtype=np.int32)


def _add_resemblance(match: Matrix, a: Alignment) -> list[tuple[int, int]]:
    """Words that resemble one another count as kin, where nothing better is known: the (row, place) of those."""
    here, there = layout(a.claim), layout(a.evidence)
    added: list[tuple[int, int]] = []
    if not here.plain or not there.plain:
        return added
    cosine, columns = here.vectors.dot(there.vectors.T), there.columns
    for row, key in enumerate(here.keys):
        for other in opposites_of(key):
            if other in columns:
                cosine[row, columns[other]] = 0.0
    # Places of the whole matrix, one after the other: faster than pairs of indices.
    alike, width = cosine.reshape(-1), len(there.plain)
    known = (alike >= _RESEMBLES).nonzero()[0]
    rows, plain = a.rows_among(here.plain), there.plain
    if len(known) > _MANY:
        at_match = np.array(rows)[known // width] * match.shape[1] + np.array(plain)[known % width]
        known = known[match.reshape(-1).take(at_match) == 0]
    found = [a.places[row] for row in rows]
    for at, value in zip(known.tolist(), alike.take(known).tolist(), strict=True):
        place = plain[at % width]
        if place not in found[at // width]:  # else it is known for more than a resemblance
            row = rows[at // width]
            match[row, place] = min(value, _RESEMBLANCE)
            added.append((row, place))
    return added
