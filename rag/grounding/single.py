"""Single: "all existing compilers" where the source says it of "an existing compiler".

The thing stands in the sentences that the claim rests on in the singular only, each time behind "a" or "one", and they
have no word for all. "Any" is left out: "a learner needs n labels" may be said of any.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Final

from rag.grounding.alignment import EXACT, Alignment
from rag.grounding.phrases import phrases
from rag.grounding.signals import NONE, Signal

_ALL: Final = re.compile(
    r"(?<!\bnearly )(?<!\balmost )(?<!\bnot )(?<!\bthan )(?<!\babove )\b"
    r"(?:(?:all|any)\s+(?:of\s+)?(?:(?:the|its|our)\s+)?"
    r"(?:existing|known|possible|available|current|of\s+today['’]s|today['’]s)\s+|every\s+"
    r"|all\s+(?:of\s+(?:the\s+)?)?(?=[a-z-]+(?:\s+[a-z-]+)?s\b))"
)
_SAID: Final = re.compile(r"\b(?:all|every|each|any|both|arbitrary|whichever|whatever)\b")
_ONE: Final = frozenset({"a", "an", "one", "another"})
_DETERMINERS: Final = _ONE | {"the", "this", "our", "its", "their", "these", "those"}
_QUICK: Final = frozenset({"all", "every", "any"})
NEEDED: Final = (_QUICK.__contains__,)
_BEFORE: Final = 5
"""Words before a thing among which its article stands."""


def single(a: Alignment) -> Signal:
    """Strength 1, with a line for people, where the claim says of all what the source says of one."""
    there = a.evidence
    for match in _ALL.finditer(a.claim.low):
        first = bisect_left(a.claim.starts, match.end())
        if first >= len(a.claim.tokens) or a.claim.tokens[first].is_number:
            continue
        for thing in phrases(a.claim, first)[:1]:
            places = [p for p in a.standing_at(thing.heads[-1], EXACT) if there.sentence_of[p] in a.focus]
            if places and all(_is_one(a, p) for p in places) and not _says_all(a):
                start, end = there.tokens[max(0, places[0] - _BEFORE)].start, there.tokens[places[0]].end
                said = f"{match.group()}{a.claim.tokens[thing.heads[-1]].surface}"
                return Signal(1.0, f"the claim says '{said}' where the source says '{there.text[start:end]}'")
    return NONE


def _is_one(a: Alignment, place: int) -> bool:
    """Whether a word of the evidence is in the singular, behind "a" or "one"."""
    token = a.evidence.tokens[place]
    if token.low.endswith("s") and not token.low.endswith("ss"):
        return False
    before = [t.low for t in a.evidence.tokens[max(0, place - _BEFORE) : place] if t.sentence == token.sentence]
    articles = [low for low in before if low in _DETERMINERS]
    return bool(articles) and articles[-1] in _ONE


def _says_all(a: Alignment) -> bool:
    spans = (a.evidence.sentences[number] for number in a.focus)
    return any(_SAID.search(a.evidence.low, span.start, span.end) for span in spans)
