"""Crossed: two clauses of a claim hold the words of two clauses of the evidence, but one word of each is the other's.

"It is 3x faster than Ash, and Birch is beaten by 5x" of "3x faster than Birch, and 5x faster than Ash": whatever the
wording, what stood together stands apart. Clauses are cut in several ways: at conjunctions and commas; at the
prepositions that set two things side by side as well; and the evidence at nothing but the ends of its sentences and the
items of a list, where the two clauses of the claim tell of two of these.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations, pairwise
from typing import Final, NamedTuple

from rag.grounding.alignment import EXACT, KIN, Alignment
from rag.grounding.grades import keep_their_grades
from rag.grounding.keeping import Remembered
from rag.grounding.lists import members, pairs
from rag.grounding.mutual import are_mutual
from rag.grounding.paraphrases import opposites_of
from rag.grounding.signals import NONE, Signal
from rag.grounding.tokens import CLAUSE_MARK, Text, of_text

_CONJUNCTIONS: Final = frozenset(
    "and but while whereas although though because yet or despite rather instead plus".split()
)
_SIDES: Final = _CONJUNCTIONS | frozenset("with than against versus vs into to behind unlike compared over as".split())
_ITEM: Final = re.compile(r";|\(\s*(?:\d{1,2}|[ivx]{1,4}|[a-e])\s*\)")
TURNS: Final = frozenset("while whereas whilst but although though where".split())
_BREAK: Final = re.compile(rf"{_ITEM.pattern}|[;:—]")
_CUTS: Final = ((_CONJUNCTIONS, CLAUSE_MARK), (_SIDES, CLAUSE_MARK), (frozenset[str](), _ITEM), (TURNS, _BREAK))
"""Words before which, and marks after which, another clause begins."""
_CUTTING: Final = frozenset().union(*(words for words, _ in _CUTS))
_CLAUSES, _PARTS, _ITEMS, _WIDE = 0, 1, 2, 3
_PART: Final = 1 << _PARTS
_WAYS: Final = ((_CLAUSES, _CLAUSES), (_PARTS, _PARTS), (_CLAUSES, _ITEMS))
"""How the claim and the evidence are cut."""
_WIDELY: Final = ((_CLAUSES, _CLAUSES), (_CLAUSES, _WIDE), (_PARTS, _WIDE))
"""The same where words of one family count as well."""
_SIDE_BY_SIDE: Final = re.compile(r"\s*(?:,\s*)?(?:and|or)\s+(?:the\s+)?|\s*,\s*")

_LEAST_WORDS: Final = 4
_LEAST_CELLS: Final = 4

Place = tuple[int, int]
"""A word of the claim and its place in the evidence, both as indices of tokens."""


class Crossed(NamedTuple):
    """Two words of the claim that changed clauses, or two empty strings."""

    one: str = ""
    other: str = ""
    sure: bool = False
    """Two figures, two names or two parallel words; of other words it is a sign and no more."""


def _marked(between: str) -> int:
    """Bits of the ``_CUTS`` that have a mark in what stands between two words."""
    return sum(1 << way for way, (_, mark) in enumerate(_CUTS) if mark.search(between))


_BY_WORD: Final = {low: sum(1 << way for way, (words, _) in enumerate(_CUTS) if low in words) for low in _CUTTING}
"""Bits of the ``_CUTS`` by which another clause begins before a word."""
_BY_MARK: Final = Remembered(_marked, 2_000)
_EVERY: Final = (1 << len(_CUTS)) - 1
_LONGEST_MARK: Final = 32
"""What is longer, between two words, is not remembered."""


@of_text
def _cuts(text: Text) -> list[tuple[int, int]]:
    """The words before which another clause begins, in order, with the bits of the ``_CUTS`` by which it does."""
    found = {inside[0]: _EVERY for inside in text.sentence_tokens[1:] if inside and inside[0]}
    for i, mark in text.breaks.items():
        if bits := _BY_MARK[mark] if len(mark) <= _LONGEST_MARK else _marked(mark):
            found[i] = found.get(i, 0) | bits
    if not _CUTTING.isdisjoint(text.words):
        cutting, by_word = _CUTTING, _BY_WORD
        for i, low in enumerate(text.columns["low"]):
            if low in cutting:
                found[i] = found.get(i, 0) | by_word[low]
    return sorted(found.items())


def _clauses_by(way: int) -> Callable[[Text], list[int]]:
    """For one of ``_CUTS``: of a text the clause of every word, counted on through the text."""
    bit = 1 << way

    def clauses(text: Text) -> list[int]:
        found: list[int] = []
        count = 0
        for at, bits in _cuts(text):
            if bits & bit:
                found += [count] * (at - len(found))
                count += 1
        found += [count] * (len(text.tokens) - len(found))
        return found

    return of_text(clauses)


_clauses: Final = tuple([_clauses_by(way) for way in range(len(_CUTS))])


def _is_one(text: Text) -> bool:
    """Whether a text is one clause however it is cut: no part begins within it."""
    return not any(bits & _PART for _, bits in _cuts(text))


@of_text
def _kinds(text: Text) -> tuple[str, ...]:
    """Of each word: a figure, a name, or "" for any other."""
    starts = [q.start for q in text.quantities]
    found = []
    for token in text.tokens:
        at = bisect_right(starts, token.start) - 1
        figure = token.is_number or (at >= 0 and token.start < text.quantities[at].end)
        found.append("figure" if figure else "name" if token.is_name else "")
    return tuple(found)


@of_text
def in_step(text: Text) -> frozenset[int]:
    """Words of lists that run in step, and of a sentence with "respectively" figures and names side by side: what
    belongs to what is not told by where they stand."""
    if "respectively" not in text.words:
        return members(text)
    found = set(members(text))
    told = {t.sentence for t in text.tokens if t.low == "respectively"}
    kinds = _kinds(text)
    for number in told:
        marked = [i for i in text.sentence_tokens[number] if kinds[i]]
        for i, j in pairwise(marked):
            between = text.text[text.tokens[i].end : text.tokens[j].start]
            if kinds[i] == kinds[j] and _SIDE_BY_SIDE.fullmatch(between):
                found |= {i, j}
    return frozenset(found)


def crossed(a: Alignment) -> Crossed:
    """The first two words that changed clauses; those that surely did before others.

    Of two sentences, each with words of its own, words that are no more than plain are not told apart surely enough.
    """
    doubtful = Crossed()
    # Two clauses with two words each: less tells nothing.
    if len(a.content) < _LEAST_WORDS or _is_one(a.claim):
        return doubtful
    words = _words(a)
    if len(words) < _LEAST_WORDS:
        return doubtful
    for way in _WAYS if _turns(words) else ():
        cells = _cells(a, words, *way)
        for pair in _crossings(a, cells) if len(cells) >= _LEAST_CELLS else ():
            found = _named(a, *pair)
            if found.sure:
                return found
            if way != (_CLAUSES, _ITEMS):
                doubtful = doubtful if doubtful.one else found
    if a.claim.columns["is_name"].count(True) < 2:
        return doubtful
    kinds = _kinds(a.claim)
    if kinds.count("figure") < 2 or kinds.count("name") < 2:
        return doubtful
    strayed = _strayed(a, _cells(a, words, _CLAUSES, _CLAUSES))
    return strayed if strayed.sure else doubtful


def crossed_widely(a: Alignment) -> Signal:
    """Strength 1 where two figures, names or parallel words surely changed clauses, with a line for people.

    As :func:`crossed`, where words of one family stand for one another ("sorts", "sorting"), and the evidence is cut at
    words of contrast only, so that an apposition stays with its clause. Not weighed in the fit.
    """
    if len(a.content) < _LEAST_WORDS or _is_one(a.claim):
        return NONE
    words = _words(a, KIN)
    if len(words) < _LEAST_WORDS:
        return NONE
    for way in _WIDELY if _turns(words) else ():
        cells = _cells(a, words, *way)
        for pair in _crossings(a, cells) if len(cells) >= _LEAST_CELLS else ():
            found = _named(a, *pair)
            if found.sure:
                return Signal(
                    1.0, f"the roles are swapped: '{found.one}' and '{found.other}' seem to have changed places"
                )
    return NONE


def _words(a: Alignment, least: float = EXACT) -> list[tuple[int, list[int]]]:
    """The claim's weighty words with their places, by the same stem, in the sentences that it rests on; those left out
    that share a place, or belong to lists in step. Where no word of that stem stands, others count from ``least`` on,
    but not for figures and names."""
    here, there = in_step(a.claim), in_step(a.evidence)
    found: list[tuple[int, list[int]]] = []
    taken: dict[int, int] = {}
    for row, (i, places) in enumerate(zip(a.content, a.in_focus, strict=True)):
        if not places and least < EXACT:
            places = _of_its_family(a, row, least)
        if not places:
            continue
        for place in places:
            taken[place] = taken.get(place, 0) + 1
        if not (here and i in here) and (not there or there.isdisjoint(places)):
            found.append((i, places))
    return [one for one in found if taken[one[1][0]] == 1]


def _turns(words: Sequence[tuple[int, Sequence[int]]]) -> bool:
    """Whether some of these words stand in the order of the evidence and some the other way round: else none can have
    changed clauses that others kept."""
    rises = falls = False
    last = words[0][1][0]
    for _, places in words:
        first = places[0]
        rises = rises or first > last
        falls = falls or first < last
        if rises and falls:
            return True
        last = first
    return False


def _of_its_family(a: Alignment, row: int, least: float) -> list[int]:
    """Where a word that is neither a figure nor a name stands at least so well in the sentences that the claim rests
    on."""
    known = a.places[row]
    if not known or _kinds(a.claim)[a.content[row]]:
        return []
    focus, sentence_of = a.focus, a.evidence.sentence_of
    return [p for p, quality in known.items() if quality >= least and sentence_of[p] in focus]


def _cells(
    a: Alignment, words: Sequence[tuple[int, Sequence[int]]], here: int, there: int
) -> dict[tuple[int, int], list[Place]]:
    """(clause of the claim, clause of the evidence), cut in these ways -> the words that stand in both, of the evidence
    in no other clause; each with its first place."""
    ours = _clauses[here](a.claim)
    # Of words in one clause nothing has changed clauses.
    if ours[words[0][0]] == ours[words[-1][0]]:
        return {}
    theirs = _clauses[there](a.evidence)
    found: dict[tuple[int, int], list[Place]] = {}
    for i, places in words:
        first = places[0]
        clause = theirs[first]
        for place in places:
            if theirs[place] != clause:
                break
        else:
            cell = ours[i], clause
            if cell in found:
                found[cell].append((i, first))
            else:
                found[cell] = [(i, first)]
    return found


def _crossings(a: Alignment, cells: Mapping[tuple[int, int], list[Place]]) -> Iterable[tuple[list[Place], list[Place]]]:
    """The words of two clauses that stand in one another's, where others of both stand in their own."""
    ours, theirs = dict[int, int](), dict[int, int]()
    for x, b in cells:
        ours[x], theirs[b] = ours.get(x, 0) + 1, theirs.get(b, 0) + 1
    # Of four cells two are of one clause, on either side.
    several = [(x, b) for x, b in cells if ours[x] > 1 and theirs[b] > 1]
    if len(several) < _LEAST_CELLS:
        return
    for (x, b), (y, c) in combinations(sorted(several), 2):
        # x before y in the claim, c before b in the evidence: together they stand the other way round.
        if not (x < y and c < b) or (x, c) not in cells or (y, b) not in cells:
            continue
        kept, turned = (cells[x, c], cells[y, b]), (cells[x, b], cells[y, c])
        if _weight(a, kept) >= _weight(a, turned):
            yield turned
        elif not _is_shared(kept, turned):
            yield kept


