"""Mutual: what two things do for each other has no sides, so that these cannot have changed places.

"The writer and the reader check one another" says of either what it says of the other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rag.grounding.tokens import Text, of_text

_EACH_OTHER: Final = re.compile(
    r"\b(?:each\s+other|one\s+another|mutual(?:ly)?|reciprocal(?:ly)?|vice\s+versa|bidirectional(?:ly)?"
    r"|interchangeabl[ey]|symmetric(?:al|ally)?|both\s+ways|in\s+either\s+direction)\b"
)
_QUICK: Final = frozenset(
    "each another mutual mutually reciprocal reciprocally versa bidirectional bidirectionally interchangeable "
    "interchangeably symmetric symmetrical symmetrically ways either".split()
)


@of_text
def mutual(text: Text) -> frozenset[int]:
    """The sentences of a text that say something of two things alike."""
    if _QUICK.isdisjoint(text.words):
        return frozenset()
    starts = [s.start for s in text.sentences]
    return frozenset(
        max(n for n, start in enumerate(starts) if start <= match.start()) for match in _EACH_OTHER.finditer(text.low)
    )


def are_mutual(text: Text, one: Sequence[int], other: Sequence[int]) -> bool:
    """Whether two words of a text, by their places, stand together in such a sentence."""
    told = mutual(text)
    return bool(told) and not told.isdisjoint({text.sentence_of[p] for p in one} & {text.sentence_of[p] for p in other})
