"""Counted: "all 36 samples" where the source says "31 of 36", and "all of them" where it says "all but two".

A claim may not say of all, or of none, what the source says of some of as many, nor leave out what it takes out.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Final

from rag.grounding.alignment import KIN, Alignment
from rag.grounding.signals import NONE, Signal
from rag.grounding.tokens import Text, of_text

_IN_WORDS: Final = {
    word: n
    for n, word in enumerate("zero one two three four five six seven eight nine ten eleven twelve".split())
}  # fmt: skip
_NUMBER: Final = rf"(?:\d[\d,]*|{'|'.join(_IN_WORDS)})"
_THE: Final = r"(?:(?:the|its|their|our|these|those)\s+)?"
_OF_ALL: Final = re.compile(
    rf"(?<!\bnot )(?<!\bnearly )(?<!\balmost )(?<!\bthan )\b(?:all|each|every\s+(?:single\s+)?one|none|not\s+one)\s+"
    rf"(?:of\s+)?{_THE}(?P<n>{_NUMBER})\b(?=\s+[a-z]|[.,;]|\Z)"
)
_OF_SOME: Final = re.compile(
    rf"\b(?P<m>{_NUMBER})\s+(?:out\s+)?of\s+(?:all\s+)?{_THE}(?P<n>{_NUMBER})\b(?!\s*(?:%|percent))"
)
_ALL_BUT: Final = re.compile(
    r"\b(?:all|every|each|any)\b(?:\s+(?!but\b|except)[\w-]+){0,4}?,?\s+(?:but\s+(?:\d+|one|two|three|four|five|six|a\s+few)\b"
    r"|except\b|save\s+(?:for|one|the)\b|bar\s+(?:one|two)\b|other\s+than\b|apart\s+from\b|excluding\b"
    r"|with\s+the\s+exception\b)"
)
_TAKES_OUT: Final = re.compile(
    r"\b(?:but|except\w*|save|bar|other|apart|aside|besides|nearly|almost|most|exclu\w+|though|although|however|rest"
    r"|remain\w+|only|not)\b"
)
_ALL: Final = re.compile(r"\b(?:all|every|each|everything|everywhere|entire|whole|any)\b")
_QUICK: Final = frozenset("all every each everything everywhere entire whole any none one".split())
NEEDED: Final = (_QUICK.__contains__,)
_EXCEPT: Final = frozenset("but except save bar other apart excluding exception".split())
_NEAR, _NEAR_THERE = 6, 7
"""Words around "all", in the claim and in the source, among which one is the same."""


def counted(a: Alignment) -> Signal:
    """Strength 1, with a line for people, where the claim says of all what the source says of all but some."""
    found = _of_a_count(a)
    return found if found.strength else _with_the_exceptions(a)


def _of_a_count(a: Alignment) -> Signal:
    there = a.evidence
    for match in _OF_ALL.finditer(a.claim.low):
        for said in _shares(there) if not _OF_SOME.search(a.claim.low) else ():
            some, whole = _value(said["m"]), _value(said["n"])
            number = there.tokens[bisect_left(there.starts, said.start())].sentence
            if 0 < some < whole == _value(match["n"]) and number in a.focus and whole not in _wholes(there):
                return Signal(1.0, f"the claim says '{match.group()}' where the source says '{said.group()}'")
    return NONE


@of_text
def _shares(text: Text) -> tuple[re.Match[str], ...]:
    return tuple(_OF_SOME.finditer(text.low))


@of_text
def _wholes(text: Text) -> frozenset[int]:
    """Of how many a text says something of all."""
    return frozenset(_value(match["n"]) for match in _OF_ALL.finditer(text.low))


@of_text
def _all_but(text: Text) -> tuple[re.Match[str], ...]:
    return () if _EXCEPT.isdisjoint(text.words) else tuple(_ALL_BUT.finditer(text.low))


def _value(shown: str) -> int:
    return _IN_WORDS[shown] if shown in _IN_WORDS else int(shown.replace(",", ""))


def _with_the_exceptions(a: Alignment) -> Signal:
    claim, there = a.claim, a.evidence
    for said in _all_but(there) if not _TAKES_OUT.search(claim.low) else ():
        at = bisect_left(there.starts, said.start())
        number = there.tokens[at].sentence
        if number not in a.focus or _is_said_of_all(a, number):
            continue
        for match in _ALL.finditer(claim.low):
            i = bisect_left(claim.starts, match.start())
            near = range(max(0, i - _NEAR), i + _NEAR)
            if any(abs(p - at) <= _NEAR_THERE for j in near for p in a.standing_at(j, KIN)):
                return Signal(1.0, f"the claim says '{match.group()}' where the source says '{said.group()}'")
    return NONE


def _is_said_of_all(a: Alignment, but: int) -> bool:
    """Whether a sentence that has more of the claim than this one speaks of all."""
    spans = [(a.held[n], s) for n, s in enumerate(a.evidence.sentences) if n != but]
    return any(held > a.held[but] and _ALL.search(a.evidence.low, s.start, s.end) for held, s in spans)
