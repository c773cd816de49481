"""Multiples: "half as fast" where the source has a speedup of 2x, "faster" where it has 0.8x the performance.

A figure with a word of speed says which of two is faster, and by how much; so do "half as fast", "a third of the speed"
and "three times slower". Where the claim says with a factor of the source that what the source calls faster is slower,
or the other way round, it is false; so it is where it puts ahead what the source gives less than once the performance.
"""

from __future__ import annotations

import re
from typing import Final

from rag.grounding.alignment import Alignment
from rag.grounding.cues import cues
from rag.grounding.signals import NONE, Signal

_PARTS: Final = {"half": 2.0, "third": 3.0, "quarter": 4.0, "fifth": 5.0, "tenth": 10.0}
_TIMES: Final = {
    "twice": 2.0, "two": 2.0, "three": 3.0, "thrice": 3.0, "four": 4.0, "five": 5.0, "six": 6.0, "seven": 7.0,
    "eight": 8.0, "nine": 9.0, "ten": 10.0,
}  # fmt: skip
_QUICK: Final = r"(?:fast|quick|quickly|rapid|rapidly|swift|speedy)"
_PART: Final = re.compile(
    rf"\b(?:an?\s+|one\s+|only\s+)*(?P<part>half|third|quarter|fifth|tenth)\s+(?:as\s+{_QUICK}|(?:of\s+)?(?:the|its|their)\s+(?:speed|rate|pace|throughput))\b"
)
_FACTOR: Final = (
    r"(?:(?P<digits>\d+(?:\.\d+)?)\s*(?:x|×|times|-?fold)|(?P<word>twice|thrice|two|three|four|five|six|seven|eight|nine|ten)"
    r"(?:\s+times|-?fold)?)"
)
_SLOWER: Final = re.compile(rf"\b{_FACTOR}\s+(?:slower|as\s+slow(?:ly)?|slow-?downs?)\b")
_FASTER: Final = re.compile(rf"\b{_FACTOR}\s+(?:faster|quicker|as\s+(?:fast|quick|quickly)|speed-?ups?|acceleration)\b")
_FAST_THERE: Final = re.compile(r"\b(?:faster|quicker|speed-?ups?|accelerat\w+|as\s+fast|speeds?\s+up|sped\s+up)\b")
_SLOW_THERE: Final = re.compile(r"\b(?:slower|slow-?downs?|as\s+slow|slow(?:s|ed|ing)?)\b")
_SHARE: Final = re.compile(
    r"\b(?P<low>[01]?\.\d+)\s*(?:x|×|times)?(?:\s*(?:-|–|to)+\s*(?P<high>\d*\.?\d+))?\s*(?:x|×|times)\s+(?:the\s+|of\s+the\s+)?"
    r"(?:performance|throughput|speed|rate|bandwidth)\b(?:\s+of\s+(?P<of>[^,;.]{1,90}))?"
)
_AHEAD: Final = re.compile(r"\b(?:faster|quicker|outperform\w*|surpass\w*|beats?|exceed\w*|ahead\s+of|better)\b")
_BEHIND: Final = re.compile(r"\b(?:slower|behind|below|short\s+of|trail\w*|lag\w*|worse|underperform\w*)\b")
_WORDS: Final = frozenset(
    "half third quarter fifth tenth slower slow slowly slowdown slowdowns faster quicker fast quick quickly speedup "
    "speedups outperforms outperform outperforming surpasses surpass beats beat exceeds exceed ahead better".split()
)
NEEDED: Final = (_WORDS.__contains__,)
_OVERLAP: Final = 2
_HELD: Final = 0.3
"""Share of the claim that stands in the sentence."""


def multiple(a: Alignment) -> Signal:
    """Strength 1, with a line for people, where the claim turns round who is faster by a factor of the source."""
    return max(_by_factor(a), _by_share(a))


def _by_factor(a: Alignment) -> Signal:
    """ "Half as fast" of a speedup of 2x; "twice as fast" of what runs twice as slow."""
    low = a.claim.low
    for rule, faster in ((_PART, False), (_SLOWER, False), (_FASTER, True)):
        for match in rule.finditer(low):
            if any(match.start() <= a.claim.tokens[cue.at].end and cue.kind == "plain" for cue in cues(a.claim)):
                continue
            factor = _factor(match)
            for number in [n for n, share in enumerate(a.held) if share >= _HELD]:
                span = a.evidence.sentences[number]
                said = [q for q in a.evidence.quantities if span.start <= q.start < span.end and q.unit == "x"]
                fast = _FAST_THERE.search(a.evidence.low, span.start, span.end)
                slow = _SLOW_THERE.search(a.evidence.low, span.start, span.end)
                one, other = (slow, fast) if faster else (fast, slow)
                if one and not other and any(abs(q.value - factor) < 1e-9 for q in said):
                    return Signal(1.0, f"the claim says '{match.group()}' where the source says '{one.group()}'")
    return NONE


def _factor(match: re.Match[str]) -> float:
    groups = match.groupdict()
    if groups.get("part"):
        return _PARTS[groups["part"]]
    return float(groups["digits"]) if groups.get("digits") else _TIMES[groups["word"]]


def _by_share(a: Alignment) -> Signal:
    """ "Faster than B" where the source has "0.8x-0.9x the performance of B"."""
    ahead = _AHEAD.search(a.claim.low)
    if not ahead or _BEHIND.search(a.claim.low) or "x" not in a.evidence.low:
        return NONE
    for match in _SHARE.finditer(a.evidence.low):
        top = float(match["high"] or match["low"])
        if top >= 1 or not match["of"]:
            continue
        start, end = match.span("of")
        places = {i for i, s in enumerate(a.evidence.starts) if start <= s < end}
        behind = [i for i in a.row if a.claim.tokens[i].start > ahead.end()]
        before = [i for i in a.row if a.claim.tokens[i].start < ahead.start()]
        if sum(1 for i in (*behind, *before) if not places.isdisjoint(a.standing_at(i, 0.7))) >= _OVERLAP and any(
            not places.isdisjoint(a.standing_at(i, 0.7)) for i in behind
        ):
            return Signal(1.0, f"the claim says '{ahead.group()}' where the source says '{match.group()[:40]}'")
    return NONE
