"""A text as the offline judge sees it: words with places, stems, weights and sentence numbers."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from functools import lru_cache, wraps
from itertools import compress, repeat
from operator import add
from typing import Any, Final, NamedTuple, TypeVar

from rag.grounding.keeping import Remembered, kept_property
from rag.grounding.proper import BASE_NAMES, kinds_of_names, months_in_digits
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
_APART: Final = re.compile(r"['+#]")
_RUN: Final = re.compile(r"\w+")
_OPENS: Final = re.compile(r":\s|[•*]\s*$")
"""After these a capital may only be that of a first word."""
_SHORTEST_JOINED: Final = 5
_LONGEST_KNOWN: Final = 100
"""Code points between two spaces from which on the words are cut anew each time, and not kept."""
_TEXTS_KEPT: Final = 64
"""Claims and papers; more of them cost more in the collection of garbage than they save."""
_ALONE: Final = tuple((i,) for i in range(1_024))
"""Most stems stand in one place: it is the same object in all texts."""
MAX_SENTENCE: Final = 1_500
_Gap = tuple[bool, bool, bool]
"""What stands between two words: whether it joins them, opens a sentence or an item, ends a clause."""
_Piece = tuple[str, int, int, bool, _Gap | None]
"""A word between two spaces: it, its start and end there, whether it begins a clause, what stands before it there."""


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
    def kept(self) -> dict[Callable[..., Any], Any]:
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
    def runs(self) -> frozenset[str]:
        """All letters that stand together in ``low``, and more: a pattern of whole words is not met where none of its
        words is among these. Mostly they are ``words``, but for "can't", "c#" and letters that two cases share."""
        plain = self.low.isascii() and not _APART.search(self.low)
        if plain and max([len(sentence.text) for sentence in self.sentences], default=0) < MAX_SENTENCE:
            return self.words
        return frozenset(_RUN.findall(self.low))

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
    def breaks(self) -> dict[int, str]:
        """Index of a token -> what stands between it and the one before it, if more than a space; in order."""
        text = self.text
        gaps = zip(range(1, len(self.tokens)), self.columns["end"], self.starts[1:], strict=False)
        return {i: text[end:start] for i, end, start in gaps if start - end != 1 or text[end] != " "}

    @kept_property
    def content(self) -> tuple[int, ...]:
        """Indices of the tokens that carry weight."""
        return tuple(compress(range(len(self.tokens)), self.columns["weight"]))

    @kept_property
    def concept_positions(self) -> dict[str, list[int]]:
        """concept -> indices of the tokens that belong to it."""
        found: dict[str, list[int]] = {}
        concepts = self.columns["concepts"]
        for i in compress(range(len(concepts)), concepts):
            for name in concepts[i]:
                found.setdefault(name, []).append(i)
        return found

    @kept_property
    def synonym_positions(self) -> dict[int, list[int]]:
        """group of the thesaurus -> indices of the tokens that belong to it."""
        found: dict[int, list[int]] = {}
        groups = self.columns["groups"]
        for i in compress(range(len(groups)), groups):
            for group in groups[i]:
                found.setdefault(group, []).append(i)
        return found

    @kept_property
    def places_found(self) -> dict[tuple[object, ...], Any]:
        """Where the words of earlier claims were found here; see rag.grounding.alignment."""
        return {}

    @kept_property
    def forms(self) -> Set[str]:
        """Every way in which a name may be written here: words, neighbours joined, initials of neighbours, what a
        name was made from, months of dates in digits."""
        surfaces = self.columns["surface"]
        words = [SQUASHED[surface] for surface in surfaces]
        found = {BASE_NAMES[surface] for surface in surfaces if surface[0].isupper()} - {""}
        found.update(words)
        for parts in (words, [w[:1] for w in words]):
            two = list(map(add, parts, parts[1:]))
            three = list(map(add, two, parts[2:]))
            found.update(two, three, map(add, three, parts[3:]))
        return found | months_in_digits(self.text)

    @kept_property
    def forms_by_length(self) -> dict[int, str]:
        """The ``forms`` of each length in one string, a line break between them."""
        found: defaultdict[int, list[str]] = defaultdict(list)
        for form in self.forms:
            found[len(form)].append(form)
        return {length: "\n".join(forms) for length, forms in found.items()}

    @kept_property
    def sentence_tokens(self) -> tuple[tuple[int, ...], ...]:
        """Per sentence the indices of its tokens."""
        groups: list[tuple[int, ...]] = []
        start = 0
        for number in range(len(self.sentences)):
            end = bisect_right(self.sentence_of, number, start)
            groups.append(tuple(range(start, end)))
            start = end
        return tuple(groups)

    def tokens_of(self, sentence: int) -> list[Token]:
        """The tokens of one sentence."""
        return [self.tokens[i] for i in self.sentence_tokens[sentence]]

    @kept_property
    def sentence_keys(self) -> tuple[frozenset[str], ...]:
        """Per sentence the main stems of its tokens."""
        return tuple([frozenset(counts) for counts in self.sentence_counts])

    @kept_property
    def keys_of_sentences(self) -> tuple[tuple[str, ...], ...]:
        """Per sentence the main stems of its tokens, in order."""
        keys = self.main_keys
        return tuple([keys[group[0] : group[-1] + 1] if group else () for group in self.sentence_tokens])

    @kept_property
    def sentence_counts(self) -> tuple[dict[str, int], ...]:
        """Per sentence the main stems of its tokens, with how often each stands there."""
        return tuple([_counted(keys) for keys in self.keys_of_sentences])

    @kept_property
    def counts(self) -> dict[str, int]:
        """The main stems of all tokens, with how often each stands in the text."""
        return _counted(self.main_keys)


def _counted(words: Sequence[str]) -> dict[str, int]:
    """As collections.Counter, which takes three times as long for a sentence."""
    found: dict[str, int] = {}
    for word in words:
        found[word] = found.get(word, 0) + 1
    return found


_Found = TypeVar("_Found")
_Key = TypeVar("_Key", bound=Hashable)


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


def of_text_by(find: Callable[[Text, _Key], _Found]) -> Callable[[Text, _Key], _Found]:
    """As :func:`of_text`, of what is looked for by a key: only of those asked for."""

    @wraps(find)
    def once(text: Text, key: _Key) -> _Found:
        kept = text.kept.setdefault(find, {})
        if key not in kept:
            kept[key] = find(text, key)
        found: _Found = kept[key]
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
    sentences: list[Sentence] = []
    for sentence in split_sentences(text):
        if len(sentence.text) <= MAX_SENTENCE:
            sentences.append(sentence)
        else:
            sentences += _pieces(sentence)
    marked = references(text, 0, len(text))
    tokens: list[Token] = []
    positions: dict[str, tuple[int, ...]] = {}
    for number, sentence in enumerate(sentences):
        inside = references(text, sentence.start, sentence.end) if marked else []
        _read_sentence(text, sentence, number, inside, tokens, positions)
    kinds = kinds_of_names()
    if not kinds.isdisjoint([t.low for t in tokens if t.is_name]):
        tokens = [
            _as_kind(t) if t.is_name and t.low in kinds and _is_kind(tokens, i) else t for i, t in enumerate(tokens)
        ]
    quantities = find_quantities(text)
    if marked:
        quantities = [q for q in quantities if not any(s <= q.start < e for s, e in marked)]
    return Text(text, tuple(sentences), tuple(tokens), tuple(quantities), positions)


def _pieces(sentence: Sentence) -> Iterator[Sentence]:
    """A sentence, or where it has no end in sight its pieces, cut between words."""
    start = 0
    while len(sentence.text) - start > MAX_SENTENCE:
        cut = sentence.text.rfind(" ", start + 1, start + MAX_SENTENCE)
        cut = cut if cut > 0 else start + MAX_SENTENCE
        yield Sentence(sentence.text[start:cut], sentence.start + start, sentence.start + cut)
        start = cut
    yield Sentence(sentence.text[start:], sentence.start + start, sentence.end)


def _cut(chunk: str) -> tuple[_Piece, ...]:
    found: list[_Piece] = []
    last = -1
    for match in _WORD.finditer(chunk):
        surface, (start, end) = match.group(), match.span()
        gap = _gap(chunk[last:start]) if found else None
        found.append((surface, start, end, surface.lower() in _CLAUSE_WORDS, gap))
        last = end
    return tuple(found)


def _gap(between: str) -> _Gap:
    """What a stretch between two words does: does it join them, does it open a sentence or an item, does it end a
    clause."""
    return between in _JOINERS, _OPENS.search(between) is not None, CLAUSE_MARK.search(between) is not None


_CHUNKS: Final = Remembered[str, tuple[_Piece, ...]](_cut, 50_000)
"""What stands between two spaces -> its words."""
_GAPS: Final = Remembered[str, _Gap](_gap, 1_000)


def _read_sentence(
    text: str,
    sentence: Sentence,
    number: int,
    marked: Sequence[tuple[int, int]],
    tokens: list[Token],
    positions: dict[str, tuple[int, ...]],
) -> None:
    """Add the words of a sentence to those of its text, and their stems to ``positions``.

    No word has a space in it, so that what stands between two spaces is cut by itself, and mostly known.
    """
    # As Token(...), in a third of the time.
    make_token = tuple.__new__
    chunks, joined_keys, words = _CHUNKS, JOINED_KEYS, AT_HEAD
    i, count = len(tokens), len(_ALONE)
    clause = tokens[-1].clause + 1 if tokens else 0
    at, last, before = sentence.start, -1, ""
    for chunk in sentence.text.split(" "):
        for surface, start, end, turns, gap in chunks[chunk] if len(chunk) <= _LONGEST_KNOWN else _cut(chunk):
            start += at
            joined = parted = False
            if last >= 0:
                if start == last + 1 and gap is None and not marked:
                    words = WITHIN
                else:
                    if marked and any(s <= start < e for s, e in marked):
                        continue
                    if gap is None or marked:
                        between = text[last:start]
                        gap = _GAPS[between] if len(between) <= _LONGEST_KNOWN else _gap(between)
                    joined, first, parted = gap
                    words = AT_HEAD if first else WITHIN
                if parted or turns:
                    clause += 1
            elif marked and any(s <= start < e for s, e in marked):
                continue
            last = at + end
            keys, weight, is_name, is_number, key, low, names, groups = words[surface]
            tokens.append(
                make_token(
                    Token,
                    (
                        surface,
                        start,
                        last,
                        keys,
                        weight,
                        is_name,
                        is_number,
                        number,
                        clause,
                        joined,
                        key,
                        low,
                        names,
                        groups,
                    ),
                )
            )
            place = _ALONE[i] if i < count else (i,)
            for one in keys:
                positions[one] = positions[one] + place if one in positions else place
            together = before + low
            if before and len(together) > _SHORTEST_JOINED and (one := joined_keys[together]) and one not in keys:
                positions[one] = positions[one] + place if one in positions else place
            before = low
            i += 1
        at += len(chunk) + 1


def _is_kind(tokens: Sequence[Token], i: int) -> bool:
    """Whether a title or the like is part of a longer name, and says what that names: "Shizuoka Prefecture"."""
    number = tokens[i].sentence
    before = i - 1 - (i > 0 and tokens[i - 1].surface == "of")
    after = i + 1 + (i + 1 < len(tokens) and tokens[i + 1].surface == "of")
    return any(
        0 <= j < len(tokens) and tokens[j].sentence == number and tokens[j].surface[0].isupper()
        for j in (before, after)
    )


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
