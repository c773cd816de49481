"""Tf-idf of the 4- and 5-letter pieces of words: spellings, inflections and parts of compounds that stems miss.

Pieces are hashed into a fixed number of buckets, so that nothing has to be kept but a weight per bucket.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

BUCKETS: Final = 1 << 17
_SIZES: Final = (4, 5)
_FACTOR: Final = 1_000_003
_SPACE: Final = 32


class Grams(NamedTuple):
    """A sparse unit vector: buckets in order, each once, and their weights; both of shape (pieces,)."""

    at: NDArray[np.int32]
    weight: NDArray[np.float32]


def _count(found: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Buckets and how often each was hit. A piece lies within a word, its edges marked by a space."""
    data = np.frombuffer(f" {' '.join(found)} ".encode(), dtype=np.uint8).astype(np.uint64)
    hashes = []
    for size in _SIZES:
        if len(data) < size:
            continue
        windows = np.lib.stride_tricks.sliding_window_view(data, size)
        whole = ~(windows[:, 1:-1] == _SPACE).any(axis=1)
        value = np.full(len(windows), size, dtype=np.uint64)
        for column in range(size):
            value = value * np.uint64(_FACTOR) + windows[:, column]
        hashes.append((value ^ (value >> np.uint64(29)))[whole] % np.uint64(BUCKETS))
    if not hashes:
        return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32)
    at, count = np.unique(np.concatenate(hashes), return_counts=True)
    return at.astype(np.int32), count.astype(np.float32)


def gram_idf(texts: Iterable[Sequence[str]]) -> NDArray[np.float32]:
    """Smoothed inverse document frequency of every bucket, shape (BUCKETS,), learnt from texts given as words."""
    frequency, n = np.zeros(BUCKETS, dtype=np.float32), 0
    for found in texts:
        frequency[_count(found)[0]] += 1
        n += 1
    idf: NDArray[np.float32] = (np.log((1 + n) / (1 + frequency)) + 1).astype(np.float32)
    return idf


def gram_vector(found: Sequence[str], idf: NDArray[np.float32]) -> Grams:
    """The pieces of a text given as words, weighted by log tf times idf."""
    at, count = _count(found)
    weight = (1 + np.log(count)) * idf[at]
    norm = float(np.linalg.norm(weight))
    return Grams(at, (weight / norm if norm > 0 else weight).astype(np.float32))
