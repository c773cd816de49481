"""Is any paper near the question at all? Two features of one paper, weighed by a fit that ships with the package.

The features are the similarity of the question to the paper's nearest sentence, and how many of the question's words
stand there in the same or nearly the same word. Neither changes with the size of the library: a paper that is near
stays near whatever stands beside it. Written by ``python -m eval.fit_near``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Final, NamedTuple

import numpy as np

from rag.answering.meaning import CONCEPT, has_vectors, pieces, text_vector
from rag.answering.paper_reading import Reading, content_words
from rag.library import Library
from rag.text import terms

FILE: Final = "near_1.json"
WORD_STANDS: Final = 0.5
MOST_WORDS, FEW_WORDS = 8, 3.5
# Papers, best first, that are looked at.
CONSIDERED: Final = 5
# A made-up word falls into pieces of at most so many letters.
_LETTERS_PER_PIECE: Final = 1.7
# Intercept and slope of similarity on that share, over the development questions and their two best papers.
_WITHOUT_VECTORS: Final = (0.44, 0.18)
_NONSENSE_SHARE, _NONSENSE_WORDS = 0.3, 2
# Nobody who asks says a word three times over.
_STUTTER: Final = re.compile(r"\b(\w{2,})(?:\W+\1\b){2,}", re.I)
_LETTERS: Final = re.compile(r"[^\W\d_]{2,}")


class Near(NamedTuple):
    """The fitted weights: ``intercept + similarity * s + words * n`` is the log-odds that a paper is near."""

    intercept: float
    similarity: float
    words: float
    threshold: float


@lru_cache(maxsize=1)
def load_near() -> Near:
    """Read the fit that ships with the package."""
    raw = json.loads(files("rag.answering").joinpath("data", FILE).read_text(encoding="utf-8"))
    return Near(*(float(raw[name]) for name in Near._fields))


def near_features(question: str, reading: Reading) -> tuple[float, float, bool]:
    """(similarity of the nearest sentence, words of the question that stand in the paper, whether all do)."""
    asked = content_words(question)
    if not asked:
        return 0.0, 0, False
    standing = reading.matches(asked).max(axis=0)
    stand = int((standing >= WORD_STANDS).sum())
    similarity = float((reading.vectors @ text_vector(question)).max())
    if not has_vectors():
        # What the vectors would say of a question of whose words so large a share stands there, on average.
        similarity = _WITHOUT_VECTORS[0] + _WITHOUT_VECTORS[1] * stand / len(asked)
    # A short question cannot have many words: what counts is then how large a share of them stands there.
    words = max(min(stand, MOST_WORDS), FEW_WORDS * stand / len(asked))
    return similarity, words, len(asked) > 1 and bool((standing >= CONCEPT).all())


def nearness_of(question: str, readings: Sequence[Reading]) -> tuple[float, bool]:
    """(log-odds above the threshold of the nearest paper, whether that is near enough). Papers best first."""
    fit = load_near()
    best, whole = -np.inf, False
    for reading in readings[:CONSIDERED]:
        similarity, words, every = near_features(question, reading)
        best = max(best, fit.intercept + fit.similarity * similarity + fit.words * words - fit.threshold)
        whole = whole or every
    return float(best), bool(whole or best >= 0)


def is_nonsense(question: str, library: Library) -> bool:
    """Whether a question holds no word, one three times over, or words of which too many are made up."""
    if _STUTTER.search(question):
        return True
    if not _LETTERS.search(question):
        return not any(t.isalpha() and library.lexical.document_frequency(t) for t in terms(question))
    asked = [w for w in content_words(question) if _LETTERS.fullmatch(w)]
    strange = [
        w for w in asked
        if w.islower() and len(w) > 3 and len(w) / pieces(w) <= _LETTERS_PER_PIECE
        and not library.lexical.document_frequency(terms(w)[-1])
    ]  # fmt: skip
    return len(strange) >= _NONSENSE_WORDS and len(strange) >= _NONSENSE_SHARE * len(asked)
