"""Vectors of single words, from the static embeddings that the WordLlama wheel carries; nothing of them is kept.

Read straight from the wheel's files: importing the package takes a second, its files a tenth of one. Where there is no
such wheel every vector is zero, and the judge goes by stems, lists and rules alone.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rag.grounding.keeping import Remembered

Vectors = NDArray[np.float32]
WIDTH: Final = 256
_WEIGHTS: Final = "weights/l2_supercat_256.safetensors"
_TOKENIZER: Final = "tokenizers/l2_supercat_tokenizer_config.json"
_KEPT: Final = 100_000


class _Source:
    """The two files, opened once."""

    def __init__(self, package: str) -> None:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        root = Path(package).parent
        self._rows = load_file(str(root / _WEIGHTS))["embedding.weight"]
        self._tokenizer: Any = Tokenizer.from_file(str(root / _TOKENIZER))

    def vector(self, word: str) -> Vectors:
        """The mean of the word's pieces, of length 1; zeros where that mean is zero."""
        pieces = self._tokenizer.encode(word, add_special_tokens=False).ids
        if not pieces:
            return np.zeros(WIDTH, dtype=np.float32)
        rows = self._rows[pieces].astype(np.float32)
        mean = rows[0] if len(rows) == 1 else rows.mean(axis=0)
        norm = math.sqrt(mean @ mean)
        unit: Vectors = mean / norm if norm > 0 else np.zeros(WIDTH, dtype=np.float32)
        return unit


@lru_cache(maxsize=1)
def _source() -> _Source | None:
    try:
        found = importlib.util.find_spec("wordllama")
    except ModuleNotFoundError:
        found = None
    return None if found is None or found.origin is None else _Source(found.origin)


def _vector(word: str) -> Vectors:
    source = _source()
    return np.zeros(WIDTH, dtype=np.float32) if source is None else source.vector(word)


_VECTORS: Final = Remembered[str, Vectors](_vector, _KEPT)


def word_vectors(words: Sequence[str]) -> Vectors:
    """One row per word, shape (words, 256), each of length 1 (or zeros); cached by word."""
    if not words:
        return np.zeros((0, WIDTH), dtype=np.float32)
    vectors = _VECTORS
    return np.concatenate([vectors[word] for word in words]).reshape(len(words), WIDTH)
