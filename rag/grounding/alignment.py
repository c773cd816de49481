"""Which words of a claim stand in the evidence, where, and how close to one another."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rag.grounding.figures import agrees, written_otherwise
from rag.grounding.paraphrases import narrower_than, synonyms_of
from rag.grounding.tokens import FAR, Text, Token, concepts_of, groups_of, squash
from rag.text.quantities import Quantity

Floats = NDArray[np.float64]

EXACT, CONCEPT, KIN, BROADER = 1.0, 0.75, 0.7, 0.65
"""How well a word is matched: the same stem; a word of the same concept; a word of the same family (parallel-ism)."""
_KIN_LETTERS: Final = 5
_MAX_PLACES: Final = 20
"""Places of one word that are looked at; in an abstract no word has more."""
MAX_FOCUS: Final = 3
"""Sentences that may support a claim together."""


class Places(dict[int, float]):
    """Index of an evidence token -> how well it matches."""


@lru_cache(maxsize=256)
def _families(text: Text) -> dict[str, tuple[int, ...]]:
    found: dict[str, list[int]] = {}
    for i, token in enumerate(text.tokens):
        if len(token.key) >= _KIN_LETTERS and not token.is_name and not token.is_number:
            found.setdefault(token.key[:_KIN_LETTERS], []).append(i)
    return {family: tuple(places) for family, places in found.items()}


def places_of(token: Token, joined: tuple[str, ...], evidence: Text) -> Places:
    """Where a word of the claim stands in the evidence; ``joined`` are the stems it forms with its neighbours."""
    found = Places()
    if not token.is_name and not token.is_number:
        if len(token.key) >= _KIN_LETTERS:
            found.update(dict.fromkeys(_families(evidence).get(token.key[:_KIN_LETTERS], ()), KIN))
        for group in groups_of(token):
            found.update(dict.fromkeys(evidence.synonym_positions.get(group, ()), KIN))
        for other in narrower_than(token.key):
            found.update(dict.fromkeys(evidence.positions.get(other, ()), BROADER))
        for other in synonyms_of(token.key):
            found.update(dict.fromkeys(evidence.positions.get(other, ()), KIN))
        for concept in concepts_of(token):
            found.update(dict.fromkeys(evidence.concept_positions.get(concept, ()), CONCEPT))
    for key in (token.key, *joined):
        found.update(dict.fromkeys(evidence.positions.get(key, ()), EXACT))
    # In the order of the evidence, since sets come in another order in every process.
    return Places(sorted(found.items()))


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

    @cached_property
    def row(self) -> dict[int, int]:
        """Index of a word of the claim -> its row, of those that carry weight."""
        return {i: row for row, i in enumerate(self.content)}

    @cached_property
    def total(self) -> float:
        """The weight of all words of the claim; never 0."""
        return float(self.weights.sum()) or 1.0

    def recall(self, sentences: range | tuple[int, ...]) -> float:
        """Share of the claim's weight that stands in these sentences, in [0, 1]."""
        chosen = list(sentences)
        if not chosen or not len(self.weights):
            return 0.0
        return float(self.weights @ self.match[:, chosen].max(axis=1)) / self.total

    def best_window(self, size: int) -> tuple[float, range]:
        """(recall, sentences) of the best run of ``size`` neighbouring sentences; the first of equals."""
        count = self.match.shape[1]
        if not count:
            return 0.0, range(0)
        size = min(size, count)
        windows = np.lib.stride_tricks.sliding_window_view(self.match, size, axis=1).max(axis=2)
        scores = self.weights @ windows / self.total
        best = int(np.argmax(scores))
        return float(scores[best]), range(best, best + size)

    @cached_property
    def focus(self) -> tuple[int, ...]:
        """Up to three sentences, neighbours or not, that together hold most of the claim; each adds at least 4 %."""
        covered = np.zeros(len(self.weights))
        chosen: list[int] = []
        while self.match.shape[1] and len(chosen) < MAX_FOCUS:
            gains = self.weights @ np.maximum(self.match - covered[:, None], 0.0) / self.total
            best = int(np.argmax(gains))
            if gains[best] < (0.04 if chosen else 1e-9):
                break
            chosen.append(best)
            covered = np.maximum(covered, self.match[:, best])
        return tuple(sorted(chosen))

    @cached_property
    def near(self) -> tuple[tuple[int, ...], ...]:
        """Per word of the claim, where it stands in the focus."""
        focus, tokens = set(self.focus), self.evidence.tokens
        return tuple(tuple(p for p in found if tokens[p].sentence in focus)[:_MAX_PLACES] for found in self.places)

    @cached_property
    def covered(self) -> Floats:
        """Per word of the claim, shape (n,), how well the focus matches it."""
        if not self.focus:
            return np.zeros(len(self.weights))
        return np.asarray(self.match[:, list(self.focus)].max(axis=1), dtype=np.float64)

    @cached_property
    def anywhere(self) -> Floats:
        """Per word of the claim, shape (n,), how well the whole evidence matches it."""
        return np.asarray(self.match.max(axis=1, initial=0.0), dtype=np.float64)

    @cached_property
    def closeness(self) -> Floats:
        """Shape (n, n): how close two words of the claim stand in the evidence; 1 = neighbours, 0 = never together."""
        n = len(self.content)
        found = np.zeros((n, n))
        gap = self.evidence.gap
        places = [
            [(p, quality) for p, quality in places.items() if quality >= KIN][:_MAX_PLACES] for places in self.places
        ]
        for i in range(n):
            for j in range(i + 1, n):
                best = 0.0
                for p, x in places[i]:
                    for q, y in places[j]:
                        if p != q and abs(p - q) <= 16:
                            best = max(best, x * y * nearness(gap(p, q)))
                found[i, j] = found[j, i] = best
        return found


