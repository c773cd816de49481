"""Parity: "as fast as X" where the source says "faster than X", or the other way round.

A comparison has a word of comparing ("outperforms", "on par with", "lower than") and a thing behind it that is compared
with. Where claim and source compare with the same thing, one saying that the two are alike and the other that they
differ, one of them is false. A source may match one thing and outdo another: the thing compared with decides.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final, NamedTuple

from rag.grounding.alignment import KIN, Alignment
from rag.grounding.cues import cues
from rag.grounding.keeping import Remembered
from rag.grounding.signals import NONE, Signal, bounds_a_figure
from rag.grounding.tokens import Text, of_text

_MORE_THAN: Final = r"(?:\w+er|more|less|worse)\b(?:\s+(?!than\b)[\w-]+){0,3}?\s+than"
_ALIKE_WORD: Final = r"(?:match\w*|comparable|same|similar|equal\w*|competitive|par|good)\b(?:\s+(?:to|with|as))?"
_AHEAD_WORD: Final = (
    r"(?:exceed\w*|surpass\w*|outperform\w*|beat\w*|better|superior|higher|lower|faster|slower|worse|more|less|fewer)"
)
_EITHER: Final = (
    rf"{_ALIKE_WORD},?\s+(?:or|and|to)\s+(?:even\s+|slightly\s+|much\s+)*{_AHEAD_WORD}(?:\s+\w+){{0,2}}?(?:\s+(?:than|to))?"
    rf"|{_AHEAD_WORD}\s+or\s+(?:at\s+least\s+)?(?:match\w*|equal\w*|comparable|similar)"
    r"|(?:at\s+least|twice|half|times|thrice|fold|not|[\d.]+x)\s+as\s+\w+\s+as|at\s+least\s+\w+\s+\w+\s+as"
)
""" "Matches or exceeds", "twice as fast as": they say neither that two things are alike nor that they differ."""
_SAME: Final = (
    r"on\s+(?:a\s+)?par\s+with|parity\s+(?:\([^)]*\)\s+)?with|(?:comparabl[ey]|competitive(?:ly)?)\s+(?:\w+\s+){0,2}?(?:to|with)"
    r"|match(?:es|ed|ing)?(?!\s+each)|(?:similar|equivalent)\s+(?:\w+\s+){0,2}?to|clos[er]+\s+(?:in\s+\w+\s+)?to"
    r"|approaching|approach(?:es|ed)?(?=\s+(?:the|that|those)\b)|rival(?:s|l?ed|l?ing)|equal(?:s|l?ed|l?ing|\s+to)"
    r"|(?:similarly|equivalently|identically)\s+to|neck\s+and\s+neck\s+with|in\s+(?:the\s+same\s+league|line)\s+(?:as|with)|no\s+different\s+from"
    r"|as\s+(?!well|much|many|long|soon|far|such|part|low|high|few|little|a|an|the)\w+\s+as|identical\s+to"
    r"|same\s+(?:[\w-]+\s+){1,4}?as|level\s+with|(?:keep(?:s|ing)?|kept)\s+up\s+with|compet(?:e|es|ed|ing)\s+with"
    r"|indistinguishable\s+from|tie[sd]?\s+with"
)
_DIFFER: Final = (
    r"outperform\w*|surpass\w*|outpac\w+|outdo(?:es|ne|ing)?|outdid|outr[ua]n\w*|outstrip\w*|overt[ao]\w+|exceed\w*"
    r"|beat(?:s|ing|en)?|underperform\w*|(?:(?:well|far)\s+)?(?:ahead|short)\s+of|(?:superior|inferior)\s+to"
    r"|(?:well|far|slightly|clearly)\s+(?:above|below|behind)|above|below|trail(?:s|ed|ing)?"
    rf"|lag(?:s|ged|ging)?(?:\s+behind)?|(?:lea(?:ve|ves|ving)|left)(?=\s+(?:[\w-]+\s+){{1,6}}behind\b)|{_MORE_THAN}"
)
_PIVOT: Final = re.compile(rf"\b(?:(?P<either>{_EITHER})|(?P<same>{_SAME})|(?P<differ>{_DIFFER}))(?!\w)")
NEEDED: Final = (
    re.compile(
        r"\b(?:par\b|parity|comparabl|compet|match|similar|equiv|clos|approach|rival|equal|identical|neck|league|line\b"
        r"|different|as\b|same|level|keep|kept|indistinguishable|tie|outp|surpass|outd|outr|outstrip|overt|exceed|beat"
        r"|underperform|ahead|short|superior|inferior|above|below|behind|trail|lag|lea|left|than)"
    ),
)
"""Of each of these kinds the claim needs a word."""
_OPENING: Final = re.compile(
    r"\b(?:[\d.]|\w*er\b|more|less|worse|match|comparabl|compet|same|similar|equal|equiv|par\b|parity|good|exceed|surpass|outp"
    r"|beat|better|superior|inferior|fewer|at\b|twice|half|times|thrice|fold|not\b|on\b|clos|approach|rival|identical|neck|in\b"
    r"|no\b|as\b|level|keep|kept|indistinguishable|tie|outd|outr|outstrip|overt|underperform|well|far|slightly|clearly|ahead"
    r"|short|above|below|trail|lag|lea|left)"
)
""" How the words begin with which a comparison may begin."""


def _openings(low: str) -> tuple[int, ...]:
    """Where in a word a comparison may begin, if it may."""
    return tuple([m.start() for m in _OPENING.finditer(low)])


_OPENINGS: Final = Remembered(_openings, 50_000)
_COMPARATIVE: Final = re.compile(r"(?i:\w+er|more|less|worse)\Z")
STOP: Final = re.compile(
    r"[;:()]|,\s+(?:while|but|whereas|and\s+\w+s\b|with|yet|though|although)"
    r"|\b(?:while|but|whereas|although|though|yet|by|because|since|at|on|in|for|when)\b"
)
"""Where the thing compared with ends."""
_FIRST: Final = 3
"""Words of the thing compared with that are looked for."""
_REACH: Final = 14
_HELD, _ANSWERED, _LEAST = 0.6, 0.3, 1.2
_ALIKE: Final = frozenset({"close", "preserve"})
_WAYS: Final = frozenset({"up", "down", "fast", "better", "high", "low", "cheap"})
_BESIDE, _BEHIND = 3, 6
_IMPROVES: Final = re.compile(r"(?:improv|enhanc|better)(?:es|ed|s|ing)\Z")
_ARTICLES: Final = frozenset("the a an its their our".split())
_GENERAL: Final = frozenset(
    "best leading top strongest state art sota existing previous prior earlier current other others conventional "
    "traditional established advanced modern method methods approach approaches system systems technique techniques "
    "model models baseline baselines solution solutions".split()
)


class Comparison(NamedTuple):
    """One comparison of a text. ``thing``: indices of the weighty words of what is compared with, the nearest first."""

    kind: str
    """ "same", "differ" or "either"."""
    first: int
    last: int
    """Indices of the first word of comparing, and the first behind the last."""
    thing: tuple[int, ...]


@of_text
def comparisons(text: Text) -> tuple[Comparison, ...]:
    """The comparisons of a text, in order."""
    found = []
    for match in _pivots(text):
        first, last = bisect_left(text.starts, match.start()), bisect_left(text.starts, match.end())
        first = _measure(text, first, last)
        if first < last < len(text.tokens) and not bounds_a_figure(text, last - 1) and not text.tokens[last].is_number:
            found.append(Comparison(str(match.lastgroup), first, last, _thing(text, last)))
    return tuple(found)


def _pivots(text: Text) -> Iterator[re.Match[str]]:
    """As ``_PIVOT.finditer``, which tries dozens of ways at every word: here only at those with which one may begin."""
    low = text.low
    if "_" in low or "" in text.breaks.values():
        yield from _PIVOT.finditer(low)  # words that are one only for the pattern
        return
    end = 0
    for start in [
        start + at for start, word in zip(text.starts, text.columns["low"], strict=True) for at in _OPENINGS[word]
    ]:
        match = _PIVOT.match(low, start) if start >= end else None
        if match:
            end = match.end()
            yield match


def _measure(text: Text, first: int, last: int) -> int:
    """Where a comparison begins: of "Otter is faster than" at "faster"; at its end where it has no such word."""
    if text.tokens[last - 1].low != "than":
        return first
    words = range(last - 2, first - 1, -1)
    return next((j for j in words if not text.tokens[j].is_name and _COMPARATIVE.match(text.tokens[j].surface)), last)


def _thing(text: Text, last: int) -> tuple[int, ...]:
    found = []
    for j in range(last, min(last + _REACH, len(text.tokens))):
        token = text.tokens[j]
        if token.sentence != text.tokens[last - 1].sentence or (
            j > last and STOP.search(text.low, text.tokens[j - 1].end, token.end)
        ):
            break
        if token.weight > 0:
            found.append(j)
    return tuple(found)


def _held(a: Alignment, here: Comparison, there: Comparison) -> float:
    """How much of the thing that the claim compares with is the source's, in [0, 1]."""
    rows = [a.row[i] for i in here.thing if i in a.row and not _is_general(a.claim, i)][:_FIRST]
    if not rows:
        mine = _measures(a.claim, here)
        alike = mine & _measures(a.evidence, there) and all(_is_general(a.evidence, p) for p in there.thing)
        return float(bool(alike and here.thing and there.thing))
    things = {p for p in there.thing if not _goes_on(a, p)}
    found = [max((q for p, q in a.places[r].items() if p in things and q >= KIN), default=0.0) for r in rows]
    for at in range(1, len(rows)):
        token = a.token(rows[at])
        if token.joined and not token.is_name:  # "hand-tuned" for "hand-optimized"
            found[at] = max(found[at - 1 : at + 1])
    total = float(sum(a.weights[r] for r in rows))
    return float(sum(a.weights[r] * q for r, q in zip(rows, found, strict=True))) / max(total, _LEAST)


