"""Small words that change what is asserted: not, may, all, only, at least, because; each is looked for in its own slot.

The slot of "all" in the claim is where the evidence speaks of the same things (rag.grounding.slots). There may stand
the same class of word, an opposing one ("some"), or none; and the evidence may have one that the claim drops.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from rag.grounding.cues import cues
from rag.grounding.marks import marks
from rag.grounding.polarity import Polarity, contrasts
from rag.grounding.signals import FREE_CHOICE
from rag.grounding.slots import Slots, nearness_of

_ANSWERS: Final[Mapping[str, tuple[str, ...]]] = {
    "deny": ("deny", "deny softly"), "all": ("all", "each", "all softly"),
    "only": ("only", "only softly", "upto"), "least": ("least",),
    "guess": ("guess", "guess softly", "can"),
    "proof": ("proof",), "real": ("real",), "cause": ("cause",), "upto": ("upto",), "average": ("average",),
    "some": ("some",),
}  # fmt: skip
"""Class in the claim -> classes of the evidence that answer it."""
_OPPOSED: Final[Mapping[str, tuple[str, ...]]] = {
    "all": ("some",), "proof": ("guess", "can"), "real": ("sim",), "upto": ("least", "average"),
    "least": ("upto", "average"), "some": ("all",), "average": ("upto", "least"),
}  # fmt: skip
ADDED: Final = ("deny", "all", "only", "least", "proof", "cause")
"""Classes that a claim may not add."""
DROPPED: Final = ("deny", "guess", "upto")
"""Classes that a claim may not drop."""
OPPOSED: Final = tuple(_OPPOSED)
_CHECKED: Final = frozenset("verify verifies verifying".split())
_CHECKS: Final = "verif"
_FOUND: Final = 0.05
_ENOUGH: Final = 0.8
_LOOSE: Final = 0.4


class Word(NamedTuple):
    """How strongly a class speaks against the claim, in [0, 1], and the word by which it does, or ""."""

    strength: float
    word: str = ""
    other: str = ""


NOTHING: Final = Word(0.0)


class SmallWords(NamedTuple):
    """By class: what the claim has and its slot lacks, what the slot has and the claim lacks, and what opposes it."""

    added: dict[str, Word]
    dropped: dict[str, Word]
    opposed: dict[str, Word]


def small_words(s: Slots, denial: Polarity) -> SmallWords:
    """Look for the small words of the claim in the evidence, and the other way round."""
    here, there = marks(s.a.claim), marks(s.a.evidence)
    added: dict[str, Word] = {}
    dropped: dict[str, Word] = {}
    opposed: dict[str, Word] = {}
    found = SmallWords(added, dropped, opposed)
    if not s.everywhere.size:
        return found
    if len(s.places) < len(s.a.evidence.tokens):
        there = {name: tuple([s.column[p] for p in places if p in s.column]) for name, places in there.items()}
    for name, answering in _ANSWERS.items():
        own = here.get(name)
        if own is None:
            continue
        if name == "deny":
            # What something is set apart from need not be named by the evidence at all.
            answered = denial.answered | {cue.at for cue in cues(s.a.claim) if contrasts(s.a.claim, cue)}
            own = tuple([i for i in own if i not in answered])
            if not own:
                continue
        answers = [c for answer in answering for c in there.get(answer, ())]
        free = [i for i in own if s.a.claim.tokens[i].low in FREE_CHOICE] if name == "all" else []
        if free and there.get("arbitrary"):
            added[name] = _added(s, free, [*answers, *there["arbitrary"]])
            own = tuple([i for i in own if i not in free])
        elif name == "proof":
            own = tuple([i for i in own if not _stands_in_kind(s, i)])
        added[name] = max(added.get(name, NOTHING), _added(s, own, answers))
        others = [c for other in _OPPOSED.get(name, ()) for c in there.get(other, ())]
        opposed[name] = _opposed(s, own, answers, others)
    dropping = {name: there[name] for name in DROPPED if name in there}
    if "deny" in dropping and denial.met:
        met = {s.column[p] for p in denial.met if p in s.column}
        dropping["deny"] = tuple([c for c in dropping["deny"] if c not in met])
    dropping = {name: lost for name, lost in dropping.items() if lost}
    if dropping:
        most = float(np.maximum.reduce(s.everywhere, axis=None))
        for name, lost in dropping.items():
            kept = [i for answer in _ANSWERS[name] for i in here.get(answer, ())]
            dropped[name] = _dropped(s, kept, lost, most)
    return found


def _added(s: Slots, own: Sequence[int], answers: Sequence[int]) -> Word:
    best = NOTHING
    for i in own:
        row = s.everywhere[i]
        top = float(np.maximum.reduce(row))
        there = max([row.item(c) for c in answers]) if answers else 0.0
        # Where the company of the word is not found at all, nothing is known.
        lacking = 1 - min(1.0, there / (_ENOUGH * top)) if top > _FOUND else 0.5
        if lacking > best.strength:
            best = Word(lacking, s.a.claim.tokens[i].surface)
    return best


def _stands_in_kind(s: Slots, i: int) -> bool:
    """Whether "verifies" stands in the evidence as "verification": it may be what a system does."""
    return s.a.claim.tokens[i].low in _CHECKED and any(other.startswith(_CHECKS) for other in s.a.evidence.stems)


def _opposed(s: Slots, own: Sequence[int], answers: Sequence[int], others: Sequence[int]) -> Word:
    best = NOTHING
    for i in own if others else ():
        row = s.everywhere[i]
        there = max([row.item(c) for c in answers]) if answers else 0.0
        fits = [row.item(c) for c in others]
        most = max(fits)
        if most - there > best.strength:
            place = int(s.places[others[fits.index(most)]])
            best = Word(most - there, s.a.claim.tokens[i].surface, s.a.evidence.tokens[place].surface)
    return best


def _dropped(s: Slots, own: Sequence[int], columns: Sequence[int], most: float) -> Word:
    """``most``: the best fit of any place for any word of the claim."""
    best = NOTHING
    if most <= 0:
        return best
    fits = s.everywhere.take(columns, axis=1)
    for n, (column, strongest) in enumerate(zip(columns, np.maximum.reduce(fits, axis=0).tolist(), strict=True)):
        # Some part of a claim suits nearly every place a little.
        share = max(0.0, strongest / most - _LOOSE) / (1 - _LOOSE)
        if share > best.strength:
            at, near = int(fits[:, n].argmax()), nearness_of(s.a.claim)
            covered = max([1.0 if i == at else near.item(at, i) for i in own]) if own else 0.0
            lost = share * (1 - covered)
            if lost > best.strength:
                best = Word(lost, s.a.evidence.tokens[int(s.places[column])].surface)
    return best
