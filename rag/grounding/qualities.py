"""Qualities: a thing that the claim calls brittle, plentiful or late where the source calls it robust, scarce or early.

Words of quality stand in pairs of classes that exclude one another (``data/qualities.txt``); beside these a word that
denies another by its form ("unsafe", "inexact") is the other's opposite. Each is tied to the thing that it is said of:
before it ("brittle heuristics"), behind a verb of being ("the heuristics are brittle"), as a noun ("the brittleness of
the heuristics"), as the last part of a compound ("memory-constrained"). Where claim and source say the opposite of one
thing, and the source nowhere near says what the claim does, the claim is false.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import Final, NamedTuple

from rag.grounding.alignment import BROADER, Alignment
from rag.grounding.keeping import Remembered
from rag.grounding.moved import is_denied, is_same
from rag.grounding.movements import Movement, described, subjects
from rag.grounding.paraphrases import base_of
from rag.grounding.phrases import Thing, goes_on, phrases, runs_on, thing_of
from rag.grounding.signals import NONE, Signal, bounding
from rag.grounding.tokens import Text, of_text

_HAVE: Final = frozenset(
    "has have had having show shows showed shown showing exhibit exhibits exhibited display displays displayed "
    "demonstrate demonstrates demonstrated enjoy enjoys enjoyed offer offers suffer suffers possess possesses "
    "retain retains reveal reveals".split()
)
"""Between a thing and the noun of its quality."""
_NEAR: Final = 4
_APART: Final = frozenset("than versus vs unlike compared against whereas".split())
"""Where things are set against each other, each may have its own quality."""
Sides = dict[str, int]


class Quality(NamedTuple):
    """A word of quality: on which scales it stands, and on which side of each (1 or -1); and what it is said of."""

    at: int
    sides: Sides
    things: tuple[Thing, ...]


@lru_cache(maxsize=1)
def _words() -> tuple[dict[str, Sides], dict[str, Sides]]:
    """Adjectives and adverbs, and nouns, with their sides."""
    found: tuple[dict[str, Sides], dict[str, Sides]] = ({}, {})
    for line in files("rag.grounding").joinpath("data/qualities.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        for sign, part in zip((1, -1), line.split("|"), strict=True):
            for table, words in zip(found, part.split(";"), strict=False):
                for word in words.split():
                    table.setdefault(word, {})[line.split()[0]] = sign
    return found


def _told_by(low: str) -> tuple[Sides, bool] | None:
    """The sides of a word that tells a quality wherever it stands, and whether it is a noun."""
    adjectives, nouns = _words()
    if sides := adjectives.get(low):
        return sides, False
    if sides := nouns.get(low):
        return sides, True
    key = base_of(low)
    return ({"~" + key: -1}, False) if key else None


_TOLD_BY: Final = Remembered(_told_by, 50_000)
NEEDED: Final = (_told_by,)
"""Of each of these kinds the claim needs a word."""


@of_text
def _telling(text: Text) -> dict[int, Sides]:
    """Index of each word of quality, in order -> its sides."""
    names, figures = text.columns["is_name"], text.columns["is_number"]
    found = [(i, told[0]) for i, low in enumerate(text.columns["low"]) if (told := _TOLD_BY[low])]
    return {i: sides for i, sides in found if not (names[i] or figures[i] or i in bounding(text))}


@of_text
def _known(_: Text) -> dict[int, Quality]:
    """Index of a word -> what :func:`_quality` found."""
    return {}


def _quality(text: Text, i: int) -> Quality:
    """What a word of quality says of what."""
    known = _known(text)
    if i not in known:
        told = _TOLD_BY[text.tokens[i].low]
        is_noun = told is not None and told[1]
        known[i] = Quality(i, _telling(text)[i], _had_by(text, i) if is_noun else _said_of(text, i))
    return known[i]


def _said_of(text: Text, i: int) -> tuple[Thing, ...]:
    """What an adjective is said of."""
    tokens = text.tokens
    if tokens[i].joined:  # "bandwidth-constrained environments" are short of bandwidth
        return (thing_of(text, (i - 1,)),)
    after = tokens[i + 1].low if i + 1 < len(tokens) else ""
    if goes_on(text, i) or after in {"one", "ones"}:
        return ()
    if tokens[i].low.endswith("ly"):
        near = [j for j in (i + 1, i - 1) if 0 <= j < len(tokens) and runs_on(text, max(i, j)) and tokens[j].weight > 0]
        return tuple([thing_of(text, (j,)) for j in near])
    if after in {"in", "of"} and runs_on(text, i + 1):
        return (*described(text, i), *phrases(text, i + 2)[:1])
    return described(text, i)


def _had_by(text: Text, i: int) -> tuple[Thing, ...]:
    """What has a quality named by a noun: behind its "of" or "in", or before the verb of having."""
    tokens = text.tokens
    if i + 1 < len(tokens) and tokens[i + 1].low in {"of", "in"} and runs_on(text, i + 1):
        return phrases(text, i + 2)
    for j in range(i - 1, max(-1, i - 1 - _NEAR), -1):
        if not runs_on(text, j + 1):
            break
        if tokens[j].low in _HAVE:
            return subjects(text, j)
    return ()


def quality(a: Alignment) -> Signal:
    """Strength 1, with a line for people, where the claim says of a thing the opposite of what the source says."""
    for i in _telling(a.claim):
        here = _quality(a.claim, i)
        if not here.things or _is_said(a, here):
            continue
        other = next(_opposed(a, here), None)
        if other is not None:
            one, two = a.claim.tokens[here.at].surface, a.evidence.tokens[other].surface
            return Signal(1.0, f"the claim says '{one}' where the source says '{two}'")
    return NONE


def _is_said(a: Alignment, here: Quality) -> bool:
    """Whether the claim's own word stands in the sentences that it rests on, and not of another thing."""
    places = a.evidence.positions.get(a.claim.tokens[here.at].key, ())
    if not places:
        return False
    named, telling, sentence_of = _named(a, here), _telling(a.evidence), a.evidence.sentence_of
    for p in places:
        elsewhere = p in telling and _is_of_another(named, _quality(a.evidence, p))
        if sentence_of[p] in a.focus and not elsewhere:
            return True
    return False


