"""Derivations of a word: schedule, scheduler, scheduling."""

from __future__ import annotations

from typing import Final

DERIVED: Final = 0.8
"""How well a derivation meets a word (schedule, scheduler), beside 1 for the word itself."""
_LEAST_STEM: Final = 5
_LONGEST_ENDING: Final = 4


def is_derived(a: str, b: str) -> bool:
    """Whether one of two stems is the other with an ending of at most four letters (predict, predictor)."""
    short, long = sorted((a, b), key=len)
    return len(short) >= _LEAST_STEM and long.startswith(short) and len(long) - len(short) <= _LONGEST_ENDING
