"""Ownership: what the source says of others, and the claim of the paper's own system, or the other way round.

``parties`` says whose a word is, in the claim and in the source. One word proves little, as a system is also said to
cure what others suffer from; but where both exchange what they own, or where all that the claim says of one party is
the other's, the claim is turned round.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from rag.grounding.alignment import EXACT, KIN, Alignment
from rag.grounding.parties import NOBODY, OURS, THEIRS, Parties, names_others, own_names, parties
from rag.grounding.signals import NONE, Signal
from rag.grounding.tokens import Text, of_text

_WEIGHTY: Final = 0.5
_LEAST: Final = 0.7
"""What each of the two must own of the other's."""
_ALONE: Final = 3.0
"""The same where only one of them does."""
_TURNED_ROUND: Final = frozenset(
    "less fewer smaller lower slower worse weaker poorer shorter behind trail trails lag lags by need needs "
    "require requires takes cost costs compared comparison relative unlike contrast".split()
)
"""Words by which the other party may be said to have the less of the same thing: "baselines are slower than it"."""
_DENIED: Final = frozenset({"not", "rather", "instead"})


class _Owned(NamedTuple):
    """Rows of the claim: what it says of OURS or THEIRS that is the other's in the source, and what is rightly so."""

    ours: tuple[int, ...]
    theirs: tuple[int, ...]
    kept: tuple[int, ...]


def ownership(a: Alignment) -> Signal:
    """Strength 1 where the paper's system and others exchange what is said of them, or one is said to be what the other
    is, by a claim that denies it of that one; 0.5 where one only is; with a line for people."""
    there = _parties_there(a.evidence)
    if there is None:
        return NONE
    here = parties(a.claim, own_names(a.evidence), is_claim=True)
    if not any(here.whose):
        return NONE
    found = _owned(a, here, there)
    ours, theirs, kept = (float(a.weights[list(rows)].sum()) for rows in found)
    if min(ours, theirs) >= _LEAST and ours + theirs > kept:
        return Signal(1.0, _line(a, found.theirs, "others", "its own system"))
    if kept or max(ours, theirs) < _ALONE or min(ours, theirs):
        return NONE
    if ours:
        # A system is said to have what others have, too, but not where these are denied it.
        sure = not _DENIED.isdisjoint(a.claim.words) and len(here.names) > 1
        return Signal(1.0, _line(a, found.ours, "its own system", "others")) if sure else NONE
    if _TURNED_ROUND.isdisjoint(a.claim.words):
        return Signal(0.5, _line(a, found.theirs, "others", "its own system"))
    return NONE


def _line(a: Alignment, rows: tuple[int, ...], claimed: str, owner: str) -> str:
    return f"the claim says '{a.token(rows[0]).surface}' of {claimed}, the source of {owner}"


@of_text
def _parties_there(evidence: Text) -> Parties | None:
    """Whose every word is; None where nothing is others'."""
    found = parties(evidence, own_names(evidence), is_claim=False) if names_others(evidence) else None
    return found if found and THEIRS in found.whose else None


def _owned(a: Alignment, here: Parties, there: Parties) -> _Owned:
    rows: dict[int, list[int]] = {NOBODY: [], OURS: [], THEIRS: []}
    for row, i in enumerate(a.content):
        claimed = here.whose[i]
        if claimed == NOBODY or i in here.names or a.weights[row] <= _WEIGHTY:
            continue
        places = {p: quality for p, quality in a.places[row].items() if quality >= KIN and p not in there.names}
        exact = [p for p, quality in places.items() if quality >= EXACT]
        owners = {there.whose[p] for p in exact or places}
        if owners == {claimed}:
            rows[NOBODY].append(row)
        elif owners == {OURS + THEIRS - claimed}:
            rows[claimed].append(row)
    return _Owned(tuple(rows[OURS]), tuple(rows[THEIRS]), tuple(rows[NOBODY]))
