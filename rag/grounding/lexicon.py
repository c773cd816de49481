"""The words that the offline judge knows something about: concepts, opposites, negation, scope and hedges.

They stand in ``data/lexicon.txt``. A concept is a set of words that a paraphrase may exchange; two concepts may be
opposites ("faster" where the source says "slower" turns the claim round), or allies ("higher" may stand for "more").
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from typing import Final

from rag.text.terms import terms


def _read() -> dict[str, dict[str, tuple[str, ...]]]:
    """section -> key -> words, in the order of the file."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    section: dict[str, tuple[str, ...]] = {}
    key = ""
    for line in files("rag.grounding").joinpath("data/lexicon.txt").read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("["):
            section = found.setdefault(line.strip("[]"), {})
        elif line.startswith(" "):
            section[key] = (*section.get(key, ()), *line.split())
        else:
            key = line.rstrip(":")
    return found


_FILE: Final = _read()
_LISTS: Final = _FILE["lists"]

NEGATIONS: Final = frozenset(_LISTS["negations"])
NEGATIVE_CONCEPTS: Final = frozenset(_LISTS["negative concepts"])
"""To deny these is to praise: "does not sacrifice precision" is no contradiction of "keeps precision"."""
UNIVERSALS: Final = frozenset(_LISTS["universals"])
HEDGES: Final = frozenset(_LISTS["hedges"])
FILLER: Final = frozenset(_LISTS["filler"])


def stem(word: str) -> str:
    """The stem of one word; of a compound its joined form."""
    found = terms(word)
    return found[-1] if found else word.lower()


def stems(words: Iterable[str]) -> frozenset[str]:
    """The stems of some words."""
    return frozenset(stem(word) for word in words)


@lru_cache(maxsize=1)
def concepts() -> dict[str, frozenset[str]]:
    """stem -> names of the concepts that it belongs to."""
    found: dict[str, set[str]] = {}
    for name, words in _FILE["concepts"].items():
        for word in words:
            found.setdefault(stem(word), set()).add(name)
    return {key: frozenset(names) for key, names in found.items()}


@lru_cache(maxsize=1)
def opposites() -> dict[str, frozenset[str]]:
    """concept -> the concepts that turn a claim round."""
    found: dict[str, set[str]] = {}
    for name, others in _FILE["opposites"].items():
        for other in others:
            found.setdefault(name, set()).add(other)
            found.setdefault(other, set()).add(name)
    return {key: frozenset(names) for key, names in found.items()}


@lru_cache(maxsize=1)
def allies() -> dict[str, frozenset[str]]:
    """concept -> the concepts that may stand for it without turning the claim round."""
    return {name: frozenset(others) for name, others in _FILE["allies"].items()}


@lru_cache(maxsize=1)
def strengthened() -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """Pairs of (stems of the weaker words, stems of what a claim must not make of them)."""
    pairs = (" ".join(words).split(" | ") for words in _FILE["strengthened"].values())
    return tuple((stems(weak.split()), stems(strong.split())) for weak, strong in pairs)


@lru_cache(maxsize=1)
def synonyms() -> dict[str, frozenset[int]]:
    """stem -> numbers of the groups of the thesaurus that it belongs to."""
    found: dict[str, set[int]] = {}
    lines = files("rag.grounding").joinpath("data/thesaurus.txt").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        for word in () if line.startswith("#") else line.split():
            found.setdefault(stem(word), set()).add(number)
    return {key: frozenset(numbers) for key, numbers in found.items()}


@lru_cache(maxsize=1)
def classes() -> dict[str, frozenset[str]]:
    """Name of a class of small words -> its stems."""
    lines = files("rag.grounding").joinpath("data/classes.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split(":", 1) for line in lines if line and not line.startswith("#"))
    return {name: stems(words.split()) for name, words in pairs}


@lru_cache(maxsize=1)
def general() -> frozenset[str]:
    """Words of general language and their stems: what may be wording and no more, in whatever field."""
    lines = files("rag.grounding").joinpath("data/general.txt").read_text(encoding="utf-8").splitlines()
    words = frozenset(word for line in lines if not line.startswith("#") for word in line.split())
    return words | stems(words)


def forms_of_entry(entry: str) -> list[str]:
    """An entry of a table, or behind a verb with a "~" its forms: "ease~" -> ease, eases, eased, easing."""
    if not entry.endswith("~"):
        return [entry]
    verb = entry[:-1]
    if verb.endswith("e"):
        return [verb, verb + "s", verb + "d", verb[:-1] + "ing"]
    if re.search(r"[^aeou]y$", verb):
        return [verb, verb[:-1] + "ies", verb[:-1] + "ied", verb + "ing"]
    return [verb, verb + ("es" if re.search(r"(?:s|x|z|ch|sh)$", verb) else "s"), verb + "ed", verb + "ing"]
