"""Chiasm: two clauses of a claim of which each begins in the one's place in the source and ends in the other's.

"Alpha sorts, whereas Beta merges" of "Alpha merges ... Beta sorts": the first words of the first clause stand with the
last words of the second, and the other way round. What counts is the pattern, not which words they are: within either
clause all that stands in just one of the two places must change sides once, and once only, and each run must weigh
something. Places are sentences, their clauses, their smaller parts, or the two
halves of a sentence.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from typing import Final, NamedTuple

from rag.grounding.alignment import EXACT, KIN, Alignment
from rag.grounding.crossed import TURNS, in_step
from rag.grounding.parties import own_names, places_of_names, speakers
from rag.grounding.signals import NONE, Signal
from rag.grounding.tokens import Text, of_text

_CONTRAST: Final = frozenset("while whereas whilst but".split())
_CUTTING: Final = _CONTRAST | {"and"}
_FRONTED: Final = frozenset({"while", "whereas", "whilst"})
_ITEM: Final = r"[;:—]|\(\s*(?:\d{1,2}|[ivx]{1,4}|[a-e])\s*\)"
_NEW_CLAUSE: Final = re.compile(_ITEM)
_NEW_PART: Final = re.compile(rf"{_ITEM}|[,)]")
_PART_WORDS: Final = TURNS | {"and", "with", "than", "which", "or"}
_ARTICLES: Final = frozenset({"a", "an", "the"})
_DETERMINERS: Final = _ARTICLES | {"its", "their", "this", "that", "those"}
_NO_SUBJECT: Final = frozenset(
    "of in on over than to with from against by for into compared versus vs beyond relative through via across "
    "between among upon within at beside besides alongside under behind above below as without after before "
    "during about toward towards like then not also still only they it he she these this those most that is are "
    "has have so per".split()
)
"""Behind a conjunction: no clause of its own begins."""
_NO_CLAUSE: Final = frozenset({"not", "only", "like"})
_POINTING_BACK: Final = frozenset({"both", "all", "each", "their", "either", "neither"})
"""Behind "and" these speak of what the clause before it named."""
_CLEFT: Final = frozenset({"is", "was"})
_FRAMING: Final = frozenset(
    "in within inside for with at on of among amongst from under across by to before after during beside besides "
    "per via through according".split()
)
_LONGEST_FRAME: Final = 14
"""Words of a fronted phrase, with the one behind its comma."""
_POINTING: Final = frozenset(
    "use used uses using make makes made one two first second new paper whereas while but since higher lower "
    "usual great instead also both together later next close way means reason most".split()
)
"""Words that stand in any company."""
_LEAST_WORDS: Final = 4
_MOST_WORDS: Final = 60
_LIGHT: Final = 0.45
_LIGHT_RUN, _RUN, _HEAVY_RUN = 0.7, 1.0, 1.5
"""Weight of each of the four runs of words; the lightest where names stand against names, and others against others."""
_MANY: Final = 6
"""Words in the four runs from which a looser pattern counts."""


_CONTRASTED, _COORDINATE, _ANY_AND, _AND_THE = _WAYS = ("contrast", "comma and", "and", "and the")
"""How a claim is cut into clauses, the surest first."""


class _Crossing(NamedTuple):
    weight: float
    """Of the lightest of the four runs."""
    words: int
    runs: tuple[tuple[int, ...], ...]
    """The rows of the two runs of either clause."""


def chiasm(a: Alignment) -> Signal:
    """Strength 0.5 where two clauses of the claim exchanged their beginnings or their ends, with a line for people."""
    if len(a.content) < _LEAST_WORDS or len(a.claim.tokens) > _MOST_WORDS:
        return NONE
    # Clauses of two sentences are not compared.
    if _CUTTING.isdisjoint(a.claim.words) and ";" not in a.claim.text:
        return NONE
    cuts = _cuts(a.claim)
    if not any(cut[-1] for cut in cuts):
        return NONE
    places, frame = _places(a), _frames(a)
    framed = {row: at for row, at in places.items() if a.content[row] not in frame}
    # What is fronted may be what was exchanged, or what both clauses are about.
    for known in (places, framed) if len(framed) < len(places) else (places,):
        if len(known) < _LEAST_WORDS:
            break
        couples = [_couples(a, known, cut) for cut in cuts]
        for way, of_a_way in zip(_WAYS, couples, strict=True):
            for layout in _LAYOUTS if of_a_way else ():
                for found in _crossings(a, known, of_a_way, layout(a.evidence)):
                    if _counts(a, found, way, is_part=layout is _parts):
                        return _noticed(a, found)
        for layout_of_a_sentence in _halves(a) if couples[0] else ():
            for found in _crossings(a, known, couples[0], layout_of_a_sentence):
                if found.weight >= _RUN and found.words >= _MANY and not _has_figures(a, found):
                    return _noticed(a, found)
    return NONE


def _noticed(a: Alignment, found: _Crossing) -> Signal:
    one, other = (a.token(found.runs[n][0]).surface for n in (0, 2))
    return Signal(0.5, f"the claim says of '{one}' what the source says of '{other}'")


def _halves(a: Alignment) -> Iterator[Sequence[int]]:
    """The evidence by its sentences, one of which is cut in two where one of its parts begins: a clause may hold
    several parts."""
    parts, sentence_of = _parts(a.evidence), a.evidence.sentence_of
    for number in a.focus:
        inside = a.evidence.sentence_tokens[number]
        for cut in sorted({parts[i] for i in inside})[1:]:
            half = list(sentence_of)
            for i in inside:
                half[i] = -1 if parts[i] < cut else -2
            yield half


def _has_figures(a: Alignment, found: _Crossing) -> bool:
    """Whether a figure is among the four runs: figures stand in many a company, and ``crossed`` sees to them."""
    return any(a.token(row).is_number for run in found.runs for row in run)


def _counts(a: Alignment, found: _Crossing, way: str, *, is_part: bool) -> bool:
    """Whether a pattern is no chance: the less surely the claim is cut into clauses, the more it must hold."""
    named = [any(a.token(row).is_name for row in run) for run in found.runs]
    alike = named[:2] == named[2:]
    if way == _CONTRASTED and not is_part:
        return found.weight >= (_LIGHT_RUN if alike else _RUN)
    if way == _AND_THE:
        return found.weight >= _RUN and found.words > _LEAST_WORDS and alike
    if way == _ANY_AND:
        return found.weight >= _HEAVY_RUN and ((named[0] and named[2]) or (named[1] and named[3]))
    return found.weight >= _RUN and found.words >= _MANY


def _places(a: Alignment) -> dict[int, tuple[int, ...]]:
    """Row of the claim -> where it stands in the sentences that the claim rests on."""
    focus, sentence_of = set(a.focus), a.evidence.sentence_of
    listed, listed_there = in_step(a.claim), in_step(a.evidence)
    spoken = speakers(a.claim, own_names(a.evidence))
    parts, parts_there = compounds(a.claim), compounds(a.evidence)
    found: dict[int, tuple[int, ...]] = {}
    for row, i in enumerate(a.content):
        token = a.claim.tokens[i]
        if token.weight <= _LIGHT or token.low in _POINTING or i in listed or i in spoken:
            continue
        at = tuple(a.in_focus[row])
        if not at:
            known = a.places[row]
            if not known or max(known.values()) >= EXACT:
                continue
            at = tuple([p for p, quality in known.items() if quality >= KIN and sentence_of[p] in focus])
        at = _of_the_compound(parts.get(i), parts_there, at)
        if at and listed_there.isdisjoint(at):
            found[row] = at
    return found


def _frames(a: Alignment) -> frozenset[int]:
    """Words that only say where a claim holds: what is fronted before a comma ("Within x, "), and the paper's own
    system behind a preposition ("memory in x")."""
    tokens, found = a.claim.tokens, set[int]()
    for inside in a.claim.sentence_tokens:
        if len(inside) and tokens[inside[0]].low in _FRAMING:
            for i in inside[1:_LONGEST_FRAME]:
                if "," in a.claim.text[tokens[i - 1].end : tokens[i].start]:
                    found.update(range(inside[0], i))
                    break
    for first, last in places_of_names(a.claim, own_names(a.evidence)).items():
        if first and tokens[first - 1].low in _FRAMING:
            found.update(range(first, last + 1))
    return frozenset(found)


def _of_the_compound(
    compound: tuple[str, ...] | None, there: Mapping[int, tuple[str, ...]], places: tuple[int, ...]
) -> tuple[int, ...]:
    """Of the places of a word those where its whole compound stands ("speed-ordered"); of a word by itself those where
    it is no part of one; all, where there are no such."""
    # Of a word by itself both are None.
    kept = tuple([p for p in places if there.get(p) == compound]) if compound or there else places
    return kept or places


@of_text
def compounds(text: Text) -> dict[int, tuple[str, ...]]:
    """Of every word that is part of a compound the stems of all its parts."""
    found: dict[int, tuple[str, ...]] = {}
    joined, keys, last = text.columns["joined"], text.main_keys, 0
    for i in [i for i, on in enumerate(joined) if on and i]:
        if i > last:
            last = next((j for j in range(i + 1, len(keys)) if not joined[j]), len(keys))
            found |= dict.fromkeys(range(i - 1, last), keys[i - 1 : last])
    return found


def _couples(
    a: Alignment, places: Mapping[int, Sequence[int]], cut: Sequence[int]
) -> list[tuple[list[int], list[int]]]:
    """The rows of every two neighbouring clauses of one sentence of the claim, without the words that both have; each
    has to hold two, since it is to have two runs."""
    clauses: defaultdict[int, list[int]] = defaultdict(list)
    for row in sorted(places):
        clauses[cut[a.content[row]]].append(row)
    found: list[tuple[list[int], list[int]]] = []
    keys, parts = a.claim.main_keys, compounds(a.claim)
    for x, y in pairwise(sorted(clauses)):
        one, other = clauses[x], clauses[y]
        if y != x + 1 or len(one) < 2 or len(other) < 2 or a.token(one[0]).sentence != a.token(other[0]).sentence:
            continue
        named = {r: parts.get(i := a.content[r]) or keys[i] for r in (*one, *other)}
        shared = {named[r] for r in one} & {named[r] for r in other}
        one, other = ([r for r in rows if named[r] not in shared] for rows in (one, other))
        if len(one) > 1 and len(other) > 1:
            found.append((one, other))
    return found


def _crossings(
    a: Alignment,
    places: Mapping[int, Sequence[int]],
    couples: Sequence[tuple[list[int], list[int]]],
    layout: Sequence[int],
) -> Iterator[_Crossing]:
    """The patterns of two neighbouring clauses of the claim, and any two parts of the evidence."""
    for one, other in couples:
        # Either part holds words of both clauses.
        held = {layout[p] for row in one for p in places[row]}
        held &= {layout[p] for row in other for p in places[row]}
        if len(held) < 2:
            continue
        parts = {row: {layout[p] for p in places[row]} for row in (*one, *other)}
        for s, t in combinations(sorted(held), 2):
            first, second = _runs(one, parts, s, t), _runs(other, parts, s, t)
            if len(first) == len(second) == 2 and first[0][0] != second[0][0]:
                runs = tuple(tuple(run) for _, run in (*first, *second))
                weight = min(float(a.weights[list(run)].sum()) for run in runs)
                yield _Crossing(weight, sum(map(len, runs)), runs)


def _runs(rows: Sequence[int], parts: Mapping[int, set[int]], s: int, t: int) -> list[tuple[bool, list[int]]]:
    """The rows that stand in one of two parts only, in runs of those that stand in the first and in the other."""
    found: list[tuple[bool, list[int]]] = []
    for row in rows:
        inside = s in parts[row]
        if inside == (t in parts[row]):
            continue
        if found and found[-1][0] == inside:
            found[-1][1].append(row)
        else:
            found.append((inside, [row]))
    return found


@of_text
def _cuts(text: Text) -> tuple[tuple[int, ...], ...]:
    """Of every word, the clause of a claim: cut at words of contrast; at ", and" before a subject as well; at any "and"
    before one; and only where an article or a name follows."""
    tokens, breaks, lows, fronted = text.tokens, text.breaks, text.columns["low"], False
    before: tuple[list[int], ...] = ([], [], [], [])
    """Per way the words before which another clause begins."""
    heads = {inside[0] for inside in text.sentence_tokens if inside}
    cutting = [i for i, low in enumerate(lows) if low in _CUTTING]
    for i in sorted(heads.union(breaks, cutting)):
        low, between, other = lows[i], breaks.get(i, ""), i in heads
        if other:
            fronted = low in _FRONTED
        opens = not other and low in _CUTTING and _opens(text, i)
        contrast = (low in _CONTRAST and opens) or (";" in between and low not in _NO_SUBJECT)
        if fronted and not other and "," in between and low not in _NO_SUBJECT:
            contrast, fronted = True, False
        coordinate = low == "and" and opens and lows[i + 1] not in _POINTING_BACK
        thing = not other and low in _CUTTING and _is_thing(text, i + 1)
        ways = (contrast, contrast or (coordinate and "," in between), contrast or coordinate, thing)
        for begins, parted in zip(before, ways, strict=True):
            if i and (other or parted):
                begins.append(i)
    return tuple([_numbered(begins, len(tokens)) for begins in before])


def _numbered(begins: Sequence[int], count: int) -> tuple[int, ...]:
    """Of every word, of so many, how many clauses began up to it, given the words before which one begins, in order."""
    found: list[int] = []
    for number, i in enumerate(begins):
        found += [number] * (i - len(found))
    found += [len(begins)] * (count - len(found))
    return tuple(found)


def _opens(text: Text, i: int) -> bool:
    """Whether a clause with a subject of its own may follow a conjunction."""
    if i + 1 >= len(text.tokens):
        return False
    low = text.tokens[i + 1].low
    if text.tokens[i].low == "whereas":
        return low not in _NO_CLAUSE
    if low == "it" and i + 2 < len(text.tokens):
        return text.tokens[i + 2].low in _CLEFT
    return low not in _NO_SUBJECT and not low.endswith("ing")


def _layout(new: re.Pattern[str], words: frozenset[str]) -> Callable[[Text], tuple[int, ...]]:
    cutting = words | {"and"}

    def found(text: Text) -> tuple[int, ...]:
        lows, breaks = text.columns["low"], text.breaks
        begins = {inside[0] for inside in text.sentence_tokens if inside}
        begins.update([i for i, between in breaks.items() if new.search(between) is not None])
        for i in [i for i, low in enumerate(lows) if low in cutting]:
            if lows[i] in words or "," in breaks.get(i, "") or _is_article(text, i + 1):
                begins.add(i)
        return _numbered(sorted(begins - {0}), len(lows))

    return of_text(found)


def _is_thing(text: Text, i: int) -> bool:
    """Whether an article, or a name, stands there."""
    return i < len(text.tokens) and (text.tokens[i].low in _DETERMINERS or text.tokens[i].is_name)


def _is_article(text: Text, i: int) -> bool:
    return i < len(text.tokens) and text.tokens[i].low in _ARTICLES


def _sentences(text: Text) -> Sequence[int]:
    return text.sentence_of


_parts: Final = _layout(_NEW_PART, _PART_WORDS)
_LAYOUTS: Final[tuple[Callable[[Text], Sequence[int]], ...]] = (
    _sentences,
    _layout(_NEW_CLAUSE, TURNS),
    _parts,
)
