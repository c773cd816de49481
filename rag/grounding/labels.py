"""Labels: a claim that tells of one of two phases, levels or names what two places of the source tell of the other.

"The third phase captures, the first lowers" of "Phase 1 captures ... Phase 3 lowers"; "caching at the system level, and
pruning at the model level" where one sentence has each. Labels are numbered nouns, words before one and the same noun,
and names that stand in one sentence only. What is said of two labels must have changed places altogether.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Final, NamedTuple

from rag.grounding.alignment import Alignment
from rag.grounding.holders import joint_between
from rag.grounding.holdings import places_by_form
from rag.grounding.signals import NONE, Signal
from rag.grounding.tokens import Text, Token, of_text

_NUMBERED: Final = frozenset(
    "phase stage step level tier layer part pass round component module experiment study task method case group "
    "variant version class type option category line generation epoch".split()
)
_ORDINALS: Final = {
    word: n + 1 for n, word in enumerate("first second third fourth fifth sixth seventh eighth ninth tenth".split())
}
_CARDINALS: Final = {word: n + 1 for n, word in enumerate("one two three four five six seven eight nine ten".split())}
_COUNTED: Final = _NUMBERED | frozenset(_ORDINALS)
_LETTERS: Final = frozenset("a b c d e i ii iii iv v".split())
_TELLING: Final = frozenset(
    "investigate examine explore study discuss analyze analyse present propose introduce consider evaluate show "
    "describe use cover address focus look review survey appear come mention tell say treat report make take give see "
    "find deal handle do include involve concern belong fall start begin end".split()
)
"""Verbs that tell of anything."""
_SPEAKING: Final = frozenset("paper author authors' study survey review team work article's paper's".split())
_CUTTING: Final = frozenset("and while whereas whilst but although though".split())
_LEAST: Final = 5
_NOWHERE: Final = frozenset[int]()
_LIGHT: Final = 0.3
_SAME_TOO: Final = 3
"""So many words must have changed sides for one that kept its own, where a label is no name."""

Label = tuple[str, str]
"""What is labelled, "" for names, and which of them."""


class _Place(NamedTuple):
    at: int
    """The first word of the label."""
    words: frozenset[int]


def labelled(a: Alignment) -> Signal:
    """Strength 1, with a line for people, where what is said of two labels was exchanged."""
    if len(a.content) < _LEAST or (_CUTTING.isdisjoint(a.claim.words) and "," not in a.claim.text):
        return NONE
    for one, other in _pairs(a):
        there = _sources(a, one[0], other[0])
        regions = _regions(a.claim, one[1], other[1]) if there else None
        if regions is None or there is None:
            continue
        straight, crossed = _votes(a, regions, there)
        if all(c >= (1 if one[0][0] else 2) and s * _SAME_TOO <= c for s, c in zip(straight, crossed, strict=True)):
            shown = [a.claim.tokens[p.at].surface for _, p in (one, other)]
            return Signal(1.0, f"the claim says of '{shown[0]}' what the source says of '{shown[1]}'")
    return NONE


def _pairs(a: Alignment) -> Iterator[tuple[tuple[Label, _Place], tuple[Label, _Place]]]:
    """Two labels of one family in one sentence of the claim, each there once; the first first."""
    for family, members in _families(a.claim).items():
        alone = [(value, places[0]) for value, places in members.items() if len(places) == 1]
        for (one, at), (other, at_too) in combinations(alone, 2):
            if a.claim.sentence_of[at.at] == a.claim.sentence_of[at_too.at] and at.words.isdisjoint(at_too.words):
                first, last = ((family, one), at), ((family, other), at_too)
                yield (first, last) if at.at < at_too.at else (last, first)


@of_text
def _families(text: Text) -> dict[str, dict[str, list[_Place]]]:
    """The labels of a claim by family, where there are two of it."""
    found: dict[str, dict[str, list[_Place]]] = {}
    for (family, value), places in _numbered(text).items():
        found.setdefault(family, {})[value] = places
    if len(names := _names(text)) > 1:
        found[""] = names
    keys, weights = text.main_keys, text.columns["weight"]
    often = {key for key, count in text.counts.items() if count > 1}
    for i in [j for j in range(1, len(keys)) if keys[j] in often and weights[j] > 0]:
        if text.sentence_of[i] == text.sentence_of[i - 1] and _may_head(text.tokens[i - 1], text.tokens[i]):
            place = _Place(i - 1, frozenset({i - 1, i}))
            found.setdefault(f"{keys[i]} of", {}).setdefault(keys[i - 1], []).append(place)
    return {family: members for family, members in found.items() if len(members) > 1}


@of_text
def _names(text: Text) -> dict[str, list[_Place]]:
    """The names of a text, but for those that speak ("the Pillar authors")."""
    found: dict[str, list[_Place]] = {}
    low = text.columns["low"]
    for i in [i for i, is_name in enumerate(text.columns["is_name"]) if is_name]:
        if not (i + 1 < len(low) and low[i + 1] in _SPEAKING):
            found.setdefault(low[i], []).append(_Place(i, frozenset({i})))
    return found


@of_text
def _sentences_of_names(text: Text) -> dict[str, frozenset[int]]:
    return {name: frozenset(text.sentence_of[p.at] for p in places) for name, places in _names(text).items()}


@of_text
def _numbered(text: Text) -> dict[Label, list[_Place]]:
    """ "Phase 1", "the first phase", and, behind such, "the third"."""
    found: dict[Label, list[_Place]] = {}
    if _COUNTED.isdisjoint(text.words):
        return found
    tokens, last = text.tokens, ""
    for i, low in enumerate(text.columns["low"]):
        if low not in _ORDINALS and low not in _NUMBERED:
            continue
        behind = tokens[i + 1] if i + 1 < len(tokens) and tokens[i + 1].sentence == tokens[i].sentence else None
        if low in _NUMBERED:
            if behind and (number := _number(behind.low)):
                last = low
                found.setdefault((low, number), []).append(_Place(i, frozenset({i, i + 1})))
        elif behind and (noun := _singular(behind.low)) in _NUMBERED:
            last = noun
            found.setdefault((noun, str(_ORDINALS[low])), []).append(_Place(i, frozenset({i, i + 1})))
        elif last and (behind is None or not behind.weight or "," in _gap(text, i)):
            found.setdefault((last, str(_ORDINALS[low])), []).append(_Place(i, frozenset({i})))
    return found


def _sentences(text: Text, label: Label) -> frozenset[int]:
    """The sentences of the source in which a label stands."""
    family, value = label
    if not family:
        return _sentences_of_names(text).get(value, _NOWHERE)
    if not family.endswith(" of"):
        return frozenset(text.sentence_of[p.at] for p in _numbered(text).get(label, ()))
    keys = text.main_keys
    places = text.positions.get(family.removesuffix(" of"), ())
    return frozenset(text.sentence_of[p] for p in places if p and keys[p - 1] == value)


def _may_head(token: Token, behind: Token) -> bool:
    """Whether the second of two words may be what several labels are put before: "model level"."""
    if min(token.weight, behind.weight) <= 0 or token.is_number:
        return False
    singular = _singular(behind.low)
    return behind.low == singular or singular in _NUMBERED


def _gap(text: Text, i: int) -> str:
    return text.text[text.tokens[i].end : text.tokens[i + 1].start]


def _singular(low: str) -> str:
    return low[:-1] if low.endswith("s") and not low.endswith("ss") else low


def _number(low: str) -> str:
    if low in _CARDINALS:
        return str(_CARDINALS[low])
    return low if (low.isdecimal() and len(low) < 3) or low in _LETTERS else ""


def _regions(text: Text, one: _Place, other: _Place) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """The weighty words of the two parts of a claim's sentence in which two labels stand."""
    first, last = text.tokens[max(one.words)].end, text.tokens[other.at].start
    cut = joint_between(text, first, last)
    if cut is None:
        return None
    at = bisect_left(text.starts, cut)
    inside = [i for i in text.sentence_tokens[text.sentence_of[one.at]] if text.tokens[i].weight > _LIGHT]
    taken = one.words | other.words
    return tuple(i for i in inside if i < at and i not in taken), tuple(i for i in inside if i >= at and i not in taken)


