"""Movements: what a text says to grow or to shrink, to be much or little, to be helped or hindered.

A word of moving is linked to the thing moved, wherever it stands: behind an active verb ("pushes latency up"), before
one that has no object or is passive ("latency goes up", "latency is cut"), between "make" and an adjective ("makes
transfers rarer"), behind the "in" or "of" of a noun ("a drop in latency") or before it ("latency savings"). The words
stand in ``movers``; what is compared of them, in ``moved``.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from rag.grounding import movers
from rag.grounding.lexicon import classes
from rag.grounding.phrases import ARTICLES, STOPS, Thing, chain, phrases, runs_on, thing_of
from rag.grounding.signals import bounding
from rag.grounding.tokens import Text, of_text

_PAVED: Final = re.compile(r"\b(?:pav|open|clear|smooth)(?:e|es|ed|s|ing)? (?:the|a|new)$")
_STOOD: Final = re.compile(r"\b(?:get|gets|got|getting|stand|stands|stood|standing|be|is|are) in the$")
_STARTS: Final = frozenset(
    "but while whereas because since although though if when which who where so yet until thereby thus".split()
)
_ADJECTIVE: Final = re.compile(r"[a-z]+(?:ive|ent|ant|ate|ful|ble|al|ous|ic|ar|ict|ed|ly|sive|ing)\Z")
_OF_ACTION: Final = (
    movers.VERBS | movers.MADE | movers.UNMADE | movers.HELP | movers.HINDER | movers.WAYS | movers.AGGRAVATE
    | movers.REMEDY
)  # fmt: skip
_UP_OR_DOWN: Final = movers.UP | movers.DOWN
_BEFORE_NO_NOUN: Final = STOPS | ARTICLES
_GROW: Final = frozenset("grow grows grew grown growing".split())
_PARTICLE_REACH: Final = 8


class Movement(NamedTuple):
    """A word that moves (``sign`` 1 up, -1 down) on a scale, and the things moved."""

    at: int
    sign: int
    scale: str
    """ "amount" (more, less), "level" (much, little), "made" (made, undone), "help" (helped, hindered), "ill" (made
    worse, remedied) or "merit"."""
    things: tuple[Thing, ...]


@of_text
def movements(text: Text) -> tuple[Movement, ...]:
    """All that a text says to move, in order; not what something else lessens ("limits the growth of latency")."""
    if movers.MOVERS.isdisjoint(text.words):
        return ()
    found = []
    all_movers = movers.MOVERS
    for i in [i for i, low in enumerate(text.columns["low"]) if low in all_movers]:
        token = text.tokens[i]
        if not (token.is_name or token.is_number or token.joined):
            found += [m for m in _moving(text, i, token.low) if m.things]
    lessened = {j for m in found if m.sign < 0 and m.scale != "ill" for thing in m.things for j in thing.words}
    return tuple([m for m in found if m.at not in lessened])


def _moving(text: Text, i: int, low: str) -> list[Movement]:
    if i and text.tokens[i - 1].low == "from":
        return []  # "keeps it from growing"
    if low in movers.CARRY and (carried := _carried(text, i)):
        return carried
    noun = (low in movers.NOUNS_UP) - (low in movers.NOUNS_DOWN)
    if noun and _is_noun(text, i):
        return [Movement(i, noun, "amount", _of_noun(text, i))]
    return _by_verb(text, i, low) if low in _OF_ACTION else _by_adjective(text, i, low)


def _by_verb(text: Text, i: int, low: str) -> list[Movement]:
    found: list[Movement] = []
    if sign := (low in movers.UP) - (low in movers.DOWN):
        found.append(Movement(i, sign, "amount", _moved(text, i)))
    if sign := (low in movers.BETTER) - (low in movers.WORSE):
        found += _weighed(text, Movement(i, sign, "merit", _moved(text, i)))
    if sign := (low in movers.MADE) - (low in movers.UNMADE):
        found.append(Movement(i, sign, "made", _moved(text, i)))
    if sign := (low in movers.AGGRAVATE) - (low in movers.REMEDY):
        found.append(Movement(i, sign, "ill", _moved(text, i)))
    if sign := (low in movers.HELP) - (low in movers.HINDER):
        found.append(Movement(i, sign, "help", phrases(text, i + 1)))
    return found + (_way(text, i) if low in movers.WAYS else [])


def _by_adjective(text: Text, i: int, low: str) -> list[Movement]:
    if i in bounding(text):
        return []
    if sign := (low in movers.MORE) - (low in movers.LESS):
        if [t.low for t in text.tokens[i + 1 : i + 3]] in (["of", "a"], ["of", "an"]):
            return [Movement(i, sign, "level", phrases(text, i + 2))]  # "less of a challenge"
        return [Movement(i, sign, "amount", _compared(text, i))]
    sign = (low in movers.MUCH) - (low in movers.LITTLE)
    return [Movement(i, sign, "level", described(text, i))] if sign else []


def _way(text: Text, i: int) -> list[Movement]:
    """ "Paves the way for", "stands in the way of": the noun and what stands around it."""
    tokens = text.tokens
    before = " ".join(t.low for t in tokens[max(0, i - 3) : i])
    sign = bool(_PAVED.search(before)) - bool(_STOOD.search(before))
    return [Movement(i, sign, "help", phrases(text, i + 2))] if sign else []


def _weighed(text: Text, m: Movement) -> list[Movement]:
    """What is made better grows where more of it is good, and shrinks where less of it is."""
    good, bad = classes()["good things"], classes()["bad things"]
    found = []
    for thing in m.things:
        key = text.tokens[thing.heads[0]].key
        worth = (key in good) - (key in bad)
        found.append(Movement(m.at, m.sign * (worth or 1), "amount" if worth else "merit", (thing,)))
    return found


def _is_noun(text: Text, i: int) -> bool:
    """Whether a word that may be a verb too is a noun here: "a cut in latency"."""
    tokens = text.tokens
    if i + 1 < len(tokens) and tokens[i + 1].low in {"in", "of"} and runs_on(text, i + 1):
        return True
    low = tokens[i].low
    if low in _UP_OR_DOWN and low not in {"reduction", "saving"}:
        return False
    return i > 0 and tokens[i - 1].sentence == tokens[i].sentence


def _of_noun(text: Text, i: int) -> tuple[Thing, ...]:
    """What stands behind the "in" or "of" of a noun, or before it."""
    tokens = text.tokens
    if i + 1 < len(tokens) and tokens[i + 1].low in {"in", "of"} and runs_on(text, i + 1):
        return phrases(text, i + 2)
    before = []
    for j in range(i - 1, max(-1, i - 4), -1):
        t = tokens[j]
        if not runs_on(text, j + 1) or t.low in _BEFORE_NO_NOUN or t.is_number or not t.weight:
            break
        before.append(j)
    return (thing_of(text, tuple(reversed(before))),) if before else ()


def _carried(text: Text, i: int) -> list[Movement]:
    """ "Push latency up", "go up", "cut back on": the verb says little, the particle where to."""
    tokens = text.tokens
    for j in range(i + 1, min(i + 1 + _PARTICLE_REACH, len(tokens))):
        t = tokens[j]
        if not runs_on(text, j):
            break
        sign = movers.PARTICLES.get(t.low)
        if sign and not (t.low in {"off", "back"} and tokens[i].low in movers.NOT_WITH) and not t.joined:
            after = tokens[j + 1].low if j + 1 < len(tokens) and runs_on(text, j + 1) else ""
            if after in {"with", "against"} or (after == "to" and j + 2 < len(tokens) and not tokens[j + 2].is_number):
                return []
            things: tuple[Thing, ...] = ()
            if j > i + 1:
                things = phrases(text, i + 1, j)
            elif after:
                things = phrases(text, j + (2 if after in {"on", "the"} else 1))
            things = things or subjects(text, i)
            return [Movement(i, sign, "amount", things)] if things else []
        if t.low in STOPS and t.low not in {"that", "of"}:
            break
    return []


def _moved(text: Text, i: int) -> tuple[Thing, ...]:
    """What a verb moves: its object, or of a passive or where there is none its subject."""
    tokens = text.tokens
    if tokens[i].low in _GROW and i + 1 < len(tokens) and tokens[i + 1].low == "to":
        return ()  # "grow to a smaller size"
    passive = tokens[i].low.endswith(("ed", "n", "t")) and any(
        t.low in movers.PASSIVE and t.sentence == tokens[i].sentence for t in tokens[max(0, i - 3) : i]
    )
    things = () if passive else phrases(text, i + 1)
    return things or subjects(text, i)


def _compared(text: Text, i: int) -> tuple[Thing, ...]:
    """What a comparative is said of; nothing where it only compares another adjective ("more efficient")."""
    tokens = text.tokens
    after = tokens[i + 1] if i + 1 < len(tokens) and runs_on(text, i + 1) else None
    if tokens[i].low in {"more", "less"} and after:
        if after.low in movers.OFTEN:
            return described(text, i + 1)
        if _ADJECTIVE.match(after.low) and not after.low.endswith("ing"):
            return ()
    return described(text, i)


def described(text: Text, i: int) -> tuple[Thing, ...]:
    """What an adjective is said of: the noun behind it, or the subject of a verb of being before it."""
    tokens = text.tokens
    things = phrases(text, i + 1, attributive=True)
    if things:
        return things
    for j in range(i - 1, max(-1, i - 14), -1):
        if not runs_on(text, j + 1):
            break
        low = tokens[j].low
        if low in movers.BE and i - j <= 4:
            out = [t.low for t in tokens[max(0, j - 2) : j]] == ["out", "to"]
            return subjects(text, j - 3 if out else j)  # "turns out to be"
        if low in movers.MAKE:
            return phrases(text, j + 1, i)
    return ()


def subjects(text: Text, i: int) -> tuple[Thing, ...]:
    """The noun phrases before a verb, as far as its clause goes."""
    start = i
    while start > 0 and runs_on(text, start) and text.tokens[start - 1].low not in _STARTS:
        start -= 1
    found: list[Thing] = []
    j = start
    while j < i:
        thing, j = chain(text, j, i)
        if thing:
            found.append(thing)
        else:
            j += 1
    return tuple(found)
