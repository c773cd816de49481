"""What speaks against a claim although its words stand in the evidence; each signal says in one line what it saw.

Here: figures and names that are not there, strengthened scope, and the bounds of figures. Denials are in ``polarity``,
directions in ``directions``, exchanged roles in ``roles``.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache
from typing import Final, NamedTuple

from rag.grounding.alignment import EXACT, MOST_FIGURES, Alignment, name_stands
from rag.grounding.cues import cues, partial
from rag.grounding.figures import is_its_own, kind_of, kinds, may_bound, stands
from rag.grounding.grades import keeps_its_grade
from rag.grounding.lexicon import HEDGES, UNIVERSALS, classes, stems, strengthened
from rag.grounding.marks import marks
from rag.grounding.sizes import of_like_size
from rag.grounding.tokens import Text, Token, of_text
from rag.text.quantities import Bound, Quantity, is_stated

_UNIVERSAL_STEMS: Final = stems(UNIVERSALS)
_HEDGE_STEMS: Final = stems(HEDGES)
_HOW: Final = frozenset("how as so too".split())
FREE_CHOICE: Final = frozenset("any whatever whichever".split())
"""Of "arbitrary widths", these say no more."""
_SUBJECT_WORDS: Final = 4
_COUNTED: Final = 3
"""Words after a number among which the thing counted stands."""
_BOUND_REACH: Final = 12
"""Code points before a figure within which a word that bounds it ends."""
_BOUNDED_BY_A_SIGN: Final = re.compile(r"[<>≤≥⩽⩾]=?\s*\$?\s*$")
"""Before "<100" stands no word that bounds it."""
_IDIOM: Final = re.compile(r"twice\s+over\b(?!\s+(?:the|an?)\b)|doubl(?:es?|ed|ing)\s+(?:as|back)\b")
"""Figures of speech, which count nothing."""
_THAN_ITS: Final = re.compile(r"\b(?:than|above|below|over|under)\s+(?:the|its|their|his|her)\s+$")
"""Before "the 3x of B" stands no bound: two figures are compared."""
_OR_BEYOND: Final = re.compile(r"\W+(?:\w+\s+)?or\s+(?:beyond|above|more|larger|longer|higher|further)\b")
_SELF_REFERENCE: Final = re.compile(r"\b(?:we|our|this (?:paper|work|study|article)|the authors?)\b", re.I)


class Signal(NamedTuple):
    """``strength`` in [0, 1] and, where it is above 0, a line for people."""

    strength: float
    reason: str = ""


NONE: Final = Signal(0.0)
_NO_PLACES: Final = frozenset[int]()


class Missing(NamedTuple):
    """Figures and names of the claim that the evidence lacks."""

    figures: tuple[str, ...]
    """In digits, or with a unit."""
    counts: tuple[str, ...]
    """In words and without a unit ("three benchmarks", "half"): the reader may have counted."""
    names: tuple[str, ...]
    subject: tuple[str, ...]
    """Names at the head of the claim: the system it is about, which an abstract may call "our method"."""
    undated: int = 0
    """How many of ``figures`` are years of which the evidence has none at all: it may only say "this year"."""

    @property
    def own_figures(self) -> float:
        """How many different figures are the claim's own, an undated year being half of one."""
        return len(self.figures) - self.undated / 2


def missing(a: Alignment) -> Missing:
    """Look for every figure and every name of the claim in the whole evidence."""
    figures: list[str] = []
    counts: list[str] = []
    undated = 0
    for quantity in a.claim.quantities[:MOST_FIGURES]:
        shown = a.claim.text[quantity.start : quantity.end]
        if _IDIOM.match(a.claim.low, quantity.start):
            continue
        if not stands(quantity, a.claim, a.evidence, a.focus):
            counted = quantity.unit in {"", "fraction"} and not any(c.isdigit() for c in shown)
            counted = counted and not _otherwise(a, quantity)
            kept = counts if counted else figures
            if shown in kept:
                continue
            kept.append(shown)
            undated += kind_of(a.claim, quantity) == "year" and "year" not in kinds(a.evidence)
    names: list[str] = []
    subject: list[str] = []
    for i, is_name in enumerate(a.claim.columns["is_name"]):
        if is_name and not name_stands(token := a.claim.tokens[i], a.claim, a.evidence):
            (subject if i < _SUBJECT_WORDS and _speaks_of_itself(a.evidence) else names).append(token.surface)
    if not (figures or counts or names or subject):
        return _NOTHING_MISSING
    return Missing(tuple(figures), tuple(counts), tuple(names), tuple(subject), undated)


_NOTHING_MISSING: Final = Missing((), (), (), ())


@of_text
def _speaks_of_itself(text: Text) -> bool:
    """Whether a text says "we" or "this paper" somewhere."""
    return _SELF_REFERENCE.search(text.text) is not None


