"""Achieved: a claim that gives as done, known or certain what the source gives as possible, hoped for or still to come.

"Has already made builds cheaper" for "shows the potential of making builds cheaper", "is known to be due to" for
"probably due to". What follows the word of achieving has to stand behind a word of possibility in one sentence of the
source, which says nothing as done there, and better there than in any other.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final, NamedTuple

from rag.grounding.alignment import BROADER, Alignment
from rag.grounding.signals import NONE, Signal
from rag.grounding.tokens import Text, of_text

_DONE: Final = re.compile(
    r"\b(?:already|demonstrably|definitively|conclusively|verifiably|provably|undoubtedly|undeniably|definitely|certainly"
    r"|inevitably|invariably|always|necessarily|surely|once\s+and\s+for\s+all|beyond\s+(?:any\s+)?doubt|no\s+doubt"
    r"|(?:has|have|had)\s+(?:\w+ly\s+)?(?:(?:since|now|long|meanwhile|thereby|thus|by\s+now)\s+)?"
    r"(?:\w+ed|prove[dn]|shown|become|led|made|brought|been|given|grown|come|taken|cut|put|found|got|won|set)"
    r"|(?:is|are|was|were)\s+(?:now\s+|by\s+now\s+)?(?:known|proven|proved|guaranteed|established|certain|sure|bound|found)\s+to"
    r"|turn(?:s|ed)\s+out|prove[sd]|in\s+actual\s+(?:fact|use|practice)|for\s+a\s+fact|is\s+a\s+fact"
    r"|(?:establish(?:es|ed)?|confirm(?:s|ed)?|settle[sd]?)\s+that)\b"
)
_POSSIBLE: Final = re.compile(
    r"\b(?:could|may(?!\s+\d)|might|can(?!not\b)|would|potentially|possibly|perhaps|probably|likely|presumably|potential"
    r"|(?:the|great|some|much|a|its|shows?|holds?)\s+promise|promises|promising|hopes?|hoped|aims?|aimed|expect(?:s|ed)?"
    r"|intend(?:s|ed)?|seeks?|future|plans?|planned|suspects?|suggests?|conjectured?|envision(?:s|ed)?|foundations?\s+for"
    r"|pav(?:es|ing)\s+the\s+way)\b"
)
_STILL_POSSIBLE: Final = re.compile(
    r"\b(?:could|may|might|can|would|potential|perhaps|promise|probably|likely|if|possible|able"
    r"|allow\w*|enabl\w*|permit\w*)\b"
)
_STATED: Final = re.compile(
    r"\b(?:already|has|have|had|proven|prove[sd]?|now|today|currently|existing|known|turns?\s+out|inevitabl[ey]|invariably"
    r"|always|necessarily|certainly|guarantee\w*|surely|demonstrabl[ey]|bound\s+to"
    r"|(?:and|we|results)\s+(?:show|demonstrate|find)\s+that)\b"
)
"""In such a sentence something is given as done."""
_END: Final = re.compile(r";|\)|,\s*(?:in\s+which\s+case|which)\b|\b(?:but|while|whereas|although|however)\b")
_WHICH: Final = re.compile(r"\b(?:that|which|who)\s+(?:\w+\s+){0,2}\Z")
"""Behind these a clause only says which things are meant: "types that users have defined"."""
_QUICK: Final = frozenset(
    "already demonstrably definitively conclusively verifiably provably undoubtedly undeniably definitely certainly "
    "inevitably invariably always necessarily surely doubt has have had known proven proved guaranteed established "
    "certain sure bound found turns turned proves actual fact establish establishes confirm confirms confirmed settle "
    "settled settles all".split()
)
NEEDED: Final = (_QUICK.__contains__,)
_QUICK_THERE: Final = frozenset(
    "could may might can would potentially possibly perhaps probably likely presumably potential promise promises "
    "promising hope hopes hoped aim aims aimed expect expects expected intend intends intended seek seeks future plan "
    "plans planned suspect suspects suggest suggests conjecture conjectured envision envisions envisioned foundation "
    "foundations paves paving".split()
)
_WINDOW, _ROWS, _REACH = 14, 8, 18
"""Words behind the word of achieving, how many of them count, and how many a word of possibility governs."""
_GOVERNED, _BETTER, _NEARLY = 0.75, 0.2, 0.1
_BESIDE: Final = 3
"""Words from a word of possibility to the one thing that a claim says of it."""


class _Possible(NamedTuple):
    """A word of possibility: its sentence, the word and the indices of the words that it governs."""

    sentence: int
    word: str
    governed: range


def achieved(a: Alignment) -> Signal:
    """Strength 1, with a line for people, where the claim says as done what the source says may be."""
    if _QUICK_THERE.isdisjoint(a.evidence.words):
        return NONE
    claim = a.claim
    for match in () if _STILL_POSSIBLE.search(claim.low) else _DONE.finditer(claim.low):
        first = bisect_left(claim.starts, match.end())
        if first >= len(claim.tokens) or _WHICH.search(claim.low, 0, match.start()):
            continue
        last = claim.sentence_tokens[claim.tokens[first].sentence][-1]
        said = a.rows_among(range(first, min(last + 1, first + _WINDOW)))[:_ROWS]
        rows = [r for r in said if any(quality >= BROADER for quality in a.places[r].values())]
        word = _possible(a, rows) if 2 * len(rows) > len(said) else ""
        if word:
            return Signal(1.0, f"the claim says '{match.group()}' where the source says '{word}'")
    return NONE


def _possible(a: Alignment, rows: Sequence[int]) -> str:
    """The word of possibility that governs some words of the claim in the sentence that holds them best, or ""."""
    held = a.held_of(rows).tolist()
    most, low = max(held), a.evidence.low
    reach = _REACH if len(rows) > 1 else _BESIDE
    for sentence, word, governed in _possibilities(a.evidence):
        span = a.evidence.sentences[sentence]
        if held[sentence] < most - _NEARLY or _STATED.search(low, span.start, span.end):
            continue
        inside = range(governed.start, min(governed.stop, governed.start + reach))
        share = sum(
            float(a.weights[r]) for r in rows if any(p in inside and q >= BROADER for p, q in a.places[r].items())
        ) / float(a.weights[rows].sum())
        others = max((h for n, h in enumerate(held) if n != sentence), default=0.0)
        if share >= _GOVERNED and others < share - _BETTER:
            return word
    return ""


@of_text
def _possibilities(text: Text) -> tuple[_Possible, ...]:
    found = []
    for match in _POSSIBLE.finditer(text.low):
        first = bisect_left(text.starts, match.end())
        sentence = text.tokens[bisect_left(text.starts, match.start())].sentence
        ends = _END.search(text.low, match.end(), text.sentences[sentence].end)
        end = bisect_left(text.starts, ends.start() if ends else text.sentences[sentence].end)
        if first < end:
            found.append(_Possible(sentence, match.group(), range(first, min(end, first + _REACH))))
    return tuple(found)
