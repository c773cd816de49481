"""Joined things: "X and not Y" of a source that says it of "X and Y".

A claim that sets one of two things aside says otherwise than a source that joins them directly and denies or contrasts
nothing about them.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Final

from rag.grounding.alignment import KIN, Alignment
from rag.grounding.signals import NONE, Signal
from rag.grounding.tokens import Text, of_text

_WORDS: Final = frozenset("not never rather instead without opposed exclusion".split())
NEEDED: Final = (_WORDS.__contains__,)
_SETS_ASIDE: Final = re.compile(
    r"\b(?:(?:and|but|though|yet|albeit)\s+(?:not|never|without)|rather\s+than|instead\s+of|as\s+opposed\s+to|"
    r"to\s+the\s+exclusion\s+of|(?<=,\s)(?:not|without))\b"
    r"(?!\s+(?:only|just|merely|necessarily|always|all|every|so|as|yet|before|until|vice|because|less|more|fewer|even|by|"
    r"without)\b)"
)
_ENDS: Final = re.compile(r"[,;:.()]|\b(?:while|whereas|but|which|so|because|since|as|although|though)\b")
_JOINS: Final = re.compile(
    r"\s*(?:and|as\s+well\s+as|along\s+with|together\s+with|plus|&)\s+(?:(?!(?:their|its|the|his|our)\b|\w+ly\b)\w+\s+)?"
)
_PARTS: Final = re.compile(
    r"\b(?:no|not|nor|none|neither|never|cannot|\w+n['’]t|without|hardly|rather|instead|unlike|than|versus|vs|only|lack\w*|"
    r"fail\w*|except|but|although|though|however|while|whereas|or|either|from|into|between|independent\w*|beyond|fewer|less|"
    r"unclear|replac\w*|against|separat\w*|decoupl\w*|transform\w*|convert\w*|trade-?off\w*|gap|differen\w*|distin\w*|"
    r"switch\w*|avoid\w*|eliminat\w*|remov\w*|alone)\b"
)
"""Words by which a source may treat two things that it joins differently."""
_ASIDE, _MOST, _KEPT = 7, 4, 9
"""Words behind "and not", weighty ones of them that it sets aside, and words before it that say what is kept."""
_BEFORE, _BEHIND = 10, 6
_WEIGHTY: Final = 0.5


def joined(a: Alignment) -> Signal:
    """Strength 1 where the claim parts what the source joins, with a line for people."""
    claim = a.claim
    for match in _SETS_ASIDE.finditer(claim.low):
        kept, aside = _sides(a, match)
        pairs = _pairs(a.evidence) if kept and aside else {}
        for j in aside:
            for p in a.standing_at(j, KIN):
                other = next((i for i in kept if any(q in pairs.get(p, ()) for q in a.standing_at(i, KIN))), -1)
                if other >= 0:
                    one, two = claim.tokens[other].surface, claim.tokens[j].surface
                    return Signal(
                        1.0, f"the claim parts '{one}' from '{two}' ('{match.group()}'), which the source joins"
                    )
    return NONE


def _sides(a: Alignment, match: re.Match[str]) -> tuple[list[int], list[int]]:
    """Weighty words of the claim that are kept, the nearest first, and that are set aside."""
    tokens = a.claim.tokens
    at, first = bisect_left(a.claim.starts, match.start()), bisect_left(a.claim.starts, match.end())
    if first >= len(tokens):
        return [], []
    inside = a.claim.sentence_tokens[tokens[at].sentence]
    weighty = {j for j in a.content if tokens[j].weight >= _WEIGHTY}
    kept = [j for j in range(at - 1, max(inside[0], at - _KEPT) - 1, -1) if j in weighty]
    aside: list[int] = []
    for j in range(first, min(first + _ASIDE, inside[-1] + 1)):
        if j > first and _ENDS.search(a.claim.low, tokens[j - 1].end, tokens[j].end):
            break
        if j in weighty:
            aside.append(j)
    known = {tokens[j].key for j in kept}
    return kept, [j for j in aside[:_MOST] if tokens[j].key not in known]


@of_text
def _pairs(text: Text) -> dict[int, tuple[int, ...]]:
    """Index of a word -> those of the words that a text joins it to directly, where it treats both alike."""
    found: dict[int, tuple[int, ...]] = {}
    tokens = text.tokens
    for i, token in enumerate(tokens):
        for k in range(i + 2, min(i + 6, len(tokens))):
            if tokens[k].sentence != token.sentence:
                break
            if _JOINS.fullmatch(text.low, token.end, tokens[k].start) and _alike(text, i, k):
                found[i] = (*found.get(i, ()), k)
                found[k] = (*found.get(k, ()), i)
    return found


def _alike(text: Text, i: int, k: int) -> bool:
    inside = text.sentence_tokens[text.tokens[i].sentence]
    first, last = max(inside[0], i - _BEFORE), min(inside[-1], k + _BEHIND)
    return _PARTS.search(text.low, text.tokens[first].start, text.tokens[last].end) is None
