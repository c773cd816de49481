"""Overstated: a claim that takes a measured word of the source for the whole of it.

The least for an average or the most of a figure, "eliminates" for "mitigates", "no attention" for "insufficient
attention". Each counts only where the source says the measured word, and never the whole one, of the same thing.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Final

from rag.grounding.alignment import KIN, Alignment
from rag.grounding.cues import cues
from rag.grounding.figures import is_its_own, kind_of
from rag.grounding.grades import grades, twins_of
from rag.grounding.moved import is_denied, is_same
from rag.grounding.movements import Movement, movements
from rag.grounding.phrases import Thing, phrases
from rag.grounding.signals import NONE, Signal

_ABOVE: Final = {
    "least": frozenset({"average", "most"}), "average": frozenset({"most"}), "most": frozenset({"average"})
}  # fmt: skip
"""What a claim gives a figure as -> what the source gives it as, which is less."""
_HALVES: Final = frozenset({"half", "median", "every", "second"})
"""Half of all are at most at the median."""
_SHOWN: Final = {"average": "on average", "least": "at least", "most": "at most"}
_WHOLLY: Final = frozenset(
    "eliminate eliminates eliminated eliminating abolish abolishes abolished abolishing erase erases erased erasing "
    "eradicate eradicates eradicated eradicating obviate obviates obviated obviating remove removes removed removing "
    "vanish vanishes vanished vanishing disappear disappears disappeared disappearing avoid avoids avoided avoiding "
    "avert averts averted averting preclude precludes precluded prevent prevents prevented preventing elimination "
    "removal".split()
)
_PARTLY: Final = frozenset(
    "mitigate mitigates mitigated mitigating alleviate alleviates alleviated alleviating reduce reduces reduced "
    "reducing lower lowers lowered lowering decrease decreases decreased decreasing lessen lessens lessened lessening "
    "relieve relieves relieved relieving ease eases eased easing diminish diminishes diminished diminishing cut cuts "
    "cutting minimize minimizes minimized minimizing minimise minimises minimised minimising limit limits limited "
    "limiting curb curbs curbed curbing shrink shrinks dampen dampens dampened trim trims trimmed fewer less smaller "
    "reduction reductions".split()
)
_NONE_OF: Final = re.compile(
    r"(?<!\balmost )(?<!\bnext to )\b(?:no|not\s+a\s+single|not\s+one|zero|none\s+of(?:\s+the)?)\s+"
)
_MAY_BE_NONE: Final = re.compile(r"n(?:o|ot|one)\s|zero\s")
"""What the pattern above needs, found in a fraction of its time."""
_NO_NONE: Final = re.compile(
    r"no\s+(?:more|less|fewer|longer|doubt|matter|other|better|worse|one|such|further|single)\b"
)
_LITTLE: Final = frozenset(
    "insufficient little few limited scant less fewer minimal marginal negligible hardly low reduced scarce inadequate "
    "small rarely slight meagre meager modest minor poor lower smaller most many some partial partially".split()
)
A_FIGURE: Final = "0"
"""Stands for any figure, however it is written."""
NEEDED: Final = (re.compile(rf"\A{A_FIGURE}\Z|\b(?:no|not|none|zero)\b|\A(?:{'|'.join(sorted(_WHOLLY))})\Z"),)
"""Of each of these kinds the claim needs a word."""
_BEFORE: Final = 3
"""Words before a thing among which one says how much of it there is."""


def overstated(a: Alignment) -> Signal:
    """Strength 1, with a line for people, where the claim says the whole of what the source says in part."""
    return next((found for look in (_graded_up, _undone, _none) if (found := look(a)).strength), NONE)


def _graded_up(a: Alignment) -> Signal:
    """As the least what the source gives as an average or the most, or as an average its most."""
    if not a.claim.quantities or not a.evidence.quantities:
        return NONE
    for quantity, own in grades(a.claim):
        grade = next(iter(own)) if len(own) == 1 else ""
        if grade not in _ABOVE or (grade == "most" and not _HALVES.isdisjoint(a.claim.words)):
            continue
        kind = kind_of(a.claim, quantity)
        if is_its_own(kind):
            continue
        twins = twins_of(a, quantity, kind)
        if twins and all(theirs and theirs <= _ABOVE[grade] and q.high is None for q, theirs in twins):
            shown, there = a.claim.text[quantity.start : quantity.end], _SHOWN[min(twins[0][1])]
            return Signal(1.0, f"the source says {there} {shown}, the claim {_SHOWN[grade]}")
    return NONE


def _undone(a: Alignment) -> Signal:
    """ "Eliminates" a thing that the source only lessens."""
    if _WHOLLY.isdisjoint(a.claim.words) or _PARTLY.isdisjoint(a.evidence.words):
        return NONE
    for here in movements(a.claim):
        token = a.claim.tokens[here.at]
        if token.low not in _WHOLLY or a.evidence.positions.get(token.key):
            continue
        for thing in here.things:
            if not is_denied(a.claim, here, thing) and not _in_part(a, here, thing):
                other = _lessened(a, thing)
                if other:
                    return Signal(1.0, f"the claim says '{token.surface}' where the source says '{other}'")
    return NONE


def _in_part(a: Alignment, here: Movement, thing: Thing) -> bool:
    """Whether the claim tells how much of a thing is gone: "removes up to 90% of the stores"."""
    start, end = sorted((a.claim.tokens[here.at].start, a.claim.tokens[thing.words[-1]].end))
    return any(start <= q.start < end for q in a.claim.quantities)


def _lessened(a: Alignment, thing: Thing) -> str:
    """The word by which the source lessens a thing of the claim, if it does no more to it, or ""."""
    there = a.evidence
    named = _places(a, thing)
    if any(not named.isdisjoint(cue.scope) for cue in cues(there) if there.tokens[cue.at].low not in _PARTLY):
        return ""
    found = ""
    for m in movements(there):
        low = there.tokens[m.at].low
        if low in _WHOLLY and any(not named.isdisjoint(s.words) for s in m.things):
            return ""
        if not found and low in _PARTLY and there.tokens[m.at].sentence in a.focus:
            said = any(is_same(a, thing, s, m) and not is_denied(there, m, s) for s in m.things)
            found = there.tokens[m.at].surface if said else ""
    return found


def _none(a: Alignment) -> Signal:
    """ "No" thing where the source has some, or too little, of it."""
    if not _MAY_BE_NONE.search(a.claim.low) or _LITTLE.isdisjoint(a.evidence.words):
        return NONE
    there = a.evidence
    for match in _NONE_OF.finditer(a.claim.low):
        first = bisect_left(a.claim.starts, match.end())
        if _NO_NONE.match(a.claim.low, match.start()) or first >= len(a.claim.tokens):
            continue
        for thing in phrases(a.claim, first)[:1]:
            named = _places(a, thing)
            told = [p for p in sorted(named) if there.tokens[p].sentence in a.focus and _says_little(a, p)]
            denied = any(not named.isdisjoint(c.scope) for c in cues(there) if there.tokens[c.at].low not in _LITTLE)
            if told and not denied:
                start, end = there.tokens[max(0, told[0] - _BEFORE)].start, there.tokens[told[0]].end
                said = f"{match.group().strip()} {a.claim.tokens[thing.heads[0]].surface}"
                return Signal(1.0, f"the claim says '{said}' where the source says '{there.text[start:end]}'")
    return NONE


def _places(a: Alignment, thing: Thing) -> set[int]:
    """Where the source names a thing of the claim."""
    rows = [a.row[i] for i in thing.heads if i in a.row]
    return {p for r in rows for p, quality in a.places[r].items() if quality >= KIN}


def _says_little(a: Alignment, place: int) -> bool:
    tokens = a.evidence.tokens
    before = tokens[max(0, place - _BEFORE) : place]
    return any(t.low in _LITTLE and t.sentence == tokens[place].sentence for t in before)
