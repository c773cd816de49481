"""What else may be said for a word of the question: other spellings, derivations, and other names of its concept."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from importlib.resources import files
from typing import Final

from rag.text import content_terms

FILE: Final = "concepts.txt"
DERIVED: Final = 0.8
"""How well a derivation meets a word (schedule, scheduler), beside 1 for the word itself."""
SAME_CONCEPT: Final = 0.7
"""How well another expression of its concept meets a word (NVMe for offloading)."""
SAME_THING: Final = 0.95
"""How well another name of the same thing meets a word (MoE for mixture of experts)."""
_LEAST_STEM: Final = 5
_LONGEST_ENDING: Final = 4
_LEAST_PLURAL: Final = 3

Expression = tuple[str, ...]
"""Terms that have to stand together."""
Names = tuple[Expression, ...]
"""Names of one thing."""


@lru_cache(maxsize=1)
def concepts() -> tuple[tuple[Names, ...], ...]:
    """The concepts that ship with the package, each as things that are said for it, each by its names."""
    text = files("rag.answering").joinpath("data", FILE).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return tuple(tuple(_names(thing) for thing in line.split("|")) for line in lines)


def _names(thing: str) -> Names:
    expressions = (tuple(dict.fromkeys(content_terms(name))) for name in thing.split("="))
    return tuple(e for e in dict.fromkeys(expressions) if e)


def other_names(asked: Collection[str]) -> list[tuple[Expression, Names, Names]]:
    """For each expression that stands among the terms of a question: it, the other names of the same thing, and the
    other expressions of the concept."""
    present = frozenset(map(spelling, asked))
    found = []
    for concept in concepts():
        for thing in concept:
            rest = tuple(e for other in concept if other is not thing for e in other)
            found += [
                (e, tuple(n for n in thing if n != e), rest) for e in thing if present.issuperset(map(spelling, e))
            ]
    return found


@lru_cache(maxsize=100_000)
def spelling(term: str) -> str:
    """One key for spellings of a stem: British and American (quantis, quantiz; behaviour, behavior), and the plural of
    an acronym, of which the stemmer keeps the s (gpu, gpus)."""
    if len(term) >= _LEAST_STEM and term.endswith(("is", "ys")):
        return term[:-1] + "z"
    if len(term) > _LEAST_PLURAL and term.endswith("s") and not term.endswith("ss"):
        term = term[:-1]
    return term.replace("our", "or") if len(term) > _LEAST_STEM else term


def is_derived(a: str, b: str) -> bool:
    """Whether one of two stems is the other with an ending of at most four letters (predict, predictor)."""
    short, long = sorted((a, b), key=len)
    return len(short) >= _LEAST_STEM and long.startswith(short) and len(long) - len(short) <= _LONGEST_ENDING