def _is_general(text: Text, i: int) -> bool:
    """Whether a word does not tell one thing from another: "the best systems" for "state-of-the-art methods"."""
    return text.tokens[i].low in _GENERAL


def _goes_on(a: Alignment, place: int) -> bool:
    """Whether a name of the source goes on in a way that the claim has nowhere: "o1-preview" is not "o1"."""
    tokens = a.evidence.tokens
    after = tokens[place + 1] if place + 1 < len(tokens) else None
    return bool(tokens[place].is_name and after and after.joined and after.key not in a.claim.positions)


def _measures(text: Text, c: Comparison) -> frozenset[str]:
    """Stems of what is compared, as far as it stands inside the comparison: "the same F1 score as"."""
    return frozenset(text.tokens[j].key for j in range(c.first + 1, c.last) if text.tokens[j].weight > 0)


def parity(a: Alignment) -> Signal:
    """The claim says that two things are alike where the source says that they differ, or that they differ where it
    says that they are alike."""
    mine = [c for c in comparisons(a.claim) if c.kind != "either" and not _is_denied(a.claim, c)]
    there = [c for c in comparisons(a.evidence) if a.evidence.tokens[c.first].sentence in a.focus] if mine else []
    for here in mine if there else ():
        held = {c: _held(a, here, c) for c in there}
        at = max(there, key=held.__getitem__)
        if held[at] < _HELD or at.kind in {here.kind, "either"} or _is_denied(a.evidence, at):
            continue
        if any(held[c] > _ANSWERED for c in there if c.kind in {here.kind, "either"}):
            continue
        if not _is_answered(a, here, at, there):
            one, other = _shown(a.claim, here), _shown(a.evidence, at)
            return Signal(1.0, f"the claim says '{one}' where the source says '{other}'")
    return NONE