def _named(a: Alignment, here: Quality) -> frozenset[int]:
    """Where in the evidence the things stand of which a word of quality of the claim is said."""
    return frozenset(p for t in here.things for i in t.words if i in a.row for p in a.places[a.row[i]])


def _is_of_another(named: frozenset[int], there: Quality) -> bool:
    """Whether a word of quality of the source is said of nothing that the claim's is said of."""
    return bool(there.things) and all(named.isdisjoint(t.words) for t in there.things)


def _opposed(a: Alignment, here: Quality) -> Iterator[int]:
    focus, sentence_of, scales = a.focus, a.evidence.sentence_of, here.sides.keys()
    alike = [i for i, sides in _telling(a.evidence).items() if not scales.isdisjoint(sides) and sentence_of[i] in focus]
    there = [_quality(a.evidence, i) for i in alike] + [q for q in _plain(a, here) if sentence_of[q.at] in focus]
    named = _named(a, here)
    for scale, sign in here.sides.items():
        same = [q for q in there if q.sides.get(scale) == sign and not _is_of_another(named, q)]
        if (
            same
            or _stands_apart(a.claim, here.at)
            or any(sides.get(scale) == -sign for sides in _telling(a.claim).values())
        ):
            continue
        for q in there:
            if q.sides.get(scale) != -sign or _stands_apart(a.evidence, q.at):
                continue
            if any(_is_one(a, here, thing, q, s) for thing in here.things for s in q.things):
                yield q.at


def _plain(a: Alignment, here: Quality) -> list[Quality]:
    """Where the source has the word that one of the claim denies by its form."""
    found = []
    low = a.claim.tokens[here.at].low
    for scale in here.sides:
        if scale.startswith("~"):
            for p in a.evidence.positions.get(scale[1:], ()):
                if low.endswith(a.evidence.tokens[p].low):
                    found.append(Quality(p, {scale: 1}, _said_of(a.evidence, p)))
    return found


def _is_one(a: Alignment, here: Quality, thing: Thing, there: Quality, other: Thing) -> bool:
    """Whether two words of quality are said of one thing, and neither is denied."""
    one, two = (Movement(q.at, 1, "quality", q.things) for q in (here, there))
    if not any(a.places[a.row[i]].get(p, 0.0) > BROADER for i in thing.heads if i in a.row for p in other.heads):
        return False
    return is_same(a, thing, other, two) and not (is_denied(a.claim, one, thing) or is_denied(a.evidence, two, other))


def _stands_apart(text: Text, at: int) -> bool:
    """Whether things are set against each other in the clause of a word."""
    token = text.tokens[at]
    return any(text.tokens[j].low in _APART and abs(j - at) <= 3 * _NEAR for j in text.sentence_tokens[token.sentence])