def nearness(gap: int) -> float:
    """1 for neighbours, falling with the words between; 0 across sentences."""
    return 0.0 if gap >= FAR else 1.0 / (1.0 + 0.3 * (gap - 1))


def align(claim: Text, evidence: Text) -> Alignment:
    """Find every weighty word of the claim in the evidence."""
    content = claim.content
    places: list[Places] = []
    match = np.zeros((len(content), len(evidence.sentences)))
    for row, i in enumerate(content):
        token = claim.tokens[i]
        found = places_of(token, _joined(claim, i), evidence)
        if token.is_number or not found:
            found.update(_figure_places(claim, i, evidence))
        if not found and token.is_name and squash(token.surface) in evidence.forms:
            # Written apart, together or as its initials: present, though no single word of the evidence is it.
            match[row, :] = KIN
        for place, quality in found.items():
            sentence = evidence.tokens[place].sentence
            match[row, sentence] = max(match[row, sentence], quality)
        places.append(found)
    weights = np.array([claim.tokens[i].weight for i in content], dtype=np.float64)
    return Alignment(claim, evidence, content, tuple(places), weights, match)


def _figure_places(claim: Text, i: int, evidence: Text) -> Places:
    """Where the figure stands in whatever spelling: 1.42x for 1.42 times, the 9th for April 9."""
    token = claim.tokens[i]
    own = [q for q in claim.quantities if q.start <= token.start < q.end]
    found = Places(dict.fromkeys(written_otherwise(claim, i, evidence), EXACT))
    spans = [q for q in evidence.quantities if own and agrees(own[0], q, claim, evidence)]
    for q in spans:
        inside = [p for p, t in enumerate(evidence.tokens) if q.start <= t.start < q.end]
        if inside:
            found[inside[-1] if q.high is not None and _is_upper_end(token, own[0], q) else inside[0]] = EXACT
    return found


def _is_upper_end(token: Token, own: Quantity, other: Quantity) -> bool:
    """Whether a word of the claim's figure is, or equals, the upper end of the evidence's range."""
    if own.high is not None:
        return token.start > own.start
    return other.high is not None and abs(own.value - other.high) < abs(own.value - other.value)


def _joined(text: Text, i: int) -> tuple[str, ...]:
    """The stems that a word forms with the neighbour it is written together with: all-reduce -> allreduc."""
    tokens = text.tokens
    found: list[str] = []
    for a in (i - 1, i):
        if a >= 0 and a + 1 < len(tokens) and tokens[a + 1].joined:
            together = squash(tokens[a].surface) + squash(tokens[a + 1].surface)
            found += [key for key, places in text.positions.items() if a + 1 in places and key[:4] == together[:4]]
    return tuple(found)