def _is_answered(a: Alignment, here: Comparison, at: Comparison, there: list[Comparison]) -> bool:
    """Whether the source says elsewhere in the sentence what the claim says, with nothing else that it compares with:
    "on par with X while being faster"."""
    attached = {j for c in there if c.thing for j in range(c.first, c.last)}
    tokens = a.evidence.tokens
    around = [j for j in a.evidence.sentence_tokens[tokens[at.first].sentence] if j not in attached]
    if here.kind == "same":
        return any(tokens[j].concepts & _ALIKE or tokens[j].low == "parity" for j in around)
    if a.claim.tokens[here.last - 1].low == "than":
        wanted = a.claim.tokens[here.first].concepts
        return any(tokens[j].concepts & wanted for j in around if not _betters_another(a.evidence, j))
    ways = [j for j in around if tokens[j].concepts & _WAYS]
    last = here.thing[-1] if here.thing else here.last
    if not any(t.low in {"in", "on", "for"} for t in a.claim.tokens[last + 1 : last + 2]):
        return False
    behind = (i for i in range(last + 1, last + _BEHIND) if i in a.row)
    return any(abs(p - j) <= _BESIDE for i in behind for p in a.places[a.row[i]] for j in ways)


def _betters_another(text: Text, j: int) -> bool:
    """Whether a word is a verb with an object of its own: who "improves the recall" is not thereby better than X."""
    tokens = text.tokens
    after = tokens[j + 1] if j + 1 < len(tokens) else None
    runs_on = after and after.sentence == tokens[j].sentence and not text.low[tokens[j].end : after.start].strip()
    return bool(_IMPROVES.match(tokens[j].low) and after and runs_on and (after.weight > 0 or after.low in _ARTICLES))


def _is_denied(text: Text, c: Comparison) -> bool:
    """Whether a comparison is denied or kept from being: "no slower than", "keeps it from exceeding"."""
    if c.first and text.tokens[c.first - 1].low in {"from", "without"}:
        return True
    return any(
        cue.at in range(max(0, c.first - 4), c.last) and text.tokens[cue.at].sentence == text.tokens[c.first].sentence
        for cue in cues(text)
    )


def _shown(text: Text, c: Comparison) -> str:
    return text.text[text.tokens[c.first].start : text.tokens[c.last - 1].end]
