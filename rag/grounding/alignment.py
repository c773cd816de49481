"""Which words of a claim stand in the evidence, where, and how close to one another."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rag.grounding.figures import agrees, writes_a_number, written_otherwise
from rag.grounding.keeping import kept_property
from rag.grounding.lexicon import stem
from rag.grounding.operations import Operation, operations_to
from rag.grounding.paraphrases import narrower_than, synonyms_of
from rag.grounding.proper import base_name, forms_of, forms_of_two, is_spelt_out
from rag.grounding.sizes import of_like_size
from rag.grounding.tokens import Text, Token, joined_key, of_text
from rag.grounding.words import squash
from rag.text.quantities import Quantity

Floats = NDArray[np.float64]

EXACT, CONCEPT, KIN, BROADER = 1.0, 0.75, 0.7, 0.65
"""How well a word is matched: the same stem; a word of the same concept; a word of the same family (parallel-ism)."""
_KIN_LETTERS: Final = 5
MOST_FIGURES: Final = 100
"""Words of a claim whose figures are looked for in other spellings; a sentence has fewer."""
MAX_FOCUS: Final = 3
"""Sentences that may support a claim together."""


@of_text
def _families(text: Text) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    fields = text.columns
    for i, (key, name, number) in enumerate(zip(fields["key"], fields["is_name"], fields["is_number"], strict=True)):
        if len(key) >= _KIN_LETTERS and not name and not number:
            found.setdefault(key[:_KIN_LETTERS], []).append(i)
    return found


class Places(dict[int, float]):
    """Index of a word of the evidence at which a word of the claim stands -> how well it matches.

    What many claims ask of a word is kept with it: it is always of one piece of evidence.
    """

    __slots__ = ("_by_sentence", "_by_word", "_company", "_standing")
    _by_sentence: bytes
    _by_word: bytes
    _company: bytes
    _standing: dict[int, list[tuple[int, float]]]

    def standing(self, sentence_of: Sequence[int]) -> Mapping[int, Sequence[tuple[int, float]]]:
        """By sentence: (place, how well it matches), from KIN on."""
        try:
            return self._standing
        except AttributeError:
            self._standing = {}
        for place, quality in self.items():
            if quality >= KIN:
                self._standing.setdefault(sentence_of[place], []).append((place, quality))
        return self._standing

    def by_sentence(self, evidence: Text) -> bytes:
        """The best match in each sentence of the evidence, as doubles: a row of a matrix."""
        try:
            return self._by_sentence
        except AttributeError:
            best, sentence_of = [0.0] * len(evidence.sentences), evidence.sentence_of
        for place, quality in self.items():
            sentence = sentence_of[place]
            if quality > best[sentence]:
                best[sentence] = quality
        self._by_sentence = array("d", best).tobytes()
        return self._by_sentence

    def by_word(self, words: int, *, keep: bool) -> bytes:
        """The match of each of the words of the evidence, as floats of four bytes: a row of a matrix."""
        try:
            return self._by_word
        except AttributeError:
            row = array("f", bytes(4 * words))
        for place, quality in self.items():
            row[place] = quality
        found = row.tobytes()
        if keep:
            self._by_word = found
        return found

    def company(self, near: NDArray[np.float32]) -> bytes:
        """How near to each word of the evidence the word stands, times how well it matches there, as floats of four
        bytes: a row of a matrix. ``near``: of all words of the evidence, always the same."""
        try:
            return self._company
        except AttributeError:
            by_quality: dict[float, list[int]] = {}
        for place, quality in self.items():
            by_quality.setdefault(quality, []).append(place)
        found: NDArray[np.float32] | None = None
        for quality, places in by_quality.items():
            nearest = near[places[0]]
            if len(places) == 2:
                nearest = np.maximum(nearest, near[places[1]])
            elif len(places) > 2:
                nearest = np.maximum.reduce(near.take(places, axis=0), axis=0)
            if quality < 1.0:
                nearest = nearest * quality
            found = nearest if found is None else np.maximum(found, nearest)
        self._company = bytes(4 * len(near)) if found is None else found.tobytes()
        return self._company


def places_of(token: Token, joined: tuple[str, ...], evidence: Text) -> Places:
    """Index of a word of the evidence at which a word of the claim stands -> how well it matches; ``joined`` are the
    stems that it forms with its neighbours. What is found is kept with the evidence, and not to be changed."""
    known = evidence.places_found
    word = (token.key, joined, token.surface if token.is_name else token.is_number, token.keys)
    found: Places | None = known.get(word)
    if found is None:
        found = known[word] = _find(token, joined, evidence)
    return found


def _find(token: Token, joined: tuple[str, ...], evidence: Text) -> Places:
    key, positions = token.key, evidence.positions
    found: dict[int, float] = {}
    # The better ways of matching come last.
    if not token.is_name and not token.is_number:
        if len(key) >= _KIN_LETTERS and (kin := _families(evidence).get(key[:_KIN_LETTERS])):
            found.update(dict.fromkeys(kin, KIN))
        _add_meanings(token, evidence, found)
    else:
        base = base_name(token.surface) if token.is_name else ""
        if base and (kin_of := positions.get(stem(base))):
            found.update(dict.fromkeys(kin_of, KIN))
        for form in forms_of(squash(token.surface)) if token.is_name else ():
            found.update(dict.fromkeys(positions.get(stem(form), ()) if form else (), EXACT))
    for own in (key, *joined):
        if own in positions:
            found.update(dict.fromkeys(positions[own], EXACT))
    # In the order of the evidence, since sets come in another order in every process.
    return Places(sorted(found.items()) if len(found) > 1 else found)


def _add_meanings(token: Token, evidence: Text, found: dict[int, float]) -> None:
    """Where words of the evidence may stand for an ordinary word of the claim by what they mean."""
    positions = evidence.positions
    for group in token.groups:
        found.update(dict.fromkeys(evidence.synonym_positions.get(group, ()), KIN))
    for others, quality in ((narrower_than(token.key), BROADER), (synonyms_of(token.key), KIN)):
        if others:
            for other in others & evidence.stems:
                found.update(dict.fromkeys(positions[other], quality))
    for concept in token.concepts:
        found.update(dict.fromkeys(evidence.concept_positions.get(concept, ()), CONCEPT))


@dataclass(frozen=True, eq=False)
class Alignment:
    """A claim laid against a piece of evidence.

    ``content``: indices of the claim's words that carry weight, n of them; ``places[i]``: where the i-th stands in the
    evidence; ``weights``: shape (n,); ``match``: shape (n, sentences of the evidence), the best match per sentence.
    """

    claim: Text
    evidence: Text
    content: tuple[int, ...]
    places: tuple[Places, ...]
    weights: Floats
    match: Floats

    def token(self, i: int) -> Token:
        """The i-th word of the claim that carries weight."""
        return self.claim.tokens[self.content[i]]

    @kept_property
    def row(self) -> dict[int, int]:
        """Index of a word of the claim -> its row, of those that carry weight."""
        return {i: row for row, i in enumerate(self.content)}

    def rows_among(self, words: Iterable[int]) -> list[int]:
        """The rows of those of some words of the claim that carry weight."""
        return [self.row[i] for i in words if i in self.row]

    def standing_at(self, i: int, least: float) -> list[int]:
        """Where a word of the claim stands in the evidence at least so well; nowhere if it carries no weight."""
        return [p for p, quality in self.places[self.row[i]].items() if quality >= least] if i in self.row else []

    def operations(self, sentence: int) -> tuple[Operation, ...]:
        """What turns the words of a sentence into those of the claim, by their main stems."""
        found = self._operations.get(sentence)
        if found is None:
            found = self._operations[sentence] = operations_to(self.evidence.keys_of_sentences[sentence], self.claim)
        return found

    @kept_property
    def _operations(self) -> dict[int, tuple[Operation, ...]]:
        """Sentence -> what :meth:`operations` found for it."""
        return {}

    def only_elsewhere(self, row: int, sentence: int) -> frozenset[int]:
        """The other sentences in which a word of the claim stands as it is, where it does not stand in this one."""
        standing, sentence_of = self.places[row].items(), self.evidence.sentence_of
        if any(quality >= KIN and sentence_of[p] == sentence for p, quality in standing):
            return frozenset()
        return frozenset(sentence_of[p] for p, quality in standing if quality >= EXACT)

    def held_of(self, rows: Sequence[int]) -> Floats:
        """Share of the weight of one or more rows that stands in each sentence, shape (sentences,), in [0, 1]."""
        weights = self.weights[rows]
        shares: Floats = weights @ self.match[rows] / weights.sum()
        return shares

    @kept_property
    def total(self) -> float:
        """The weight of all words of the claim; never 0."""
        return float(np.add.reduce(self.weights)) or 1.0

    def recall(self, sentences: range | tuple[int, ...]) -> float:
        """Share of the claim's weight that stands in these sentences, in [0, 1]."""
        chosen = list(sentences)
        if not chosen or not len(self.weights):
            return 0.0
        if sentences == self.focus:
            return float(self.weights.dot(self.covered)) / self.total
        return float(self.weights @ self.match[:, chosen].max(axis=1)) / self.total

    @kept_property
    def best_windows(self) -> tuple[tuple[float, range], ...]:
        """(recall, sentences) of the best run of one, two and three neighbouring sentences, or of as many as there are;
        the first of equals."""
        match, found = self.match, list[tuple[float, range]]()
        held = match
        for size in range(1, min(MAX_FOCUS, match.shape[1]) + 1):
            if size > 1:
                held = np.maximum(held[:, :-1], match[:, size - 1 :])
            shares: list[float] = (self.held if size == 1 else self.weights.dot(held) / self.total).tolist()
            most = max(shares)
            best = shares.index(most)
            found.append((most, range(best, best + size)))
        found = found or [(0.0, range(0))]
        return (*found, *found[-1:] * (MAX_FOCUS - len(found)))

    @kept_property
    def held(self) -> Floats:
        """Share of the claim's weight that stands in each sentence, shape (sentences,), in [0, 1]."""
        shares: Floats = self.weights.dot(self.match) / self.total
        return shares

    @kept_property
    def focus(self) -> tuple[int, ...]:
        """Up to three sentences, neighbours or not, that together hold most of the claim; each adds at least 4 %."""
        return self._focused[0]

    @kept_property
    def covered(self) -> Floats:
        """Per word of the claim, shape (n,), how well the focus matches it."""
        return self._focused[1]

    @kept_property
    def _focused(self) -> tuple[tuple[int, ...], Floats]:
        """``focus`` and ``covered``."""
        chosen: list[int] = []
        match, covered = self.match, np.zeros(len(self.weights))
        shares = self.held
        while match.shape[1] and len(chosen) < MAX_FOCUS:
            if chosen:
                more = match - covered[:, None]
                shares = self.weights.dot(np.maximum(more, 0.0, out=more)) / self.total
            gains: list[float] = shares.tolist()
            most = max(gains)
            if most < (0.04 if chosen else 1e-9):
                break
            best = gains.index(most)
            covered = np.maximum(covered, match[:, best]) if chosen else match[:, best]
            chosen.append(best)
        return tuple(sorted(chosen)), covered

    @kept_property
    def standing(self) -> tuple[Mapping[int, Sequence[tuple[int, float]]], ...]:
        """Per word of the claim, by sentence of the evidence: (place, how well it matches), from KIN on."""
        sentence_of = self.evidence.sentence_of
        return tuple([places.standing(sentence_of) for places in self.places])

    @kept_property
    def in_focus(self) -> tuple[list[int], ...]:
        """Per word of the claim, where its own stem stands in the sentences that the claim rests on."""
        focus, sentence_of = set(self.focus), self.evidence.sentence_of
        return tuple([
            [p for p, quality in known.items() if quality >= EXACT and sentence_of[p] in focus] for known in self.places
        ])  # fmt: skip

    def shared(self, sentence: int) -> int:
        """How many words of the claim, function words included, stand in a sentence, by their main stems."""
        if sentence not in self._shared:
            here, there = self.claim.counts, self.evidence.sentence_counts[sentence]
            self._shared[sentence] = sum(min(n, there[key]) for key, n in here.items() if key in there)
        return self._shared[sentence]

    @kept_property
    def _shared(self) -> dict[int, int]:
        """Sentence -> what :meth:`shared` counted in it."""
        return {}

    @kept_property
    def anywhere(self) -> Floats:
        """Per word of the claim, shape (n,), how well the whole evidence matches it."""
        best: Floats = np.maximum.reduce(self.match, axis=1, initial=0.0)
        return best


