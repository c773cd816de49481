"""The features by which the offline judge weighs a claim that no veto has stopped."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from rag.grounding import polarity, roles, signals
from rag.grounding.alignment import KIN, Alignment, Floats

NAMES: Final = (
    "missing_figures", "missing_counts", "missing_names", "missing_subject", "longest_gap", "negation", "denials",
    "direction", "swap_named", "swap_words", "comparison", "scope", "bounds", "length",
)  # fmt: skip
SIGNALS: Final = ("negation", "direction", "swap_named", "swap_words", "comparison", "scope", "bounds")
"""The features that become vetoes where they are strong; missing figures and names always are."""


class Evidence(NamedTuple):
    """All that the judge measured: ``values`` has the shape (len(NAMES),), finite, most of them in [0, 1]."""

    values: Floats
    missing: signals.Missing
    negation: signals.Signal
    direction: signals.Signal
    swap_named: signals.Signal
    swap_words: signals.Signal
    comparison: signals.Signal
    scope: signals.Signal
    bounds: signals.Signal
    unmatched: tuple[str, ...]


def measure(a: Alignment) -> Evidence:
    """Measure a claim against the evidence it was laid beside."""
    lost = signals.missing(a)
    negation, direction = polarity.negation(a), polarity.direction(a)
    swap_named, swap_words = roles.swap(a, named=True), roles.swap(a, named=False)
    comparison = roles.comparison(a)
    scope, bounds = signals.scope(a), signals.bounds(a)
    open_rows = [r for r in range(len(a.content)) if a.covered[r] < KIN]
    values = np.array(
        [
            min(len(lost.figures), 2),
            min(len(lost.counts), 2),
            min(len(lost.names), 3),
            min(len(lost.subject), 1),
            _longest_gap(a),
            negation.strength,
            polarity.denials(a),
            direction.strength,
            swap_named.strength,
            swap_words.strength,
            comparison.strength,
            scope.strength,
            bounds.strength,
            float(np.log1p(len(a.content))) / 3,
        ],
        dtype=np.float64,
    )
    unmatched = tuple(a.token(r).surface for r in open_rows)
    return Evidence(values, lost, negation, direction, swap_named, swap_words, comparison, scope, bounds, unmatched)


def _longest_gap(a: Alignment) -> float:
    """Weight of the longest run of words that the focus does not hold, over 4: an added clause."""
    best = run = 0.0
    for row in range(len(a.content)):
        run = run + float(a.weights[row]) if a.covered[row] < KIN else 0.0
        best = max(best, run)
    return min(best, 8.0) / 4
