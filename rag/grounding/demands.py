"""Demands put as double denials: "without X it cannot be understood" of what needs X.

Two denials, of the thing and of what comes of lacking it, are together a demand. Where the source demands that thing,
in whatever words, it has what the claim denies.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Final

from rag.grounding.alignment import KIN, Alignment
from rag.grounding.cues import cues
from rag.grounding.tokens import Text, of_text

_LACKS: Final = frozenset({"without", "unless", "absence", "absent", "lacking"})
_LACKING: Final = re.compile(r"\b(?:without|unless|in\s+the\s+absence\s+of|absent|lacking)\b")
_AND_THEN: Final = re.compile(
    r"\b(?:not|cannot|\w+n['’]t|no|never|nothing|nobody|none|impossible|unable|fail(?:s|ed)?|hardly|too|los(?:t|e|es)|collaps\w+|"
    r"suffer\w*|degrad\w*|stall\w*|unattainable|out\s+of\s+reach|infeasible|incapable|impractical|hopeless|useless)\b"
)
_DEMANDS: Final = re.compile(
    r"\b(?:need(?:s|ed)?|requir(?:e|es|ed|ing)|must|necessary|necessitat\w+|(?:has|have)\s+to|depend(?:s|ed|ing|ent)\s+on|"
    r"demand(?:s|ed)?|essential|crucial|critical|vital|indispensable|prerequisite|rel(?:y|ies|ied|iant)\s+on|hing(?:es|ed)\s+on|"
    r"imperative|inevitabl\w+)\b"
)
_NO_DEMAND: Final = re.compile(r"\b(?:not|cannot|with\s+or|with\s+and|even|though|do|does|did)\s+\Z")
_END: Final = re.compile(r"[,;:.()]")
_THING, _MOST, _AROUND = 9, 3, 12
"""Words behind "without" and weighty ones of them that say what is lacking; words around a demand that say of what."""
_AS_GOOD: Final = 0.1
"""By how much less of the claim may stand in the sentence that demands it than in the best."""
_NONE: Final[frozenset[int]] = frozenset()


def demanded(a: Alignment) -> frozenset[int]:
    """Indices of the denials of the claim that are together a demand which the source makes."""
    if _LACKS.isdisjoint(a.claim.words):
        return _NONE
    found = set[int]()
    for match in _LACKING.finditer(a.claim.low):
        at = bisect_left(a.claim.starts, match.start())
        if at >= len(a.claim.tokens) or _NO_DEMAND.search(a.claim.low, 0, match.start()):
            continue
        sentence = a.claim.sentences[a.claim.tokens[at].sentence]
        comes_of_it = _AND_THEN.search(a.claim.low, sentence.start, match.start()) or _AND_THEN.search(
            a.claim.low, match.end(), sentence.end
        )
        if comes_of_it and _is_demanded(a, at):
            inside = a.claim.sentence_tokens[a.claim.tokens[at].sentence]
            found.update(cue.at for cue in cues(a.claim) if cue.at in inside)
    return frozenset(found)


def _is_demanded(a: Alignment, at: int) -> bool:
    """Whether the source demands what the claim lacks behind the word ``at``."""
    thing = _thing(a, at)
    if not thing:
        return False
    there, best = a.evidence, float(a.held.max(initial=0.0))
    for place in _demands(there):
        number = there.tokens[place].sentence
        if a.held[number] < best - _AS_GOOD:
            continue  # a demand of something else
        inside = there.sentence_tokens[number]
        around = range(max(inside[0], place - _AROUND), min(inside[-1], place + _AROUND) + 1)
        held = sum(any(p in around for p in a.standing_at(j, KIN)) for j in thing)
        if held >= min(2, len(thing)):
            return True
    return False


def _thing(a: Alignment, at: int) -> list[int]:
    tokens = a.claim.tokens
    found: list[int] = []
    for j in range(at + 1, min(at + _THING, len(tokens))):
        if tokens[j].sentence != tokens[at].sentence or _END.search(a.claim.low, tokens[j - 1].end, tokens[j].start):
            break
        if j in a.row:
            found.append(j)
    return found[:_MOST]


@of_text
def _demands(text: Text) -> tuple[int, ...]:
    """Indices of the words by which a text demands something and does not deny that it does."""
    denied = {i for cue in cues(text) for i in cue.scope if cue.kind in {"plain", "phrase"}}
    places = (bisect_left(text.starts, match.start()) for match in _DEMANDS.finditer(text.low))
    return tuple(i for i in places if i < len(text.tokens) and i not in denied)
