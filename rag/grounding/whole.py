"""Whole: a claim that says of all what the source says of a part, or as certain what it says may be.

"The whole of the grammar" for "a subset of the grammar", "inevitably loses accuracy" for "can lose accuracy": of one
thing, and where the source never says the whole.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Final

from rag.grounding.alignment import EXACT, KIN, Alignment
from rag.grounding.cues import cues
from rag.grounding.phrases import Thing, phrases
from rag.grounding.signals import NONE, Signal
from rag.grounding.tokens import Text, of_text

_THE: Final = r"(?:the|its|their|our|these|those)"
_ALL: Final = re.compile(
    r"(?<!nearly )(?<!almost )(?<!virtually )(?<!practically )(?<!not )(?<!than )"
    rf"\b(?:all(?:\s+of)?(?:\s+(?:{_THE}|existing|known|possible|available|current))*|every"
    rf"|{_THE}\s+(?:whole|entirety|totality)\s+of(?:\s+{_THE})?|{_THE}\s+(?:whole|entire|full|complete)|full)\s+"
)
_SOME: Final = re.compile(
    r"\b(?:(?:a\s+)?(?:large\s+|small\s+|certain\s+)?"
    rf"(?:subset|part|portion|fraction|selection|sample|majority|minority|handful)\s+of(?:\s+{_THE})?"
    rf"|(?:two|three|four|five|six|seven|eight|nine|ten)\s+of\s+{_THE}(?:\s+(?:most|more|best)(?:\s+\w+ic)?)?"
    rf"|(?:some|several|many|most|a\s+few|certain|numerous)(?:\s+of(?:\s+{_THE})?)?)\s+"
)
_SAID: Final = re.compile(r"\b(?:all|every|each|any|whole|entire|both|full|arbitrary|complete)\b")
_SAID_WITHIN: Final = 7
"""Words behind "all" among which the thing may stand of which the source says it."""
_TIMES: Final = frozenset("winter summer spring autumn year day night week month season time times".split())
""" "All winter" counts no winters."""
_QUICK: Final = frozenset("all every whole entirety totality entire full complete".split())
_SURELY: Final = re.compile(
    r"(?<!\bnot )(?<!n't )(?<!\bnor )(?<!\bnever )\b(?:inevitably|invariably|necessarily|"
    r"certainly|undoubtedly|unavoidably|inescapably|unfailingly|always|definitely|surely|doubtless)\s+(?P<of>[a-z]+)"
    r"|\b(?:is|are|was|were)\s+(?:all\s+but\s+)?(?:bound|certain|sure|guaranteed|doomed|destined)\s+to\s+(?P<to>[a-z]+)"
)
NEEDED: Final = (
    re.compile(
        rf"\A(?:{'|'.join(sorted(_QUICK))})\Z|\b(?:inevitably|invariably|necessarily|certainly|undoubtedly|unavoidably"
        r"|inescapably|unfailingly|always|definitely|surely|doubtless|bound|certain|sure|guaranteed|doomed|destined)\b"
    ),
)
"""Of each of these kinds the claim needs a word."""
_MAYBE: Final = frozenset(
    "can could may might often sometimes frequently typically usually commonly occasionally likely tend tends "
    "generally largely mostly partly possibly potentially perhaps".split()
)
_BEFORE, _BEHIND = 4, 2
"""Words around one in which a word of chance is said of it."""


def whole(a: Alignment) -> Signal:
    """Strength 1, with a line for people, where the claim says of all, or always, what the source does not."""
    found = _of_all(a)
    return found if found.strength else _always(a)


def _of_all(a: Alignment) -> Signal:
    if _QUICK.isdisjoint(a.claim.words):
        return NONE
    parts = [p for p in _parts(a.evidence) if a.evidence.tokens[p[1].words[0]].sentence in a.focus]
    for match in _ALL.finditer(a.claim.low) if parts else ():
        first = bisect_left(a.claim.starts, match.end())
        if first >= len(a.claim.tokens) or a.claim.tokens[first].is_number or a.claim.tokens[first].low in _TIMES:
            continue
        for thing in phrases(a.claim, first)[:1]:
            named = {p: q for i in thing.heads if i in a.row for p, q in a.places[a.row[i]].items() if q >= KIN}
            if not _all_of(a.evidence).isdisjoint(named) or any(
                not set(thing.words).isdisjoint(cue.scope) for cue in cues(a.claim)
            ):
                continue
            for said, part in parts:
                if any(named.get(p, 0.0) >= EXACT for p in part.heads):
                    name = a.claim.tokens[thing.heads[0]].surface
                    return Signal(1.0, f"the claim says '{match.group()}{name}' where the source says '{said}{name}'")
    return NONE


@of_text
def _parts(text: Text) -> tuple[tuple[str, Thing], ...]:
    """The words that say a part, and of what, in order."""
    found = []
    for match in _SOME.finditer(text.low):
        first = bisect_left(text.starts, match.end())
        if first < len(text.tokens):
            found += [(match.group(), thing) for thing in phrases(text, first)[:1]]
    return tuple(found)


@of_text
def _all_of(text: Text) -> frozenset[int]:
    """Indices of the words shortly behind one that says the whole."""
    starts = (bisect_left(text.starts, match.end()) for match in _SAID.finditer(text.low))
    return frozenset(j for first in starts for j in range(first, first + _SAID_WITHIN))


def _always(a: Alignment) -> Signal:
    """ "Inevitably fails" for "may fail"."""
    if _MAYBE.isdisjoint(a.evidence.words):
        return NONE
    tokens = a.evidence.tokens
    for match in _SURELY.finditer(a.claim.low):
        i = bisect_left(a.claim.starts, match.start(match.lastgroup or 0))
        if i not in a.row or any(i in cue.scope for cue in cues(a.claim)):
            continue
        places = [p for p in a.standing_at(i, KIN) if tokens[p].sentence in a.focus]
        if places and all(_may(a.evidence, p) for p in places):
            start = tokens[max(0, places[0] - _BEFORE)].start
            said = a.evidence.text[start : tokens[places[0]].end]
            return Signal(1.0, f"the claim says '{match.group()}' where the source says '{said}'")
    return NONE


def _may(text: Text, place: int) -> bool:
    """Whether a word of chance is said of a word."""
    near = text.tokens[max(0, place - _BEFORE) : place + _BEHIND + 1]
    return any(t.low in _MAYBE and t.clause == text.tokens[place].clause for t in near)
