"""Roles: two things of the claim stand in each other's place, or the comparison is turned round."""

from __future__ import annotations

from typing import Final

import numpy as np

from rag.grounding.alignment import EXACT, KIN, Alignment, nearness
from rag.grounding.lexicon import stems
from rag.grounding.signals import NONE, Signal, bounds_a_figure
from rag.grounding.tokens import Text, concepts_of

_BEATING: Final = stems(("outperform", "surpass", "exceed", "beat", "outpace", "overtake"))
_SIDES: Final = frozenset({"than", "over", "versus", "vs", "not"})
_DOWNWARD: Final = frozenset({"few", "low", "slow", "worse", "small", "short", "down", "below", "weak"})


def swap(a: Alignment, *, named: bool) -> Signal:
    """Two things of the claim would fit the evidence better if they changed places: names and figures, or words.

    A word fits a place when the words around that place in the claim stand close to it in the evidence.
    """
    n = len(a.content)
    rows = [r for r in range(n) if a.anywhere[r] >= EXACT and a.weights[r] > 0.5]
    if len(rows) < 3:
        return NONE
    context = np.array([[0.0 if i == j else nearness(a.claim.gap(i, j)) ** 2 for j in a.content] for i in a.content])
    context *= a.anywhere >= KIN
    best = NONE
    for x, i in enumerate(rows):
        for j in rows[x + 1 :]:
            if named != (a.token(i).is_name or a.token(i).is_number) or not _same_kind(a, i, j):
                continue
            here, there = context[i].copy(), context[j].copy()
            here[[i, j]] = there[[i, j]] = 0.0
            scale = float(here.sum() + there.sum())
            if scale < 0.3:
                continue
            own = a.closeness[i] @ here + a.closeness[j] @ there
            exchanged = a.closeness[j] @ here + a.closeness[i] @ there
            gain = float(exchanged - own) / scale
            if gain > best.strength:
                best = Signal(gain, f"'{a.token(i).surface}' and '{a.token(j).surface}' seem to have changed places")
    return best


def _same_kind(a: Alignment, i: int, j: int) -> bool:
    """Figures change places with figures, names with names, words with words; neighbours and equals do not."""
    x, y = a.token(i), a.token(j)
    if any(_in_compound(a.claim, a.content[r]) for r in (i, j)):
        return False
    return j - i > 1 and x.is_number == y.is_number and x.is_name == y.is_name and x.key != y.key


def _in_compound(text: Text, i: int) -> bool:
    return text.tokens[i].joined or (i + 1 < len(text.tokens) and text.tokens[i + 1].joined)


def comparison(a: Alignment) -> Signal:
    """The claim prefers B to A where the evidence prefers A to B: which side of "than", "over", "outperforms"."""
    best = NONE
    for at, sign in _separators(a.claim, range(len(a.claim.sentences))):
        left, right = _sides(a, at)
        for there, sign_there in _separators(a.evidence, a.focus):
            if sign != sign_there or not left or not right:
                continue
            kept, turned = _orders(a, left, right, there)
            if turned > kept:
                strength = (turned - kept) / (turned + kept)
                word = a.evidence.tokens[there].surface
                line = f"the sides of '{word}' in the source seem to have changed places in the claim"
                best = max(best, Signal(strength, line))
            elif kept > turned:
                return NONE
    return best


def _separators(text: Text, sentences: range | tuple[int, ...]) -> list[tuple[int, int]]:
    """(index, sign) of the words that part what is preferred from what is not; the sign is -1 for "less than"."""
    found: list[tuple[int, int]] = []
    chosen = set(sentences)
    for i, token in enumerate(text.tokens):
        word = token.surface.lower()
        if token.sentence not in chosen or not (word in _SIDES or token.key in _BEATING) or bounds_a_figure(text, i):
            continue
        before = text.tokens[max(0, i - 5) : i]
        down = any(concepts_of(t) & _DOWNWARD for t in before if t.clause == token.clause)
        found.append((i, -1 if down else 1))
    return found


def _sides(a: Alignment, at: int) -> tuple[list[int], list[int]]:
    """Rows of the claim on the left and on the right of a word, as far as its neighbouring clauses reach."""
    here = a.claim.tokens[at]
    near = [
        r
        for r, i in enumerate(a.content)
        if a.claim.tokens[i].sentence == here.sentence and abs(i - at) <= 12 and a.weights[r] > 0.5
    ]
    return [r for r in near if a.content[r] < at], [r for r in near if a.content[r] > at]


def _orders(a: Alignment, left: list[int], right: list[int], at: int) -> tuple[float, float]:
    """(kept, turned): the weight of words that stand only on their own, or only on the other side of ``at``."""
    kept = turned = 0.0
    sentence = a.evidence.tokens[at].sentence
    agree = {-1: 0.0, 1: 0.0}
    for rows, side in ((left, -1), (right, 1)):
        for row in rows:
            sides = {
                (-1 if p < at else 1)
                for p, x in a.places[row].items()
                if x >= EXACT and p != at and a.evidence.tokens[p].sentence == sentence
            }
            if len(sides) == 1:
                agree[side] += float(a.weights[row]) * (1 if sides == {side} else -1)
    # Both sides have to speak: one side alone only shows that a sentence was turned round.
    if agree[-1] > 0 and agree[1] > 0:
        kept = agree[-1] + agree[1]
    if agree[-1] < 0 and agree[1] < 0:
        turned = -agree[-1] - agree[1]
    return kept, turned
