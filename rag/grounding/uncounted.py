"""Uncounted: a claim that counts in words what the source does not count, so high that no reader counted it.

"Over a thousand tasks", "dozens of kernels", "half a million lines", of a source without any such number. Three
benchmarks a reader may have counted; a dozen hardly, and a thousand never. A rough number stands for any figure of its
size that the source has ("hundreds of GPUs" for 384 of them).
"""

from __future__ import annotations

import re
from typing import Final

from rag.grounding.alignment import Alignment
from rag.grounding.cues import cues
from rag.grounding.signals import NONE, Signal
from rag.grounding.tokens import Text, of_text

_TRIGGERS: Final = frozenset(
    "dozen dozens scores tens hundred hundreds thousand thousands million millions billion billions".split()
)
NEEDED: Final = (_TRIGGERS.__contains__,)
_SIZES: Final = {
    "dozen": (12, 12), "dozens": (20, 200), "scores": (40, 400), "tens": (10, 100), "hundred": (100, 100),
    "hundreds": (100, 2_000), "thousand": (1e3, 1e3), "thousands": (1e3, 2e5), "million": (1e6, 1e6),
    "millions": (1e6, 1e9), "billion": (1e9, 1e9), "billions": (1e9, 1e12),
}  # fmt: skip
_OF: Final = re.compile(
    r"(?<!\bin )(?<!\bper )(?<!\bof )\b"
    r"(?:(?P<half>half)\s+an?\s+|(?P<few>(?:a\s+few|several|many|some)\s+)|(?P<n>a|one)\s+)?"
    r"(?P<size>dozens?|scores(?=\s+of)|tens(?=\s+of)|hundreds?|thousands?|millions?|billions?)\b"
    r"(?:\s+of)?(?:\s+(?P<more>hundreds?|thousands?|millions?|billions?)\b(?:\s+of)?)?"
)
_ROUGHLY: Final = 0.3
"""How far a figure of the source may be from a round number."""


def uncounted(a: Alignment) -> Signal:
    """Strength 1, with a line for people, where a high number in words stands for nothing that the source counts."""
    for start, end, low, high in _numbers(a.claim):
        if not _is_there(a.evidence, low, high) and not _is_denied(a.claim, start):
            return Signal(1.0, f"the source counts nothing as '{a.claim.text[start:end]}'")
    return NONE


def _numbers(text: Text) -> list[tuple[int, int, float, float]]:
    """(start, end, least, most) of the round numbers in words that count something."""
    found = []
    for m in _OF.finditer(text.low):
        size, more = m.group("size"), m.group("more")
        least, most = _SIZES[size]
        if more:
            least, most = (x * _SIZES[more.rstrip("s")][0] for x in (least, most))
        if m.group("few"):
            least, most = least * 2, most * 10
        elif m.group("half"):
            least, most = least / 2, most / 2
        elif not m.group("n") and not size.endswith("s") and not more:
            continue  # "1.5 million" and "eight hundred" are figures
        found.append((m.start(), m.end(), least, most))
    return found


def _is_there(text: Text, low: float, high: float) -> bool:
    ends = [x for q in text.quantities for end in q.ends for x in (end, end / q.factor)]
    if any(low * (1 - _ROUGHLY) <= x <= high * (1 + _ROUGHLY) for x in ends):
        return True
    return any(least <= high and low <= most for least, most in _rough(text))


@of_text
def _rough(text: Text) -> tuple[tuple[float, float], ...]:
    """The round numbers in words of a source."""
    if _TRIGGERS.isdisjoint(text.words):
        return ()
    return tuple((low, high) for _, _, low, high in _numbers(text))


def _is_denied(text: Text, start: int) -> bool:
    """ "Not a hundred times" says no number."""
    return any(text.tokens[i].start == start for cue in cues(text) for i in cue.scope)
