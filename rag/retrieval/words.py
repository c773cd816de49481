"""Single words: their numbers, their stems, and what a static embedder says of each on its own."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rag.library.embedders import Embedder, Vectors
from rag.text import terms

_WORD: Final = re.compile(r"[^\W_]+")
# The look-behind keeps one long word from being tried again at each of its letters.
_COMPOUND: Final = re.compile(r"(?<![^\W_])[^\W_]+(?:[-_‐‑–/][^\W_]+)+")
_LONGEST: Final = 60
_MOST_PARTS: Final = 4


def words(text: str) -> list[str]:
    """The words of a text in lower case, in order; a compound with hyphens is its parts."""
    return [w[:_LONGEST] for w in _WORD.findall(unicodedata.normalize("NFKC", text).lower())]


def compounds(text: str) -> dict[str, tuple[str, ...]]:
    """Compounds with hyphens, written as one word -> their parts: allreduce -> all, reduce."""
    found = (tuple(words(c)) for c in _COMPOUND.findall(text))
    return {"".join(p): p for p in found if 1 < len(p) <= _MOST_PARTS and all(map(str.isalpha, p))}


def stem(word: str) -> str:
    """What a single word is indexed under."""
    return (terms(word) or [word])[-1]


class WordTable:
    """Numbers words and keeps a unit vector and a stem for each; grows with what it is asked, safe between threads.

    Without a source of vectors a word is known by its stem alone, and vectors have dimension 0.
    """

    def __init__(self, source: Embedder | None) -> None:
        self._source = source
        self._numbers: dict[str, int] = {}
        self._stem_numbers: dict[str, int] = {}
        self._dimension = 0 if source is None else source.documents(["word"]).shape[1]
        self._stems = np.zeros(1024, dtype=np.int32)
        self._vectors: Vectors = np.zeros((1024, self._dimension), dtype=np.float32)
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._numbers)

    @property
    def dimension(self) -> int:
        """Of the vectors."""
        return self._dimension

    def numbers(self, found: Sequence[str]) -> NDArray[np.int32]:
        """The numbers of some words, shape (len(found),); words not met before get the next ones."""
        with self._lock:
            fresh = [w for w in dict.fromkeys(found) if w not in self._numbers]
            if fresh:
                self._learn(fresh)
            return np.fromiter((self._numbers[w] for w in found), dtype=np.int32, count=len(found))

    def vectors(self, numbers: NDArray[np.int32]) -> Vectors:
        """Their unit vectors as the source gives them, shape (len(numbers), dimension)."""
        with self._lock:
            taken: Vectors = self._vectors[numbers]
            return taken

    def stems(self, numbers: NDArray[np.int32]) -> NDArray[np.int32]:
        """Their stems, numbered, shape (len(numbers),)."""
        with self._lock:
            taken: NDArray[np.int32] = self._stems[numbers]
            return taken

    def _learn(self, fresh: list[str]) -> None:
        start, end = len(self._numbers), len(self._numbers) + len(fresh)
        if end > len(self._stems):
            room = max(2 * len(self._stems), end)
            self._stems = np.resize(self._stems, room)
            self._vectors = np.resize(self._vectors, (room, self._dimension))
        self._stems[start:end] = [self._stem_numbers.setdefault(stem(w), len(self._stem_numbers)) for w in fresh]
        if self._source is not None:
            self._vectors[start:end] = self._source.documents(fresh)
        self._numbers.update({w: start + i for i, w in enumerate(fresh)})