def _otherwise(a: Alignment, quantity: Quantity) -> bool:
    """Whether the evidence has another number where the claim counts in words: three techniques for its four, a
    quarter for its tenth."""
    if quantity.unit == "fraction":
        return quantity.bound != "about" and any(
            q.unit in {"%", "fraction"} and q.bound == quantity.bound != "exact" for q in a.evidence.quantities
        )
    first = bisect_left(a.claim.starts, quantity.end)
    rows = [a.row[i] for i in range(first, first + _COUNTED) if i in a.row]
    return any(
        _is_counted(a.evidence, place)
        for row in rows
        for place, quality in a.places[row].items()
        if quality >= EXACT
    )  # fmt: skip


def _is_counted(text: Text, place: int) -> bool:
    """Whether a plain number stands shortly before a word, in its sentence and with no end of a line between them."""
    start = max(text.starts[max(0, place - _COUNTED)], text.sentences[text.tokens[place].sentence].start)
    end = text.starts[place]
    return any(
        q.unit == "" and q.high is None and start <= q.start and q.end <= end and "\n" not in text.text[q.end : end]
        for q in text.quantities
    )


def scope(a: Alignment) -> Signal:
    """The claim is stronger than the evidence: all for some, does for may, cause for correlation."""
    here = a.claim.positions.keys()
    if here.isdisjoint(_overstating()):
        return NONE
    there = frozenset[str]().union(*[a.evidence.sentence_keys[number] for number in a.focus])
    best = NONE
    for weak, strong in strengthened():
        if here.isdisjoint(strong) or there.isdisjoint(weak) or not there.isdisjoint(strong):
            continue
        if any(key in weak for key in a.claim.main_keys):
            continue
        used = [t for i, t in enumerate(a.claim.tokens) if t.key in strong and _asserts(a.claim, i)]
        at = next((i for n in a.focus for i in a.evidence.sentence_tokens[n] if _is_weak(a.evidence, i, weak)), -1)
        if used and at >= 0:
            found = a.evidence.tokens[at]
            best = Signal(1.0, f"the claim says '{used[0].surface}' where the source says '{found.surface}'")
    if best.strength:
        return best
    known = a.evidence.positions
    universal = [i for i, key in enumerate(a.claim.main_keys) if key in _UNIVERSAL_STEMS and key not in known]
    for i in universal:
        if not _is_said_otherwise(a.claim.tokens[i], there) and _asserts(a.claim, i):
            return Signal(0.5, f"'{a.claim.tokens[i].surface}' is more than the source says")
    return NONE


@lru_cache(maxsize=1)
def _overstating() -> frozenset[str]:
    """The stems of all words that may make a claim stronger than its source."""
    return _UNIVERSAL_STEMS.union(*[strong for _, strong in strengthened()])


def _is_said_otherwise(token: Token, there: frozenset[str]) -> bool:
    """Whether a universal stands for another of its class among some stems: "every" for "each", "any" for "all",
    "solely" for "exclusively", "only" for "just"."""
    table, key = classes(), token.key
    if key in table["all"] and not there.isdisjoint(table["all"] | table["each"] | table["all softly"]):
        return True
    if (token.low in FREE_CHOICE or key in table["arbitrary"]) and not there.isdisjoint(table["arbitrary"]):
        return True
    return key in table["only"] and not there.isdisjoint(table["only"] | table["only softly"])


def _is_weak(text: Text, i: int, weak: frozenset[str]) -> bool:
    """Whether a word is one of some that say less, and does not ask or compare: "how many", "as many as"."""
    return text.tokens[i].key in weak and not (i > 0 and text.tokens[i - 1].low in _HOW)


def _asserts(text: Text, i: int) -> bool:
    """Whether a word claims as much as it seems: not in "at most", "not all", "without any", "cannot prove"."""
    low = text.tokens[i].low
    if i > 0 and text.tokens[i - 1].low == "at" and low in {"most", "least"}:
        return False
    if i in partial(text):
        return False
    for name in ("all", "only", "proof"):
        if text.tokens[i].key in classes()[name] and i not in marks(text).get(name, ()):
            return False
    return not any(i in cue.scope for cue in cues(text) if cue.kind in {"plain", "phrase"})


@of_text
def hedges(text: Text) -> tuple[Token, ...]:
    """The words of a text that weaken what it says."""
    if _HEDGE_STEMS.isdisjoint(text.stems):
        return ()
    return tuple([t for t in text.tokens if t.key in _HEDGE_STEMS])


def guesses(text: Text, *, softly: bool = False) -> frozenset[int]:
    """Clauses of a text that say no more than may be; ``softly``: also those with words like "chance", "estimate"."""
    return _guesses(text)[softly]


@of_text
def _guesses(text: Text) -> tuple[frozenset[int], frozenset[int]]:
    found, clause_of = marks(text), text.columns["clause"]
    plainly = [clause_of[i] for name in ("guess", "can") if name in found for i in found[name]]
    softly = [clause_of[i] for i in found["guess softly"]] if "guess softly" in found else []
    if not plainly and not softly:
        return _NO_PLACES, _NO_PLACES
    return frozenset(plainly), frozenset((*plainly, *softly))


