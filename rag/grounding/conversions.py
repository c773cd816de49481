"""Conversions: what is turned into what, moved where, replaced by what.

"Turns the bytecode into an image" of a source that turns images into bytecode holds the same words in the same company.
A conversion has an origin and a goal: "from x to y", "compile x to y", "x is mapped onto y", "replace x with y",
"substitute y for x". It is turned round where the claim's origin holds words of the source's goal, its goal words of
the source's origin, and neither holds as much of its own.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final, NamedTuple

from rag.grounding.alignment import EXACT, Alignment
from rag.grounding.signals import NONE, Signal
from rag.grounding.tokens import Text, of_text

_TURN: Final = (
    r"(?:translat|convert|turn|transform|port|compil|lower|migrat|transpil|rewrit|map|recast|distill?|transfer|decompil|"
    r"lift|adapt|split|divid|decompos|fold|merg|encod|project|mov|shift|switch|upgrad|chang|evolv|send|rout|pass|copi|"
    r"offload|assign|hand|cast)"
)
_TO: Final = r"(?<!relative )(?<!compared )(?<!due )(?<!up )(?<!close )(?<!next )\b(?:to|into|onto)\b"
_FROM_TO: Final = re.compile(rf"\bfrom\b([^,;:.]{{2,60}}?){_TO}")
_INTO: Final = re.compile(
    rf"\b(?:{_TURN}(?:e|es|s|ed|d|ing|ting|ped|ping|ies|ied|y)?|sent|rewrote|rewritten)\b([^;:.]{{1,80}}?){_TO}"
)
_WITH: Final = re.compile(r"\breplac(?:e|es|ed|ing)\b([^;:.]{1,80}?)\b(?:with|by)\b")
_FOR: Final = re.compile(r"\bsubstitut(?:e|es|ed|ing)\b([^;:.]{1,80}?)\bfor\b")
_REPLACES: Final = re.compile(r"\breplac(?:e|es|ing)\b(?![^,;:.]{1,80}\b(?:with|by)\b)")
_PATTERNS: Final = (
    ("from", _FROM_TO, False), ("to", _INTO, False), ("replac", _WITH, False), ("substitut", _FOR, True),
)  # fmt: skip
"""What a text has to have, how a conversion is said, and whether what it becomes stands first."""
_CUES: Final = re.compile(rf"\bfrom\b|\breplac|\bsubstitut|\b{_TURN}|\bsent\b|\brewrot")
NEEDED: Final = (
    re.compile(r"\b(?:to|into|onto|replac\w*|substitut\w*)\b"),
    re.compile(
        rf"\b(?:from|replac\w*|substitut\w*|{_TURN}(?:e|es|s|ed|d|ing|ting|ped|ping|ies|ied|y)?|sent|rewrote|rewritten)\b"
    ),
)
"""Of each of these kinds the claim needs a word."""
_BREAK: Final = re.compile(r"[,;:()—]")
_ENDS: Final = frozenset("while whereas whilst but although though because which where so and then".split())
_WEIGHTY: Final = 0.5
_MOST: Final = 5
"""Weighty words of an origin or a goal."""
_LEAST: Final = 0.7


class Conversion(NamedTuple):
    """Indices of the weighty words of what is turned, and of what it becomes."""

    origin: tuple[int, ...]
    goal: tuple[int, ...]


def conversion(a: Alignment) -> Signal:
    """Strength 1 where a conversion of the claim is one of the source turned round, with a line for people."""
    here = conversions(a.claim)
    if not here:
        return NONE
    focus, sentence_of = set(a.focus), a.evidence.sentence_of
    for there in conversions(a.evidence):
        if sentence_of[there.origin[0]] not in focus:
            continue
        for one in here:
            shared = {a.claim.tokens[i].key for i in one.origin} & {a.claim.tokens[i].key for i in one.goal}
            from_origin, from_goal = _found(a, one.origin, there, shared)
            to_origin, to_goal = _found(a, one.goal, there, shared)
            if min(from_goal, to_origin) >= _LEAST and from_origin <= from_goal / 2 and to_goal <= to_origin / 2:
                origin, goal = (a.claim.tokens[side[-1]].surface for side in one)
                return Signal(1.0, f"the claim turns '{origin}' into '{goal}', the source the other way round")
    return NONE


def _found(a: Alignment, side: Sequence[int], there: Conversion, shared: set[str]) -> tuple[float, float]:
    """The weight of the words of one side that stand in the source's origin only, and in its goal only."""
    origin = goal = 0.0
    for i in side:
        if a.claim.tokens[i].key in shared or i not in a.row:
            continue
        known = a.places[a.row[i]]
        in_origin, in_goal = (max((known.get(p, 0.0) for p in places), default=0.0) >= EXACT for places in there)
        if in_origin != in_goal:
            weight = a.claim.tokens[i].weight
            origin, goal = origin + in_origin * weight, goal + in_goal * weight
    return origin, goal


@of_text
def conversions(text: Text) -> tuple[Conversion, ...]:
    """All conversions of a text that name both what is turned and what it becomes."""
    if not _CUES.search(text.low):
        return ()
    found = []
    for part, pattern, turned_round in _PATTERNS:
        for m in pattern.finditer(text.low) if part in text.low else ():
            first, behind = bisect_left(text.starts, m.start()), bisect_left(text.starts, m.end())
            inner = tuple(i for i in range(first + 1, behind - 1) if text.tokens[i].weight > _WEIGHTY)
            # "X is turned into y", "takes x and turns it into y".
            one, other = inner or _side(text, first, -1), _side(text, behind - 1, 1)
            found.append((other, one) if turned_round else (one, other))
    for m in _REPLACES.finditer(text.low) if "replac" in text.low else ():
        at = bisect_left(text.starts, m.start())
        found.append((_side(text, at, 1), _side(text, at, -1)))
    sentence_of = text.sentence_of
    return tuple(Conversion(o, g) for o, g in found if o and g and sentence_of[o[0]] == sentence_of[g[0]])


def _side(text: Text, at: int, step: int) -> tuple[int, ...]:
    """The weighty words on one side of a word, in order, as far as their phrase goes."""
    tokens, found = text.tokens, list[int]()
    i = at + step
    while 0 <= i < len(tokens) and tokens[i].sentence == tokens[at].sentence and len(found) < _MOST:
        left = min(i, i - step)
        if found and (_BREAK.search(text.text, tokens[left].end, tokens[left + 1].start) or tokens[i].low in _ENDS):
            break
        if tokens[i].weight > _WEIGHTY:
            found.append(i)
        i += step
    return tuple(found[::step])
