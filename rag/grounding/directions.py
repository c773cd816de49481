"""Directions: "faster" where the evidence, about the same things, says "slower"; and whether a change is for good.

A word of direction is looked for in its own slot (rag.grounding.slots): do words of the same direction suit it better,
or those of the opposite one? Whether a change is for the better depends on what changes: fewer errors, more accuracy.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from rag.grounding.alignment import KIN
from rag.grounding.cues import cues
from rag.grounding.lexicon import allies, classes, opposites, stems
from rag.grounding.paraphrases import denies_by_prefix, opposites_of
from rag.grounding.signals import bounding
from rag.grounding.slots import Matrix, Slots
from rag.grounding.tokens import Text, of_text
from rag.grounding.trends import trends
from rag.grounding.turnings import turns_nothing

_MORE: Final = frozenset({"up", "many", "large", "high", "long", "maximum", "strong", "wide", "above"})
_LESS: Final = frozenset({"down", "few", "small", "low", "short", "minimum", "weak", "narrow", "below"})
_GAIN: Final = frozenset(
    {"fast", "better", "cheap", "easy", "accurate", "success", "positive", "preserve", "enable"}
)  # fmt: skip
_HARM: Final = frozenset(
    {"slow", "worse", "costly", "hard", "inaccurate", "failure", "negative", "lose", "prevent"}
)  # fmt: skip
_STATES: Final = frozenset({"hard", "easy", "slow", "worse", "costly", "failure", "negative", "inaccurate"})
_UNDOES: Final = frozenset({"down", "prevent", "lose"})
_REMEDIES: Final = stems(
    "solution solve address mitigate overcome tackle alleviate against challenge issue problem".split()
)
_LITTLE: Final = frozenset({"little", "less", "hardly", "barely"})
_SHARES: Final = frozenset("a an one half third quarter fifth tenth percent times much far even slightly".split())
_PLAINLY: Final = frozenset({"not", "never", "no", "without", "cannot"})
_UNDONE_WITHIN: Final = 4
"""Words behind one that turns round which may be what it turns."""
_SURE: Final = 0.9
"""How well a word must be matched for its place to be known."""
_OF_VALUE: Final = _MORE | _LESS | _GAIN | _HARM
_THINGS_NEAR: Final = (1, 2, 3, -1, 4, -2, 5, -3)


class Directions(NamedTuple):
    """How much better the opposite suits than the word itself, in [0, 1], with the two words; and of better and worse:
    how much the evidence speaks against the claim, and for it."""

    against: float
    word: str
    other: str
    harm: float
    gain: float
    turned: float
    """As ``against``, of any word whose opposite stands in its slot, by the dictionary of paraphrase."""
    turned_word: str
    turned_other: str


def directions(s: Slots) -> Directions:
    """Compare the directions of the claim with those that stand in their slots."""
    against, word, other = 0.0, "", ""
    harm = gain = 0.0
    if not s.everywhere.size:
        return Directions(against, word, other, harm, gain, 0.0, "", "")
    values, own_values = _values(s.a.evidence), _values(s.a.claim)
    for i, friends, foes in _directed(s.a.claim):
        row = s.everywhere[i]
        less = _reduced(s.a.evidence)
        near, _ = _strongest(s, row, friends, less)
        far, place = _strongest(s, row, foes, _places(s, friends), i)
        if less and i not in _reduced(s.a.claim):
            less = less - frozenset(s.a.evidence.positions.get(s.a.claim.tokens[i].key, ()))
            far, place = max((far, place), _strongest(s, row, friends, _places(s, friends) - less))
        if far - near > against:
            against, word = far - near, s.a.claim.tokens[i].surface
            other = s.a.evidence.tokens[place].surface
        value = own_values.get(i, 0)
        if value:
            same = max(
                (float(row[s.column[p]]) for p, v in values.items() if v == value and p in s.column), default=0.0
            )
            turned = max(
                (float(row[s.column[p]]) for p, v in values.items() if v == -value and p in s.column), default=0.0
            )
            harm, gain = max(harm, turned - same), max(gain, same - turned)
    return Directions(against, word, other, harm, gain, *_turned(s))


def _turned(s: Slots) -> tuple[float, str, str]:
    """The most by which an opposite suits a slot better than the word itself and all that may stand for it."""
    most, word, other = 0.0, "", ""
    stems_there = s.a.evidence.stems
    for row, i in enumerate(s.a.content):
        token = s.a.claim.tokens[i]
        opposite = opposites_of(token.key)
        if stems_there.isdisjoint(opposite) or token.is_name or token.is_number or i in bounding(s.a.claim):
            continue
        for key in sorted(opposite & stems_there):
            for place in s.a.evidence.positions[key]:
                column = s.column.get(place)
                if column is None or place in bounding(s.a.evidence) or s.match[row, column] >= KIN:
                    continue
                if _is_another(s, i, place) or _one_is_denied(s, i, place) or turns_nothing(s, i, place):
                    continue
                gain = float(s.fit[row, column]) - float(s.own[row])
                if gain > most:
                    most, word, other = gain, token.surface, s.a.evidence.tokens[place].surface
    return most, word, other


def _places(s: Slots, names: frozenset[str]) -> frozenset[int]:
    """Indices of the words of the evidence that belong to these concepts."""
    positions = s.a.evidence.concept_positions
    return frozenset(p for name in names for p in positions.get(name, ()))


def _strongest(
    s: Slots, row: Matrix, names: frozenset[str], excluded: frozenset[int], against: int = -1
) -> tuple[float, int]:
    """(fit, place) of the best suited word of these concepts, bounds of figures and excluded places left out, and those
    that do not turn word ``against`` of the claim round."""
    positions = s.a.evidence.concept_positions
    best, at = 0.0, -1
    for name in sorted(names):
        for place in positions.get(name, ()):
            column = s.column.get(place)
            if column is None or place in excluded or place in bounding(s.a.evidence):
                continue
            fit = float(row[column])
            if fit > best and not (against >= 0 and _turns_nothing(s, against, place)):
                best, at = fit, place
    return best, at


@of_text
def _reduced(text: Text) -> frozenset[int]:
    """Indices of the words of ease and trouble of which a text says less: who reduces a difficulty makes it easy."""
    things = (t.of[0] for t in trends(text) if t.sign < 0)
    return frozenset(j for j in things if text.tokens[j].concepts & _STATES)


def _turns_nothing(s: Slots, i: int, place: int) -> bool:
    """Whether either of word i and its opposite at a place is undone by its neighbours ("easier" for "reduces the
    difficulty"), or the opposite is no answer to the word."""
    if (i in _undone(s.a.claim)) != (place in _undone(s.a.evidence)) or _one_is_denied(s, i, place):
        return True
    return _is_another(s, i, place) or turns_nothing(s, i, place)


def _one_is_denied(s: Slots, i: int, place: int) -> bool:
    """Whether a "not" stands right before a word or before its opposite, and not both: "does not depend" says
    "independent"."""
    return _after_a_denial(s.a.claim, i) != _after_a_denial(s.a.evidence, place) or (
        denies_by_prefix(s.a.claim.tokens[i].low) and _fails_to_be(s.a.evidence, place)
    )


def _fails_to_be(text: Text, i: int) -> bool:
    """Whether a denial shortly before a word holds it: "fail to provide reliable"."""
    return any(i in cue.scope and 0 < i - cue.at <= _UNDONE_WITHIN for cue in cues(text))


def _after_a_denial(text: Text, i: int) -> bool:
    return i > 0 and text.tokens[i - 1].low in _PLAINLY and text.tokens[i - 1].sentence == text.tokens[i].sentence


def _is_another(s: Slots, i: int, place: int) -> bool:
    """Whether the claim has the opposite at a place too, as another of its words, and its word i is its own: "allows a
    block to" for "a block"."""
    row, column = s.a.row.get(i, -1), s.column[place]
    if row >= 0 and s.best[row] >= _SURE:
        return False
    return any(r != row and s.match[r, column] >= _SURE for r in (s.chosen == column).nonzero()[0].tolist())


@of_text
def _undone(text: Text) -> frozenset[int]:
    """Indices of the words that words before them turn round ("reduces the difficulty", "a solution to the high cost"),
    or the one behind them ("differ little")."""
    tokens, soft = text.tokens, classes()["deny softly"]
    found: set[int] = set()
    for j, token in enumerate(tokens):
        if token.concepts & _UNDOES or token.key in soft or token.key in _REMEDIES:
            found.update(
                i for i in range(j + 1, min(j + 1 + _UNDONE_WITHIN, len(tokens))) if tokens[i].clause == token.clause
            )
        if token.low in _LITTLE and j and tokens[j - 1].clause == token.clause:
            found.add(j - 1)
            if token.low == "less":
                found |= _lessened(text, j)
    return frozenset(found)


def _lessened(text: Text, j: int) -> set[int]:
    """Indices of the words that "less" at j turns round: "less hard", "cost a quarter less"."""
    tokens = text.tokens
    found = set()
    if j + 1 < len(tokens) and tokens[j + 1].clause == tokens[j].clause and tokens[j + 1].concepts & _STATES:
        found.add(j + 1)
    k = j - 1
    while k > 0 and tokens[k].clause == tokens[j].clause and (tokens[k].is_number or tokens[k].low in _SHARES):
        k -= 1
    if k >= 0 and tokens[k].clause == tokens[j].clause:
        found.add(k)
    return found


@of_text
def _directed(text: Text) -> tuple[tuple[int, frozenset[str], frozenset[str]], ...]:
    """(index, concepts that say the same, concepts that say the opposite) of each word of direction."""
    found = []
    for i, token in enumerate(text.tokens):
        friends, foes = _sides(token.concepts) if token.concepts else (token.concepts, token.concepts)
        if foes and i not in bounding(text):
            found.append((i, friends, foes))
    return tuple(found)


@lru_cache(maxsize=4096)
def _sides(names: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """The concepts that say the same as some concepts, and those that say the opposite."""
    foes = frozenset(o for name in names for o in opposites().get(name, ())) - names
    return names | frozenset(o for name in names for o in allies().get(name, ())), foes


@of_text
def _values(text: Text) -> dict[int, int]:
    """Index of a word of direction -> 1 where what it says is for the better, -1 for the worse."""
    table = classes()
    good, bad = table["good things"], table["bad things"]
    found: dict[int, int] = {}
    for i, names in enumerate(text.columns["concepts"]):
        if not names or names.isdisjoint(_OF_VALUE):
            continue
        token = text.tokens[i]
        sign = 1 if names & _MORE else (-1 if names & _LESS else 0)
        plain = 1 if names & _GAIN else (-1 if names & _HARM else 0)
        if not (sign or plain) or (not plain and (token.key in good or token.key in bad)):
            continue
        value = 0
        for step in _THINGS_NEAR:
            j = i + step
            if 0 <= j < len(text.tokens) and text.tokens[j].sentence == token.sentence:
                key = text.tokens[j].key
                value = 1 if key in good else (-1 if key in bad else 0)
                if value:
                    break
        result = sign * value if sign and value else plain
        if result:
            found[i] = result
    return found