def _weight(a: Alignment, groups: Iterable[Sequence[Place]]) -> float:
    return sum(a.claim.tokens[i].weight for group in groups for i, _ in group)


def _is_shared(kept: tuple[list[Place], list[Place]], turned: tuple[list[Place], list[Place]]) -> bool:
    """Whether two clauses only changed places, and what is left stands before both of them, or behind both: the verb of
    a list, or what all its members are compared with."""
    (first, last), (one, other) = kept, turned
    before = max(first)[0] < min(one)[0] and max(p for _, p in first) < min(p for _, p in other)
    behind = min(last)[0] > max(other)[0] and min(p for _, p in last) > max(p for _, p in one)
    return before or behind


def _named(a: Alignment, one: Sequence[Place], other: Sequence[Place]) -> Crossed:
    kinds = _kinds(a.claim)
    shown = [a.claim.tokens[group[0][0]].surface for group in (one, other)]
    for (i, at), (j, place) in ((x, y) for x in one for y in other):
        if are_mutual(a.evidence, (at,), (place,)):
            return Crossed()
        if kinds[i] == kinds[j] and (kinds[i] or _are_parallel(a.claim, i, j)) and not _is_graded(a, i, j):
            return Crossed(a.claim.tokens[i].surface, a.claim.tokens[j].surface, True)
    plain = any(not kinds[i] and not kinds[j] for i, _ in one for j, _ in other)
    return Crossed(shown[0], shown[1]) if plain else Crossed()


