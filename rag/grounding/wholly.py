"""Wholly: "exclusively", "without exception", "the whole of" where the source says "mostly", "typically", "dominates".

Of one thing: the word that the claim's word bears on stands beside the source's, and a second word with it, in a
sentence that has no word for the whole.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Final

from rag.grounding.alignment import KIN, Alignment
from rag.grounding.signals import NONE, Signal

_ALTOGETHER: Final = re.compile(
    r"\b(?:exclusively|solely|entirely|wholly|purely|totally|completely|utterly|fully|altogether|always|invariably"
    r"|without\s+(?:any\s+)?exception|(?:nothing|none|no\s+one|nowhere)\s+but|in\s+(?:every|each)\s+case)\b"
)
_MOSTLY: Final = re.compile(
    r"\b(?:mostly|mainly|largely|primarily|predominantly|chiefly|principally|typically|generally|usually|commonly|often"
    r"|frequently|partly|partially|in\s+part|for\s+the\s+most\s+part"
    r"|(?:almost|nearly)\s+(?:entirely|exclusively|completely|always|fully|all))\b"
)
_WHOLE: Final = re.compile(
    r"\b(?:the\s+(?:whole|entirety|totality)\s+of|makes?\s+up\s+(?:all|the\s+(?:whole|entire))|nothing\s+but"
    r"|(?:is|are|was|were)\s+made\s+up\s+(?:(?:exclusively|solely|entirely|only)\s+)?of"
    r"|(?:consists?|composed)\s+(?:exclusively|solely|entirely|only)\s+of|accounts?\s+for\s+(?:all|the\s+(?:whole|entire)))\b"
)
_THE_MOST: Final = re.compile(r"\b(?:dominat(?:es?|ed|ing)|dominant|majority|bulk|lion['’]s\s+share)\b")
_PAIRS: Final = (
    (_ALTOGETHER, _MOSTLY, re.compile(
        r"(?<!almost )(?<!nearly )\b(?:only|exclusively|solely|entirely|wholly|purely|completely|fully|totally|nothing"
        r"|always|alone|all|every|full|complete|whole|entire)\b"
    )),
    (_WHOLE, _THE_MOST, re.compile(r"\b(?:all|whole|entire(?:ly)?)\b")),
)  # fmt: skip
"""What the claim says, what the source says, and what it must not say besides."""
_DENIED: Final = re.compile(r"\b(?:not|no|never|nor|than|almost|nearly|cannot|\w+n['’]t)\s+(?:\w+\s+){0,3}\Z")
_QUICK: Final = frozenset(
    "exclusively solely entirely wholly purely totally completely utterly fully altogether always invariably exception "
    "nothing none nowhere whole entirety totality made consist consists composed account accounts make makes case but "
    "one".split()
) - {"one", "but"}
NEEDED: Final = (_QUICK.__contains__,)
_QUICK_THERE: Final = frozenset(
    "mostly mainly largely primarily predominantly chiefly principally typically generally usually commonly often "
    "frequently partly partially part almost nearly dominate dominates dominated dominating dominant majority bulk "
    "lion's lion’s".split()
)
_BEHIND, _BEFORE = 5, 5
"""Words of the claim behind its word, and before it, among which it bears on some."""
_NEAR, _NEAR_BEFORE = 6, 8
"""Words around the source's word among which they stand."""


def wholly(a: Alignment) -> Signal:
    """Strength 1, with a line for people, where the claim says the whole of what the source says for the most part."""
    if _QUICK_THERE.isdisjoint(a.evidence.words):
        return NONE
    for whole, mostly, besides in _PAIRS:
        for match in () if mostly.search(a.claim.low) else whole.finditer(a.claim.low):
            if _DENIED.search(a.claim.low, 0, match.start()):
                continue
            word = _in_part(a, match, mostly, besides)
            if word:
                return Signal(1.0, f"the claim says '{match.group()}' where the source says '{word}'")
    return NONE


def _in_part(a: Alignment, match: re.Match[str], mostly: re.Pattern[str], besides: re.Pattern[str]) -> str:
    """The word by which the source says for the most part what the claim says of the whole, or ""."""
    claim, there = a.claim, a.evidence
    first, behind = (bisect_left(claim.starts, at) for at in (match.start(), match.end()))
    inside = claim.sentence_tokens[claim.tokens[first].sentence]
    after = [i for i in range(behind, min(inside[-1] + 1, behind + _BEHIND)) if i in a.row][:3]
    before = [i for i in range(max(inside[0], first - _BEFORE), first) if i in a.row][-3:]
    for said in mostly.finditer(there.low) if after else ():
        at = bisect_left(there.starts, said.end()) - 1
        number = there.tokens[at].sentence
        span = there.sentences[number]
        if number not in a.focus or besides.search(there.low, span.start, span.end):
            continue
        found = [i for i in after if _stands(a, i, at - _BEHIND, at + _NEAR)]
        others = [i for i in before if _stands(a, i, at - _NEAR_BEFORE, at + _BEFORE)]
        if after[0] in found and (others or len(found) > 1):
            return said.group()
    return ""


def _stands(a: Alignment, i: int, first: int, last: int) -> bool:
    """Whether a word of the claim stands among some words of the evidence."""
    return any(first <= place <= last for place in a.standing_at(i, KIN))
