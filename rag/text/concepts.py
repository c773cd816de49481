"""Concepts: other names of what a question asks for, the kinds of it, and its usual words.

A list of our own for papers on computing (``data/concepts.txt``), and the acronyms that a library itself spells out. A
question falls into units: the longest phrases that the list knows, and single words. A text is known by the phrases
that stand in it. Words are compared by their stems, phrases word by word in their order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from itertools import chain
from typing import Final, NamedTuple

from rag.text.terms import is_stop_word, stems

FILE: Final = "concepts.txt"
SAME: Final = 0.9
"""How well another name of the same thing meets a phrase (MoE for mixture of experts), beside 1 for itself."""
KIND: Final = 0.6
"""How well a kind of it, or a usual word for it, meets a name (NVMe for offloading)."""
WIDER: Final = 0.4
"""How well the name of the whole meets a kind (offloading for NVMe)."""
_LONGEST_PHRASE: Final = 5
_LEAST_ENDING: Final = 5

Phrase = tuple[str, ...]


@lru_cache(maxsize=100_000)
def spelling(term: str) -> str:
    """One key for spellings of a stem: British and American (quantis, quantiz; behaviour, behavior)."""
    if len(term) >= _LEAST_ENDING and term.endswith(("is", "ys")):
        return term[:-1] + "z"
    return term.replace("our", "or") if len(term) > _LEAST_ENDING else term


def phrase(text: str) -> Phrase:
    """The words of a text as they are compared."""
    return tuple(map(spelling, stems(text)))


class Unit(NamedTuple):
    """A word or phrase of a question: its words as they are compared, their stems, and how well each phrase of the
    list, by number, meets it."""

    words: Phrase
    stems: tuple[str, ...]
    met_by: Mapping[int, float]


class Line(NamedTuple):
    """Names of one thing, and kinds of it, by number."""

    names: tuple[int, ...]
    kinds: tuple[int, ...]


class Concepts:
    """A list of concepts. Phrases are numbered from 1; 0 stands for none."""

    def __init__(self, lines: Iterable[tuple[Sequence[str], Sequence[str]]]) -> None:
        self._numbers: dict[Phrase, int] = {}
        self._count = 0
        self._starting: dict[str, list[tuple[Phrase, int]]] = {}
        self._lines = [Line(self._numbered(names), self._numbered(kinds)) for names, kinds in lines]
        self._of_name: dict[int, list[Line]] = {}
        self._of_kind: dict[int, list[Line]] = {}
        for line in self._lines:
            for number in line.names:
                self._of_name.setdefault(number, []).append(line)
            for number in line.kinds:
                self._of_kind.setdefault(number, []).append(line)

    def __len__(self) -> int:
        """One more than the highest number."""
        return self._count + 1

    def _numbered(self, texts: Sequence[str]) -> tuple[int, ...]:
        return tuple(dict.fromkeys(n for t in texts if (n := self._number(t))))

    def _number(self, text: str) -> int:
        """The number of a phrase, given now if it is new; a compound is also known written as one word."""
        forms = [phrase(text)]
        if "-" in text and " " not in text:
            forms.append(phrase(text.replace("-", "")))
        forms = [f for f in forms if f]
        known = [self._numbers[f] for f in forms if f in self._numbers]
        if not forms:
            return 0
        number = known[0] if known else self._count + 1
        self._count = max(self._count, number)
        for form in forms:
            if form not in self._numbers:
                self._numbers[form] = number
                self._starting.setdefault(form[0], []).append((form, number))
        return number

    def held(self, words: Phrase) -> frozenset[int]:
        """The numbers of the phrases that stand in a text."""
        return frozenset(
            number
            for i, word in enumerate(words)
            for form, number in self._starting.get(word, ())
            if words[i : i + len(form)] == form
        )

    def units(self, question: str) -> list[Unit]:
        """The units of a question in its order; words that mean nothing alone are no units."""
        plain = tuple(stems(question))
        words = tuple(map(spelling, plain))
        found: dict[int, tuple[int, Unit]] = {}
        taken = [False] * len(words)
        for length in range(min(_LONGEST_PHRASE, len(words)), 0, -1):
            for i in range(len(words) - length + 1):
                part = words[i : i + length]
                if any(taken[i : i + length]) or (length == 1 and is_stop_word(plain[i], question=True)):
                    continue
                met_by = self._met_by(part)
                if met_by or length == 1:
                    taken[i : i + length] = [True] * length
                    found[i] = (length, Unit(part, plain[i : i + length], met_by))
        return [found[i][1] for i in sorted(found)]

    def _met_by(self, part: Phrase) -> dict[int, float]:
        number = self._numbers.get(part)
        if number is None:
            return {}
        met: dict[int, float] = {number: 1.0}
        for line in self._of_name.get(number, ()):
            for others, strength in ((line.names, SAME), (line.kinds, KIND)):
                for other in others:
                    met[other] = max(met.get(other, 0.0), strength)
        for line in self._of_kind.get(number, ()):
            for other in line.names:
                met[other] = max(met.get(other, 0.0), WIDER)
        return met

    def forms(self, number: int) -> list[Phrase]:
        """The phrases of a number."""
        return [form for form, n in self._numbers.items() if n == number]


@lru_cache(maxsize=1)
def _packaged() -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    text = files("rag.text").joinpath("data", FILE).read_text(encoding="utf-8")
    lines = [line.partition(">") for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return tuple((_parted(names), _parted(kinds)) for names, _, kinds in lines)


def _parted(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(","))


@lru_cache(maxsize=8)
def concepts(acronyms: tuple[tuple[str, str], ...] = ()) -> Concepts:
    """The list that ships with the package, and after it acronyms with what they stand for. Its own phrases have the
    same numbers with and without acronyms."""
    return Concepts(chain(_packaged(), ((pair, ()) for pair in acronyms)))


_SHORT: Final = re.compile(r"([\w/-]+(?: [\w/-]+){1,9}) ?\(([A-Z][A-Za-z0-9-]{1,9}?)s?\)")
_LETTERS: Final = re.compile(r"[^\W_]+")


@lru_cache(maxsize=20_000)
def acronyms(text: str) -> tuple[tuple[str, str], ...]:
    """(acronym, what it stands for) where a text spells it out: "key-value (KV)".

    Each letter of the acronym has to begin a word of what stands before it, after Schwartz and Hearst (2003), who also
    let letters stand within words.
    """
    found = ((short, _spelled(before, short)) for before, short in _SHORT.findall(text))
    return tuple((short, long) for short, long in found if long and phrase(long) != phrase(short))


def _spelled(before: str, short: str) -> str:
    letters = [c.lower() for c in short if c.isalnum()]
    words = list(_LETTERS.finditer(before))
    start = len(words)
    for letter in reversed(letters):
        start -= 1
        # One word without a letter may stand between ("mixture of experts").
        if start >= 0 and words[start].group()[0].lower() != letter:
            start -= 1
        if start < 0 or words[start].group()[0].lower() != letter:
            return ""
    return before[words[start].start() :]


def spelled_out(texts: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The acronyms of several texts in order of letters, each with each of its meanings once."""
    distinct = {(phrase(s), phrase(long)): (s, long) for t in texts for s, long in acronyms(t)}
    return tuple(distinct[k] for k in sorted(distinct))
