"""The fitted part of the offline judge: weights, thresholds, and what each label was worth where it was measured.

They live in ``data/offline_judge_7.json``, written by ``python -m eval.fit_offline_judge --write`` from this repository
alone, and pinned by its hash in a test.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

import numpy as np

from rag.answer import Label
from rag.grounding.alignment import Floats
from rag.grounding.features import NAMES

NAME: Final = "offline-judge@7"
FILE: Final = "offline_judge_7.json"
CLIP: Final = 8.0
"""Standard deviations beyond which a feature tells no more."""


class Precision(NamedTuple):
    """How often a label was right: "supported" on true claims, every other label on false ones; with its 95 % interval
    (papers resampled) and the number of claims that got it."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Calibration:
    """Plain numbers; arrays have the shape (len(NAMES),)."""

    intercept: float
    weights: Floats
    mean: Floats
    spread: Floats
    supported: float
    """P(supported) from which a claim is called supported."""
    unsupported: float
    """P(supported) below which it is called unsupported or contradicted."""
    precision: Mapping[Label, Precision] = field(default_factory=dict)

    def contributions(self, values: Floats) -> Floats:
        """What each feature adds to the log-odds, shape (len(NAMES),)."""
        added: Floats = values - self.mean
        added /= self.spread
        np.minimum(np.maximum(added, -CLIP, out=added), CLIP, out=added)
        added *= self.weights
        return added

    def probability(self, contributions: Floats) -> float:
        """P(supported) from the contributions of one pair."""
        z = self.intercept + float(np.add.reduce(contributions))
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, z))))


def parse(raw: Mapping[str, Any]) -> Calibration:
    """A calibration as it is written down."""
    features = [raw["features"][name] for name in NAMES]
    return Calibration(
        intercept=raw["intercept"],
        weights=np.array([f["weight"] for f in features]),
        mean=np.array([f["mean"] for f in features]),
        spread=np.array([f["spread"] for f in features]),
        supported=raw["thresholds"]["supported"],
        unsupported=raw["thresholds"]["unsupported"],
        precision={label: Precision(**p) for label, p in raw.get("precision", {}).items()},
    )


@lru_cache(maxsize=1)
def load() -> Calibration:
    """Read the calibration that ships with the package."""
    return parse(json.loads(files("rag.grounding").joinpath("data", FILE).read_text(encoding="utf-8")))
