"""Gauged: a claim that says which of two figures is the greater, without them, against what the source gives.

"The lead over Ash exceeds that over Birch" of "1.7x that of Ash and 2.2x that of Birch"; "between 22B and 175B it
falls"; "smaller in ROUGE than in BLEU". What each figure belongs to is told by ``holders``. It is the order of the
figures that counts: of a loss ("latency lower by 30%") the claim must speak of the gain, else nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from rag.grounding.alignment import EXACT, Alignment
from rag.grounding.comparing import BETTER, LONGER, SHORTER, WORSE, Compared, compared
from rag.grounding.holders import Couple, Held, couples
from rag.grounding.holdings import places_by_form
from rag.grounding.signals import NONE, Signal

_GAIN: Final = frozenset(
    "gain gains advantage advantages lead leads margin margins improvement improvements speedup speedups benefit "
    "benefits reduction reductions saving savings increase boost cut drop decrease difference edge factor ratio share "
    "percentage percentages figure figures multiple acceleration uplift profit profits improves improved gained".split()
)
_LOSS: Final = frozenset(
    "less fewer lower smaller shorter cheaper reduce reduces reduced reducing reduction reductions cut cuts cutting "
    "decrease decreases decreased saving savings save saves saved lowers lowering drop drops dropped overhead error "
    "loss slower worse shrinks faster speedup".split()
)
_SCORES: Final = frozenset(
    "accuracy accuracies score scores scored f1 recall precision bleu rouge pass solved solves correct correctly "
    "reaches reached achieves achieved attains attained answers".split()
)
_PARTED: Final = re.compile(r"[;—]")


def gauged(a: Alignment) -> Signal:
    """Strength 1, with a line for people, where the claim puts two figures of the source in the other order."""
    if len(a.evidence.quantities) < 2:
        return NONE
    here = compared(a.claim)
    there = couples(a.evidence) if here else ()
    for one in here:
        told = {order * one.sign: couple for couple in there if (order := _order(a, one, couple))}
        if -1 in told and 1 not in told:
            shown = [a.evidence.text[h.quantity.start : h.quantity.end] for h in told[-1][:2]]
            word = a.claim.tokens[one.at].surface
            return Signal(1.0, f"the claim says '{word}', the source {shown[0]} and {shown[1]}")
    return NONE


def _order(a: Alignment, one: Compared, couple: Couple) -> int:
    """1 where the figure of the left words is the greater, -1 where that of the right is; 0 where nothing tells."""
    if a.evidence.sentence_of[min(couple.one.words)] not in a.focus or not _is_of_the_gain(a, couple):
        return 0
    first, last = sorted((couple.one.quantity.end, couple.other.quantity.start))
    if not couple.in_step and _PARTED.search(a.evidence.low, first, last):
        return 0
    low = a.claim.tokens[one.at].low
    if low in LONGER | SHORTER and couple.one.quantity.unit != "second":
        return 0
    if low in BETTER | WORSE and not _are_scores(a, couple):
        return 0
    left = _hits(a, one.left, couple.one), _hits(a, one.left, couple.other)
    right = _hits(a, one.right, couple.one), _hits(a, one.right, couple.other)
    if not one.right:
        if min(left) or not _is_measured_there(a, one.at, couple):
            return 0
        right = left[::-1]
    difference = couple.one.quantity.value - couple.other.quantity.value
    sign = (difference > 0) - (difference < 0)
    if left[0] > left[1] and right[1] > right[0]:
        return sign
    return -sign if left[1] > left[0] and right[0] > right[1] else 0


def _are_scores(a: Alignment, couple: Couple) -> bool:
    """Whether more is better of two figures: shares or bare figures with a point, of what is no ill."""
    inside = a.evidence.sentence_tokens[a.evidence.sentence_of[min(couple.one.words)]]
    words = [a.evidence.tokens[i].low for i in inside]
    return couple.one.quantity.unit in {"%", ""} and _LOSS.isdisjoint(words) and not _SCORES.isdisjoint(words)


def _is_measured_there(a: Alignment, at: int, couple: Couple) -> bool:
    """Whether what a claim calls the greatest is a gain, or is named in the sentence of two figures."""
    sentence = a.evidence.sentence_of[min(couple.one.words)]
    noun = next((i for i in range(at + 1, min(at + 4, len(a.claim.tokens))) if a.claim.tokens[i].weight > 0), -1)
    if noun < 0 or a.claim.tokens[at + 1].low == "one" or a.claim.tokens[noun].low in _GAIN:
        return True
    return any(a.evidence.sentence_of[p] == sentence for p in a.standing_at(noun, EXACT))


def _hits(a: Alignment, words: Iterable[int], held: Held) -> int:
    return sum(not held.words.isdisjoint(places_by_form(a, i)) for i in words)


def _is_of_the_gain(a: Alignment, couple: Couple) -> bool:
    """Whether the claim must mean the figures: it speaks of a gain, or they are no loss in the source."""
    if not _GAIN.isdisjoint(a.claim.words):
        return True
    sentence = a.evidence.sentence_tokens[a.evidence.sentence_of[min(couple.one.words)]]
    return _LOSS.isdisjoint([a.evidence.tokens[i].low for i in sentence])
