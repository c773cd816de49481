"""Gauged: a claim that says which of two figures is the greater, without them, against what the source gives.

"The lead over Ash exceeds that over Birch" of "1.7x that of Ash and 2.2x that of Birch"; "between 22B and 175B it
falls"; "smaller in ROUGE than in BLEU". What each figure belongs to is told by ``holders``. It is the order of the
figures that counts: of a loss ("latency lower by 30%") the claim must speak of the gain, else nothing is said.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from rag.grounding.alignment import EXACT, Alignment
from rag.grounding.cues import cues
from rag.grounding.holders import Couple, Held, couples
from rag.grounding.holdings import places_by_form
from rag.grounding.signals import NONE, Signal, bounds_a_figure
from rag.grounding.tokens import Text, of_text

_MORE: Final = frozenset("larger bigger greater higher wider broader stronger steeper deeper more".split())
_LESS: Final = frozenset("smaller lower narrower weaker slighter lesser less thinner".split())
_LONGER: Final = frozenset("longer slower".split())
_SHORTER: Final = frozenset("shorter faster quicker sooner".split())
"""Of times only."""
_BETTER: Final = frozenset("better outscores outscored outdoes outdid outperforms outperformed beats beat".split())
_WORSE: Final = frozenset("worse poorer".split())
"""Of scores only."""
_MOST: Final = frozenset("largest biggest greatest highest widest strongest steepest deepest".split())
_LEAST: Final = frozenset("smallest lowest narrowest weakest slightest least".split())
_OVER: Final = frozenset(
    "exceeds exceed exceeded exceeding surpasses surpass surpassed tops topped outweighs dwarfs".split()
)
_GROWS: Final = frozenset(
    "rises rise rose risen grows grow grew widens widen widened increases increased climbs".split()
)
_FALLS: Final = frozenset(
    "falls fall fell fallen shrinks shrink shrank narrows narrowed decreases decreased declines declined drops "
    "dropped".split()
)
_LIES: Final = frozenset(
    "lies lie lay is was are were stands stood falls fell sits stays ranks comes came remains and but".split()
)
_THAT: Final = frozenset("that those the its what".split())
_AMOUNTS: Final = frozenset(
    "than on for in over with against from at when time power energy memory space bandwidth compute accuracy "
    "throughput traffic data storage damage work computation communication".split()
)
_UP: Final = _MORE | _OVER | _LONGER | _BETTER
_DOWN: Final = _LESS | _SHORTER | _WORSE
_THAN: Final = (_UP | _DOWN) - _OVER - (_BETTER - {"better"})
"""What needs a "than"."""
_TRIGGERS: Final = (
    _MORE
    | _LESS
    | _MOST
    | _LEAST
    | _OVER
    | _GROWS
    | _FALLS
    | _LONGER
    | _SHORTER
    | _BETTER
    | _WORSE
    | {"above", "below"}
)
_GAIN: Final = frozenset(
    "gain gains advantage advantages lead leads margin margins improvement improvements speedup speedups benefit "
    "benefits reduction reductions saving savings increase boost cut drop decrease difference edge factor ratio share "
    "percentage percentages figure figures multiple acceleration uplift profit profits improves improved gained".split()
)
_LOSS: Final = frozenset(
    "less fewer lower smaller shorter cheaper reduce reduces reduced reducing reduction reductions cut cuts cutting "
    "decrease decreases decreased saving savings save saves saved lowers lowering drop drops dropped overhead error "
    "loss slower worse shrinks faster speedup".split()
)
_SCORES: Final = frozenset(
    "accuracy accuracies score scores scored f1 recall precision bleu rouge pass solved solves correct correctly "
    "reaches reached achieves achieved attains attained answers".split()
)
_ENDS: Final = re.compile(r"[;:.](?:\s|$)|\b(?:while|whereas|but|although|though|which|because|since)\b")
_PARTED: Final = re.compile(r"[;—]")
_FRONT: Final = re.compile(
    r"\b(?:between|from)\s+(?P<one>[^,;:.]{1,60}?)\s+(?:and|to)\s+(?P<other>[^,;:]{1,60}?)(?=,|\s(?:the|it|its)\b)"
)


class _Compared(NamedTuple):
    """That what some words of the claim say has a greater figure (``sign`` 1), or a lesser, than what others say; or,
    where there are no others, the greatest."""

    left: tuple[int, ...]
    right: tuple[int, ...]
    sign: int
    at: int


def gauged(a: Alignment) -> Signal:
    """Strength 1, with a line for people, where the claim puts two figures of the source in the other order."""
    if _TRIGGERS.isdisjoint(a.claim.words) or len(a.evidence.quantities) < 2:
        return NONE
    here = _compared(a.claim)
    there = couples(a.evidence) if here else ()
    for one in here:
        told = {order * one.sign: couple for couple in there if (order := _order(a, one, couple))}
        if -1 in told and 1 not in told:
            shown = [a.evidence.text[h.quantity.start : h.quantity.end] for h in told[-1][:2]]
            word = a.claim.tokens[one.at].surface
            return Signal(1.0, f"the claim says '{word}', the source {shown[0]} and {shown[1]}")
    return NONE


def _order(a: Alignment, one: _Compared, couple: Couple) -> int:
    """1 where the figure of the left words is the greater, -1 where that of the right is; 0 where nothing tells."""
    if a.evidence.sentence_of[min(couple.one.words)] not in a.focus or not _is_of_the_gain(a, couple):
        return 0
    first, last = sorted((couple.one.quantity.end, couple.other.quantity.start))
    if not couple.in_step and _PARTED.search(a.evidence.low, first, last):
        return 0
    low = a.claim.tokens[one.at].low
    if low in _LONGER | _SHORTER and couple.one.quantity.unit != "second":
        return 0
    if low in _BETTER | _WORSE and not _are_scores(a, couple):
        return 0
    left = _hits(a, one.left, couple.one), _hits(a, one.left, couple.other)
    right = _hits(a, one.right, couple.one), _hits(a, one.right, couple.other)
    if not one.right:
        if min(left) or not _is_measured_there(a, one.at, couple):
            return 0
        right = left[::-1]
    difference = couple.one.quantity.value - couple.other.quantity.value
    sign = (difference > 0) - (difference < 0)
    if left[0] > left[1] and right[1] > right[0]:
        return sign
    return -sign if left[1] > left[0] and right[0] > right[1] else 0


def _are_scores(a: Alignment, couple: Couple) -> bool:
    """Whether more is better of two figures: shares or bare figures with a point, of what is no ill."""
    inside = a.evidence.sentence_tokens[a.evidence.sentence_of[min(couple.one.words)]]
    words = [a.evidence.tokens[i].low for i in inside]
    return couple.one.quantity.unit in {"%", ""} and _LOSS.isdisjoint(words) and not _SCORES.isdisjoint(words)


def _is_measured_there(a: Alignment, at: int, couple: Couple) -> bool:
    """Whether what a claim calls the greatest is a gain, or is named in the sentence of two figures."""
    sentence = a.evidence.sentence_of[min(couple.one.words)]
    noun = next((i for i in range(at + 1, min(at + 4, len(a.claim.tokens))) if a.claim.tokens[i].weight > 0), -1)
    if noun < 0 or a.claim.tokens[at + 1].low == "one" or a.claim.tokens[noun].low in _GAIN:
        return True
    return any(a.evidence.sentence_of[p] == sentence for p in a.standing_at(noun, EXACT))


def _hits(a: Alignment, words: Iterable[int], held: Held) -> int:
    return sum(not held.words.isdisjoint(places_by_form(a, i)) for i in words)


def _is_of_the_gain(a: Alignment, couple: Couple) -> bool:
    """Whether the claim must mean the figures: it speaks of a gain, or they are no loss in the source."""
    if not _GAIN.isdisjoint(a.claim.words):
        return True
    sentence = a.evidence.sentence_tokens[a.evidence.sentence_of[min(couple.one.words)]]
    return _LOSS.isdisjoint([a.evidence.tokens[i].low for i in sentence])


@of_text
def _compared(text: Text) -> tuple[_Compared, ...]:
    found = (c for c in (*_sides(text), *_moves(text)) if c.left and c.right)
    return (*found, *(c for c in _tops(text) if c.left))


def _sides(text: Text) -> Iterator[_Compared]:
    """ "X is larger than Y", "X exceeds Y", "X lies below Y and above Z"."""
    denied = {i for cue in cues(text) for i in cue.scope}
    subject: tuple[int, ...] = ()
    for i, token in enumerate(text.tokens):
        sign = _sign(text, i)
        if not sign or i in denied:
            continue
        at = i
        if token.low in _THAN:
            behind = range(i + 1, min(i + 13, len(text.tokens)))
            at = next((j for j in behind if text.tokens[j].low == "than" and text.sentence_of[j] == token.sentence), -1)
            if at < 0 or bounds_a_figure(text, at):
                continue
        goes_on = bool(subject) and i > 0 and text.tokens[i - 1].low in {"and", "but"}
        subject = subject if goes_on else _words(text, at, -1)
        yield _Compared(subject, _words(text, at, 1), sign, i)


def _tops(text: Text) -> Iterator[_Compared]:
    """ "The largest gain is over X", "it is the smaller for X": of all, or of two."""
    denied = {i for cue in cues(text) for i in cue.scope}
    for i, token in enumerate(text.tokens):
        low, before = token.low, text.tokens[i - 1].low if i else ""
        if low not in _MOST | _LEAST and not (before == "the" and low in (_MORE | _LESS) - {"more", "less"}):
            continue
        if i in denied or before == "at" or "than" in text.words or "second" in text.words:
            continue
        inside = [j for j in text.sentence_tokens[token.sentence] if j != i and text.tokens[j].weight > 0]
        yield _Compared(tuple(inside), (), 1 if low in _MOST | _MORE else -1, i)


def _sign(text: Text, i: int) -> int:
    low = text.tokens[i].low
    if low in {"more", "less"} and not _is_an_amount(text, i + 1):
        return 0
    if low in _UP:
        return 1
    if low in _DOWN:
        return -1
    if low not in {"above", "below"} or not i or i + 1 >= len(text.tokens):
        return 0
    lies = text.tokens[i - 1].low in _LIES and text.tokens[i + 1].low in _THAT
    return (1 if low == "above" else -1) if lies else 0


def _is_an_amount(text: Text, i: int) -> bool:
    """Whether a word behind "more" leaves it an amount: "more than", "more on", "more questions"; not "more slowly"."""
    low = text.tokens[i].low if i < len(text.tokens) else ""
    return low in _AMOUNTS or (low.endswith("s") and not low.endswith(("ss", "ous", "less")))


def _moves(text: Text) -> Iterator[_Compared]:
    """ "Between X and Y it gets larger", "from X to Y the gain falls"."""
    denied = {i for cue in cues(text) for i in cue.scope}
    for match in _FRONT.finditer(text.low):
        one, other = (_span(text, *match.span(side)) for side in ("one", "other"))
        end = bisect_left(text.starts, match.end())
        behind = range(end, min(end + 20, len(text.tokens)))
        at = next((i for i in behind if _way(text, i) and text.sentence_of[i] == text.sentence_of[end]), -1)
        if at >= 0 and at not in denied:
            yield _Compared(other, one, _way(text, at), at)


def _way(text: Text, i: int) -> int:
    """1 for "rises", "gets larger"; -1 for "falls", "becomes smaller"."""
    low = text.tokens[i].low
    if low in _GROWS | _FALLS:
        return 1 if low in _GROWS else -1
    before = text.tokens[i - 1].low if i else ""
    if low in _MORE | _LESS and before in _BECOMES:
        return 1 if low in _MORE else -1
    return 0


_BECOMES: Final = frozenset("gets get got getting becomes become became becoming grows grew turns".split())


def _span(text: Text, start: int, end: int) -> tuple[int, ...]:
    inside = range(bisect_left(text.starts, start), bisect_left(text.starts, end))
    return tuple(i for i in inside if text.tokens[i].weight > 0)


def _words(text: Text, at: int, step: int) -> tuple[int, ...]:
    """The weighty words on one side of a word, as far as its clause goes; behind it no farther than "and above"."""
    found: list[int] = []
    j = at + step
    while 0 <= j < len(text.tokens) and text.sentence_of[j] == text.sentence_of[at]:
        low, high = sorted((j, j - step))
        between = text.low[text.tokens[low].end : text.tokens[high].start]
        if _ENDS.search(between) or _ENDS.fullmatch(text.tokens[j].low):
            break
        # Before it, an apposition may stand between commas ("its lead over Ash, 2x, is larger than").
        if "," in between and (step > 0 or text.tokens[j + 1].low in {"and", "or"}):
            break
        if step > 0 and text.tokens[j].low == "and" and j + 1 < len(text.tokens) and _sign(text, j + 1):
            break
        if text.tokens[j].weight > 0:
            found.append(j)
        j += step
    return tuple(found)