def _is_graded(a: Alignment, i: int, j: int) -> bool:
    """Whether two figures are told apart by their grades, "on average" and "at most", as in the evidence."""
    tokens = a.claim.tokens
    return _kinds(a.claim)[i] == "figure" and keep_their_grades(a, tokens[i].start, tokens[j].start)


def _are_parallel(text: Text, i: int, j: int) -> bool:
    """Whether two words are opposites, or qualities of the same thing ("node-based", "edge-based")."""
    tokens = text.tokens
    if tokens[j].key in opposites_of(tokens[i].key):
        return True
    behind = max(i, j) + 1
    return behind < len(tokens) and tokens[i + 1].weight > 0 and tokens[i + 1].key == tokens[j + 1].key


def _strayed(a: Alignment, cells: Mapping[tuple[int, int], list[Place]]) -> Crossed:
    """Two names, each in the clause of a figure of the claim: one of them stands with the other's figure in the
    evidence, and the other not with it."""
    kinds = _kinds(a.claim)
    at = {place: cell for cell, places in cells.items() for place in places}
    figures = [w for w in at if kinds[w[0]] == "figure"]
    names = [w for w in at if kinds[w[0]] == "name"]
    if len(figures) < 2 or len(names) < 2 or pairs(a.claim):
        return Crossed()
    for f, g in ((f, g) for f in figures for g in figures if at[f][0] != at[g][0] and at[f][1] != at[g][1]):
        # Behind its figure, as what it is compared with: a name before it may be what the whole sentence is about.
        strayed = [n for n in names if at[n] == (at[f][0], at[g][1]) and n[0] > f[0]]
        lost = [n for n in names if at[n][0] == at[g][0] and at[n][1] != at[g][1] and n[0] > g[0]]
        if strayed and lost:
            return Crossed(a.claim.tokens[strayed[0][0]].surface, a.claim.tokens[lost[0][0]].surface, True)
    return Crossed()
