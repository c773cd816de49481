"""A text as the offline judge sees it: words with places, stems, weights and sentence numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, wraps
from itertools import repeat
from operator import add
from typing import Any, Final, NamedTuple, TypeVar

from rag.grounding.keeping import kept_property
from rag.grounding.proper import base_name, is_kind, months_in_digits
from rag.grounding.words import AT_HEAD, JOINED_KEYS, SQUASHED, WITHIN, as_kind
from rag.text.clean import lowered
from rag.text.quantities import Quantity, find_quantities
from rag.text.sentences import Sentence, split_sentences

_WORD: Final = re.compile(
    r"\d+(?:,\d{3})*(?:\.\d+)?(?:\\?%|[^\W\d_]+)?|[^\W\d_]+(?:['’][^\W\d_]+)?[0-9]*[^\W_]*(?:\+\+|#)?"
)
REFERENCE: Final = re.compile(
    r"(?<!\bin )(?<!\b\w)(?<![\\$^_=])\[[1-9]\d{0,2}(?:\s*[,;–-]\s*[1-9]\d{0,2})*\]"
    r"|\A\s*[1-9]\d?[.)]\s+(?=[A-Z])"
)
"""Marks of sources, "[3]" and "[1, 4]", and the number at the head of an item: no part of what is said."""
_JOINERS: Final = frozenset("-_/‐‑–")
CLAUSE_MARK: Final = re.compile(r"[,;:()—–]")
_CLAUSE_WORDS: Final = frozenset({"and", "but", "while", "whereas", "although", "though", "because", "yet", "or"})
_OPENS: Final = re.compile(r":\s|[•*]\s*$")
"""After these a capital may only be that of a first word."""
_SHORTEST_JOINED: Final = 5
_TEXTS_KEPT: Final = 64
"""Claims and papers; more of them cost more in the collection of garbage than they save."""
_ALONE: Final = tuple((i,) for i in range(1_024))
"""Most stems stand in one place: it is the same object in all texts."""
MAX_SENTENCE: Final = 1_500


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
    key: str
    """The main stem."""
    low: str
    """``surface`` in small letters."""
    concepts: frozenset[str]
    """The concepts that the word belongs to; none for names and figures."""
    groups: frozenset[int]
    """Its groups of the thesaurus; none for names and figures."""


@dataclass(frozen=True, eq=False)
class Text:
    """A text made ready for comparing; built once per claim and once per piece of evidence."""

    text: str
    sentences: tuple[Sentence, ...]
    tokens: tuple[Token, ...]
    quantities: tuple[Quantity, ...]
    positions: dict[str, tuple[int, ...]] = field(repr=False)
    """stem -> indices into ``tokens``."""

    @kept_property
    def kept(self) -> dict[Callable[[Text], Any], Any]:
        """What was found in the text, by the function that looked for it; see :func:`of_text`."""
        return {}

    @kept_property
    def low(self) -> str:
        """``text`` in small letters, as long as it."""
        return lowered(self.text)

    @kept_property
    def stems(self) -> frozenset[str]:
        """The keys of ``positions``."""
        return frozenset(self.positions)

    @kept_property
    def words(self) -> frozenset[str]:
        """All words in small letters."""
        return frozenset(self.columns["low"])

    @kept_property
    def columns(self) -> dict[str, tuple[Any, ...]]:
        """Field of :class:`Token` -> what it is for each token; cut once, in the time of one pass over the tokens."""
        return dict(zip(Token._fields, zip(*self.tokens, strict=True) if self.tokens else repeat(()), strict=False))

    @kept_property
    def starts(self) -> tuple[int, ...]:
        """Where each token starts."""
        return self.columns["start"]

    @kept_property
    def main_keys(self) -> tuple[str, ...]:
        """The main stem of each token."""
        return self.columns["key"]

    @kept_property
    def sentence_of(self) -> tuple[int, ...]:
        """The sentence of each token."""
        return self.columns["sentence"]

    @kept_property
    def content(self) -> tuple[int, ...]:
        """Indices of the tokens that carry weight."""
        return tuple([i for i, weight in enumerate(self.columns["weight"]) if weight > 0])

    @kept_property
    def concept_positions(self) -> dict[str, list[int]]:
        """concept -> indices of the tokens that belong to it."""
        found: dict[str, list[int]] = {}
        for i, token in enumerate(self.tokens):
            for name in token.concepts:
                found.setdefault(name, []).append(i)
        return found

    @kept_property
    def synonym_positions(self) -> dict[int, list[int]]:
        """group of the thesaurus -> indices of the tokens that belong to it."""
        found: dict[int, list[int]] = {}
        for i, token in enumerate(self.tokens):
            for group in token.groups:
                found.setdefault(group, []).append(i)
        return found

    @kept_property
    def places_found(self) -> dict[tuple[object, ...], Any]:
        """Where the words of earlier claims were found here; see rag.grounding.alignment."""
        return {}

    @kept_property
    def forms(self) -> frozenset[str]:
        """Every way in which a name may be written here: words, neighbours joined, initials of neighbours, what a
        name was made from, months of dates in digits."""
        words = [SQUASHED[surface] for surface in self.columns["surface"]]
        found = set(words)
        for parts in (words, [w[:1] for w in words]):
            found.update(map(add, parts, parts[1:]))
            found.update(map("".join, zip(parts, parts[1:], parts[2:], strict=False)))
            found.update(map("".join, zip(parts, parts[1:], parts[2:], parts[3:], strict=False)))
        made_from = {base_name(t.surface) for t in self.tokens if t.surface[0].isupper()}
        return frozenset(found | made_from - {""}) | months_in_digits(self.text)

    @kept_property
    def forms_by_length(self) -> dict[int, str]:
        """The ``forms`` of each length in one string, a line break between them."""
        found: dict[int, list[str]] = {}
        for form in self.forms:
            found.setdefault(len(form), []).append(form)
        return {length: "\n".join(forms) for length, forms in found.items()}

    @kept_property
    def sentence_tokens(self) -> tuple[tuple[int, ...], ...]:
        """Per sentence the indices of its tokens."""
        groups: list[list[int]] = [[] for _ in self.sentences]
        for i, token in enumerate(self.tokens):
            groups[token.sentence].append(i)
        return tuple(tuple(g) for g in groups)

    def tokens_of(self, sentence: int) -> list[Token]:
        """The tokens of one sentence."""
        return [self.tokens[i] for i in self.sentence_tokens[sentence]]

    @kept_property
    def sentence_keys(self) -> tuple[frozenset[str], ...]:
        """Per sentence the main stems of its tokens."""
        return tuple(frozenset(counts) for counts in self.sentence_counts)

    @kept_property
    def keys_of_sentences(self) -> tuple[tuple[str, ...], ...]:
        """Per sentence the main stems of its tokens, in order."""
        keys = self.main_keys
        return tuple([tuple([keys[i] for i in group]) for group in self.sentence_tokens])

    @kept_property
    def sentence_counts(self) -> tuple[Counter[str], ...]:
        """Per sentence the main stems of its tokens, with how often each stands there."""
        return tuple([Counter(keys) for keys in self.keys_of_sentences])

    @kept_property
    def counts(self) -> Counter[str]:
        """The main stems of all tokens, with how often each stands in the text."""
        return Counter(self.main_keys)


_Found = TypeVar("_Found")


def of_text(find: Callable[[Text], _Found]) -> Callable[[Text], _Found]:
    """``find`` as a function that looks at each text once and keeps what it found with the text while that lives."""

    @wraps(find)
    def once(text: Text) -> _Found:
        kept = text.kept
        if find in kept:
            known: _Found = kept[find]
            return known
        found = kept[find] = find(text)
        return found

    return once


def references(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """(start, end) of the marks of sources in text[start:end], found by ``REFERENCE`` only where there may be any: it
    tries every place of a text."""
    if text.find("[", start, end) >= 0:
        return [m.span() for m in REFERENCE.finditer(text, start, end)]
    head = None if start else REFERENCE.match(text, 0, end)
    return [head.span()] if head else []


@lru_cache(maxsize=_TEXTS_KEPT)
def read_text(text: str) -> Text:
    """Cut a text into sentences and words; the latest are kept, as one paper is judged against many claims."""
    sentences = tuple(piece for sentence in split_sentences(text) for piece in _pieces(sentence))
    tokens: list[Token] = []
    for number, sentence in enumerate(sentences):
        tokens += _sentence_tokens(text, sentence, number, tokens[-1].clause + 1 if tokens else 0)
    positions: dict[str, tuple[int, ...]] = {}
    before, last = "", -1
    for i, token in enumerate(tokens):
        place = _ALONE[i] if i < len(_ALONE) else (i,)
        keys, low, at = token.keys, token.low, token.sentence
        for key in keys:
            positions[key] = positions[key] + place if key in positions else place
        if at == last and (joined := _joined(before, low, keys)):
            positions[joined] = positions[joined] + place if joined in positions else place
        before, last = low, at
    marked = references(text, 0, len(text))
    quantities = find_quantities(text)
    if marked:
        quantities = [q for q in quantities if not any(s <= q.start < e for s, e in marked)]
    return Text(text, sentences, tuple(tokens), tuple(quantities), positions)


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
    # As Token(...), in a third of the time.
    make_token = tuple.__new__
    within, at_head, named = WITHIN, AT_HEAD, False
    marked = references(text, sentence.start, sentence.end)
    last = sentence.start
    for match in _WORD.finditer(text, sentence.start, sentence.end):
        surface, (start, end) = match.group(), match.span()
        if marked and any(s <= start < e for s, e in marked):
            continue
        joined, first, parted = False, not found, False
        if found and (between := text[last:start]) != " ":
            joined, first = between in _JOINERS, _OPENS.search(between) is not None
            parted = CLAUSE_MARK.search(between) is not None
        keys, weight, is_name, is_number, key, low, names, group = (at_head if first else within)[surface]
        if found and (parted or low in _CLAUSE_WORDS):
            clause += 1
        found.append(
            make_token(
                Token,
                (surface, start, end, keys, weight, is_name, is_number, number, clause, joined, key, low, names, group),
            )
        )
        last, named = end, named or is_name
    if not named:
        return found
    return [_as_kind(t) if t.is_name and _is_kind(found, i) else t for i, t in enumerate(found)]


def _is_kind(tokens: Sequence[Token], i: int) -> bool:
    """Whether a word only says of a longer name what it is a name of: "Shizuoka Prefecture", "Bachelor of Arts"."""
    if not is_kind(tokens[i].surface):
        return False
    before = i - 1 - (i > 0 and tokens[i - 1].surface == "of")
    after = i + 1 + (i + 1 < len(tokens) and tokens[i + 1].surface == "of")
    return any(0 <= j < len(tokens) and tokens[j].surface[0].isupper() for j in (before, after))


def _as_kind(token: Token) -> Token:
    word = as_kind(token.key, token.surface, token.keys)
    return token._replace(is_name=False, weight=word.weight, concepts=word.concepts, groups=word.groups)


def joined_key(before: Token | None, token: Token) -> str:
    """The joined form of a word with the one before it in its sentence, where that is a stem of its own ("all reduce",
    "all-reduce" -> allreduc); or ""."""
    return _joined(before.low, token.low, token.keys) if before and before.sentence == token.sentence else ""


def _joined(before: str, low: str, keys: tuple[str, ...]) -> str:
    together = before + low
    if len(together) <= _SHORTEST_JOINED:
        return ""
    joined = JOINED_KEYS[together]
    return "" if joined in keys else joined
