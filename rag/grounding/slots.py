"""Slots: does a thing of the evidence stand among the same company as its counterpart in the claim?

Every weighty word of the claim is a slot; its company are the words around it. ``fit[i, p]`` says how well the place p
of the evidence suits slot i: how near to p the company of i stands. A claim whose words all stand in the evidence, but
each in another's company, has them all matched and none fitting: figures given to another thing, exchanged roles.
"""

from __future__ import annotations

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
MAX_PLACES: Final = 700
"""Words of the evidence that are looked at; of a longer one, those of the sentences that hold most of the claim."""


@dataclass(frozen=True, eq=False)
class Layout:
    """Where the words of a text stand, as arrays over its words, T of them."""

    sentence: NDArray[np.int32]
    clause: NDArray[np.int32]
    name: NDArray[np.bool_]
    figure: NDArray[np.bool_]
    plain: NDArray[np.int32]
    """Indices of the ordinary words that carry weight: neither names nor figures."""
    vectors: Vectors
    """Of those, shape (plain, 256)."""
    keys: tuple[str, ...]
    """Of those, the stems."""

    @kept_property
    def sentence_starts(self) -> NDArray[np.intp]:
        """Where each sentence that has words begins."""
        return _runs(self.sentence)

    @kept_property
    def every_column(self) -> dict[int, int]:
        """Index of a word -> its column where all words are looked at, which is the same."""
        return {i: i for i in range(len(self.sentence))}

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
    tokens = text.tokens
    plain = [i for i, t in enumerate(tokens) if t.weight > 0 and not t.is_name and not t.is_number]
    return Layout(
        np.array([t.sentence for t in tokens], dtype=np.int32),
        np.array([t.clause for t in tokens], dtype=np.int32),
        np.array([t.is_name for t in tokens], dtype=bool),
        np.array([t.is_number for t in tokens], dtype=bool),
        np.array(plain, dtype=np.int32),
        word_vectors([tokens[i].low for i in plain]),
        tuple(tokens[i].key for i in plain),
    )


@of_text
def nearness_of(text: Text) -> Matrix:
    """Shape (T, T): 1 for neighbours, falling with the words and clauses between, 0 across sentences and on itself."""
    at = layout(text)
    near = _near(np.arange(len(at.sentence), dtype=np.int32), at.sentence, at.clause)
    for one, other in pairs(text):
        for m, here in enumerate(one):
            for n, there in enumerate(other):
                block = np.ix_(here, there)
                near[block] = _IN_STEP if m == n else _OUT_OF_STEP
                near[np.ix_(there, here)] = _IN_STEP if m == n else _OUT_OF_STEP
    return near


