"""A small, fast embedder for tests of the library: a word's hash decides its direction."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

DIMENSION = 32


class HashingEmbedder:
    """Deterministic bag-of-words vectors; equal texts are equal vectors, blank texts are zeros."""

    name = "hashing-32"
    lexical_weight = 0.5

    def documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().split():
                digest = hashlib.blake2b(word.encode(), digest_size=8).digest()
                row[digest[0] % DIMENSION] += 1.0 if digest[1] % 2 else -1.0
            norm = float(np.linalg.norm(row))
            if norm:
                row /= norm
        return rows

    def query(self, text: str) -> NDArray[np.float32]:
        return np.asarray(self.documents([text])[0], dtype=np.float32)
