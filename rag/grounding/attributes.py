"""Attributes: "the pipelines are not opaque" where the source has "opaque pipelines".

What a claim says with "is" a source often says before the noun. Where the source gives the thing the very attribute
that the claim denies it, or by a word that denies it by its form ("unknown speeds") what the claim says of it, and
nowhere has it the claim's way, the claim contradicts it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Final

from rag.grounding.alignment import EXACT, Alignment
from rag.grounding.cues import cues
from rag.grounding.paraphrases import base_of
from rag.grounding.signals import NONE, Signal
from rag.grounding.tokens import Text, of_text
from rag.grounding.undone import clause_of

_IS: Final = re.compile(
    r"\b(?:is|are|was|were|be|been|remains?|stays?)\b(?P<denied>\s+not|n['’]t)?"
    r"(?:\s+(?:very|quite|rather|also|so|too|an?|at\s+all|\w+ly))*\s+(?P<attribute>[\w-]+)"
)
_VERBS: Final = frozenset("is are was were be been remain remains stay stays isn't aren't wasn't weren't".split())
NEEDED: Final = (_VERBS.__contains__,)
"""Of each of these kinds the claim needs a word."""
_NOT: Final = re.compile(r"\b(?:not|cannot|never|\w+n['’]t)\b")
_NO_STATEMENT: Final = re.compile(
    r"\b(?:if|when|unless|without|only|nor|neither|than|until|all|every|both|always|just|alone|hardly|rarely|scarcely|no|none|"
    r"nothing|more|less|as|too|necessarily|longer|yet|can|may|could|might|sometimes|which|that|who|whose)\b"
)
"""With these in its clause the claim may say it of some, of others, or not now; "code that is not X" is some code."""
_PARTLY: Final = re.compile(
    r"\b(?:not|less|insufficiently|hardly|partially|partly|previously)\W+(?:\w+\W+)?\Z|\bnon\W+\w+\W+\Z"
)
_MOST, _REACH = 6, 3


def attribute(a: Alignment) -> Signal:
    """Strength 1 where the claim turns round an attribute that the source gives a thing, with a line for people."""
    if _VERBS.isdisjoint(a.claim.words):
        return NONE
    tokens = a.claim.tokens
    for match in _IS.finditer(a.claim.low):
        at, i = (bisect_left(a.claim.starts, match.start(g)) for g in (0, "attribute"))
        if i >= len(tokens) or tokens[i].start != match.start("attribute") or tokens[i].weight <= 0:
            continue
        clause = clause_of(a.claim, i)
        said = a.claim.low[tokens[clause[0]].start : tokens[clause[-1]].end]
        joined = i + 1 < len(tokens) and tokens[i + 1].joined
        if joined or at not in clause or _NO_STATEMENT.search(said) or len(_NOT.findall(said)) != bool(match["denied"]):
            continue
        things = [j for j in clause if j < at and j in a.row][-_MOST:]
        place = _turned(a, i, -1 if match["denied"] else 1, things)
        if place >= 0:
            word = a.evidence.tokens[place].surface
            says = f"not {tokens[i].surface}" if match["denied"] else tokens[i].surface
            return Signal(1.0, f"the claim says '{says}' of what the source calls '{word}'")
    return NONE


def _turned(a: Alignment, i: int, sign: int, things: list[int]) -> int:
    """Index of the word of the evidence that gives one of some things the attribute the other way round; or -1."""
    own, there = base_of(a.claim.tokens[i].surface), a.evidence
    key, sign = own or a.claim.tokens[i].key, -sign if own else sign
    found = -1
    for place in _named(there, key):
        other = _sign(there, place)
        if other in {sign, 0}:
            return -1
        noun = _noun_behind(there, place)
        if any(a.places[a.row[j]].get(p, 0.0) >= EXACT for j in things for p in noun):
            found = place
    return found


def _named(text: Text, key: str) -> list[int]:
    """Indices of the weighty words of a stem, and of those that deny it by their form; but not of those of that stem
    that deny another."""
    keys, weights, (denying, denied) = text.main_keys, text.columns["weight"], _by_form(text)
    plain = [i for i in text.positions.get(key, ()) if keys[i] == key and i not in denying and weights[i] > 0]
    return sorted([*plain, *denied.get(key, ())])


def _sign(text: Text, i: int) -> int:
    """1 where a word is said, -1 where its form denies it, 0 where something else does."""
    known = _signs(text)
    if i not in known:
        others, by_non = _denied(text)
        start = max(text.sentences[text.sentence_of[i]].start, text.starts[max(0, i - 3)])
        unclear = i in others or _PARTLY.search(text.low, start, text.starts[i]) is not None
        known[i] = 0 if unclear else -1 if (i in _by_form(text)[0]) != (i in by_non) else 1
    return known[i]


@of_text
def _signs(_: Text) -> dict[int, int]:
    """Index of a word -> what :func:`_sign` found."""
    return {}


@of_text
def _by_form(text: Text) -> tuple[frozenset[int], dict[str, list[int]]]:
    """The weighty words that deny a stem by their form: their indices; and these by the stem."""
    surfaces, denied = text.columns["surface"], dict[str, list[int]]()
    for i in text.content:
        if base := base_of(surfaces[i]):
            denied.setdefault(base, []).append(i)
    return frozenset(i for found in denied.values() for i in found), denied


@of_text
def _denied(text: Text) -> tuple[frozenset[int], frozenset[int]]:
    """Indices of the words that others deny, and of those that "non" does."""
    lows, found = text.columns["low"], cues(text)
    others = frozenset(j for cue in found for j in cue.scope if j != cue.at and lows[cue.at] != "non")
    return others, frozenset(j for cue in found if lows[cue.at] == "non" for j in cue.scope)


def _noun_behind(text: Text, i: int) -> list[int]:
    """Indices of the weighty words that stand right behind a word."""
    found: list[int] = []
    for j in range(i + 1, min(i + 1 + _REACH, len(text.tokens))):
        if text.tokens[j].clause != text.tokens[i].clause or text.tokens[j].weight <= 0:
            break
        found.append(j)
    return found
