"""Latent semantics of a collection: terms that keep the same company come near each other.

Latent semantic analysis (Deerwester et al. 1990) of a sample of texts: rows of log tf times idf, scaled to unit
length, cut to their leading singular directions by the randomised decomposition of Halko, Martinsson and Tropp (2011).
Whatever was not in the sample is folded in, by the terms that the sample knows. It knows no file, no library and no
embedder, so it serves as a feature of ranking and as an embedder where there is no other.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Vectors = NDArray[np.float32]

_OVERSAMPLING: Final = 16
_POWER_STEPS: Final = 3
SEED: Final = 20251


class LatentSpace:
    """A fitted space. ``vocabulary``: term -> row; ``idf`` has shape (terms,), ``basis`` (terms, dimension)."""

    def __init__(self, vocabulary: dict[str, int], idf: Vectors, basis: Vectors) -> None:
        self.vocabulary = vocabulary
        self.idf = idf
        self.basis = basis

    @property
    def dimension(self) -> int:
        """Number of directions kept."""
        return int(self.basis.shape[1])

    @classmethod
    def fit(cls, texts: Iterable[Sequence[str]], most_dimensions: int = 256, seed: int = SEED) -> LatentSpace:
        """Learn a space from texts given as their terms. The same texts give the same space.

        Half as many directions as texts are kept, and never more than ``most_dimensions``; no text, no direction.
        """
        vocabulary: dict[str, int] = {}
        counted: list[dict[int, int]] = []
        for terms in texts:
            counts = Counter(terms)
            counted.append({vocabulary.setdefault(t, len(vocabulary)): n for t, n in counts.items()})
        frequency = np.zeros(len(vocabulary))
        for row in counted:
            frequency[list(row)] += 1
        idf = np.log((1 + len(counted)) / (1 + frequency)) + 1
        matrix = _matrix(counted, idf)
        wanted = min(most_dimensions, max(len(counted) // 2, 1), *matrix.shape)
        return cls(vocabulary, idf.astype(np.float32), _directions(matrix, wanted, seed))

    def fold(self, terms: Sequence[str]) -> Vectors:
        """The unit vector of a text, shape (dimension,); zeros where it shares no term with what was learned from."""
        found = Counter(t for t in terms if t in self.vocabulary)
        at = np.fromiter((self.vocabulary[t] for t in found), dtype=np.intp, count=len(found))
        weight = np.fromiter((1 + math.log(n) for n in found.values()), dtype=np.float32, count=len(found))
        vector = (weight * self.idf[at]) @ self.basis[at]
        norm = float(np.linalg.norm(vector))
        unit: Vectors = (vector / norm if norm > 0 else vector).astype(np.float32)
        return unit


def _matrix(counted: Sequence[dict[int, int]], idf: NDArray[np.float64]) -> Any:
    """Sparse rows of unit length, shape (texts, terms)."""
    ends = np.cumsum([0, *map(len, counted)])
    columns = np.fromiter((c for row in counted for c in row), dtype=np.int32, count=ends[-1])
    values = np.fromiter((1 + math.log(n) for row in counted for n in row.values()), dtype=np.float64, count=ends[-1])
    matrix = sparse.csr_matrix((values * idf[columns], columns, ends), shape=(len(counted), len(idf)))
    norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return sparse.diags(1 / np.maximum(norms, 1e-12)) @ matrix


def _directions(matrix: Any, wanted: int, seed: int) -> Vectors:
    """The leading right singular vectors of a sparse matrix, shape (columns, wanted)."""
    if wanted < 1:
        return np.zeros((matrix.shape[1], 0), dtype=np.float32)
    width = min(wanted + _OVERSAMPLING, *matrix.shape)
    start = np.random.default_rng(seed).standard_normal((matrix.shape[1], width))
    found, _ = np.linalg.qr(matrix @ start)
    for _ in range(_POWER_STEPS):
        back, _ = np.linalg.qr(matrix.T @ found)
        found, _ = np.linalg.qr(matrix @ back)
    _, _, right = np.linalg.svd((matrix.T @ found).T, full_matrices=False)
    basis: Vectors = np.ascontiguousarray(right[:wanted].T, dtype=np.float32)
    return basis
