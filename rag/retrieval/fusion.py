"""Fusion of two legs: a weighted sum of scores normalised over a fixed pool, so that ``k`` never changes a rank."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Fused(NamedTuple):
    """A row with its fused score in [0, 1] and each leg's normalised score (0.0 where a leg lacks it)."""

    id: str
    score: float
    lexical: float
    dense: float


def by_maximum(scores: Mapping[str, float]) -> dict[str, float]:
    """BM25 scores divided by the best one. Their zero means "no term in common", so it has to stay zero."""
    best = max(scores.values(), default=0.0)
    return {k: v / best if best > 0 else 0.0 for k, v in scores.items()}


def by_range(scores: Mapping[str, float]) -> dict[str, float]:
    """Cosine similarities mapped linearly from [lowest, highest] of the pool to [0, 1]."""
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    return {k: (v - low) / (high - low) if high > low else 1.0 for k, v in scores.items()}


def fuse(lexical: Mapping[str, float], dense: Mapping[str, float], lexical_weight: float) -> list[Fused]:
    """Fuse raw scores of the two legs by row id; best first, ties in order of id.

    A leg that found nothing leaves the whole weight to the other one.
    """
    lex, den = by_maximum(lexical), by_range(dense)
    weight = lexical_weight if lex and den else float(bool(lex))
    fused = [
        Fused(row, weight * lex.get(row, 0.0) + (1 - weight) * den.get(row, 0.0), lex.get(row, 0.0), den.get(row, 0.0))
        for row in lex.keys() | den.keys()
    ]
    return sorted(fused, key=lambda f: (-f.score, f.id))
