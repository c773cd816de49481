"""Labels: a claim that tells of one of two phases, levels or names what two places of the source tell of the other.

"The third phase captures, the first lowers" of "Phase 1 captures ... Phase 3 lowers"; "caching at the system level, and
pruning at the model level" where one sentence has each. Labels are numbered nouns, words before one and the same noun,
and names that stand in one sentence only. What is said of two labels must have changed places altogether.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
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
_LETTERS: Final = frozenset("a b c d e i ii iii iv v".split())
_TELLING: Final = frozenset(
    "investigate examine explore study discuss analyze analyse present propose introduce consider evaluate show "
    "describe use cover address focus look review survey appear come mention tell say treat report make take give see find deal "
    "handle do include involve concern belong fall start begin end".split()
)
"""Verbs that tell of anything."""
_SPEAKING: Final = frozenset("paper author authors' study survey review team work article's paper's".split())
_CUTTING: Final = frozenset("and while whereas whilst but although though".split())
_LEAST: Final = 5
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
        regions = _regions(a.claim, one[1], other[1])
        there = _sources(a, one[0], other[0])
        if regions is None or there is None:
            continue
        straight, crossed = _votes(a, regions, there)
        if all(c >= (1 if one[0][0] else 2) and s * _SAME_TOO <= c for s, c in zip(straight, crossed, strict=True)):
            shown = [a.claim.tokens[p.at].surface for _, p in (one, other)]
            return Signal(1.0, f"the claim says of '{shown[0]}' what the source says of '{shown[1]}'")
    return NONE


def _pairs(a: Alignment) -> Iterator[tuple[tuple[Label, _Place], tuple[Label, _Place]]]:
    """Two labels of one family in one sentence of the claim, each there once."""
    here = _labels(a.claim)
    for (label, places), (other, places_too) in combinations(here.items(), 2):
        if label[0] == other[0] and len(places) == len(places_too) == 1:
            one, two = places[0], places_too[0]
            if a.claim.sentence_of[one.at] == a.claim.sentence_of[two.at] and not one.words & two.words:
                yield ((label, one), (other, two)) if one.at < two.at else ((other, two), (label, one))


@of_text
def _labels(text: Text) -> Mapping[Label, tuple[_Place, ...]]:
    found: dict[Label, list[_Place]] = {}
    tokens = text.tokens
    heads: dict[str, list[int]] = {}
    last = ""
    for i, token in enumerate(tokens):
        behind = tokens[i + 1] if i + 1 < len(tokens) and tokens[i + 1].sentence == token.sentence else None
        noun = _singular(behind.low) if behind else ""
        number = _number(token.low)
        if token.low in _ORDINALS and noun in _NUMBERED:
            last = noun
            found.setdefault((noun, str(_ORDINALS[token.low])), []).append(_Place(i, frozenset({i, i + 1})))
        elif token.low in _ORDINALS and last and (behind is None or not behind.weight or "," in _gap(text, i)):
            found.setdefault((last, str(_ORDINALS[token.low])), []).append(_Place(i, frozenset({i})))
        elif number and i and tokens[i - 1].low in _NUMBERED and tokens[i - 1].sentence == token.sentence:
            last = tokens[i - 1].low
            found.setdefault((last, number), []).append(_Place(i - 1, frozenset({i - 1, i})))
        elif token.is_name and noun not in _SPEAKING:
            found.setdefault(("", token.low), []).append(_Place(i, frozenset({i})))
        elif behind is not None and _may_head(token, behind):
            heads.setdefault(behind.key, []).append(i)
    for key, places in heads.items():
        for i in places:
            found.setdefault((f"{key} of", tokens[i].key), []).append(_Place(i, frozenset({i, i + 1})))
    return {label: tuple(places) for label, places in found.items()}


def _may_head(token: Token, behind: Token) -> bool:
    """Whether the second of two words may be what several labels are put before: "model level"."""
    singular = _singular(behind.low)
    weighty = min(token.weight, behind.weight) > 0 and not token.is_number
    return weighty and (behind.low == singular or singular in _NUMBERED)


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
    labels, sentence_of = _labels(a.evidence), a.evidence.sentence_of
    first, last = (frozenset(sentence_of[p.at] for p in labels.get(label, ())) for label in (one, other))
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
