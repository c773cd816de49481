"""Whither: "away from the GPU" where the source has "towards the GPU", of the same thing.

Words of place and motion come in pairs that exclude one another: towards and away from, into and out of, onto and off,
above and below, inside and outside, ahead of and behind (which verbs say too: what outpaces another is ahead of it).
Where the claim has the one before a thing and the source only the other before the same, with something before both in
common, the claim is false.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from rag.grounding.alignment import EXACT, KIN, Alignment
from rag.grounding.cues import cues
from rag.grounding.signals import NONE, Signal, bounding
from rag.grounding.tokens import Text, of_text, of_text_by

_PAIRS: Final = {
    "towards": ("towards toward closer+to nearer+to nearer", "away+from further+from farther+from"),
    "into": ("into", "out+of"),
    "onto": ("onto on+to", "off"),
    "above": (
        "above on+top+of exceed exceeds exceeded exceeding",
        "below beneath underneath falls+short+of fall+short+of fell+short+of",
    ),
    "inside": ("inside within", "outside beyond"),
    "ahead": (
        "ahead+of in+front+of outpace outpaces outpaced outpacing outstrip outstrips outstripped outstripping overtake "
        "overtakes overtaking overtaken overtook outrun outruns outran outrunning surpass surpasses surpassed "
        "surpassing outperform outperforms outperformed outperforming outgrow outgrows outgrew outgrown beat "
        "beats beaten beating",
        "behind trail trails trailed trailing lag lags lagged lagging",
    ),
    "upstream": ("upstream", "downstream"),
    "before": (
        "before prior+to ahead+of in+advance+of precede precedes preceded preceding",
        "after following subsequent+to in+the+wake+of",
    ),
}
"""Scale -> what leads to or above a thing, what leads away or stays under."""


def _phrases() -> dict[str, list[tuple[tuple[str, ...], str, int]]]:
    """First word -> (all words, scale, side) of what it begins, the longest first."""
    found: dict[str, list[tuple[tuple[str, ...], str, int]]] = {}
    for scale, sides in _PAIRS.items():
        for side, part in zip((1, -1), sides, strict=True):
            for phrase in part.split():
                words = tuple(phrase.split("+"))
                found.setdefault(words[0], []).append((words, scale, side))
    return {word: sorted(known, key=lambda k: -len(k[0])) for word, known in found.items()}


_PHRASES: Final = _phrases()
_FIRST: Final = frozenset(_PHRASES)
NEEDED: Final = (_FIRST.__contains__,)
_ENDS: Final = re.compile(r"[,;:()]|\b(?:but|while|whereas|which|who|because|since|although|though|so|if|when)\b")
_BEFORE, _BEHIND = 6, 4
_HELD: Final = 0.5
_SENTENCE: Final = 0.35


class Way(NamedTuple):
    """A word of place: its first index, scale, side (1 or -1), and the weighty words before and behind it."""

    at: int
    scale: str
    side: int
    before: tuple[int, ...]
    behind: tuple[int, ...]


@of_text
def _marked(text: Text) -> dict[str, tuple[tuple[int, int, int], ...]]:
    """Scale -> (index, side, index behind) of its words of place in a text."""
    found: dict[str, list[tuple[int, int, int]]] = {}
    lows = text.columns["low"]
    for i in [i for i, low in enumerate(lows) if low in _FIRST and not text.tokens[i].joined]:
        for words, scale, plain in _PHRASES[lows[i]]:
            side, end = plain, i + len(words)
            if lows[i:end] != words:
                continue
            if side > 0 and lows[i].endswith(("ed", "en")) and lows[end : end + 1] == ("by",):
                side, end = -1, end + 1  # "is outpaced by"
            found.setdefault(scale, []).append((i, side, end))
    return {scale: tuple(places) for scale, places in found.items()}


@of_text_by
def ways(text: Text, scale: str) -> tuple[Way, ...]:
    """Where a text says that things are or go on a scale, in order."""
    found = []
    for i, side, end in _marked(text).get(scale, ()):
        if i in bounding(text) or any(i == c.at or i in c.scope for c in cues(text)):
            continue
        if behind := _words(text, end, 1, _BEHIND):
            found.append(Way(i, scale, side, _words(text, i - 1, -1, _BEFORE), behind))
    return tuple(found)


def _words(text: Text, j: int, step: int, most: int) -> tuple[int, ...]:
    """The nearest weighty words from a word on, as far as its part of the sentence goes."""
    tokens = text.tokens
    found: list[int] = []
    start = j
    while 0 <= j < len(tokens) and len(found) < most and tokens[j].sentence == tokens[start].sentence:
        low, high = (j, j + 1) if step < 0 else (j - 1, j)
        if high < len(tokens) and _ENDS.search(text.low, tokens[low].end, tokens[high].start) and (step < 0 or found):
            break
        if _ENDS.fullmatch(tokens[j].low):
            break
        if tokens[j].weight > 0:
            found.append(j)
        j += step
    return tuple(found)


def whither(a: Alignment) -> Signal:
    """Strength 1, with a line for people, where the claim leads a thing the other way than the source."""
    if _FIRST.isdisjoint(a.evidence.words):
        return NONE
    known = _marked(a.evidence)
    for scale in [scale for scale in _marked(a.claim) if scale in known]:
        mine = ways(a.claim, scale)
        if len({w.side for w in mine}) != 1:
            continue
        there = [w for w in ways(a.evidence, scale) if a.evidence.sentence_of[w.at] in a.focus]
        if all(w.side == mine[0].side for w in there):
            continue
        for here in mine:
            same = [w for w in there if _is_one(a, here, w)]
            if same and all(w.side != here.side for w in same) and not _is_said(a, here, there):
                one, two = a.claim.tokens[here.at].surface, a.evidence.tokens[same[0].at].surface
                return Signal(1.0, f"the claim says '{one}' where the source says '{two}'")
    return NONE


def _is_said(a: Alignment, here: Way, there: list[Way]) -> bool:
    """Whether the claim's own word stands in the sentences that it rests on before what it is said of."""
    low = a.claim.tokens[here.at].low
    return any(
        a.evidence.tokens[w.at].low == low
        and any(a.places[a.row[i]].get(p, 0.0) >= KIN for i in here.behind if i in a.row for p in w.behind)
        for w in there
    )


def _is_one(a: Alignment, here: Way, there: Way) -> bool:
    """Whether the same things stand before and behind two words of place."""
    if a.held[a.evidence.sentence_of[there.at]] < _SENTENCE:
        return False
    behind, before = set(there.behind), set(there.before)
    rows = a.rows_among(here.behind)
    held = [max((q for p, q in a.places[r].items() if p in behind), default=0.0) for r in rows]
    total = sum(float(a.weights[r]) for r in rows)
    if EXACT not in held or sum(float(a.weights[r]) * q for r, q in zip(rows, held, strict=True)) < _HELD * total:
        return False
    return any(a.places[r].get(p, 0.0) >= KIN for r in a.rows_among(here.before) for p in before)
