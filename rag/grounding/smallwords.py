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
from rag.grounding.slots import Matrix, Slots, nearness_of

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
    here, there = dict(marks(s.a.claim)), dict(marks(s.a.evidence))
    # What something is set apart from need not be named by the evidence at all.
    answered = denial.answered | {cue.at for cue in cues(s.a.claim) if contrasts(s.a.claim, cue)}
    here["unanswered"] = tuple(i for i in here.get("deny", ()) if i not in answered)
    there["unmet"] = tuple(i for i in there.get("deny", ()) if i not in denial.met)
    columns: dict[str, Sequence[int]] = dict(there)
    if len(s.places) < len(s.a.evidence.tokens):
        columns = {name: [s.column[p] for p in places if p in s.column] for name, places in there.items()}
    added: dict[str, Word] = {}
    dropped: dict[str, Word] = {}
    opposed: dict[str, Word] = {}
    if not s.everywhere.size:
        return SmallWords(added, dropped, opposed)
    for name in _ANSWERS:
        own = here.get("unanswered" if name == "deny" else name, ())
        if own:
            answers = [c for answer in _ANSWERS[name] for c in columns.get(answer, ())]
            free = [i for i in own if s.a.claim.tokens[i].low in FREE_CHOICE] if name == "all" else []
            if free and columns.get("arbitrary"):
                added[name] = _added(s, free, [*answers, *columns["arbitrary"]])
                own = tuple(i for i in own if i not in free)
            elif name == "proof":
                own = tuple(i for i in own if not _stands_in_kind(s, i))
            added[name] = max(added.get(name, NOTHING), _added(s, own, answers))
            others = [c for other in _OPPOSED.get(name, ()) for c in columns.get(other, ())]
            opposed[name] = _opposed(s, own, answers, others)
    dropping = {name: lost for name in DROPPED if (lost := columns.get("unmet" if name == "deny" else name))}
    if dropping:
        strongest = s.everywhere.max(axis=0)
        for name, lost in dropping.items():
            kept = [i for answer in _ANSWERS[name] for i in here.get(answer, ())]
            dropped[name] = _dropped(s, kept, lost, strongest)
    return SmallWords(added, dropped, opposed)


def _added(s: Slots, own: Sequence[int], answers: Sequence[int]) -> Word:
    best = NOTHING
    for i in own:
        row = s.everywhere[i]
        top = float(row.max())
        there = float(row[answers].max()) if len(answers) else 0.0
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
    for i in own if len(others) else ():
        row = s.everywhere[i]
        there = float(row[answers].max()) if len(answers) else 0.0
        at = max(others, key=lambda c: float(row[c]))
        gain = float(row[at]) - there
        if gain > best.strength:
            place = int(s.places[at])
            best = Word(gain, s.a.claim.tokens[i].surface, s.a.evidence.tokens[place].surface)
    return best


def _dropped(s: Slots, own: Sequence[int], columns: Sequence[int], strongest: Matrix) -> Word:
    most = float(strongest.max())
    near = nearness_of(s.a.claim)
    best = NOTHING
    for column in columns if most > 0 else ():
        at = int(np.argmax(s.everywhere[:, column]))
        covered = max((1.0 if i == at else float(near[at, i]) for i in own), default=0.0)
        # Some part of a claim suits nearly every place a little.
        lost = max(0.0, float(strongest[column]) / most - _LOOSE) / (1 - _LOOSE) * (1 - covered)
        if lost > best.strength:
            best = Word(lost, s.a.evidence.tokens[int(s.places[column])].surface)
    return best
