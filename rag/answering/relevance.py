"""Which papers answer a survey question: a probability for every paper of a shelf.

Two logistic steps, fitted on development questions. The first sees how a paper meets the question, beside the other
papers; the second also sees how like a paper is to those that came out best, since papers that answer one question tend
to be about one thing (pseudo-relevance feedback, after Rocchio 1971).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from rag.answering.fitted import fitted
from rag.answering.reading import PAPER_FEATURES, Reading
from rag.answering.shelf import Floats, Shelf

# Neither how many papers there are nor how many of them are beside the point may change what is said of one, so nothing
# is measured against the mean: shares of the question are taken as they are, and all beside the best paper.
SHARES: Final = ("whole", "with_title", "sentence", "title", "grams")
FIRST: Final = (*SHARES, *(f"{name} of best" for name in PAPER_FEATURES))
SECOND: Final = ("log-odds", "likeness")
_FEEDBACK_PAPERS: Final = 5


def relevance(reading: Reading) -> Floats:
    """P(answers) of every paper of the shelf, shape (papers,)."""
    model = fitted()
    first = sigmoid(linear(first_features(reading), FIRST, model.papers))
    return sigmoid(linear(second_features(first, reading.shelf), SECOND, model.feedback))


def first_features(reading: Reading) -> Floats:
    """``FIRST`` of every paper: shares of the question as they are, and each feature as a share of the best paper's.

    Shape (papers, len(FIRST)).
    """
    shares = [reading.papers[name] for name in SHARES]
    beside = [_of_best(reading.papers[name]) for name in PAPER_FEATURES]
    return np.column_stack([*shares, *beside])


def second_features(first: Floats, shelf: Shelf) -> Floats:
    """``SECOND`` of every paper, from the probabilities of the first step; shape (papers, 2)."""
    odds = np.log((first + 1e-6) / (1 - first + 1e-6))
    return np.column_stack([odds, _of_best(_likeness(first, shelf))])


def _likeness(first: Floats, shelf: Shelf) -> Floats:
    """Mean cosine (tf-idf) to the best papers, weighted by their probability, a paper itself left out."""
    postings, _ = shelf.counts
    weights = shelf.tfidf
    best = np.argsort(-first, kind="stable")[:_FEEDBACK_PAPERS]
    total = np.zeros(len(shelf))
    for d in best:
        vector = np.zeros(shelf.term_count)
        end = postings.starts[d + 1] if d + 1 < len(shelf) else len(postings.items)
        own = slice(postings.starts[d], end)
        vector[postings.items[own]] = weights[own]
        like = postings.total(weights * vector[postings.items])
        like[d] = 0.0
        total += first[d] * like
    mass = np.full(len(shelf), float(first[best].sum()))
    mass[best] -= first[best]
    likeness: Floats = total / np.maximum(mass, 1e-9)
    return likeness


def linear(x: Floats, names: tuple[str, ...], weights: Mapping[str, float]) -> Floats:
    """Intercept plus weighted sum of named columns, shape (n,)."""
    z: Floats = weights.get("", 0.0) + x @ np.array([weights[n] for n in names])
    return z


def sigmoid(z: Floats) -> Floats:
    """1 / (1 + exp(-z)), without overflow."""
    p: Floats = 1.0 / (1.0 + np.exp(-np.clip(z, -30.0, 30.0)))
    return p


def _of_best(values: Floats) -> Floats:
    share: Floats = values / max(float(values.max(initial=0.0)), 1e-9)
    return share