def align(claim: Text, evidence: Text) -> Alignment:
    """Find every weighty word of the claim in the evidence."""
    content, tokens = claim.content, claim.tokens
    places: list[Places] = []
    rows: list[bytes] = []
    hyphens = True in claim.columns["joined"]
    for i in content:
        token = tokens[i]
        found = places_of(token, _joined(claim, i) if hyphens else (), evidence)
        if (token.is_number or not found) and len(places) < MOST_FIGURES:
            figures = _figure_places(claim, i, evidence)
            if figures:
                found = Places({**found, **figures})
        if not found and token.is_name and name_stands(token, claim, evidence):
            # Written apart, together or as its initials: present, though no single word of the evidence is it.
            rows.append(array("d", [KIN] * len(evidence.sentences)).tobytes())
        else:
            rows.append(found.by_sentence(evidence))
        places.append(found)
    shape = len(content), len(evidence.sentences)
    match = np.frombuffer(b"".join(rows), dtype=np.float64).reshape(shape) if all(shape) else np.zeros(shape)
    weights = np.array([tokens[i].weight for i in content], dtype=np.float64)
    return Alignment(claim, evidence, content, tuple(places), weights, match)


def _figure_places(claim: Text, i: int, evidence: Text) -> dict[int, float]:
    """Where the figure stands in whatever spelling: 1.42x for 1.42 times, the 9th for April 9."""
    token = claim.tokens[i]
    found = dict.fromkeys(written_otherwise(claim, i, evidence), EXACT) if writes_a_number(token) else {}
    own = next((q for q in claim.quantities if q.start <= token.start < q.end), None) if claim.quantities else None
    for q in of_like_size(evidence, own) if own else ():
        if own and agrees(own, q, claim, evidence):
            first, end = bisect_left(evidence.starts, q.start), bisect_left(evidence.starts, q.end)
            if first < end:
                found[end - 1 if q.high is not None and _is_upper_end(token, own, q) else first] = EXACT
    return found


