"""Proper names in other forms: months, dates in digits, countries and their people, initials that a text explains."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from typing import Final, NamedTuple

from rag.grounding.keeping import Remembered
from rag.text.dates import MONTHS, find_dates

_NONE: Final[frozenset[str]] = frozenset()
_ENDINGS: Final = ("isms", "ism", "ists", "ist", "'s", "’s")
_SHORTEST: Final = 4


class _Proper(NamedTuple):
    same: dict[str, frozenset[str]]
    """Word -> the words that may stand for it, itself among them."""
    phrases: dict[tuple[str, str], frozenset[str]]
    kinds: frozenset[str]


@lru_cache(maxsize=1)
def _proper() -> _Proper:
    same: dict[str, frozenset[str]] = {}
    phrases: dict[tuple[str, str], frozenset[str]] = {}
    kinds: set[str] = set()
    section = ""
    for line in files("rag.grounding").joinpath("data/proper.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif not line.startswith("#"):
            words = frozenset(line.lower().split())
            if section == "kinds":
                kinds |= words
            elif section == "phrases":
                (first, second), short = (part.split() for part in line.lower().split("="))
                phrases[first, second] = frozenset(short)
            else:
                same |= {word: same.get(word, _NONE) | words for word in words}
    return _Proper(same, phrases, frozenset(kinds))


def forms_of(name: str) -> frozenset[str]:
    """The words in small letters that may stand for a name: British for UK, Apr for April; or none."""
    return _proper().same.get(name.lower(), _NONE)


def forms_of_two(first: str, second: str) -> frozenset[str]:
    """As :func:`forms_of`, of two words that stand together: US for "United States"."""
    return _proper().phrases.get((first.lower(), second.lower()), _NONE)


def kinds_of_names() -> frozenset[str]:
    """The words in small letters that are titles or say what kind of thing a name is of: prefecture, minister."""
    return _proper().kinds


def base_name(name: str) -> str:
    """The name in small letters that another is made from, as "Nazism" from "Nazi"; or "" where no ending shows."""
    return BASE_NAMES[name]


def _base_name(name: str) -> str:
    low = name.lower()
    if not low.endswith(_ENDINGS):
        return ""
    ending = next((e for e in _ENDINGS if low.endswith(e) and len(low) - len(e) >= _SHORTEST), "")
    return low.removesuffix(ending) if ending else ""


BASE_NAMES: Final = Remembered[str, str](_base_name, 20_000)
"""As :func:`base_name`, for the many that are asked for at once."""


def months_in_digits(text: str) -> frozenset[str]:
    """The months of dates written in digits, in small letters; of 4/5/2021 both April and May."""
    found: set[str] = set()
    for part in find_dates(text):
        before_the_year = part.part == "day" and text[part.end : part.end + 1] in {"/", "."}
        if part.numeric and (part.part == "month" or before_the_year) and 1 <= part.value <= len(MONTHS):
            found.add(MONTHS[part.value - 1])
    return frozenset(found)


def is_spelt_out(initials: str, before: str) -> bool:
    """Whether some words, at the end of a text, have these initials, small words left out or not.

    ``before`` is what stands before the bracket in "National Air and Space Museum (NASM)".
    """
    plain = "".join(c for c in initials if c.isalpha())
    letters = (plain[:-1] if plain[-1:] == "s" and plain[:-1].isupper() else plain).lower()
    words = [w for w in re.split(r"[^\w]+", before) if w][-2 * len(letters) :]
    every = "".join(w[0] for w in words).lower()
    large = "".join(w[0] for w in words if w[0].isupper()).lower()
    return len(letters) > 1 and (every.endswith(letters) or large.endswith(letters))
