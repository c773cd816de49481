"""Comparing: which words of a claim say that of two things one is the greater, in which order.

"X is larger than Y", "X exceeds Y", "X lies below Y and above Z", "between X and Y it falls", "the largest is X".
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final, NamedTuple

from rag.grounding.cues import cues
from rag.grounding.signals import bounds_a_figure
from rag.grounding.tokens import Text, of_text

_MORE: Final = frozenset("larger bigger greater higher wider broader stronger steeper deeper more".split())
_LESS: Final = frozenset("smaller lower narrower weaker slighter lesser less thinner".split())
LONGER: Final = frozenset("longer slower".split())
SHORTER: Final = frozenset("shorter faster quicker sooner".split())
"""Of times only."""
BETTER: Final = frozenset("better outscores outscored outdoes outdid outperforms outperformed beats beat".split())
WORSE: Final = frozenset("worse poorer".split())
"""Of scores only."""
_MOST: Final = frozenset("largest biggest greatest highest widest strongest steepest deepest".split())
_LEAST: Final = frozenset("smallest lowest narrowest weakest slightest least".split())
_OVER: Final = frozenset(
    "exceeds exceed exceeded exceeding surpasses surpass surpassed tops topped outweighs dwarfs".split()
)
_GROWS: Final = frozenset(
    "rises rise rose risen grows grow grew widens widen widened increases increased climbs".split()
)
_FALLS: Final = frozenset(
    "falls fall fell fallen shrinks shrink shrank narrows narrowed decreases decreased declines declined drops "
    "dropped".split()
)
_LIES: Final = frozenset(
    "lies lie lay is was are were stands stood falls fell sits stays ranks comes came remains and but".split()
)
_THAT: Final = frozenset("that those the its what".split())
_AMOUNTS: Final = frozenset(
    "than on for in over with against from at when time power energy memory space bandwidth compute accuracy "
    "throughput traffic data storage damage work computation communication".split()
)
_UP: Final = _MORE | _OVER | LONGER | BETTER
_DOWN: Final = _LESS | SHORTER | WORSE
_THAN: Final = (_UP | _DOWN) - _OVER - (BETTER - {"better"})
"""What needs a "than"."""
TRIGGERS: Final = (
    _MORE | _LESS | _MOST | _LEAST | _OVER | _GROWS | _FALLS | LONGER | SHORTER | BETTER | WORSE | {"above", "below"}
)
_ENDS: Final = re.compile(r"[;:.](?:\s|$)|\b(?:while|whereas|but|although|though|which|because|since)\b")
_FRONT: Final = re.compile(
    r"\b(?:between|from)\s+(?P<one>[^,;:.]{1,60}?)\s+(?:and|to)\s+(?P<other>[^,;:]{1,60}?)(?=,|\s(?:the|it|its)\b)"
)


class Compared(NamedTuple):
    """That what some words of the claim say has a greater figure (``sign`` 1), or a lesser, than what others say; or,
    where there are no others, the greatest."""

    left: tuple[int, ...]
    right: tuple[int, ...]
    sign: int
    at: int


@of_text
def compared(text: Text) -> tuple[Compared, ...]:
    """All that a claim compares of which it names both sides, or calls one the greatest or the least."""
    found = (c for c in (*_sides(text), *_moves(text)) if c.left and c.right)
    return (*found, *(c for c in _tops(text) if c.left))


def _sides(text: Text) -> Iterator[Compared]:
    """ "X is larger than Y", "X exceeds Y", "X lies below Y and above Z"."""
    denied = {i for cue in cues(text) for i in cue.scope}
    subject: tuple[int, ...] = ()
    for i, token in enumerate(text.tokens):
        sign = _sign(text, i)
        if not sign or i in denied:
            continue
        at = i
        if token.low in _THAN:
            behind = range(i + 1, min(i + 13, len(text.tokens)))
            at = next((j for j in behind if text.tokens[j].low == "than" and text.sentence_of[j] == token.sentence), -1)
            if at < 0 or bounds_a_figure(text, at):
                continue
        goes_on = bool(subject) and i > 0 and text.tokens[i - 1].low in {"and", "but"}
        subject = subject if goes_on else _words(text, at, -1)
        yield Compared(subject, _words(text, at, 1), sign, i)


def _tops(text: Text) -> Iterator[Compared]:
    """ "The largest gain is over X", "it is the smaller for X": of all, or of two."""
    denied = {i for cue in cues(text) for i in cue.scope}
    for i, token in enumerate(text.tokens):
        low, before = token.low, text.tokens[i - 1].low if i else ""
        if low not in _MOST | _LEAST and not (before == "the" and low in (_MORE | _LESS) - {"more", "less"}):
            continue
        if i in denied or before == "at" or "than" in text.words or "second" in text.words:
            continue
        inside = [j for j in text.sentence_tokens[token.sentence] if j != i and text.tokens[j].weight > 0]
        yield Compared(tuple(inside), (), 1 if low in _MOST | _MORE else -1, i)


def _sign(text: Text, i: int) -> int:
    low = text.tokens[i].low
    if low in {"more", "less"} and not _is_an_amount(text, i + 1):
        return 0
    if low in _UP:
        return 1
    if low in _DOWN:
        return -1
    if low not in {"above", "below"} or not i or i + 1 >= len(text.tokens):
        return 0
    lies = text.tokens[i - 1].low in _LIES and text.tokens[i + 1].low in _THAT
    return (1 if low == "above" else -1) if lies else 0


def _is_an_amount(text: Text, i: int) -> bool:
    """Whether a word behind "more" leaves it an amount: "more than", "more on", "more questions"; not "more slowly"."""
    low = text.tokens[i].low if i < len(text.tokens) else ""
    return low in _AMOUNTS or (low.endswith("s") and not low.endswith(("ss", "ous", "less")))


def _moves(text: Text) -> Iterator[Compared]:
    """ "Between X and Y it gets larger", "from X to Y the gain falls"."""
    denied = {i for cue in cues(text) for i in cue.scope}
    for match in _FRONT.finditer(text.low):
        one, other = (_span(text, *match.span(side)) for side in ("one", "other"))
        end = bisect_left(text.starts, match.end())
        behind = range(end, min(end + 20, len(text.tokens)))
        at = next((i for i in behind if _way(text, i) and text.sentence_of[i] == text.sentence_of[end]), -1)
        if at >= 0 and at not in denied:
            yield Compared(other, one, _way(text, at), at)


def _way(text: Text, i: int) -> int:
    """1 for "rises", "gets larger"; -1 for "falls", "becomes smaller"."""
    low = text.tokens[i].low
    if low in _GROWS | _FALLS:
        return 1 if low in _GROWS else -1
    before = text.tokens[i - 1].low if i else ""
    if low in _MORE | _LESS and before in _BECOMES:
        return 1 if low in _MORE else -1
    return 0


_BECOMES: Final = frozenset("gets get got getting becomes become became becoming grows grew turns".split())


def _span(text: Text, start: int, end: int) -> tuple[int, ...]:
    inside = range(bisect_left(text.starts, start), bisect_left(text.starts, end))
    return tuple(i for i in inside if text.tokens[i].weight > 0)


def _words(text: Text, at: int, step: int) -> tuple[int, ...]:
    """The weighty words on one side of a word, as far as its clause goes; behind it no farther than "and above"."""
    found: list[int] = []
    j = at + step
    while 0 <= j < len(text.tokens) and text.sentence_of[j] == text.sentence_of[at]:
        low, high = sorted((j, j - step))
        between = text.low[text.tokens[low].end : text.tokens[high].start]
        if _ENDS.search(between) or _ENDS.fullmatch(text.tokens[j].low):
            break
        # Before it, an apposition may stand between commas ("its lead over Ash, 2x, is larger than").
        if "," in between and (step > 0 or text.tokens[j + 1].low in {"and", "or"}):
            break
        if step > 0 and text.tokens[j].low == "and" and j + 1 < len(text.tokens) and _sign(text, j + 1):
            break
        if text.tokens[j].weight > 0:
            found.append(j)
        j += step
    return tuple(found)
