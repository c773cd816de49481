"""Beyond: a claim that puts something on the other side of a figure than the source.

"The smaller part of the time" of what takes 56 to 74 % of it; "younger than 15 years" of what has more than 15 of them.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Final, NamedTuple

from rag.grounding.alignment import Alignment
from rag.grounding.cues import cues
from rag.grounding.moved import is_same
from rag.grounding.movements import Movement
from rag.grounding.phrases import Thing, phrases
from rag.grounding.signals import NONE, Signal
from rag.grounding.tokens import Text, of_text
from rag.text.quantities import Quantity, is_stated

_BEHIND: Final = r"\s+(?:of|in)\s+(?:(?:all|the|its|their|total|overall)\s+)*"
_PART: Final = r"(?:part|share|portion|fraction|proportion)"
_MOSTLY: Final = re.compile(
    rf"\b(?:majority|most|bulk|(?:greater|larger|better|main|major|biggest|largest|dominant)\s+{_PART}|lion['’]s\s+share"
    rf"|(?<!less than )(?<!under )(?:more\s+than|over|above)\s+(?:a\s+)?half){_BEHIND}"
)
_PARTLY: Final = re.compile(
    rf"\b(?:minority|(?:smaller|lesser|minor|small|tiny|modest|negligible|little)\s+{_PART}"
    rf"|(?:less\s+than|fewer\s+than|under|below)\s+(?:a\s+)?half){_BEHIND}"
)
_OF: Final = re.compile(_BEHIND)
_HALF: Final = 50.0
_MARGIN: Final = 2.0
_ABOVE: Final = frozenset("older longer later larger bigger heavier taller deeper wider hotter warmer".split())
_BELOW: Final = frozenset("younger newer shorter earlier smaller lighter narrower cooler cheaper".split())
NEEDED: Final = (
    re.compile(
        r"\b(?:majority|most|bulk|part|share|portion|fraction|proportion|half|minority)\b"
        rf"|\A(?:{'|'.join(sorted(_ABOVE | _BELOW))})\Z"
    ),
)
"""Of each of these kinds the claim needs a word."""
_SIDES: Final = {
    **dict.fromkeys(_ABOVE | {"more", "greater", "higher", "after"}, 1),
    **dict.fromkeys(_BELOW | {"less", "fewer", "lower", "before"}, -1),
}
_SIDE: Final = re.compile(
    r"\b(?<!\bno )(?<!\bnot )(?P<word>[a-z]+)(?:\s+than)?\s+(?:(?:about|around|some|roughly)\s+)?\$?$"
)
_OF_BOUND: Final = {"over": 1, "min": 1, "under": -1, "max": -1}
_REACH: Final = 40


class _Share(NamedTuple):
    """That something is more (``sign`` 1) or less than half of a thing, named at a word."""

    sign: int
    at: int
    of: Thing


def beyond(a: Alignment) -> Signal:
    """Strength 1, with a line for people, where the claim is on the other side of half, or of a figure."""
    found = _other_part(a)
    return found if found.strength else _other_side(a)


def _other_part(a: Alignment) -> Signal:
    for here in _in_words(a.claim):
        told = [
            t for t in (*_in_words(a.evidence), *_in_figures(a.evidence))
            if is_same(a, here.of, t.of, Movement(t.at, t.sign, "amount", (t.of,)))
        ]  # fmt: skip
        if told and all(t.sign != here.sign for t in told) and a.evidence.tokens[told[0].at].sentence in a.focus:
            said = "less than half" if here.sign < 0 else "most"
            return Signal(1.0, f"the claim says {said} of '{a.claim.tokens[here.of.heads[0]].surface}', the source not")
    return NONE


@of_text
def _in_words(text: Text) -> tuple[_Share, ...]:
    found = []
    for sign, pattern in ((1, _MOSTLY), (-1, _PARTLY)):
        for match in pattern.finditer(text.low):
            first = bisect_left(text.starts, match.end())
            found += [_Share(sign, first, thing) for thing in _first(text, first)]
    return tuple(found)


def _in_figures(text: Text) -> list[_Share]:
    found = []
    for q in text.quantities:
        behind = _OF.match(text.low, q.end) if q.unit == "%" else None
        low, high = q.value, q.high or q.value
        sign = (low > _HALF + _MARGIN and q.bound not in {"max", "under"}) - (
            high < _HALF - _MARGIN and q.bound not in {"min", "over"}
        )
        if behind and sign:
            first = bisect_left(text.starts, behind.end())
            found += [_Share(sign, first, thing) for thing in _first(text, first)]
    return found


def _first(text: Text, first: int) -> tuple[Thing, ...]:
    """The thing that begins at a word, unless shares are compared there."""
    things = phrases(text, first)[:1] if first < len(text.tokens) else ()
    after = text.tokens[things[0].words[-1] + 1 :][:1] if things else ()
    return () if after and after[0].low == "than" else things


def _other_side(a: Alignment) -> Signal:
    """ "Younger than 15 years" where the source has more than 15 of it."""
    for quantity in a.claim.quantities if not (_ABOVE | _BELOW).isdisjoint(a.claim.words) else ():
        sign, word = _side(a.claim, quantity)
        if not sign or word not in _ABOVE | _BELOW or _is_denied(a.claim, quantity):
            continue
        there = [_side(a.evidence, q)[0] for q in a.evidence.quantities if q.high is None and is_stated(quantity, (q,))]
        if there and all(other == -sign for other in there):
            shown = a.claim.text[quantity.start : quantity.end]
            return Signal(1.0, f"the claim says '{word} than {shown}' where the source is on its other side")
    return NONE


def _side(text: Text, quantity: Quantity) -> tuple[int, str]:
    """1 above a figure, -1 below, 0 where nothing says; and the word that says it."""
    match = _SIDE.search(text.low, max(0, quantity.start - _REACH), quantity.start)
    word = match.group("word") if match else ""
    return _SIDES.get(word, 0) or _OF_BOUND.get(quantity.bound, 0), word


def _is_denied(text: Text, quantity: Quantity) -> bool:
    at = bisect_left(text.starts, quantity.start)
    return any(at - 6 <= cue.at <= at for cue in cues(text))
