"""How passages meet what a question may mean: its units, each as well as the best phrase that stands in the passage.

The list is about computing. How much of it stands in the passages that come up says how far it may be believed: in a
library of another field its words are there by chance, and what they say is faded out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rag.text.concepts import Concepts, Unit, concepts
from rag.text.terms import is_stop_word

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

_MOST_IDF: Final = 6.0
_MOST_PHRASE_IDF: Final = 5.0
_MOST_PER_UNIT: Final = 12.0
_UNKNOWN: Final = 1.5
"""What a unit weighs of which the library knows no word."""
_BELIEVED_FROM, _BELIEVED_WHOLLY = 0.09, 0.15
"""Phrases of the list per distinct word, between which the list is believed more and more."""
_HEAD: Final = 20
_WITHOUT_STOP_WORDS: Final = 0.25


class Said(NamedTuple):
    """What stands in the rows of a passage (its title, each sentence): the distinct words of each row and of all, and
    its phrases by number, row behind row; ``starts`` are where rows begin in ``phrases``, of which every row has one at
    least; ``distinct`` are the phrases of all."""

    words: tuple[frozenset[str], ...]
    every: frozenset[str]
    phrases: Ints
    starts: NDArray[np.intp]
    distinct: Ints


class Meant(NamedTuple):
    """A question's units with their weights, shape (units,), and how well each phrase meets each, shape (units,
    phrases)."""

    units: tuple[Unit, ...]
    weight: Floats
    strength: Floats


def said(rows: Sequence[tuple[str, ...]], known: Concepts) -> Said:
    """Read the rows of a passage, each as its words in order."""
    phrases = [sorted(known.held(row)) or [0] for row in rows]
    starts = np.cumsum([0, *map(len, phrases[:-1])])
    words = tuple(map(frozenset, rows))
    flat = np.array([p for ps in phrases for p in ps], dtype=np.int32)
    return Said(words, frozenset().union(*words), flat, starts, np.unique(flat))


def meant(question: str, known: Concepts, idf: Callable[[str], float], stands: Callable[[str], bool]) -> Meant:
    """Read a question; ``stands`` tells whether the library holds a word."""
    units = tuple(known.units(question))
    weight = np.zeros(len(units))
    strength = np.zeros((len(units), len(known)))
    for i, unit in enumerate(units):
        told = [idf(w) for w in unit.stems if stands(w) and not is_stop_word(w)]
        weight[i] = min(max(told, default=_UNKNOWN), _MOST_IDF)
        strength[i, list(unit.met_by)] = list(unit.met_by.values())
    return Meant(units, weight, strength)


def measure(asked: Meant, passages: Sequence[Said], phrase_idf: Floats) -> tuple[Floats, Floats, Floats]:
    """Three columns of shape (passages,), for passages in the order of the fusion.

    The share of the question's weight that a passage meets; that its best row meets; and the phrases that stand for a
    unit, by idf, at most so much per unit.
    """
    if not asked.units or not asked.weight.sum() > 0:
        none = np.zeros(len(passages))
        return none, none, none
    strength = asked.strength.copy()
    strength[:, : len(concepts())] *= believed(passages)  # what the library itself spells out is believed anywhere
    rows, row_starts = _rows(asked, strength, passages)
    whole = np.maximum.reduceat(rows, row_starts, axis=1)
    share = asked.weight / asked.weight.sum()
    best = np.maximum.reduceat(share @ rows, row_starts)
    distinct = [p.distinct for p in passages]
    starts = np.cumsum([0, *map(len, distinct[:-1])])
    items = np.concatenate(distinct)
    others_of = np.where(asked.strength[:, items] < 1, strength[:, items], 0.0)
    heavy = others_of * np.minimum(phrase_idf[items], _MOST_PHRASE_IDF)
    others = np.minimum(np.add.reduceat(heavy, starts, axis=1), _MOST_PER_UNIT).sum(axis=0)
    return share @ whole, best, others


def believed(passages: Sequence[Said]) -> float:
    """How far the list is believed, in [0, 1], from the passages that came up first."""
    head = passages[:_HEAD]
    listed = len(concepts())
    phrases = sum(int(((p.distinct > 0) & (p.distinct < listed)).sum()) for p in head)
    words = sum(len(p.every) for p in head)
    share = phrases / max(words, 1)
    return float(np.clip((share - _BELIEVED_FROM) / (_BELIEVED_WHOLLY - _BELIEVED_FROM), 0.0, 1.0))


def _rows(asked: Meant, strength: Floats, passages: Sequence[Said]) -> tuple[Floats, NDArray[np.intp]]:
    """How well each row meets each unit, shape (units, rows), and where passages begin."""
    counts = np.array([len(p.words) for p in passages])
    first = np.cumsum([0, *counts[:-1]])
    at = np.cumsum([0, *(len(p.phrases) for p in passages[:-1])])
    starts = np.concatenate([p.starts + a for p, a in zip(passages, at, strict=True)])
    items = np.concatenate([p.phrases for p in passages])
    met: Floats = np.maximum.reduceat(strength[:, items], starts, axis=1)
    for i, unit in enumerate(asked.units):
        telling = [w for w, s in zip(unit.words, unit.stems, strict=True) if not is_stop_word(s)]
        # "Reduce" is no all-reduce: a phrase that stop words make what it is hardly stands without them.
        most = 1.0 if len(telling) == len(unit.words) or len(telling) > 1 else _WITHOUT_STOP_WORDS
        for passage, at in zip(passages, first, strict=True):
            standing = [w for w in telling if w in passage.every]
            for row, words in enumerate(passage.words if standing else ()):
                own = most * sum(w in words for w in standing) / len(telling)
                met[i, at + row] = max(met[i, at + row], own)
    return met, first
