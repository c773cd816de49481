"""Holdings: a claim that gives one of two figures to what the source gives the other.

"Beats Birch by 1.7x" of "1.7x over Ash and 2.2x over Birch"; "6.9 in BLEU" of "1.6 and 6.9 in ROUGE and BLEU". What a
figure belongs to is read from its sentence (``holders``). A claim that has both figures is read in the same way; one
that has a single figure must name what the other belongs to and nowhere what its own does.
"""

from __future__ import annotations

from collections.abc import Iterable

from rag.grounding.alignment import EXACT, KIN, Alignment
from rag.grounding.grades import keep_their_grades
from rag.grounding.holders import Couple, Held, couples, part_of
from rag.grounding.signals import NONE, Signal
from rag.text.quantities import Quantity, is_stated


def holding(a: Alignment) -> Signal:
    """Strength 1, with a line for people, where figures of the claim have each other's holders."""
    if not a.claim.quantities or len(a.evidence.quantities) < 2:
        return NONE
    there = [
        c for c in couples(a.evidence)
        if any(_same(q, c.one.quantity) != _same(q, c.other.quantity) for q in a.claim.quantities)
    ]  # fmt: skip
    mine = couples(a.claim) if there else ()
    for theirs in there:
        both = [_in_order(ours, theirs) for ours in mine]
        for ours in (c for c in both if c is not None):
            straight, crossed = _agreement(a, ours, theirs)
            if crossed > 0 and not straight and not _graded(a, ours):
                return _told(a, ours.one, theirs.other)
        if not any(both):
            found = _single(a, theirs)
            if found.strength:
                return found
    return NONE


def _in_order(ours: Couple, theirs: Couple) -> Couple | None:
    """A couple of the claim that has the same two figures, in the order of the source's."""
    for couple in (ours, Couple(ours.other, ours.one, ours.in_step)):
        if _same(couple.one.quantity, theirs.one.quantity) and _same(couple.other.quantity, theirs.other.quantity):
            return couple
    return None


def _same(here: Quantity, there: Quantity) -> bool:
    return here.high is None and is_stated(here, (there,))


def _agreement(a: Alignment, ours: Couple, theirs: Couple) -> tuple[int, int]:
    """How many words of the claim have their own figure, and how many the other."""
    straight = _common(a, ours.one.words, theirs.one) + _common(a, ours.other.words, theirs.other)
    crossed = min(_common(a, ours.one.words, theirs.other), 1) + min(_common(a, ours.other.words, theirs.one), 1)
    return straight, crossed


def _common(a: Alignment, words: Iterable[int], held: Held, least: float = EXACT) -> int:
    return sum(not held.words.isdisjoint(places_by_form(a, i, least)) for i in words)


def places_by_form(a: Alignment, i: int, least: float = EXACT) -> list[int]:
    """Where a word of the claim stands: as it is written, if it does ("BLEU" is no "CodeBLEU"), else in other forms."""
    places, low = a.standing_at(i, least), a.claim.tokens[i].low
    return [p for p in places if a.evidence.tokens[p].low == low] or places


def _graded(a: Alignment, ours: Couple) -> bool:
    return keep_their_grades(a, ours.one.quantity.start, ours.other.quantity.start)


def _single(a: Alignment, theirs: Couple) -> Signal:
    """A claim with one of the two figures, which stands nowhere else in the source, and the words of the other."""
    for own, other in ((theirs.one, theirs.other), (theirs.other, theirs.one)):
        here = [q for q in a.claim.quantities if _same(q, own.quantity)]
        if len(here) != 1 or any(_same(q, other.quantity) for q in a.claim.quantities):
            continue
        if sum(_same(here[0], q) for q in a.evidence.quantities) != 1 or not _in_digits(a, own.quantity):
            continue
        around = part_of(a.claim, here[0])
        if _common(a, around, other) and not _common(a, a.content, own, KIN):
            return _told(a, Held(here[0], frozenset()), other)
    return NONE


def _in_digits(a: Alignment, q: Quantity) -> bool:
    """ "Twice" and "half" stand in any company."""
    return a.evidence.text[q.start].isdigit()


def _told(a: Alignment, here: Held, there: Held) -> Signal:
    shown = a.claim.text[here.quantity.start : here.quantity.end]
    word = a.evidence.tokens[min(there.words)].surface
    figure = a.evidence.text[there.quantity.start : there.quantity.end]
    return Signal(1.0, f"the claim gives {shown} where the source has {figure}, with '{word}'")
