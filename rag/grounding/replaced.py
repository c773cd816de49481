"""Replaced: a claim that is nearly a sentence of the evidence names another thing of the evidence in one place.

A paraphrase puts new words in the place of the source's; a claim that puts there what the source says elsewhere speaks
of something else ("spoken labelling" for "written labelling"). Words that stand before the change and after it must be
the sentence's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from rag.grounding.alignment import Alignment
from rag.grounding.lexicon import stems
from rag.grounding.operations import Operation, kept_words
from rag.grounding.paraphrases import narrower_than, synonyms_of
from rag.grounding.tokens import Token

_LEAST: Final = 0.6
"""Share of the claim's words that must stand in the sentence in its order."""
_LONGEST: Final = 90
_REST: Final = 0.8
"""Share of the rest of the claim that must do so."""
_NEAR: Final = 6
"""Words from a change within which a word of the sentence has moved rather than been replaced."""
_SHORT: Final = 4
"""Words that take the place of one another."""
POINTS: Final = frozenset("our this these that those such its their his her we it they them he she here both".split())
"""Words that point: what they point at is said in other words."""
STANDS: Final = frozenset({"one", "ones"})
OWN_WORK: Final = stems(
    "method approach framework system model work technique algorithm tool scheme design paper study solution pipeline "
    "engine mechanism strategy architecture implementation".split()
)
"""By which a paper speaks of its own work: what that is may stand in their place."""
_FAMILY: Final = 5
_SENSES: Final = {
    "after": "after once since following when whenever as upon if where",
    "before": "before until till prior preceding",
    "during": "during while throughout when whenever as amid within in if where once with",
    "cause": "because since as owing due thanks for given so through by",
    "against": "although though despite while whereas but yet",
    "unless": "unless without except",
}
_JOINS: Final = {
    word: frozenset(sense for sense, words in _SENSES.items() if word in words.split())
    for words in _SENSES.values()
    for word in words.split()
    if word not in {"in", "with", "for", "so", "through", "by", "but", "yet", "within", "without", "except", "as"}
}
"""Words that join clauses -> the senses that they may have."""
_NO_SENSE: Final = frozenset[str]()


class Replaced(NamedTuple):
    """``known``: weight, over 2 and at most 1, of words that stand elsewhere in the evidence and took the place of
    others; ``here`` and ``there`` are for people."""

    known: float = 0.0
    joined: float = 0.0
    """1 where a word that joins two clauses became one of another sense: "although" for "because"."""
    here: str = ""
    there: str = ""


NOTHING: Final = Replaced()


def replaced(a: Alignment) -> Replaced:
    """Find the heaviest replacement in the claim."""
    claim = a.claim.tokens
    if not 4 <= len(claim) <= _LONGEST:
        return NOTHING
    best = NOTHING
    least = _LEAST * len(claim)
    for number in a.focus:
        if a.shared(number) < least or len(a.evidence.sentence_tokens[number]) > 2 * _LONGEST:
            continue
        operations = a.operations(number)
        kept = kept_words(operations)
        if kept >= least:
            best = max(best, _heaviest(a, number, operations, kept), key=lambda r: max(r.joined, r.known))
    return best


def _heaviest(a: Alignment, number: int, operations: Sequence[Operation], kept: int) -> Replaced:
    replacements = [o for o in operations if o[0] == "replace"]
    if not replacements:
        return NOTHING
    claim, sentence = a.claim.tokens, a.evidence.tokens_of(number)
    # Where a figure changed with its owner, another pair of the two was meant.
    if any(t.is_number for _, _, _, j1, j2 in replacements for t in claim[j1:j2]):
        return NOTHING
    best = NOTHING
    # Both neighbours of what was replaced are the sentence's own: no two changes of difflib touch.
    for _, i1, i2, j1, j2 in replacements:
        if max(i2 - i1, j2 - j1) > _SHORT:
            continue
        if kept < _REST * (len(claim) - (j2 - j1)):
            continue
        here, there = claim[j1:j2], sentence[i1:i2]
        senses, theirs = _joins(here), _joins(there)
        if senses and theirs and not senses & theirs:
            best = best._replace(joined=1.0, here=shown(here), there=shown(there))
            continue
        old = [t for t in there if t.weight > 0.5]
        new = [t for t in here if t.weight > 0.5]
        if not old or not new or any(t.is_number or t.low in STANDS for t in (*old, *new)):
            continue
        if any(t.low in POINTS for t in sentence[max(0, i1 - 1) : i2]) or any(t.key in OWN_WORK for t in old):
            continue
        known = a.evidence.positions
        if not all(t.key in known for t in new) or any(_alike(t, there) for t in new):
            continue
        if (
            small_words(here) != small_words(there)
            or stands_for_initials(here, there)
            or stands_for_initials(there, here)
        ):
            continue
        near = {t.key for t in (*sentence[max(0, i1 - _NEAR) : i1], *sentence[i2 : i2 + _NEAR])}
        come = {claim[j].key for o in operations if o[0] in {"replace", "insert"} for j in range(o[3], o[4])}
        if any(t.key in come for t in old) != any(t.key in near for t in new):
            continue
        weight = min(sum([t.weight for t in new]) / 2, 1.0)
        best = max(best, Replaced(weight, 0.0, shown(here), shown(there)), key=lambda r: r.known)
    return best


def shown(tokens: Sequence[Token]) -> str:
    """Some words as they are given to people."""
    return " ".join(t.surface for t in tokens)


def small_words(tokens: Sequence[Token]) -> set[str]:
    """The words without weight, articles left out."""
    return {t.low for t in tokens if not t.weight} - {"the", "a", "an"}


def stands_for_initials(tokens: Sequence[Token], others: Sequence[Token]) -> bool:
    """Whether the one name among some words is made of the initials of the others."""
    name = next((t.low.rstrip("s") for t in tokens if t.is_name), "")
    letters = iter("".join(t.low for t in others))
    initial = others[0].surface[:1].lower()
    return 1 < len(name) <= 5 and len(others) > 1 and (name[0] == initial or all(c in letters for c in name))


def _joins(tokens: Sequence[Token]) -> frozenset[str]:
    found = [_JOINS[t.low] for t in tokens if t.low in _JOINS]
    return found[0] if len(found) == 1 else _NO_SENSE


def _alike(token: Token, others: Sequence[Token]) -> bool:
    """Whether one of the words may stand for this one."""
    groups, names, same = token.groups, token.concepts, synonyms_of(token.key) | narrower_than(token.key)
    for other in others:
        if other.key in same or groups & other.groups or names & other.concepts or set(token.keys) & set(other.keys):
            return True
        if len(token.key) >= _FAMILY and token.key[:_FAMILY] == other.key[:_FAMILY]:
            return True
    return False