def _near(place: NDArray[np.int32], sentence: NDArray[np.int32], clause: NDArray[np.int32]) -> Matrix:
    near = np.zeros((len(place), len(place)), dtype=np.float32)
    if not len(place):
        return near
    starts = _runs(sentence).tolist()
    # Sentence by sentence, since between two of them all is 0.
    for start, end in zip(starts, (*starts[1:], len(place)), strict=True):
        at, part = place[start:end], clause[start:end]
        gap = np.abs(at[:, None] - at)
        if part[0] != part[-1]:
            gap += _CLAUSE * np.minimum(np.abs(part[:, None] - part), 3)
        near[start:end, start:end] = _by_gap(int(at[-1] - at[0]) // _STEP + 1)[gap]
    near.flat[:: len(place) + 1] = 0.0
    return near


@lru_cache(maxsize=64)
def _by_gap(steps: int) -> Matrix:
    """Nearness by the number of words between, for at least ``steps`` times ``_STEP`` of them and the most that
    clauses add."""
    gap = np.arange(steps * _STEP + 3 * _CLAUSE + 1, dtype=np.float32)
    found: Matrix = (1.0 / (1.0 + _SLOPE * (gap - 1))).astype(np.float32)
    return found


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

    @kept_property
    def weight(self) -> Matrix:
        """Shape (n, n): the rows of ``company_of`` that belong to weighty words."""
        rows: Matrix = self.company_of.take(self.a.content, axis=0)
        return rows

    @kept_property
    def company(self) -> Matrix:
        """Shape (n, m): how near a match of word j stands to place p, times how good it is."""
        found = np.zeros(self.match.shape, dtype=np.float32)
        rows, places = self.match.nonzero()
        if len(rows):
            near = self.near.take(places, axis=0)
            near *= self.match[rows, places][:, None]
            starts = _runs(rows).tolist()
            # One row after the other: np.maximum.reduceat takes twice as long.
            for start, end in zip(starts, (*starts[1:], len(rows)), strict=True):
                near[start:end].max(axis=0, out=found[rows[start]])
        return found

    @kept_property
    def everywhere(self) -> Matrix:
        """Shape (T, m): how well place p suits any word of the claim, "not" and "all" included, in [0, 1]."""
        product: Matrix = self.company_of @ self.company
        return product

    @kept_property
    def fit(self) -> Matrix:
        """Shape (n, m): how well place p suits the i-th weighty word, in [0, 1]."""
        rows: Matrix = self.everywhere.take(self.a.content, axis=0)
        return rows

    @kept_property
    def best(self) -> Matrix:
        """Shape (n,): how well each word is matched anywhere, in [0, 1]."""
        return self.match.max(axis=1) if self.match.size else np.zeros(len(self.match), dtype=np.float32)

    @kept_property
    def sentence_starts(self) -> NDArray[np.intp]:
        """The columns at which another sentence begins."""
        there = layout(self.a.evidence)
        whole = len(self.places) == len(there.sentence)
        return there.sentence_starts if whole else _runs(there.sentence[self.places])

    @kept_property
    def column(self) -> dict[int, int]:
        """Index of a word of the evidence -> its column."""
        there = layout(self.a.evidence)
        if len(self.places) == len(there.sentence):
            return there.every_column
        return dict(zip(self.places.tolist(), range(len(self.places)), strict=True))

    @kept_property
    def own(self) -> Matrix:
        """Shape (n,): the fit of the best matching place of each word; 0 where none matches."""
        if not self.match.size:
            return np.zeros(len(self.match), dtype=np.float32)
        best: Matrix = (self.match * self.fit).max(axis=1)
        return best

    @kept_property
    def chosen(self) -> NDArray[np.int_]:
        """Shape (n,): the column that each word is taken to stand at; -1 where none matches."""
        if not self.match.size:
            return np.full(len(self.match), -1)
        best = (self.match * (0.2 + self.fit)).argmax(axis=1)
        return np.where(self.best > 0, best, -1)

    def exchange(self, rows: NDArray[np.int_]) -> Matrix:
        """Shape (k, k), symmetric: what would be gained if two of these k rows, all matched, changed places.

        Each is tried at the places of the other with neither counted as company.
        """
        used = np.flatnonzero(self.match.any(axis=0))
        if len(self.match) < 3 or len(rows) < 2 or not len(used):
            return np.zeros((len(rows), len(rows)), dtype=np.float32)
        # One index after the other: several times as fast as both at once for matrices of this size.
        match, company, fit = self.match[rows][:, used], self.company[rows][:, used], self.fit[rows][:, used]
        # [i, j, p]: the fit of p for i when j is left out of its company
        alone = fit[:, None, :] - self.weight[rows][:, rows][:, :, None] * company
        own = (match[:, None, :] * alone).max(axis=2)
        cross = (match * alone).max(axis=2)
        gain: Matrix = cross + cross.T - own - own.T
        gain.flat[:: len(rows) + 1] = 0.0
        return gain


def _runs(values: NDArray[np.integer[Any]]) -> NDArray[np.intp]:
    """Where each run of equal values begins."""
    first = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=first[1:])
    return first.nonzero()[0]


def slots(a: Alignment) -> Slots:
    """Lay the company of every word of the claim over the evidence."""
    here, there = layout(a.claim), layout(a.evidence)
    places = _places(a)
    content = np.array(a.content, dtype=np.int32)
    match = np.zeros((len(content), len(there.sentence)), dtype=np.float32)
    rows = [row for row, found in enumerate(a.places) for _ in found]
    match[rows, [p for found in a.places for p in found]] = [q for found in a.places for q in found.values()]
    _add_resemblance(match, content, here, there)
    company = nearness_of(a.claim)[:, content] ** 1.5 * a.weights[None, :].astype(np.float32)
    company /= np.maximum(company.sum(axis=1, keepdims=True), 1e-6)
    if len(places) == len(there.sentence):
        return Slots(a, places, match, nearness_of(a.evidence), company)
    near = _near(places, there.sentence[places], there.clause[places])
    return Slots(a, places, match[:, places], near, company)


def _places(a: Alignment) -> NDArray[np.int32]:
    """All words of the evidence, or those of the sentences that hold most of the claim."""
    total = len(a.evidence.tokens)
    if total <= MAX_PLACES:
        return np.arange(total, dtype=np.int32)
    held = a.weights @ a.match
    kept: list[int] = []
    for sentence in np.argsort(-held, kind="stable"):
        kept += a.evidence.sentence_tokens[int(sentence)][:200]
        if len(kept) > MAX_PLACES - 200:
            break
    return np.array(sorted(kept), dtype=np.int32)


def _add_resemblance(match: Matrix, content: NDArray[np.int32], here: Layout, there: Layout) -> None:
    """Words that resemble one another count as kin, where nothing better is known."""
    if not len(here.plain) or not len(there.plain):
        return
    cosine = here.vectors @ there.vectors.T
    for row, key in enumerate(here.keys):
        for other in opposites_of(key) & there.columns.keys():
            cosine[row, there.columns[other]] = 0.0
    rows, columns = (cosine >= _RESEMBLES).nonzero()
    # Places of the whole matrix, one after the other: faster than a pair of indices.
    at = content.searchsorted(here.plain)[rows] * match.shape[1] + there.plain[columns]
    flat = match.reshape(-1)
    flat[at] = np.maximum(flat[at], np.minimum(cosine[rows, columns], _RESEMBLANCE))
