"""The fitted part of reading: weights of its linear models. They live in ``data/reading_1.json``, written by
``python -m eval.fit_reading`` and pinned by its hash in a test."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final

FILE: Final = "reading_1.json"


@dataclass(frozen=True)
class Fitted:
    """Plain numbers, by feature name; the intercept stands under ``""``."""

    papers: Mapping[str, float]
    """log-odds that a paper answers a survey question, from its features."""
    feedback: Mapping[str, float]
    """The same, from those log-odds and from its likeness to the papers that came out best."""
    form: Mapping[str, float]
    """log-odds that a question asks for several papers."""
    sentences: Mapping[str, float]
    """How well a sentence answers a question about a fact; only differences within one question mean anything."""
    telling: Mapping[str, float]
    """How well a sentence tells what its paper has to say to a survey question, beside the paper's other sentences."""


@lru_cache(maxsize=1)
def fitted() -> Fitted:
    """Read the weights that ship with the package."""
    raw = json.loads(files("rag.answering").joinpath("data", FILE).read_text(encoding="utf-8"))
    return Fitted(raw["papers"], raw["feedback"], raw["form"], raw["sentences"], raw["telling"])
