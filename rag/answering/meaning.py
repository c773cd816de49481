"""How near two words are in meaning: stems, the judge's concepts, and static word vectors.

The vectors are those of the embedded default embedder whatever the library was built with, so that a figure of nearness
means the same in every library. They lie inside an installed wheel; nothing is fetched. Where there is no such wheel,
words are near by stem and concept alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from rag.errors import MissingDependencyError
from rag.grounding.lexicon import concepts
from rag.library.embedders import Vectors, WordLlamaEmbedder
from rag.text import terms

EXACT, CONCEPT, PART = 1.0, 0.85, 0.5
_JOINED = re.compile(r"[-_/]")
# Cosine of word vectors that counts as nothing and as much as a concept shared; between them linear.
_FAR, _NEAR = 0.35, 0.75
_MOST_WORDS = 50_000


@lru_cache(maxsize=1)
def _embedder() -> WordLlamaEmbedder | None:
    try:
        return WordLlamaEmbedder()
    except MissingDependencyError:
        return None


def has_vectors() -> bool:
    """Whether the static vectors are there; where not, every vector is zero and near to nothing."""
    return _embedder() is not None


@lru_cache(maxsize=_MOST_WORDS)
def _word_vector(word: str) -> Vectors:
    return text_vector(word)


def vectors_of_words(words: Sequence[str]) -> Vectors:
    """Unit vectors of single words, shape (words, 256)."""
    return np.stack([_word_vector(w) for w in words]) if words else _nothing(0)


@lru_cache(maxsize=1_000)
def text_vector(text: str) -> Vectors:
    """The unit vector of a question, shape (256,)."""
    embedder = _embedder()
    return _nothing(1)[0] if embedder is None else embedder.query(text)


@lru_cache(maxsize=_MOST_WORDS)
def pieces(word: str) -> int:
    """Into how many pieces the vectors' vocabulary cuts a word: one for a common word, many for a made-up one.

    Without a vocabulary every word is one piece.
    """
    embedder = _embedder()
    return 1 if embedder is None else embedder.pieces(word)


def vectors_of_texts(texts: Sequence[str]) -> Vectors:
    """Unit vectors of whole texts, shape (texts, 256)."""
    embedder = _embedder()
    return _nothing(len(texts)) if embedder is None else embedder.documents(list(texts))


def _nothing(rows: int) -> Vectors:
    return np.zeros((rows, 256), dtype=np.float32)


@lru_cache(maxsize=_MOST_WORDS)
def word_terms(word: str) -> frozenset[str]:
    """The terms that a word is found by: its stem, the parts of a compound and their joined form."""
    return frozenset(terms(word))


@lru_cache(maxsize=_MOST_WORDS)
def _whole(word: str) -> str:
    """The term of the whole word; of a compound its joined form."""
    found = terms(word)
    return found[-1] if found else ""


@lru_cache(maxsize=_MOST_WORDS)
def word_concepts(word: str) -> frozenset[str]:
    """The names of the concepts that a word belongs to."""
    known = concepts()
    return frozenset(name for term in word_terms(word) for name in known.get(term, ()))


def nearness(asked: Sequence[str], said: Sequence[str]) -> Vectors:
    """How well each word of ``said`` stands for each word of ``asked``, in [0, 1], shape (asked, said)."""
    if not asked or not said:
        return np.zeros((len(asked), len(said)), dtype=np.float32)
    cosine = vectors_of_words(asked) @ vectors_of_words(said).T
    found = np.clip((cosine - _FAR) / (_NEAR - _FAR), 0.0, 1.0) * CONCEPT
    for i, word in enumerate(asked):
        own, names = word_terms(word), word_concepts(word)
        for j, other in enumerate(said):
            if own & word_terms(other):
                # "fine-tuning" holds "tuning", but "fine-grained" is another thing.
                same = _whole(word) == _whole(other) or not (_JOINED.search(word) and _JOINED.search(other))
                found[i, j] = EXACT if same else max(float(found[i, j]), PART)
            elif names & word_concepts(other):
                found[i, j] = max(float(found[i, j]), CONCEPT)
    return np.asarray(found, dtype=np.float32)
