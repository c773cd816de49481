"""Holders: which words of a sentence each of two figures of one measure belongs to.

"1.7x that of Ash and 2.2x that of Birch" gives 1.7x to Ash; so does "Ash has 1.7x, Birch 2.2x", and "1.7x and 2.2x for
Ash and Birch". Between two figures the sentence is cut at its strongest joint. Where nothing weighty stands between the
joint and the second figure, what they belong to stands behind them, and what stands before the first is common to both.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import Final, NamedTuple

from rag.grounding.lists import Item, pairs
from rag.grounding.tokens import Text, of_text
from rag.text.quantities import Quantity

_JOINTS: Final = (
    re.compile(r"[;—]"),
    re.compile(r"\b(?:while|whereas|whilst|but|although|though)\b"),
    re.compile(r",\s*(?:and|or)\b"),
    re.compile(r","),
    re.compile(r"\b(?:and|or)\b"),
    re.compile(r"\b(?:to|versus|vs|against|compared|than)\b"),
)
"""Where a sentence is cut between two figures, the strongest joint first."""
_ENDS: Final = re.compile(r"[;:()—]|,|\b(?:while|whereas|whilst|but|although|though|which|because|since)\b")
_LEADS: Final = re.compile(r"[;:—(]\s|,\s|\b(?:while|whereas|whilst|but|and|although|though|which|that)\b")
_PREPOSITIONS: Final = frozenset(
    "for on at over with in against compared versus vs relative under using of than to by during from when".split()
)
_SIDE_BY_SIDE: Final = re.compile(
    r"\s*,?\s*(?:and|or)\s+(?:(?:up\s+to|about|over|nearly|almost|by|an?|at\s+least)\s+)*"
)
_OF_EACH: Final = re.compile(
    r"[\s-]*(?:[\w-]+\s+){0,3}?(?:for|on|in|over|at|with|under|against|versus|vs\.?|than|relative\s+to|compared\s+(?:to|with))"
    r"\s+(?P<one>(?:[\w./+-]+\s+){1,4}?)(?:and|or)\s+(?P<other>[\w./+-]*\w(?:\s+[\w./+-]*\w){0,3}?)"
    r"(?=\s*(?:[,;:)]|\.(?:\s|$)|$)|\s+(?:respectively|while|with|when|within|on|in|for|over|at|and|than)\b)"
)
_COMPARING: Final = frozenset("compared over than relative against versus vs".split())
_MEASURED: Final = frozenset({"x", "%"})
_FARTHEST: Final = 160
"""Code points from one figure to the next."""


class Held(NamedTuple):
    """A figure, and the indices of the weighty words that it belongs to."""

    quantity: Quantity
    words: frozenset[int]


class Couple(NamedTuple):
    """Two figures of one measure that stand together, each with words of its own."""

    one: Held
    other: Held
    in_step: bool
    """Whether lists in step tell which belongs to which."""


@of_text
def couples(text: Text) -> tuple[Couple, ...]:
    """All two figures of one measure in a text of which each has words that the other has not."""
    if len(text.quantities) < 2:
        return ()
    found = _of_lists(text)
    listed = {c.quantity.start for couple in found for c in couple[:2]}
    found += [c for c in _side_by_side(text) if not {c.one.quantity.start, c.other.quantity.start} & listed]
    listed = {c.quantity.start for couple in found for c in couple[:2]}
    found += [c for c in _of_neighbours(text) if not {c.one.quantity.start, c.other.quantity.start} & listed]
    return tuple(c for c in (_parted(text, c) for c in found) if c.one.words and c.other.words)


def _parted(text: Text, couple: Couple) -> Couple:
    """The same without the words that both figures have."""
    one, other = ({text.tokens[i].key for i in held.words} for held in couple[:2])
    first, last = (
        Held(held.quantity, frozenset(i for i in held.words if text.tokens[i].key not in one & other))
        for held in couple[:2]
    )
    return Couple(first, last, couple.in_step)


def _of_lists(text: Text) -> list[Couple]:
    found: list[Couple] = []
    for lists in pairs(text):
        sides = [(_figures(text, items), items) for items in lists]
        values = [(figures, items) for figures, items in sides if figures]
        if len(values) == 2:  # "22B and 175B take 38% and 36%": of two lists of figures the shares are the values
            values = [(figures, items) for figures, items in values if figures[0].unit in _MEASURED]
        if len(values) != 1:
            continue
        figures, items = values[0]
        things = lists[1] if items is lists[0] else lists[0]
        if any(q.unit in _MEASURED and _is_in(text, q, things) for q in text.quantities):
            continue  # "2x over Ash and a 3x gain over Birch": no list of things
        held = [Held(q, frozenset(thing)) for q, thing in zip(figures, _alone(things), strict=True)]
        found += [Couple(one, other, True) for one, other in combinations(held, 2)]
    return found


def _is_in(text: Text, q: Quantity, things: Sequence[Item]) -> bool:
    return any(text.tokens[i].start == q.start for thing in things for i in thing)


def _side_by_side(text: Text) -> list[Couple]:
    """ "2x and 3x speedup over Ash and Birch": two figures, and right behind them what each belongs to."""
    found: list[Couple] = []
    for one, other in pairwise(text.quantities):
        if one.unit != other.unit or not _SIDE_BY_SIDE.fullmatch(text.low, one.end, other.start):
            continue
        each = _OF_EACH.match(text.low, other.end)
        if each and one.high is None and other.high is None:
            first, last = _alone([_weighty(text, *each.span(side)) for side in ("one", "other")])
            found.append(Couple(Held(one, frozenset(first)), Held(other, frozenset(last)), True))
    return found


def _alone(things: Sequence[Item]) -> list[Item]:
    """The members of a list without what stands behind the last for all of them: "the small and the large model"."""
    *others, last = things
    return [*others, last[: max(len(thing) for thing in others)]]


def _figures(text: Text, items: tuple[Item, ...]) -> list[Quantity]:
    """The figures that the members of a list begin with, if all do, in one unit."""
    by_start = {q.start: q for q in text.quantities}
    found = [q for item in items if (q := by_start.get(text.tokens[item[0]].start))]
    return found if len(found) == len(items) and len({q.unit for q in found}) == 1 else []


def _of_neighbours(text: Text) -> list[Couple]:
    found: list[Couple] = []
    units = {q.start: q for q in text.quantities}
    sentences = [text.tokens[bisect_left(text.starts, s)].sentence if _is_at(text, s) else -1 for s in units]
    there = list(zip(text.quantities, sentences, strict=True))
    for (one, first), (other, last) in pairwise(there):
        if first != last or first < 0 or one.unit != other.unit:
            continue
        if not (_measures(text, one) and _measures(text, other)) or _in_points(text, one) != _in_points(text, other):
            continue
        if other.start - one.end <= _FARTHEST and one.high is None and other.high is None:
            couple = _couple(text, one, other)
            if couple is not None:
                found.append(couple)
    return found


def _measures(text: Text, q: Quantity) -> bool:
    """Whether a figure has a unit or a point: plain counts belong to what they count."""
    return q.unit not in {"", "decade"} or "." in text.low[q.start : q.end]


def _in_points(text: Text, q: Quantity) -> bool:
    return "point" in text.low[q.start : q.end]


def _is_at(text: Text, start: int) -> bool:
    return bisect_left(text.starts, start) < len(text.tokens)


def _couple(text: Text, one: Quantity, other: Quantity) -> Couple | None:
    """Two neighbouring figures with what each belongs to, as the joint between them tells; or nothing."""
    cut = _joint(text.low, one.end, other.start)
    if cut is None:
        return None
    joint, behind_joint = cut
    end = _end_of_part(text, other)
    own, before = _weighty(text, one.end, joint), _weighty(text, behind_joint, other.start)
    tail = _weighty(text, other.end, end)
    if before:  # "Ash has 46%, Birch 39%"
        lead = _weighty(text, _start_of_part(text, one), one.start)
        return Couple(Held(one, frozenset((*lead, *own))), Held(other, frozenset((*before, *tail))), False)
    # "2x over Ash and 3x over Birch": what stands before the preposition goes on for the second.
    first = _word_behind(text, other.end)
    if first in _PREPOSITIONS:
        at = next((i for i in _words(text, one.end, joint) if text.tokens[i].low == first), -1)
        if at < 0:
            return None
        own = tuple(i for i in own if i > at)
    elif not any(text.tokens[i].low in _COMPARING for i in _words(text, one.end, joint)):
        # "2x speed and 3x efficiency compared to Ash": what both are compared with is neither's own.
        last = next((i for i in _words(text, other.end, end) if text.tokens[i].low in _COMPARING), len(text.tokens))
        tail = tuple(i for i in tail if i < last)
    return Couple(Held(one, frozenset(own)), Held(other, frozenset(tail)), False)


def _joint(low: str, start: int, end: int) -> tuple[int, int] | None:
    """Where the sentence is cut between two figures: the last of its strongest joints."""
    for joint in _JOINTS:
        found = list(joint.finditer(low, start, end))
        if found:
            return found[-1].start(), found[-1].end()
    return None


def part_of(text: Text, q: Quantity) -> tuple[int, ...]:
    """The weighty words of the part of a sentence in which a figure stands, without itself."""
    return (*_weighty(text, _start_of_part(text, q), q.start), *_weighty(text, q.end, _end_of_part(text, q)))


def joint_between(text: Text, start: int, end: int) -> int | None:
    """Where text[start:end] is cut at the strongest of its joints; nothing where it has none."""
    cut = _joint(text.low, start, end)
    return cut[0] if cut else None


def _end_of_part(text: Text, q: Quantity) -> int:
    following = next((other.start for other in text.quantities if other.start >= q.end), len(text.low))
    sentence = text.sentences[text.tokens[bisect_left(text.starts, q.start)].sentence].end
    end = min(following, sentence)
    mark = _ENDS.search(text.low, q.end, end)
    if mark:
        return mark.start()
    cut = _joint(text.low, q.end, end) if following < sentence else None
    return cut[0] if cut else end


def _start_of_part(text: Text, q: Quantity) -> int:
    number = text.tokens[bisect_left(text.starts, q.start)].sentence
    start = text.sentences[number].start
    earlier = max((other.end for other in text.quantities if other.end <= q.start), default=0)
    start = max(start, earlier)
    return max((m.end() for m in _LEADS.finditer(text.low, start, q.start)), default=start)


def _words(text: Text, start: int, end: int) -> range:
    return range(bisect_left(text.starts, start), bisect_left(text.starts, end))


def _weighty(text: Text, start: int, end: int) -> tuple[int, ...]:
    return tuple(i for i in _words(text, start, end) if text.tokens[i].weight > 0)


def _word_behind(text: Text, end: int) -> str:
    i = bisect_left(text.starts, end)
    return text.tokens[i].low if i < len(text.tokens) else ""
