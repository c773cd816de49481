"""Exchanges: two things of a claim that would fit better in one another's place.

``Slots.exchange`` says how well each suits the place of the other. In a reworded sentence most such gains are chance: a
verb and a noun "change places" because the words around them moved. So two words, or two names, count only where they
could stand in one another's place at all, and where each would clearly stand better there.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from operator import itemgetter
from typing import Final, NamedTuple

import numpy as np

from rag.grounding.figures import kinds, may_replace
from rag.grounding.grades import keep_their_grades
from rag.grounding.lists import members
from rag.grounding.mutual import are_mutual
from rag.grounding.paraphrases import opposites_of
from rag.grounding.slots import Slots
from rag.grounding.tokens import Token

STRONG: Final = 0.9
"""How well a word must be matched for its place to be known."""
STRONG_AS_FLOAT: Final = float(np.float32(STRONG))
"""As numbers of four bytes are compared with it, which 0.9 is not."""
_NOTICED: Final = float(np.float32(0.03))
_CLEARLY: Final = {"name": (-1.0, 0.25), "word": (0.03, 0.3)}
"""What each of the two must gain by it, and how well it must suit the other's place. A name that everything is about
suits many places, so that of names one may gain all."""
_MOST: Final = 0.4
_TRIED: Final = 12
"""Pairs that are looked at, those with the greatest gain first."""
_POOR: Final = frozenset(
    "one ones other others another two three four five six seven eight nine ten half third quarter first second last "
    "average least most more less same such part parts time times".split()
)
"""Words that count or point: they stand in any company."""
_FEWEST: Final = 3
"""Weighty words of a claim in which two may be exchanged."""
_BESIDE: Final = 3
"""Words from one to the other of two that stand together."""
_JOINS: Final = frozenset({"and", "or", "the", "a"})
_ARTICLES: Final = frozenset("a an the its their his her our this that these those each every both some any".split())
_PREPOSITIONS: Final = frozenset(
    "in on at for from to with by than as of over under between through into against without across per via about "
    "during within toward towards like among".split()
)


class _Couple(NamedTuple):
    gain: float
    """What the fit would gain if two rows changed places."""
    one: int
    other: int
    """The two rows, the lower first."""
    least_gain: float
    """What that of the two would gain that gains less."""
    least_fit: float
    """How well that of the two would fit that fits less."""


class Exchanges(NamedTuple):
    """What would be gained by exchanging two figures, names, words, or words of one kind, each at most 0.4; and the two
    that would gain most, or two empty strings."""

    figure: float
    name: float
    word: float
    parallel: float
    pair: tuple[str, str]


_NONE: Final = Exchanges(0.0, 0.0, 0.0, 0.0, ("", ""))


def exchanges(s: Slots, name: Sequence[bool], figure: Sequence[bool]) -> Exchanges:
    """Look for the best exchange of each sort; ``name`` and ``figure`` say which of the n rows are such."""
    a = s.a
    of_row = [
        "figure" if is_figure else "name" if is_name else "word"
        for is_figure, is_name in zip(figure, name, strict=True)
    ]
    greatest = _greatest(s, of_row)
    if not greatest:
        return _NONE
    sorts: dict[str, list[_Couple]] = {"figure": [], "name": [], "word": []}
    for couple in greatest:
        sorts[of_row[couple.one]].append(couple)
    if sorts["figure"]:
        own = kinds(a.claim)
        sorts["figure"] = [
            c for c in sorts["figure"]
            if _may_change(own[a.content[c.one]], own[a.content[c.other]]) and not _one_range(s, c.one, c.other)
            and not keep_their_grades(a, a.token(c.one).start, a.token(c.other).start)
        ]  # fmt: skip
    sorts["word"] = [c for c in sorts["word"] if not _side_by_side(s, c.one, c.other)]
    sorts["name"] = [
        c for c in sorts["name"]
        if not _side_by_side(s, c.one, c.other, ())
        and not are_mutual(a.evidence, tuple(a.places[c.one]), tuple(a.places[c.other]))
    ]  # fmt: skip
    found = {"figure": 0.0, "name": 0.0, "word": 0.0}
    best, pair = 0.0, ("", "")
    for sort, couples in sorts.items():
        for couple in couples[:_TRIED]:
            most, i, j, least_gain, least_fit = couple
            if sort != "figure":
                gain, least = _CLEARLY[sort]
                if least_gain < gain or least_fit < least or (sort == "word" and not _of_a_kind(s, i, j)):
                    continue
            found[sort] = min(most, _MOST)
            if most > best:
                best, pair = most, (a.token(i).surface, a.token(j).surface)
            break
    most = 0.0
    for couple in sorts["word"]:  # the greatest gain first
        if couple.gain <= _NOTICED:
            break
        if _parallel(s, couple.one, couple.other):
            most = couple.gain
            if most > best:
                pair = a.token(couple.one).surface, a.token(couple.other).surface
            break
    return Exchanges(found["figure"], found["name"], found["word"], min(most, _MOST), pair)


def _greatest(s: Slots, of_row: Sequence[str]) -> list[_Couple]:
    """All couples of well matched words of one sort, no word with itself, that would gain anything; the greatest gain
    first. ``of_row``: the sort of each row."""
    rows = [row for row, best in enumerate(s.bests) if best >= STRONG_AS_FLOAT]
    keys, content = s.a.claim.main_keys, s.a.content
    couples = [
        (x, y)
        for y, j in enumerate(rows)
        for x, i in enumerate(rows[:y])
        if of_row[i] == of_row[j] and keys[content[i]] != keys[content[j]]
    ]
    if not couples or len(content) < _FEWEST:
        return []
    owns, crosses = s.exchange(rows)
    gains: list[list[float]] = (crosses + crosses.T - owns - owns.T).tolist()
    couples = [(x, y) for x, y in couples if gains[x][y] > 0]
    if not couples:
        return []
    couples.sort()
    own: list[list[float]] = owns.tolist()
    cross: list[list[float]] = crosses.tolist()
    found = [
        _Couple(
            gains[x][y], rows[x], rows[y],
            min(max(cross[x][y], 0.0) - max(own[x][y], 0.0), max(cross[y][x], 0.0) - max(own[y][x], 0.0)),
            min(cross[x][y], cross[y][x]),
        )
        for x, y in couples
    ]  # fmt: skip
    found.sort(key=itemgetter(0), reverse=True)  # equals stay in their order
    return found


def _may_change(one: str, other: str) -> bool:
    return bool(one) and may_replace(one, other)


def _one_range(s: Slots, i: int, j: int) -> bool:
    """Whether two figures of the claim are the ends of one range, "between 50% and 62%": the lower is the first."""
    one, other = (s.a.token(row) for row in (i, j))
    return any(q.high is not None and q.start <= one.start and other.end <= q.end for q in s.a.claim.quantities)


def _side_by_side(s: Slots, i: int, j: int, joins: Collection[str] = _JOINS) -> bool:
    """Whether two words stand together in one phrase of the evidence, or as alternatives ("the small or big module"):
    so they have the same company, but where they are members of lists in step."""
    one, other = s.place_of[s.columns_chosen[i]], s.place_of[s.columns_chosen[j]]
    low, high = (one, other) if one < other else (other, one)
    if high - low > _BESIDE:
        return False
    between = s.a.evidence.tokens[low + 1 : high]
    if any(t.low not in joins for t in between):
        return False
    if s.a.evidence.sentence_of[low] != s.a.evidence.sentence_of[high]:
        return False
    return members(s.a.evidence).isdisjoint((low, high))


def _of_a_kind(s: Slots, i: int, j: int) -> bool:
    """Whether one of two words could stand where the other does."""
    tokens = s.a.claim.tokens
    x, y = s.a.content[i], s.a.content[j]
    if {tokens[x].low, tokens[y].low} & _POOR:
        return False
    return _parallel(s, i, j) or _sort(tokens, x) == _sort(tokens, y)


def _sort(tokens: tuple[Token, ...], i: int) -> str:
    """What a word may be, as far as its ending and the word before it tell."""
    low = tokens[i].low
    before = tokens[i - 1].low if i and tokens[i - 1].sentence == tokens[i].sentence else ""
    if low.endswith("ly"):
        return "adverb"
    if before in _ARTICLES or before in _PREPOSITIONS:
        return "noun"
    return "verb" if low.endswith(("ing", "ed")) else ""


def _parallel(s: Slots, i: int, j: int) -> bool:
    """Whether two words of the claim are of one kind: opposites, or qualities of the same thing ("training memory and
    inference memory")."""
    tokens = s.a.claim.tokens
    x, y = s.a.content[i], s.a.content[j]
    if tokens[y].key in opposites_of(tokens[x].key):
        return True
    return max(x, y) + 1 < len(tokens) and tokens[x + 1].weight > 0 and tokens[x + 1].key == tokens[y + 1].key
