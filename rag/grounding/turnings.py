"""Turnings: opposites that do not contradict one another, because both sides were exchanged too or because they speak
of different things.

"A is larger than B" says what "B is smaller than A" says, "the scan before the sort" what "the sort after the scan"
does; "few languages" is no opposite of "most benchmarks", nor "at the earliest" of "after".
"""

from __future__ import annotations

from typing import Final

from rag.grounding.alignment import KIN
from rag.grounding.figures import writes_a_number
from rag.grounding.slots import Slots
from rag.grounding.tokens import Text

_FIRST: Final = frozenset("early earlier earliest initial initially first former".split())
_LAST: Final = frozenset("late later latest final finally last latter".split())
_BEFORE: Final = frozenset("before prior preceding beforehand earlier".split())
_AFTER: Final = frozenset("after subsequent following afterwards later".split())
_TIMES: Final = _FIRST | _LAST | _BEFORE | _AFTER
_TIMES_AS: Final = frozenset("times half twice fold".split())
_JOINS: Final = frozenset({"before", "after"})
_COMPARES: Final = frozenset("than compared relative versus vs".split())
_AMOUNTS: Final = frozenset("few many most several".split())
"""Words that say how many of a thing there are, and not that they became more."""
_DIRECTLY: Final = frozenset("the a an of such to its their this these those".split())
_REACH: Final = 6
"""Words of the source from one of direction to the "than" that belongs to it."""
_THINGS: Final = 4
_BEHIND: Final = 4
_COUNTED: Final = 3


def turns_nothing(s: Slots, i: int, place: int) -> bool:
    """Whether word i of the claim and its opposite at a place of the evidence may both be right."""
    one, other = s.a.claim.tokens[i].low, s.a.evidence.tokens[place].low
    if one in _TIMES and other in _TIMES and not _are_opposed_times(one, other):
        return True
    if one in _AMOUNTS and other in _AMOUNTS and _count_different_things(s, i, place):
        return True
    return _is_compared_with(s, i, place)


def _are_opposed_times(one: str, other: str) -> bool:
    """ "First" is opposed to "last", and "before" to "after"; what is "last" may be what comes "before"."""
    return any((one in x and other in y) or (one in y and other in x) for x, y in ((_FIRST, _LAST), (_BEFORE, _AFTER)))


def _count_different_things(s: Slots, i: int, place: int) -> bool:
    """Whether what the one word counts, right behind it, is none of what the other does."""
    counted, others = _counted(s.a.claim, i), _counted(s.a.evidence, place)
    rows = [s.a.row[j] for j in counted if j in s.a.row]
    if not rows or not others:
        return False
    return not any(s.a.places[row].get(p, 0.0) >= KIN for row in rows for p in others)


def _counted(text: Text, i: int) -> list[int]:
    """Weighty words right behind a word that counts: "languages" of "few languages"."""
    found = []
    for j in range(i + 1, min(i + 1 + _COUNTED, len(text.tokens))):
        token = text.tokens[j]
        if token.clause != text.tokens[i].clause or (token.weight == 0 and token.low not in _DIRECTLY):
            break
        if token.weight > 0:
            found.append(j)
    return found


def _is_compared_with(s: Slots, i: int, place: int) -> bool:
    """Whether what word i of the claim is said of is what the source compares with: "B is smaller" where it says that A
    is "larger than B"."""
    with_it = _compared_with(s.a.evidence, place)
    if not with_it:
        return False
    for j in _said_of(s.a.claim, i):
        if j in s.a.row:
            found = s.a.places[s.a.row[j]]
            near = [p for p, q in found.items() if q >= KIN and abs(p - place) <= 2 * _REACH]
            if near:
                return min(near, key=lambda p: abs(p - place)) in with_it
    return False


def _compared_with(text: Text, place: int) -> list[int]:
    """Indices of the weighty words behind the "than" of a word of direction, or behind "before" and "after"."""
    tokens = text.tokens
    inside = text.sentence_tokens[tokens[place].sentence]
    at = place
    if tokens[place].low not in _JOINS:
        reach = range(place + 1, min(place + 1 + _REACH, inside[-1] + 1))
        at = next((j for j in reach if tokens[j].low in _COMPARES), -1)
    if at < 0:
        return []
    found = []
    for j in range(at + 1, min(at + 1 + 2 * _BEHIND, inside[-1] + 1)):
        if j > at + 1 and tokens[j].clause != tokens[at + 1].clause:
            break
        if tokens[j].weight > 0:
            found.append(j)
    return found[:_BEHIND]


def _said_of(text: Text, i: int) -> list[int]:
    """The nearest weighty words before a word of direction, in its sentence: what it is said of is among them."""
    tokens = text.tokens
    found = []
    for j in range(i - 1, -1, -1):
        if tokens[j].sentence != tokens[i].sentence or tokens[j].low in _COMPARES:
            break
        if tokens[j].weight > 0 and not writes_a_number(tokens[j]) and tokens[j].low not in _TIMES_AS:
            found.append(j)
    return sorted(found[:_THINGS], key=lambda j: not tokens[j].is_name)
