"""Lists that run in step: "a and b take x and y, respectively" says that a takes x and b takes y.

Two lists of one sentence that have as many members are paired where "respectively" follows them, or where nothing but a
preposition stands between them and one is all figures ("89% and 87% for the small and the large model"), or where they
have three members or more and one is all figures and the other not.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from rag.grounding.tokens import Text, of_text

Item = tuple[int, ...]
_JOINS: Final = frozenset({"and", "or"})
_BETWEEN: Final = frozenset("for on at over with in from to the a an of by using under than".split())
_LONGEST: Final = 3
"""Words of a member."""
_MOST: Final = 6
"""Members of a list."""


@of_text
def pairs(text: Text) -> tuple[tuple[tuple[Item, ...], tuple[Item, ...]], ...]:
    """Pairs of lists in step; each list is its members, each member the indices of its weighty words."""
    found = []
    joins_of: dict[int, list[int]] = {}
    for i, low in enumerate(text.columns["low"]):
        if low in _JOINS:
            joins_of.setdefault(text.sentence_of[i], []).append(i)
    for number, joins in joins_of.items():
        if len(joins) < 2:
            continue
        indices = text.sentence_tokens[number]
        lists = [x for x in (_list(text, i, number) for i in joins) if x]
        told = any(text.tokens[i].low == "respectively" for i in indices)
        for one, other in reversed(list(pairwise(lists))):
            if len(one) == len(other) and one[-1][-1] < other[0][0] and (told or _in_step(text, one, other)):
                found.append((one, other))
                break
    return tuple(found)


@of_text
def members(text: Text) -> frozenset[int]:
    """Indices of the weighty words of all lists in step."""
    return frozenset(i for lists in pairs(text) for items in lists for item in items for i in item)


def _list(text: Text, join: int, sentence: int) -> tuple[Item, ...]:
    """The members about an "and", or () where there are fewer than two."""
    last = _run(text, join, 1, sentence)
    members = [last]
    at = join
    while len(members) < _MOST:
        item = _run(text, at, -1, sentence)
        if not item:
            break
        members.append(item)
        start = item[0]
        # A comma right before the member means that another stands before it.
        if not start or text.tokens[start - 1].sentence != sentence or not _comma(text, start):
            break
        at = start
    return tuple(reversed(members)) if last and len(members) > 1 else ()


def _run(text: Text, at: int, step: int, sentence: int) -> Item:
    """Up to three weighty words next to ``at``; a determiner is stepped over."""
    found: list[int] = []
    i = at + step if step > 0 or text.tokens[at].low in _JOINS else at - 1
    if step > 0 and i < len(text.tokens) and text.tokens[i].low in {"the", "a", "an"}:
        i += 1
    while 0 <= i < len(text.tokens) and len(found) < _LONGEST:
        token = text.tokens[i]
        if token.sentence != sentence or not token.weight or (step > 0 and found and token.is_number):
            break
        found.append(i)
        # A figure stands at the head of its member: "4 seconds".
        if (step < 0 and token.is_number) or _comma(text, i + 1 if step > 0 else i):
            break
        i += step
    return tuple(sorted(found))


def _comma(text: Text, i: int) -> bool:
    """Whether a comma stands before token i."""
    if not 0 < i < len(text.tokens):
        return True
    return bool(re.search(r"[,;:.]", text.text[text.tokens[i - 1].end : text.tokens[i].start]))


def _in_step(text: Text, one: tuple[Item, ...], other: tuple[Item, ...]) -> bool:
    figures = [all(any(text.tokens[i].is_number for i in item) for item in items) for items in (one, other)]
    if len(one) > 2:
        return figures[0] != figures[1]
    between = text.tokens[one[-1][-1] + 1 : other[0][0]]
    return any(figures) and bool(between) and all(t.low in _BETWEEN for t in between)
