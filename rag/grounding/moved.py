"""Moved: a claim that moves a thing the other way than the source, which moves it in no other.

Claim and source say that things grow or shrink, are much or little, are made or undone, helped or hindered
(``movements``). Where the thing is the same, or the figure by which it moves is, and the way the opposite, the claim is
false; unless one of the two is denied or compared with something else, or the source says both.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rag.grounding import movers
from rag.grounding.alignment import KIN, Alignment
from rag.grounding.cues import cues
from rag.grounding.movements import Movement, movements
from rag.grounding.phrases import Thing
from rag.grounding.signals import NONE, Signal
from rag.grounding.tokens import Text, of_text
from rag.text.quantities import Quantity, is_stated

NEEDED: Final = (movers.MOVERS.__contains__,)
"""Of each of these kinds the claim needs a word."""
_SCALES: Final = frozenset({"amount", "level", "made", "help", "ill"})
_COMPARED: Final = frozenset("than over versus vs against compared relative without unlike instead next beside".split())
_GENERIC: Final = frozenset("before today now ever earlier previously otherwise usual ordinary hitherto".split())
"""Behind "than" these are no other thing that is compared with."""
_PARTS: Final = frozenset("and but or while whereas if because when reach reaches down".split())
"""Between a figure and a word these keep the one from being of the other."""
_CLAUSES: Final = frozenset("and but while whereas".split())
_OWN: Final = 5
"""Words between a "than" and the word that compares by it."""
_LEVELS: Final = frozenset({"to", "from", "at"})
"""Before a figure that says how much there is, and not by how much it moved."""
_HELD: Final = 0.6
_DENIED_WITHIN: Final = 5
_BEFORE, _BEHIND, _FIGURE = 12, 14, 9


def moved(a: Alignment) -> Signal:
    """Strength 1, with a line for people, where the claim moves a thing the other way than the source."""
    mine = [m for m in movements(a.claim) if m.scale in _SCALES and not _is_compared(a.claim, m)]
    there = movements(a.evidence) if mine else ()
    for here in mine if there else ():
        for other in _opposed(a, here, mine, there):
            one, two = a.claim.tokens[here.at].surface, a.evidence.tokens[other.at].surface
            return Signal(1.0, f"the claim says '{one}' where the source says '{two}'")
    return NONE


def _opposed(a: Alignment, here: Movement, mine: list[Movement], there: tuple[Movement, ...]) -> Iterator[Movement]:
    """The movements of the source that say the opposite of one of the claim."""
    near = [t for t in there if t.scale == here.scale and a.evidence.tokens[t.at].sentence in a.focus]
    foes = [t for t in near if t.sign != here.sign]
    if not foes or _is_said(a, here, there):
        return
    for thing in here.things:
        if is_denied(a.claim, here, thing) or _is_answered(a, here, thing, there):
            continue
        if _goes_both_ways(a.claim, here, thing, mine):
            continue
        yield from (t for t in foes for s in t.things if is_same(a, thing, s, t) and not is_denied(a.evidence, t, s))
    figures = _figures(a.claim).get(here.at, ())
    if here.scale == "amount" and figures:
        by_figure = [t for t in near if _share_one(figures, _figures(a.evidence).get(t.at, ()))]
        if by_figure and all(t.sign != here.sign for t in by_figure):
            yield by_figure[0]


def _is_compared(text: Text, m: Movement) -> bool:
    """Whether something is compared with another thing around a movement: who uses more is said the other way round."""
    tokens = text.tokens
    for j in range(max(0, m.at - _BEFORE), min(len(tokens), m.at + _BEHIND)):
        if (
            tokens[j].low in _COMPARED
            and tokens[j].sentence == tokens[m.at].sentence
            and not _has_its_own(text, j, m.at)
        ):
            after = tokens[j + 1].low if j + 1 < len(tokens) else ""
            if after not in _GENERIC:
                return True
    return False


def _has_its_own(text: Text, j: int, at: int) -> bool:
    """Whether the "than" at j compares by a word of its own, on its side of an "and" between it and another word:
    "makes accuracy drop and uses fewer operations than the baseline"."""
    low = text.columns["low"]
    degrees = [k for k in range(max(0, j - _OWN), j) if low[k] in movers.MORE | movers.LESS]
    if low[j] != "than" or not degrees or at in degrees:
        return False
    first, last = (at, degrees[-1]) if at < j else (j, at)
    return any(low[k] in _CLAUSES for k in range(first + 1, last))


def is_denied(text: Text, m: Movement, thing: Thing) -> bool:
    """Whether a movement, or the thing moved, is denied."""
    said = {m.at, *thing.words}
    clause = text.tokens[m.at].clause
    return any(
        not said.isdisjoint(cue.scope)
        or (text.tokens[cue.at].clause == clause and abs(cue.at - m.at) <= _DENIED_WITHIN)
        for cue in cues(text)
        if cue.at != m.at
    )


def _goes_both_ways(text: Text, here: Movement, thing: Thing, mine: list[Movement]) -> bool:
    """Whether the claim itself moves the thing, or one of its name, the other way too: "grow to a smaller size"."""
    others = [m for m in mine if m.scale == here.scale and m.sign != here.sign]
    names = {text.tokens[j].key for j in thing.words}
    return any(
        not set(t.words).isdisjoint(thing.words) or names.issuperset(text.tokens[j].key for j in t.words)
        for m in others
        for t in m.things
    )


def _is_said(a: Alignment, here: Movement, there: tuple[Movement, ...]) -> bool:
    """Whether the claim's own word stands in the sentences that it rests on, tied to nothing."""
    tied = {t.at for t in there}
    places = a.evidence.positions.get(a.claim.tokens[here.at].key, ())
    return any(p not in tied and a.evidence.tokens[p].sentence in a.focus for p in places)