def _is_upper_end(token: Token, own: Quantity, other: Quantity) -> bool:
    """Whether a word of the claim's figure is, or equals, the upper end of the evidence's range."""
    if own.high is not None:
        return token.start > own.start
    return other.high is not None and abs(own.value - other.high) < abs(own.value - other.value)


def name_stands(token: Token, claim: Text, evidence: Text) -> bool:
    """Whether a name of the claim stands in the evidence, in whatever form.

    Initials in brackets behind the words that they stand for ("National Air and Space Museum (NASM)") say nothing more
    than these, which are looked for by themselves.
    """
    name = token.surface
    plain = squash(name)
    head = claim.text[: token.start]
    if head.endswith("(") and is_spelt_out(name, head[:-1]):
        return True
    # Most names stand as they are, and the forms of a text take long to make.
    if stem(name) in evidence.positions or plain in evidence.forms or forms_of(plain) & evidence.forms:
        return True
    if base_name(name) in evidence.forms or _forms_with_its_neighbour(token, claim) & evidence.forms:
        return True
    # DeepSeek in DeepSeek-V3, Gemm in FlashGemm: parts of camel-case names are stems of their own.
    lengths = range(len(plain), len(plain) + 9) if len(plain) > 3 else ()
    return any(plain in evidence.forms_by_length.get(length, "") for length in lengths)


def _forms_with_its_neighbour(token: Token, text: Text) -> frozenset[str]:
    at = bisect_left(text.starts, token.start)
    words = [t.surface for t in text.tokens[max(0, at - 1) : at + 2]]
    return frozenset[str]().union(*(forms_of_two(one, other) for one, other in pairwise(words)))


def _joined(text: Text, i: int) -> tuple[str, ...]:
    """The stems that a word forms with the neighbour it is written together with: all-reduce -> allreduc."""
    tokens = text.tokens
    if not (tokens[i].joined or (i + 1 < len(tokens) and tokens[i + 1].joined)):
        return ()
    found: list[str] = []
    for a in (i - 1, i):
        if a >= 0 and a + 1 < len(tokens) and tokens[a + 1].joined:
            together = squash(tokens[a].surface) + squash(tokens[a + 1].surface)
            keys = (*tokens[a + 1].keys, joined_key(tokens[a], tokens[a + 1]))
            found += [key for key in keys if key and key[:4] == together[:4]]
    return tuple(found)
