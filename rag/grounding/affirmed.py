"""Affirmed denials: "does need X" where the source says "does not need X".

A claim says "does need" and not "needs" to contradict somebody. Where the source denies what such a verb says, and
denies it in so many words, it is the source that the claim contradicts.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

import numpy as np

from rag.grounding.alignment import KIN, Alignment
from rag.grounding.cues import cues, partial
from rag.grounding.paraphrases import base_of
from rag.grounding.signals import NONE, Signal
from rag.grounding.tokens import Text, of_text
from rag.grounding.undone import DENIES, clause_of, is_ill

_DO: Final = frozenset({"do", "does", "did"})
NEEDED: Final = (_DO.__contains__,)
"""Of each of these kinds the claim needs a word."""
_EMPHATIC: Final = re.compile(
    r"\b(?:do|does|did)\s+(?:(?:in\s+fact|indeed|actually|still|however|also|have\s+to|need\s+to|too|therefore|\w+ly)\s+)?"
    r"(?P<verb>[a-z]+)\b"
)
_NO_VERBS: Final = frozenset(
    "not so without away this that it they we you i he she the a an no well better worse harm damage good much more "
    "less little justice what as in on for to with by likewise too nothing anything something one things work".split()
)
""" "Do so", "do harm", "do without": "do" is the verb itself."""
_ASKS: Final = frozenset(
    "nor so neither as than only what how why where and or to can may will could must not rarely seldom never".split()
)
"""Behind these "do" asks, changes places with its subject or is the verb itself."""
_NO_STATEMENT: Final = re.compile(
    r"\b(?:if|unless|when|until|whether|only|lack\w*|fail\w*|without|nor|neither|none|nothing|nobody|than)\b"
)
_HELD: Final = 0.5
"""Share of the clause that has to stand in the sentence."""
_AS_GOOD: Final = 0.05
_MOST: Final = 4
"""Weighty words from the verb on that are looked for."""


def affirmed(a: Alignment) -> Signal:
    """Strength 1 where the claim insists on what the source denies, with a line for people."""
    if _DO.isdisjoint(a.claim.words):
        return NONE
    for verb in _insists(a.claim):
        place = _denied_there(a, verb)
        if place >= 0:
            word = a.evidence.tokens[place].surface
            return Signal(1.0, f"the claim insists on '{a.claim.tokens[verb].surface}', and the source denies '{word}'")
    return NONE


def _insists(text: Text) -> Iterator[int]:
    """Indices of the verbs that a text says with "do", in clauses that deny nothing."""
    for match in _EMPHATIC.finditer(text.low):
        do, verb = (bisect_left(text.starts, match.start(g)) for g in (0, "verb"))
        if match["verb"] in _NO_VERBS or not do or verb >= len(text.tokens) or text.tokens[do - 1].low in _ASKS:
            continue
        clause = clause_of(text, verb)
        said = text.low[text.tokens[clause[0]].start : text.tokens[clause[-1]].end]
        if not (DENIES.search(said) or _NO_STATEMENT.search(said) or any(is_ill(text, j) for j in clause)):
            yield verb


@of_text
def _denied(text: Text) -> frozenset[int]:
    """Indices of the words that a text denies in so many words, and of the universals that it denies."""
    plain = frozenset(j for cue in cues(text) if cue.kind in {"plain", "phrase"} for j in cue.scope)
    return plain | partial(text)


def _denied_there(a: Alignment, verb: int) -> int:
    """Index of a word of the evidence that the claim insists on and it denies; or -1."""
    rows = a.rows_among(clause_of(a.claim, verb))
    if len(rows) < 2:
        return -1
    held = a.held_of(rows)
    best, sentence_of = float(held.max(initial=0.0)), a.evidence.sentence_of
    if best < _HELD:
        return -1
    wanted = [r for r in rows if a.content[r] >= verb][:_MOST]
    for number in np.flatnonzero(held >= best - _AS_GOOD).tolist():
        standing = [[p for p, q in a.places[r].items() if q >= KIN and sentence_of[p] == number] for r in wanted]
        standing = [places for places in standing if places]
        denied = [places[0] for places in standing if _denied(a.evidence).issuperset(places)]
        if denied and 2 * len(denied) >= len(standing):
            return denied[0]
        for p in a.evidence.sentence_tokens[number]:
            if base_of(a.evidence.tokens[p].surface) == a.claim.tokens[verb].key:
                return p  # "does depend" of what is independent
    return -1