def _is_answered(a: Alignment, here: Movement, thing: Thing, there: tuple[Movement, ...]) -> bool:
    """Whether the source moves something of that name the claim's way, wherever it says so."""
    comparative = a.claim.tokens[here.at].low in movers.MORE | movers.LESS
    scales = {here.scale, "level"} if comparative else {here.scale}
    friends = (t for t in there if t.sign == here.sign and t.scale in scales)
    return any(_quality(a, i, p) >= KIN for t in friends for s in t.things for p in s.words for i in thing.heads)


def is_same(a: Alignment, thing: Thing, there: Thing, movement: Movement) -> bool:
    """Whether a thing of the claim is one of the source: what it is by one name, and its other words beside it."""
    if not any(_quality(a, i, p) >= KIN for i in thing.heads for p in there.heads):
        return False
    pool = {p for s in movement.things for p in s.words}
    rows = [a.row[i] for i in thing.words if i in a.row]
    total = sum(float(a.weights[r]) for r in rows)
    held = sum(float(a.weights[r]) * max((q for p, q in a.places[r].items() if p in pool), default=0.0) for r in rows)
    return held >= _HELD * total > 0


def _quality(a: Alignment, i: int, place: int) -> float:
    return a.places[a.row[i]].get(place, 0.0) if i in a.row else 0.0


def _share_one(here: tuple[Quantity, ...], there: tuple[Quantity, ...]) -> bool:
    return any(is_stated(q, there) for q in here)


@of_text
def _figures(text: Text) -> dict[int, tuple[Quantity, ...]]:
    """Index of a word that moves -> the shares and factors by which it says that something moves."""
    found: dict[int, tuple[Quantity, ...]] = {}
    shares = [
        q for q in text.quantities if q.unit in {"%", "x"} and any(c.isdigit() for c in text.text[q.start : q.end])
    ]
    for m in movements(text) if shares else ():
        if m.scale == "amount" and (own := tuple(q for q in shares if _is_by(text, m.at, q))):
            found[m.at] = own
    return found


def _is_by(text: Text, at: int, quantity: Quantity) -> bool:
    """Whether a figure stands near a word in one clause with it, as the extent of its movement."""
    inside = text.sentence_tokens[text.tokens[at].sentence]
    figure = next((i for i in inside if text.tokens[i].start >= quantity.start), -1)
    if figure < 0 or abs(figure - at) > _FIGURE:
        return False
    before = [t.low for t in text.tokens[max(0, figure - 2) : figure]]
    if before and before[-1] in _LEVELS and before[0] != "up":
        return False
    low, high = sorted((figure, at))
    if any(t.low in _PARTS for t in text.tokens[low + 1 : high]):
        return False
    return not any(mark in text.low[text.tokens[low].end : text.tokens[high].start] for mark in ",;:(")
