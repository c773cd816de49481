"""What speaks against a claim although its words stand in the evidence; each signal says in one line what it saw.

Here: figures and names that are not there, strengthened scope, and the bounds of figures. Denials and directions are in
``polarity``, exchanged roles in ``roles``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from rag.grounding.alignment import EXACT, Alignment
from rag.grounding.cues import cues
from rag.grounding.lexicon import HEDGES, UNIVERSALS, classes, stem, stems, strengthened
from rag.grounding.marks import marks
from rag.grounding.tokens import Text, Token, squash
from rag.text.quantities import Bound, Quantity, is_stated

_UNIVERSAL_STEMS: Final = stems(UNIVERSALS)
_HEDGE_STEMS: Final = stems(HEDGES)
_SUBJECT_WORDS: Final = 4
_COUNTED: Final = 3
"""Words after a number among which the thing counted stands."""
_SELF_REFERENCE: Final = re.compile(r"\b(?:we|our|this (?:paper|work|study|article)|the authors?)\b", re.I)


class Signal(NamedTuple):
    """``strength`` in [0, 1] and, where it is above 0, a line for people."""

    strength: float
    reason: str = ""


NONE: Final = Signal(0.0)


class Missing(NamedTuple):
    """Figures and names of the claim that the evidence lacks."""

    figures: tuple[str, ...]
    """In digits, or with a unit."""
    counts: tuple[str, ...]
    """In words and without a unit ("three benchmarks", "half"): the reader may have counted."""
    names: tuple[str, ...]
    subject: tuple[str, ...]
    """Names at the head of the claim: the system it is about, which an abstract may call "our method"."""


def missing(a: Alignment) -> Missing:
    """Look for every figure and every name of the claim in the whole evidence."""
    figures: list[str] = []
    counts: list[str] = []
    for quantity in a.claim.quantities:
        shown = a.claim.text[quantity.start : quantity.end]
        if not is_stated(quantity, a.evidence.quantities) and squash(shown) not in a.evidence.forms:
            counted = quantity.unit in {"", "fraction"} and not any(c.isdigit() for c in shown)
            counted = counted and not _otherwise(a, quantity)
            (counts if counted else figures).append(shown)
    names: list[str] = []
    subject: list[str] = []
    for i, token in enumerate(a.claim.tokens):
        if token.is_name and not _name_stands(token.surface, a.evidence):
            at_head = i < _SUBJECT_WORDS and bool(_SELF_REFERENCE.search(a.evidence.text))
            (subject if at_head else names).append(token.surface)
    return Missing(tuple(figures), tuple(counts), tuple(names), tuple(subject))


def _otherwise(a: Alignment, quantity: Quantity) -> bool:
    """Whether the evidence has another number where the claim counts in words: three techniques for its four, a
    quarter for its tenth."""
    if quantity.unit == "fraction":
        return quantity.bound != "about" and any(
            q.unit in {"%", "fraction"} and q.bound == quantity.bound != "exact" for q in a.evidence.quantities
        )
    tokens = a.claim.tokens
    after = [i for i, t in enumerate(tokens) if t.start >= quantity.end][:_COUNTED]
    for i in after:
        row = a.row.get(i)
        if row is None:
            continue
        for place, quality in a.places[row].items():
            if quality < EXACT:
                continue
            start = a.evidence.tokens[max(0, place - _COUNTED)].start
            if any(
                q.unit == ""
                and q.high is None
                and start <= q.start
                and q.end <= a.evidence.tokens[place].start
                and "\n" not in a.evidence.text[q.end : a.evidence.tokens[place].start]
                for q in a.evidence.quantities
                if a.evidence.tokens[place].sentence == _sentence_at(a.evidence, q.start)
            ):
                return True
    return False


def _sentence_at(text: Text, at: int) -> int:
    return next((i for i, s in enumerate(text.sentences) if s.start <= at < s.end), -1)


def _name_stands(name: str, evidence: Text) -> bool:
    plain = squash(name)
    if plain in evidence.forms or stem(name) in evidence.positions:
        return True
    # DeepSeek in DeepSeek-V3, Gemm in FlashGemm: parts of camel-case names are stems of their own.
    return len(plain) > 3 and any(plain in form for form in evidence.forms if len(form) <= len(plain) + 8)


def scope(a: Alignment) -> Signal:
    """The claim is stronger than the evidence: all for some, does for may, cause for correlation."""
    focus_text = [t for t in a.evidence.tokens if t.sentence in set(a.focus)]
    there = {t.key for t in focus_text}
    best = NONE
    for weak, strong in strengthened():
        used = [t for i, t in enumerate(a.claim.tokens) if t.key in strong and _asserts(a.claim, i)]
        softened = any(t.key in weak for t in a.claim.tokens)
        found = [t for t in focus_text if t.key in weak]
        if used and found and not there & strong and not softened:
            best = Signal(1.0, f"the claim says '{used[0].surface}' where the source says '{found[0].surface}'")
    general, limits = classes()["all"], classes()["only"]
    # "Every" for "each", "any" for "all", "solely" for "exclusively", "only" for "just": of one class, any will do.
    said = bool(there & (general | classes()["each"] | classes()["all softly"]))
    limited = any(t.key in limits or t.key in classes()["only softly"] for t in focus_text)
    universal = [
        t
        for i, t in enumerate(a.claim.tokens)
        if t.key in _UNIVERSAL_STEMS
        and t.key not in a.evidence.positions
        and not (said and t.key in general)
        and not (limited and t.key in limits)
        and _asserts(a.claim, i)
    ]
    if best.strength == 0 and universal:
        best = Signal(0.5, f"'{universal[0].surface}' is more than the source says")
    return best


def _asserts(text: Text, i: int) -> bool:
    """Whether a word claims as much as it seems: not in "at most", "not all", "without any", "cannot prove"."""
    low = text.tokens[i].surface.lower()
    if i > 0 and text.tokens[i - 1].surface.lower() == "at" and low in {"most", "least"}:
        return False
    for name in ("all", "only"):
        if text.tokens[i].key in classes()[name] and i not in marks(text).get(name, ()):
            return False
    return not any(i in cue.scope for cue in cues(text) if cue.kind in {"plain", "phrase"})


@lru_cache(maxsize=512)
def hedges(text: Text) -> tuple[Token, ...]:
    """The words of a text that weaken what it says."""
    return tuple(t for t in text.tokens if t.key in _HEDGE_STEMS)


@lru_cache(maxsize=512)
def guesses(text: Text, *, softly: bool = False) -> frozenset[int]:
    """Clauses of a text that say no more than may be; ``softly``: also those with words like "chance", "estimate"."""
    found = marks(text)
    names = ("guess", "can", "guess softly") if softly else ("guess", "can")
    return frozenset(text.tokens[i].clause for name in names for i in found.get(name, ()))


# (what the source says of a figure, what the claim says): the second is another thing, or more.
_STARK: Final = frozenset(
    {("max", "min"), ("max", "over"), ("max", "average"), ("under", "over"), ("over", "under"), ("min", "max"),
     ("average", "min")}
)  # fmt: skip
_MILD: Final = frozenset(
    {("max", "exact"), ("average", "max"), ("about", "over"), ("under", "exact"), ("under", "min"), ("about", "min"),
     ("over", "max"), ("exact", "min"), ("exact", "over"), ("exact", "under")}
)  # fmt: skip
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
    return any(t.surface.lower() in _REACHES for t in claim.tokens) or any(q.bound == "max" for q in claim.quantities)


def bounds(a: Alignment) -> Signal:
    """A figure is bounded otherwise than in the evidence: "at least 2x" where the source says "up to 2x"."""
    best = NONE
    for quantity in a.claim.quantities:
        text = a.evidence.text
        twins = [_end_of_range(q, quantity, text) for q in a.evidence.quantities if is_stated(quantity, [q])]
        if not twins or any((q.bound, quantity.bound) not in _STARK | _MILD for q in twins):
            continue
        stark = all((q.bound, quantity.bound) in _STARK for q in twins)
        shown = a.claim.text[quantity.start : quantity.end]
        line = f"the source says {_SHOWN[twins[0].bound]} {shown}, the claim {_SHOWN[quantity.bound]}"
        lost = all(q.bound == "max" for q in twins) and _states_a_gain(quantity) and not _reaches(a.claim)
        best = max(best, Signal(1.0 if stark else (LOST_MOST if lost else 0.25), line))
    return best


def bounds_a_figure(text: Text, at: int) -> bool:
    """Whether a word only bounds a figure: "more than 20%", "over 3x", "up to"."""
    token = text.tokens[at]
    return any(0 <= q.start - token.end <= 12 and q.bound in {"over", "under", "min", "max"} for q in text.quantities)
