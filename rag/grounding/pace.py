"""Pace: "slower than X" where the source is faster than X, in whatever words: less latency, more throughput.

Speed has more names than any other quality that papers compare by, and a claim seldom takes the source's: "slower" is
no opposite of "lower latency". Both have to tell of the same name and compare with the same thing, and the sentence of
the source must not say both.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Final, NamedTuple

from rag.grounding.alignment import Alignment
from rag.grounding.cues import cues
from rag.grounding.parity import STOP
from rag.grounding.signals import NONE, Signal
from rag.grounding.tokens import Text, of_text

_TIME: Final = r"(?:latenc\w+|delays?|run-?times?|times?|makespan)"
_RATE: Final = r"(?:throughputs?|speeds?|pace)"
_LESS: Final = r"(?:lower|less|shorter|smaller|reduced|decreased)"
_MORE: Final = r"(?:higher|greater|larger|more|longer|increased|improved|better)"
_DOWN: Final = r"(?:lower(?:s|ed|ing)|reduc(?:es|ed|ing|e)|cut(?:s|ting)?|shorten\w*|decreas\w+|trim\w*|shrink\w*)"
_UP: Final = r"(?:increas(?:es|ed|ing|e)|rais(?:es|ed|ing|e)|boost\w*|improv(?:es|ed|ing|e)|lift\w*|enhanc\w+)"
_GAP: Final = r"(?:\s+(?:the\s+|its\s+)?[\w.-]+){0,3}?\s+"
_FAST: Final = (
    r"faster|quicker|speedier|swifter|outpac\w+|outrun\w*|outran|speed-?ups?|accelerat\w+"
    rf"|{_LESS}{_GAP}{_TIME}|{_MORE}{_GAP}{_RATE}|{_DOWN}{_GAP}{_TIME}|{_UP}{_GAP}{_RATE}"
)
_SLOW: Final = (
    r"slower|more\s+slowly|less\s+quickly|slow-?downs?|takes\s+longer"
    rf"|{_MORE}{_GAP}{_TIME}|{_LESS}{_GAP}{_RATE}|{_UP}{_GAP}{_TIME}|{_DOWN}{_GAP}{_RATE}"
)
_PACE: Final = re.compile(rf"\b(?:(?P<fast>{_FAST})|(?P<slow>{_SLOW}))\b")
_VERSUS: Final = re.compile(r"\b(?:than|over|against|versus|vs\.?|compared (?:to|with)|relative to)\b")
NEEDED: Final = (
    re.compile(r"\b(?:than|over|against|versus|vs|compared|relative)\b"),
    re.compile(
        r"\b(?:fast|quick|speed|swift|outpac|outr|accelerat|latenc|delay|time|runtime|makespan|throughput|pace|slow|longer)"
    ),
)
"""Of each of these kinds the claim needs a word."""
_REACH: Final = 60
"""Code points from a word of speed to the one that says with what it is compared."""
_NEAREST: Final = 3


class _Pace(NamedTuple):
    faster: bool
    thing: str
    """The stem of the first weighty word of what is compared with, or ""."""
    sentence: int
    before: frozenset[str]
    """The stems of the words with a capital that stand before it in its sentence."""
    at: int
    shown: str


@of_text
def _paces(text: Text) -> tuple[_Pace, ...]:
    """What a text calls faster or slower than something."""
    found = []
    for match in _PACE.finditer(text.low) if _VERSUS.search(text.low) else ():
        at = bisect_left(text.starts, match.start())
        if at >= len(text.tokens):
            continue
        number = text.tokens[at].sentence
        end = text.sentences[number].end
        versus = _VERSUS.search(text.low, match.end(), min(end, match.end() + _REACH))
        thing = _thing(text, versus.end(), end) if versus else ""
        # A name that begins a sentence is not known for one.
        names = frozenset(
            t.key for t in text.tokens[:at] if t.sentence == number and t.weight and t.surface[0].isupper()
        )
        found.append(_Pace(bool(match["fast"]), thing, number, names, at, match.group()))
    return tuple(found)


def _thing(text: Text, start: int, end: int) -> str:
    stop = STOP.search(text.low, start, end)
    end = stop.start() if stop else end
    first = bisect_left(text.starts, start)
    return next((t.key for t in text.tokens[first : first + _NEAREST] if t.weight > 0 and t.start < end), "")


def outpaced(a: Alignment) -> Signal:
    """Strength 1 where the claim is slower than what the source is faster than, or the other way round."""
    for here in _paces(a.claim):
        if not here.thing or any(here.at in cue.scope for cue in cues(a.claim)):
            continue
        there = [p for p in _paces(a.evidence) if p.sentence in a.focus]
        alike = [p for p in there if p.thing == here.thing and p.before & here.before]
        sentences = {p.sentence for p in alike}
        both = any(p.faster == here.faster for p in there if p.sentence in sentences)
        turned = any(here.thing in here.before or p.thing in here.before for p in alike)
        if alike and not both and not turned and not any(p.at in c.scope for p in alike for c in cues(a.evidence)):
            return Signal(1.0, f"the claim says '{here.shown}' where the source says '{alike[0].shown}'")
    return NONE
