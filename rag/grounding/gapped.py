"""Gapped lists: "9% with B" of "14% with A, 9% with B".

A claim that takes one member of a list out of a sentence has not changed the figure of another.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rag.grounding.tokens import Token

_REACH: Final = 12
"""Words behind a figure that may be said of it."""


def takes_another(
    claim: Sequence[Token], here: tuple[int, int], sentence: Sequence[Token], there: tuple[int, int]
) -> bool:
    """Whether the one figure that changed is that of another member of the sentence's list, and the claim goes on as
    that does: "9% with B" of "14% with A, 9% with B"."""
    mine, theirs = (
        [k for k in range(*span) if tokens[k].is_number or tokens[k].weight > 0]
        for tokens, span in ((claim, here), (sentence, there))
    )
    if len(mine) != 1 or len(theirs) != 1:
        return False
    j, i = mine[0], theirs[0]
    if not (claim[j].is_number and sentence[i].is_number):
        return False
    places = [p for p in range(i + 1, len(sentence)) if sentence[p].surface == claim[j].surface]
    if len(places) != 1:
        return False
    said, first, other = _what_follows(claim, j), _what_follows(sentence, i), _what_follows(sentence, places[0])
    return bool(other - first) and other - first <= said and bool(first - other - said)


def _what_follows(tokens: Sequence[Token], at: int) -> set[str]:
    """The stems of the weighty words behind a figure, up to the next figure."""
    found = set()
    for token in tokens[at + 1 : at + 1 + _REACH]:
        if token.is_number:
            break
        if token.weight > 0:
            found.add(token.key)
    return found