def _sources(a: Alignment, one: Label, other: Label) -> tuple[frozenset[int], ...] | None:
    """The sentences of the source that tell of the one label and not of the other, the other way round, and of both."""
    first, last = _sentences(a.evidence, one), _sentences(a.evidence, other)
    return (first - last, last - first, first & last) if first - last and last - first else None


def _votes(
    a: Alignment, regions: tuple[tuple[int, ...], tuple[int, ...]], there: tuple[frozenset[int], ...]
) -> tuple[list[int], list[int]]:
    """Per part of the claim, how many words stand only where its own label does, and only where the other's does."""
    straight, crossed = [0, 0], [0, 0]
    both = _keys(a, regions[0]) & _keys(a, regions[1])
    for n, region in enumerate(regions):
        for i in region:
            token = a.claim.tokens[i]
            if token.key in both or _singular(token.low) in _TELLING or _stem(token.low) in _TELLING:
                continue
            places = {a.evidence.sentence_of[p] for p in places_by_form(a, i)}
            if not places.isdisjoint(there[2]):
                continue
            own, others = not places.isdisjoint(there[n]), not places.isdisjoint(there[1 - n])
            straight[n] += own and not others
            crossed[n] += others and not own
    return straight, crossed


def _keys(a: Alignment, words: Iterable[int]) -> set[str]:
    return {a.claim.tokens[i].key for i in words}


def _stem(low: str) -> str:
    """A verb without its ending: "investigated", "examining"."""
    for ending in ("ed", "ing", "d", "es"):
        if low.endswith(ending) and low[: -len(ending)] in _TELLING:
            return low[: -len(ending)]
        if low.endswith(ending) and low[: -len(ending)] + "e" in _TELLING:
            return low[: -len(ending)] + "e"
    return low