# (what the source says of a figure, what the claim says): the second is another thing, or more.
_STARK: Final = frozenset(
    {("max", "min"), ("max", "over"), ("max", "average"), ("under", "over"), ("over", "under"), ("min", "max"),
     ("average", "min")}
)  # fmt: skip
_MILD: Final = frozenset(
    {("max", "exact"), ("average", "max"), ("about", "over"), ("under", "exact"), ("under", "min"), ("about", "min"),
     ("over", "max"), ("exact", "min"), ("exact", "over"), ("exact", "under")}
)  # fmt: skip
_FAULTY: Final = _STARK | _MILD
LOST_MOST: Final = 0.6
"""Strength of "61%" where the source says "up to 61%"."""
_REACHES: Final = frozenset(
    "can could may might best peak peaks maximum maximal max reach reaches reached reaching much many high most "
    "extreme limit top greatest largest".split()
)  # fmt: skip
_CHANGE: Final = re.compile(r"(?:\bfrom|\()\s*$")
"""Before a range that is a change: what it was, and what it became."""
_SHOWN: Final[dict[Bound, str]] = {
    "max": "at most", "min": "at least", "over": "more than", "under": "less than", "about": "about",
    "average": "on average", "exact": "exactly",
}  # fmt: skip


def _end_of_range(there: Quantity, here: Quantity, text: str) -> Quantity:
    """Of "30 to 48%", 30% is the least and 48% the most; of "from 30 to 48%", either may be said as it is."""
    if there.high is None or here.high is not None:
        return there
    if here.bound in {"exact", "about"} and _CHANGE.search(text, 0, there.start):
        return there._replace(bound=here.bound)
    return there._replace(bound="min" if here.value < (there.value + there.high) / 2 else "max")


def _states_a_gain(quantity: Quantity) -> bool:
    """ "61%", "3x": a figure that "up to" makes much less of; a count of GPUs or a size it does not."""
    return quantity.bound == "exact" and quantity.unit in {"%", "x"}


def _reaches(claim: Text) -> bool:
    """Whether a claim says in its own words, or of another of its figures, that this is the most."""
    return not _REACHES.isdisjoint(claim.words) or any(q.bound == "max" for q in claim.quantities)


def _lies_beyond(claimed: Quantity, there: Quantity) -> bool:
    """Whether a figure that the source gives as "about" lies on the wrong side of the claim's bound: "more than 1,000"
    of "about 960"."""
    if there.unit != claimed.unit or there.high is not None:
        return False
    low, high = claimed.value * (1 - 1e-9), claimed.value * (1 + 1e-9)
    return (claimed.bound in {"over", "min"} and there.value < low) or (
        claimed.bound in {"under", "max"} and there.value > high
    )


def bounds(a: Alignment) -> Signal:
    """A figure is bounded otherwise than in the evidence: "at least 2x" where the source says "up to 2x"."""
    if not a.claim.quantities or not a.evidence.quantities:
        return NONE
    best = NONE
    for quantity in a.claim.quantities:
        text = a.evidence.text
        kind = kind_of(a.claim, quantity)
        if is_its_own(kind) or (quantity.bound == "max" and _OR_BEYOND.match(a.claim.low, quantity.end)):
            continue
        if _THAN_ITS.search(a.claim.low, max(0, quantity.start - _BOUND_REACH), quantity.start):
            quantity = quantity._replace(bound="exact")
        twins = [
            _end_of_range(q, quantity, text)
            for q in of_like_size(a.evidence, quantity)
            if is_stated(quantity, (q,)) and may_bound(kind, kind_of(a.evidence, q))
        ]
        known = any((q.bound, quantity.bound) not in _FAULTY for q in twins)
        if not twins or known or keeps_its_grade(a, quantity):
            continue
        stark = all((q.bound, quantity.bound) in _STARK for q in twins)
        shown = a.claim.text[quantity.start : quantity.end]
        line = f"the source says {_SHOWN[twins[0].bound]} {shown}, the claim {_SHOWN[quantity.bound]}"
        lost = all(q.bound == "max" for q in twins) and _states_a_gain(quantity) and not _reaches(a.claim)
        lost = lost or all(_lies_beyond(quantity, q) for q in twins)
        best = max(best, Signal(1.0 if stark else (LOST_MOST if lost else 0.25), line))
    return best


def bounds_a_figure(text: Text, at: int) -> bool:
    """Whether a word only bounds a figure: "more than 20%", "over 3x", "up to"."""
    return at in bounding(text)


@of_text
def bounding(text: Text) -> frozenset[int]:
    """Indices of the words of a text that only bound a figure."""
    starts = [q.start for q in text.quantities if q.bound in {"over", "under", "min", "max"}]
    if not starts:
        return _NO_PLACES
    found: set[int] = set()
    for start in starts:
        if _BOUNDED_BY_A_SIGN.search(text.text, max(0, start - _BOUND_REACH), start):
            continue
        i = bisect_left(text.starts, start) - 1
        while i >= 0 and start - text.tokens[i].end <= _BOUND_REACH:
            if text.tokens[i].end <= start:
                found.add(i)
            i -= 1
    return frozenset(found)
