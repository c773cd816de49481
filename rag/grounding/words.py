"""A word as the offline judge sees it, whatever text it stands in: its stems, what it weighs, whether it is a name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeVar

from rag.grounding.keeping import Remembered
from rag.grounding.lexicon import FILLER, NEGATIONS, concepts, stems, synonyms
from rag.text.terms import is_stop_word, stem_plain, terms

_DECIMAL_POINT: Final = re.compile(r"(?<=\d)\.(?=\d)")
_NO_LETTER: Final = re.compile(r"[\W_]+")
_FILLER_STEMS: Final = stems(FILLER)
MAX_WORD: Final = 100
"""Code points; longer ones are cut, so that no pattern is run over a megabyte without a space."""


class Word(NamedTuple):
    """What is known of a word wherever it stands, but for whether a sentence begins with it."""

    keys: tuple[str, ...]
    weight: float
    is_name: bool
    is_number: bool
    key: str
    low: str
    concepts: frozenset[str]
    groups: frozenset[int]


def _word(surface: str, *, first: bool) -> Word:
    plain = unicodedata.normalize("NFKC", surface)[:MAX_WORD]
    found = terms(plain)
    keys = tuple(dict.fromkeys(reversed(found))) or (plain.lower(),)
    is_number = plain[0].isdigit()
    # "US" and "WHO" are names, "us" and "who" are not.
    spelt = plain.isupper() and len(plain) > 1
    is_content = (spelt or not all(map(is_stop_word, found))) and plain.lower() not in NEGATIONS
    is_name = not is_number and _looks_like_name(plain, first=first)
    weight = _weight(keys[0], plain, is_name=is_name, is_number=is_number) if is_content else 0.0
    looked_up = () if is_name or is_number else keys
    return Word(
        keys, weight, is_name, is_number, keys[0], surface.lower(),
        _of_keys(concepts(), looked_up), _of_keys(synonyms(), looked_up),
    )  # fmt: skip


_WORDS_KEPT: Final = 50_000
_Fields = tuple[tuple[str, ...], float, bool, bool, str, str, frozenset[str], frozenset[int]]
WITHIN: Final = Remembered[str, _Fields](lambda surface: (*_word(surface, first=False),), _WORDS_KEPT)
AT_HEAD: Final = Remembered[str, _Fields](lambda surface: (*_word(surface, first=True),), _WORDS_KEPT)
"""Surface -> its :class:`Word`, where it stands within a sentence, and where one begins with it; as a plain tuple,
which is unpacked in a third of the time."""


def main_key(surface: str) -> str:
    """The main stem of a word, which is the same wherever it stands."""
    return WITHIN[surface][4]


def concepts_of(surface: str) -> frozenset[str]:
    """The concepts of a word where it is neither a name nor a figure."""
    return _of_keys(concepts(), WITHIN[surface][0])


_NOTHING: Final[frozenset[Any]] = frozenset()
_Member = TypeVar("_Member")


def as_kind(key: str, surface: str, keys: tuple[str, ...]) -> Word:
    """A word that looks like a name and is none, as "Arts" of a longer one."""
    weight = _weight(key, surface, is_name=False, is_number=False)
    known = _of_keys(concepts(), keys), _of_keys(synonyms(), keys)
    return Word(keys, weight, False, False, key, surface.lower(), *known)


def _of_keys(table: Mapping[str, frozenset[_Member]], keys: Sequence[str]) -> frozenset[_Member]:
    """All that the keys of a word belong to; what one key belongs to, and nothing, is one object for all words."""
    found = [table[key] for key in keys if key in table]
    if not found:
        return _NOTHING
    return found[0] if len(found) == 1 else found[0].union(*found[1:])


def _looks_like_name(word: str, *, first: bool) -> bool:
    """Capitals or digits inside the word, or a capital at its head where no sentence begins."""
    body = word[:-1] if word.endswith("s") and len(word) > 2 else word
    if any(c.isupper() for c in body[1:]) or any(c.isdigit() for c in body):
        return True
    return word[0].isupper() and not first and len(word) > 1 and not is_stop_word(word.lower())


def _weight(key: str, word: str, *, is_name: bool, is_number: bool) -> float:
    """How much a missing word tells, without any statistics of a collection: figures and names most, filler least."""
    if is_number:
        return 1.6
    if is_name:
        return 1.6
    if key in _FILLER_STEMS:
        return 0.45
    return 0.7 if len(word) <= 4 else (1.0 if len(word) <= 8 else 1.15)


def _joined_key(together: str) -> str:
    if together.isascii() and together.isalpha() and not together.endswith("s"):
        return stem_plain(together)
    found = terms(together)
    return found[-1] if found else together


JOINED_KEYS: Final = Remembered[str, str](_joined_key, 100_000)
"""Two words written as one -> the stem of that."""


def _squashed(word: str) -> str:
    plain = _DECIMAL_POINT.sub("point", unicodedata.normalize("NFKC", word))
    if not plain.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    if len(plain) > 2 and plain.endswith("s") and (plain[-2].isupper() or plain[-2].isdigit()):
        plain = plain[:-1]
    return _NO_LETTER.sub("", plain).lower()


SQUASHED: Final = Remembered[str, str](_squashed, _WORDS_KEPT)
"""As :func:`squash`, for the many that are asked for at once."""


def squash(word: str) -> str:
    """Lower case, letters and digits only, without accents or a plural s after a capital or a digit: GPUs -> gpu.

    A decimal point stays one: 3.7 is not 37.
    """
    return SQUASHED[word]
