"""The second stage: the fused pool ordered again by a linear combination of features, fitted once, written as numbers.

The combination works in two passes: the first chooses the passages to learn from, the second adds what they teach.
Weights are not negative, so a passage that is better in every feature is never below. The score is the weighted mean
of the features, on the scale of the fusion; a logistic curve fitted with the weights makes a probability of it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rag.errors import MissingDependencyError
from rag.library import Library
from rag.library.embedders import Embedder, WordLlamaEmbedder
from rag.retrieval.analysis import Analyser
from rag.retrieval.features import FIRST, NAMES, feedback_features, first_features, read
from rag.retrieval.fusion import Fused
from rag.retrieval.learned import Learned, Learner, View

Floats = NDArray[np.float64]

WEIGHTS: Final = Path(__file__).parent / "data" / "second_stage_1.json"


class Weights(NamedTuple):
    """A fitted combination: weights by name of feature for both passes, and the logistic curve of the sum."""

    first: dict[str, float]
    final: dict[str, float]
    slope: float
    intercept: float

    def first_score(self, features: Floats) -> Floats:
        """Of FIRST's columns, shape (candidates,)."""
        score: Floats = features @ np.array([self.first.get(n, 0.0) for n in FIRST])
        return score

    def score(self, features: Floats) -> Floats:
        """Mean of NAMES' columns by weight, in [0, 1] as they are, shape (candidates,)."""
        weights = np.array([self.final.get(n, 0.0) for n in NAMES])
        mean: Floats = features @ weights / weights.sum()
        return np.clip(mean, 0.0, 1.0)

    def probability(self, score: float) -> float:
        """P(relevant) of a score, by the logistic curve fitted with the weights."""
        return float(1 / (1 + np.exp(-(self.slope * score * sum(self.final.values()) + self.intercept))))


class Second(NamedTuple):
    """A candidate after the second stage: its place in the pool, its score and probability in [0, 1], its features."""

    place: int
    score: float
    probability: float
    features: dict[str, float]


class Measured(NamedTuple):
    """Candidates before feedback: their places in the pool, their views and FIRST's columns."""

    places: list[int]
    views: list[View]
    features: Floats
    learned: Learned


class SecondStage:
    """Orders candidates of one library; learns from the library on first use, once per generation."""

    def __init__(self, library: Library, analyser: Analyser) -> None:
        self._library = library
        self._analyser = analyser
        self.learner = Learner(library, analyser, word_source(library.embedder))
        self._weights = load_weights(library.embedder.name)

    def measure(self, question: str, asked: Sequence[str], pool: Sequence[Fused]) -> Measured | None:
        """What does not depend on weights. A row of an old revision, seen while another process is writing, is no
        candidate; None where there is no candidate."""
        learned = self.learner.current()
        held = [(place, self._library.passage(f.id)) for place, f in enumerate(pool)]
        there = [(place, *found) for place, found in held if found is not None]
        if not there:
            return None
        views = [learned.view(pool[place].id, paper, passage) for place, paper, passage in there]
        places = [place for place, _, _ in there]
        found = read(question, asked, learned, self._analyser)
        features = first_features(found, [pool[place] for place in places], views, learned)
        return Measured(places, views, features, learned)

    def order(self, question: str, asked: Sequence[str], pool: Sequence[Fused]) -> list[Second]:
        """The candidates, best first; ties in the order of the fusion."""
        measured = self.measure(question, asked, pool)
        if measured is None:
            return []
        features = with_feedback(measured, self._weights)
        scores = self._weights.score(features)
        return [
            Second(
                measured.places[i],
                float(scores[i]),
                self._weights.probability(float(scores[i])),
                dict(zip(NAMES, features[i].tolist(), strict=True)),
            )
            for i in np.argsort(-scores, kind="stable")
        ]


def with_feedback(measured: Measured, weights: Weights) -> Floats:
    """NAMES' columns, shape (candidates, len(NAMES))."""
    scores = weights.first_score(measured.features)
    return np.concatenate([measured.features, feedback_features(scores, measured.views, measured.learned)], axis=1)


def word_source(embedder: Embedder) -> Embedder | None:
    """What gives single words their vectors: WordLlama, whatever the library's embedder; None without it.

    Other embedders are made for texts, and asking them for every word of a library would cost too much.
    """
    if isinstance(embedder, WordLlamaEmbedder):
        return embedder
    try:
        return WordLlamaEmbedder()
    except MissingDependencyError:
        return None


@cache
def _packaged() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return data


def load_weights(embedder: str) -> Weights:
    """The weights fitted with an embedder, or with any, where it has none of its own."""
    models = _packaged()["models"]
    model = models.get(embedder, models["other"])
    return Weights(*(model[field] for field in Weights._fields))
