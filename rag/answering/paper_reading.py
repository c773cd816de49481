"""A paper read for what it states: its sentences as words, and how well they stand for the words of a question.

Everything here is a property of one paper and one question, so it does not change with the size of the library.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from rag.answering.meaning import nearness, vectors_of_texts
from rag.library.embedders import Vectors
from rag.paper import Paper
from rag.text import Sentence, split_sentences
from rag.text.quantities import Quantity, find_quantities
from rag.text.terms import QUESTION_WORDS, STOP_WORDS

_WORD = re.compile(r"[^\W_]+(?:[-_/'’.+][^\W_]+)*[+*#]*")
_POSSESSIVE = re.compile(r"['’]s?$")
_SHAPING = STOP_WORDS | QUESTION_WORDS
_LINK = re.compile(r"[-_/]")
# A name is written as at most this many parts.
_MOST_PARTS = 5


@dataclass(frozen=True, eq=False)
class Reading:
    """A paper as its title and sentences; ``words[0]`` are the title's content words, ``words[i]`` sentence i - 1's."""

    paper: Paper
    sentences: tuple[Sentence, ...]
    words: tuple[tuple[str, ...], ...]
    quantities: tuple[tuple[Quantity, ...], ...]
    forms: tuple[frozenset[str], ...]
    """Per row every way in which a name may be written there: words, neighbours joined, initials of neighbours."""

    def matches(self, asked: Sequence[str]) -> Vectors:
        """How well each asked word is stood for by title and sentences, in [0, 1], shape (1 + sentences, asked)."""
        rows = [
            nearness(asked, said).max(axis=1) if asked and said else np.zeros(len(asked), dtype=np.float32)
            for said in self.words
        ]
        return np.asarray(np.stack(rows), dtype=np.float32)

    @property
    def texts(self) -> tuple[str, ...]:
        """Title and sentences, in the order of the rows."""
        return (self.paper.title, *(s.text for s in self.sentences))

    @cached_property
    def vectors(self) -> Vectors:
        """Unit vectors of title and sentences, shape (1 + sentences, 256)."""
        return vectors_of_texts(self.texts)

    def mentions(self, name: str) -> bool:
        """Whether a name stands here, in any spelling of hyphens, spaces and case, or spelled out."""
        folded = squash(name)
        return any(folded in forms or folded.removesuffix("s") in forms for forms in self.forms)

    def rows_with(self, name: str) -> list[int]:
        """The rows (0 is the title, i is sentence i - 1) in which a name stands."""
        folded = squash(name)
        return [i for i, forms in enumerate(self.forms) if folded in forms or folded.removesuffix("s") in forms]


def squash(text: str) -> str:
    """Letters and digits only, in small letters: the form in which names are compared."""
    return re.sub(r"[^a-z0-9*+]+", "", text.lower())


def bare(word: str) -> str:
    """A word without its possessive ending."""
    return _POSSESSIVE.sub("", word)


def words_of(text: str) -> list[str]:
    """All words of a text as written; compounds stay whole."""
    return [m.group() for m in _WORD.finditer(text)]


def content_words(text: str) -> list[str]:
    """The words of a text that say what it is about, as written, each once."""
    return list(
        dict.fromkeys(w for w in words_of(text) if bare(w).lower() not in _SHAPING and w.lower() not in _SHAPING)
    )


@lru_cache(maxsize=5_000)
def read_paper(paper: Paper) -> Reading:
    """The reading of a paper; kept, in bounds."""
    sentences = tuple(split_sentences(paper.abstract))
    texts = (paper.title, *(s.text for s in sentences))
    return Reading(
        paper,
        sentences,
        tuple(tuple(content_words(t)) for t in texts),
        tuple(tuple(find_quantities(t)) for t in texts),
        tuple(name_forms(t) for t in texts),
    )


def name_forms(text: str) -> frozenset[str]:
    """Every way in which a name may be written in a text: words, neighbours joined, initials of neighbours."""
    found: set[str] = set()
    parts = [squash(p) for w in words_of(text) for p in _LINK.split(bare(w)) if squash(p)]
    for i in range(len(parts)):
        for n in range(1, _MOST_PARTS + 1):
            joined = parts[i : i + n]
            form = "".join(joined)
            found |= {form, form.removesuffix("s")}
            if n > 1:
                found.add("".join(p[0] for p in joined))
    return frozenset(found)
