"""A text as the offline judge sees it: words with places, stems, weights and sentence numbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Final, NamedTuple

from rag.grounding.lexicon import FILLER, NEGATIONS, concepts, stem, stems, synonyms
from rag.text.quantities import Quantity, find_quantities
from rag.text.sentences import Sentence, split_sentences
from rag.text.terms import content_terms, terms

_WORD: Final = re.compile(
    r"\d+(?:,\d{3})*(?:\.\d+)?(?:\\?%|[^\W\d_]+)?|[^\W\d_]+(?:['’][^\W\d_]+)?[0-9]*[^\W_]*(?:\+\+|#)?"
)
_REFERENCE: Final = re.compile(
    r"(?<!\bin )(?<!\b\w)(?<![\\$^_=])\[[1-9]\d{0,2}(?:\s*[,;–-]\s*[1-9]\d{0,2})*\]"
    r"|\A\s*[1-9]\d?[.)]\s+(?=[A-Z])"
)
"""Marks of sources, "[3]" and "[1, 4]", and the number at the head of an item: no part of what is said."""
_JOINERS: Final = frozenset("-_/‐‑–")
_FILLER_STEMS: Final = stems(FILLER)
_RESPECTIVELY: Final = stem("respectively")
_CLAUSE_WORDS: Final = frozenset({"and", "but", "while", "whereas", "although", "though", "because", "yet", "or"})
FAR: Final = 99
MAX_SENTENCE: Final = 1_500
MAX_WORD: Final = 100
"""Code points; longer ones are cut, so that no pattern is run over a megabyte without a space."""


class Token(NamedTuple):
    """One word: ``surface`` at text[start:end]; ``keys`` are the stems by which it may be matched, the main one first.

    ``weight`` is 0 for stop words; ``is_name`` marks systems, datasets and hardware (TokenWeave, H100, CIFAR10).
    """

    surface: str
    start: int
    end: int
    keys: tuple[str, ...]
    weight: float
    is_name: bool
    is_number: bool
    sentence: int
    clause: int
    """Counts on at commas, brackets and conjunctions; never the same in two sentences."""
    joined: bool
    """Written together with the word before it, as the second part of "all-reduce"."""

    @property
    def key(self) -> str:
        """The main stem."""
        return self.keys[0]


@dataclass(frozen=True, eq=False)
class Text:
    """A text made ready for comparing; built once per claim and once per piece of evidence."""

    text: str
    sentences: tuple[Sentence, ...]
    tokens: tuple[Token, ...]
    quantities: tuple[Quantity, ...]
    positions: dict[str, tuple[int, ...]] = field(repr=False)
    """stem -> indices into ``tokens``."""

    @cached_property
    def content(self) -> tuple[int, ...]:
        """Indices of the tokens that carry weight."""
        return tuple(i for i, t in enumerate(self.tokens) if t.weight > 0)

    @cached_property
    def concept_positions(self) -> dict[str, tuple[int, ...]]:
        """concept -> indices of the tokens that belong to it."""
        found: dict[str, list[int]] = {}
        for i, token in enumerate(self.tokens):
            for name in concepts_of(token):
                found.setdefault(name, []).append(i)
        return {name: tuple(places) for name, places in found.items()}

    @cached_property
    def synonym_positions(self) -> dict[int, tuple[int, ...]]:
        """group of the thesaurus -> indices of the tokens that belong to it."""
        found: dict[int, list[int]] = {}
        for i, token in enumerate(self.tokens):
            for group in groups_of(token):
                found.setdefault(group, []).append(i)
        return {group: tuple(places) for group, places in found.items()}

    @cached_property
    def forms(self) -> frozenset[str]:
        """Every way in which a name may be written here: words, neighbours joined, initials of neighbours."""
        found: set[str] = set()
        words = [squash(t.surface) for t in self.tokens]
        for i, word in enumerate(words):
            found.add(word)
            for n in (2, 3, 4):
                if i + n <= len(words):
                    found.add("".join(words[i : i + n]))
                    found.add("".join(w[:1] for w in words[i : i + n]))
        return frozenset(found)

    @cached_property
    def sentence_tokens(self) -> tuple[tuple[int, ...], ...]:
        """Per sentence the indices of its tokens."""
        groups: list[list[int]] = [[] for _ in self.sentences]
        for i, token in enumerate(self.tokens):
            groups[token.sentence].append(i)
        return tuple(tuple(g) for g in groups)

    @cached_property
    def pairings(self) -> dict[int, tuple[int, int]]:
        """ "A and B take x and y, respectively": index -> (its partner, the partner of the other), as indices."""
        found: dict[int, tuple[int, int]] = {}
        for at in self.positions.get(_RESPECTIVELY, ()):
            sentence = self.tokens[at].sentence
            couples = [
                (i - 1, i + 1)
                for i in self.sentence_tokens[sentence]
                if self.tokens[i].surface.lower() == "and"
                and 0 < i < len(self.tokens) - 1
                and self.tokens[i + 1].sentence == sentence
            ]
            if len(couples) >= 2:
                (a, b), (x, y) = couples[0], couples[-1]
                found |= {a: (x, y), x: (a, b), b: (y, x), y: (b, a)}
        return found

    def gap(self, i: int, j: int) -> int:
        """How many words lie between two words, a border of clauses counting as three; FAR across sentences."""
        a, b = self.tokens[i], self.tokens[j]
        if a.sentence != b.sentence:
            return FAR
        partner = self.pairings.get(i)
        if partner and j in partner:
            return 1 if j == partner[0] else 9
        return abs(i - j) + 3 * min(abs(a.clause - b.clause), 3)


@lru_cache(maxsize=256)
def read_text(text: str) -> Text:
    """Cut a text into sentences and words; cached, as one paper is judged against many claims."""
    sentences = tuple(piece for sentence in split_sentences(text) for piece in _pieces(sentence))
    tokens: list[Token] = []
    for number, sentence in enumerate(sentences):
        tokens += _sentence_tokens(text, sentence, number, tokens[-1].clause + 1 if tokens else 0)
    positions: dict[str, list[int]] = {}
    for i in range(len(tokens)):
        for key in _all_keys(tokens, i):
            positions.setdefault(key, []).append(i)
    marked = [(m.start(), m.end()) for m in _REFERENCE.finditer(text)]
    quantities = [q for q in find_quantities(text) if not any(s <= q.start < e for s, e in marked)]
    frozen = {key: tuple(places) for key, places in positions.items()}
    return Text(text, sentences, tuple(tokens), tuple(quantities), frozen)


def _pieces(sentence: Sentence) -> Iterator[Sentence]:
    """A sentence, or where it has no end in sight its pieces, cut between words."""
    start = 0
    while len(sentence.text) - start > MAX_SENTENCE:
        cut = sentence.text.rfind(" ", start + 1, start + MAX_SENTENCE)
        cut = cut if cut > 0 else start + MAX_SENTENCE
        yield Sentence(sentence.text[start:cut], sentence.start + start, sentence.start + cut)
        start = cut
    yield Sentence(sentence.text[start:], sentence.start + start, sentence.end)


def _sentence_tokens(text: str, sentence: Sentence, number: int, clause: int) -> list[Token]:
    found: list[Token] = []
    marked = [(m.start(), m.end()) for m in _REFERENCE.finditer(text, sentence.start, sentence.end)]
    for match in _WORD.finditer(text, sentence.start, sentence.end):
        if any(s <= match.start() < e for s, e in marked):
            continue
        between = text[found[-1].end : match.start()] if found else ""
        if found and (re.search(r"[,;:()—–]", between) or match.group().lower() in _CLAUSE_WORDS):
            clause += 1
        joined = len(between) == 1 and between in _JOINERS
        found.append(_token(match, number, clause, first=not found, joined=joined))
    return found


class _Word(NamedTuple):
    """What is known of a word wherever it stands."""

    keys: tuple[str, ...]
    is_number: bool
    is_content: bool
    plain: str


@lru_cache(maxsize=50_000)
def _word(surface: str) -> _Word:
    plain = unicodedata.normalize("NFKC", surface)[:MAX_WORD]
    keys = tuple(dict.fromkeys(reversed(terms(plain)))) or (plain.lower(),)
    return _Word(keys, plain[0].isdigit(), bool(content_terms(plain)) and plain.lower() not in NEGATIONS, plain)


def _token(match: re.Match[str], sentence: int, clause: int, *, first: bool, joined: bool) -> Token:
    surface = match.group()
    word = _word(surface)
    is_name = not word.is_number and _looks_like_name(word.plain, first=first)
    weight = _weight(word.keys[0], word.plain, is_name, word.is_number) if word.is_content else 0.0
    return Token(
        surface, match.start(), match.end(), word.keys, weight, is_name, word.is_number, sentence, clause, joined
    )


@lru_cache(maxsize=50_000)
def _looks_like_name(word: str, *, first: bool) -> bool:
    """Capitals or digits inside the word, or a capital at its head where no sentence begins."""
    body = word[:-1] if word.endswith("s") and len(word) > 2 else word
    if any(c.isupper() for c in body[1:]) or any(c.isdigit() for c in body):
        return True
    return word[0].isupper() and not first and len(word) > 1


def _weight(key: str, word: str, is_name: bool, is_number: bool) -> float:
    """How much a missing word tells, without any statistics of a collection: figures and names most, filler least."""
    if is_number:
        return 1.6
    if is_name:
        return 1.6
    if key in _FILLER_STEMS:
        return 0.45
    return 0.7 if len(word) <= 4 else (1.0 if len(word) <= 8 else 1.15)


def _all_keys(tokens: Sequence[Token], i: int) -> set[str]:
    """The stems of a token, and the joined form with the word before it ("all reduce", "all-reduce" -> allreduc)."""
    keys = set(tokens[i].keys)
    if i and tokens[i - 1].sentence == tokens[i].sentence:
        together = tokens[i - 1].surface.lower() + tokens[i].surface.lower()
        if len(together) > 5:
            keys.add(_joined_key(together))
    return keys


@lru_cache(maxsize=100_000)
def _joined_key(together: str) -> str:
    found = terms(together)
    return found[-1] if found else together


@lru_cache(maxsize=50_000)
def _concepts_of_keys(keys: tuple[str, ...]) -> frozenset[str]:
    table = concepts()
    found: frozenset[str] = frozenset()
    for key in keys:
        found |= table.get(key, frozenset())
    return found


def concepts_of(token: Token) -> frozenset[str]:
    """The concepts of a word; none for names and figures."""
    return frozenset() if token.is_name or token.is_number else _concepts_of_keys(token.keys)


@lru_cache(maxsize=50_000)
def _groups_of_keys(keys: tuple[str, ...]) -> frozenset[int]:
    table = synonyms()
    found: frozenset[int] = frozenset()
    for key in keys:
        found |= table.get(key, frozenset())
    return found


def groups_of(token: Token) -> frozenset[int]:
    """The groups of the thesaurus of a word; none for names and figures."""
    return frozenset() if token.is_name or token.is_number else _groups_of_keys(token.keys)


def squash(word: str) -> str:
    """Lower case, letters and digits only, without a plural s after a capital or a digit: GPUs -> gpu.

    A decimal point stays one: 3.7 is not 37.
    """
    plain = re.sub(r"(?<=\d)\.(?=\d)", "point", unicodedata.normalize("NFKC", word))
    if len(plain) > 2 and plain.endswith("s") and (plain[-2].isupper() or plain[-2].isdigit()):
        plain = plain[:-1]
    return re.sub(r"[\W_]+", "", plain).lower()
