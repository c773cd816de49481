"""The fitted part of the offline judge: weights, thresholds and the strengths at which a signal is a veto.

They live in ``data/offline_judge_1.json``, written by ``python -m eval.fit_offline_judge`` and pinned by
its hash in a test.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final

from rag.grounding.alignment import Floats
from rag.grounding.features import NAMES

FILE: Final = "offline_judge_1.json"


@dataclass(frozen=True)
class Calibration:
    """Plain numbers; ``vetoes`` maps a signal to the strength from which it decides alone."""

    name: str
    intercept: float
    weights: Mapping[str, float]
    supported: float
    """P(supported) from which a claim is called supported."""
    unsupported: float
    """P(supported) below which it is called unsupported."""
    vetoes: Mapping[str, float]

    def probability(self, values: Floats) -> float:
        """P(supported) of the features of one pair, shape (len(NAMES),)."""
        z = self.intercept + sum(self.weights[n] * float(v) for n, v in zip(NAMES, values, strict=True))
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, z))))


@lru_cache(maxsize=1)
def load() -> Calibration:
    """Read the calibration that ships with the package."""
    raw = json.loads(files("rag.grounding").joinpath("data", FILE).read_text(encoding="utf-8"))
    return Calibration(
        name=raw["name"],
        intercept=raw["intercept"],
        weights={name: raw["weights"][name] for name in NAMES},
        supported=raw["thresholds"]["supported"],
        unsupported=raw["thresholds"]["unsupported"],
        vetoes=raw["vetoes"],
    )
