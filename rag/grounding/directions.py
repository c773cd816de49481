"""Directions: "faster" where the evidence, about the same things, says "slower"; and whether a change is for good.

A word of direction is looked for in its own slot (rag.grounding.slots): do words of the same direction suit it better,
or those of the opposite one? Whether a change is for the better depends on what changes: fewer errors, more accuracy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from rag.grounding.alignment import KIN
from rag.grounding.cues import cues
from rag.grounding.keeping import Remembered
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
_POSSIBLE: Final = (["possible"], ["necessary"], ["needed"], ["optimal"], ["desirable"])
_IT: Final = (["it"], ["they"], ["these"], ["those"], ["this"])
_COULD: Final = (["could"], ["might"], ["should"], ["would"], ["need"], ["needs"], ["can"], ["ought"])
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


_NOTHING: Final = Directions(0.0, "", "", 0.0, 0.0, 0.0, "", "")


def directions(s: Slots) -> Directions:
    """Compare the directions of the claim with those that stand in their slots."""
    if not s.everywhere.size:
        return _NOTHING
    turned, directed = _turned(s), _directed(s.a.claim)
    if not directed:
        return Directions(0.0, "", "", 0.0, 0.0, *turned) if turned[0] else _NOTHING
    against, word, other = 0.0, "", ""
    harm = gain = 0.0
    claim, evidence = s.a.claim, s.a.evidence
    values, reduced, known = _values(claim), _reduced(evidence), _known(evidence)
    for i, friends, foes in directed:
        if (friends, foes) not in known:
            known[friends, foes] = _standing(evidence, friends, foes)
        alike, opposed = known[friends, foes]
        row = s.everywhere[i]
        if opposed or reduced:
            near, _ = _strongest(s, row, [p for p in alike if p not in reduced])
            far, place = _farthest(s, i, opposed, near, against)
            if reduced and i not in _reduced(claim):
                less = reduced - frozenset(evidence.positions.get(claim.tokens[i].key, ()))
                far, place = max((far, place), _strongest(s, row, [p for p in alike if p in less]))
            if far - near > against:
                against, word = far - near, claim.tokens[i].surface
                other = evidence.tokens[place].surface
        value = values.get(i, 0)
        if value:
            there = _by_value(evidence)
            same, opposite = _strongest(s, row, there[value])[0], _strongest(s, row, there[-value])[0]
            harm, gain = max(harm, opposite - same), max(gain, same - opposite)
    return Directions(against, word, other, harm, gain, *turned)


def _turned(s: Slots) -> tuple[float, str, str]:
    """The most by which an opposite suits a slot better than the word itself and all that may stand for it."""
    most, word, other = 0.0, "", ""
    claim, evidence = s.a.claim, s.a.evidence
    stems_there, keys = evidence.stems, claim.main_keys
    for row, i in enumerate(s.a.content):
        opposite = opposites_of(keys[i])
        if not opposite or stems_there.isdisjoint(opposite):
            continue
        token = claim.tokens[i]
        if token.is_name or token.is_number or i in bounding(claim):
            continue
        for key in sorted(opposite & stems_there):
            for place in evidence.positions[key]:
                column = s.column.get(place)
                if column is None or place in bounding(evidence) or s.match[row, column] >= KIN:
                    continue
                gain = float(s.fit[row, column]) - float(s.own[row])
                if gain <= most:
                    continue
                if _is_another(s, i, place) or _one_is_denied(s, i, place) or turns_nothing(s, i, place):
                    continue
                most, word, other = gain, token.surface, evidence.tokens[place].surface
    return most, word, other


@of_text
def _known(_text: Text) -> dict[tuple[frozenset[str], frozenset[str]], tuple[tuple[int, ...], tuple[int, ...]]]:
    """What :func:`_standing` found in a text, by what it looked for."""
    return {}


def _standing(text: Text, friends: frozenset[str], foes: frozenset[str]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Indices of the words of the evidence that belong to some concepts, and of those that belong only to some others;
    bounds of figures left out."""
    positions, bounds = text.concept_positions, bounding(text)
    alike = [p for name in sorted(friends) for p in positions.get(name, ()) if p not in bounds]
    left_out = bounds.union(alike)
    opposed = [p for name in sorted(foes) for p in positions.get(name, ()) if p not in left_out]
    return tuple(alike), tuple(opposed)


def _strongest(s: Slots, row: Matrix, places: Sequence[int]) -> tuple[float, int]:
    """(fit, place) of the best suited of some words of the evidence."""
    best, at = 0.0, -1
    columns, fit_at = s.column, row.item
    for place in places:
        if place in columns and (fit := fit_at(columns[place])) > best:
            best, at = fit, place
    return best, at


def _farthest(s: Slots, i: int, places: Sequence[int], near: float, least: float) -> tuple[float, int]:
    """As :func:`_strongest` in the slot of word ``i`` of the claim, of the words that turn it round and suit it by more
    than ``least`` better than ``near``; where there are none, (0, -1)."""
    best, at = 0.0, -1
    columns, fit_at = s.column, s.everywhere[i].item
    for place in places:
        if place in columns:
            fit = fit_at(columns[place])
            if fit > best and fit - near > least and not _turns_nothing(s, i, place):
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
    for i, names in enumerate(text.columns["concepts"]):
        if names:
            friends, foes = _SIDES[names]
            if foes and i not in bounding(text) and not _falls_short(text, i):
                found.append((i, friends, foes))
    return tuple(found)


def _falls_short(text: Text, i: int) -> bool:
    """Whether a word compares a thing with what it could be, and not with another: "lower than it could be"."""
    if text.columns["low"][i + 1 : i + 2] != ("than",):
        return False
    behind = [t.low for t in text.tokens[i + 1 : i + 4] if t.sentence == text.tokens[i].sentence]
    return behind[:1] == ["than"] and (behind[1:2] in _POSSIBLE or (behind[1:2] in _IT and behind[2:] in _COULD))


def _sides(names: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """The concepts that say the same as some concepts, and those that say the opposite."""
    foes = frozenset(o for name in names for o in opposites().get(name, ())) - names
    return names | frozenset(o for name in names for o in allies().get(name, ())), foes


_SIDES: Final = Remembered[frozenset[str], tuple[frozenset[str], frozenset[str]]](_sides, 4096)


def _senses(names: frozenset[str]) -> tuple[int, int]:
    """(1 for more, -1 for less; 1 for a gain, -1 for a harm) of a word of some concepts; 0 where it says neither."""
    sign = 1 if names & _MORE else (-1 if names & _LESS else 0)
    return sign, 1 if names & _GAIN else (-1 if names & _HARM else 0)


_SENSES: Final = Remembered[frozenset[str], tuple[int, int]](_senses, 4096)


@of_text
def _values(text: Text) -> dict[int, int]:
    """Index of a word of direction -> 1 where what it says is for the better, -1 for the worse."""
    found: dict[int, int] = {}
    for i, names in enumerate(text.columns["concepts"]):
        if names:
            sign, plain = _SENSES[names]
            if (sign or plain) and (value := _value(text, i, sign, plain)):
                found[i] = value
    return found


def _value(text: Text, i: int, sign: int, plain: int) -> int:
    table = classes()
    good, bad, keys, sentence_of = table["good things"], table["bad things"], text.main_keys, text.sentence_of
    if not plain and (keys[i] in good or keys[i] in bad):
        return 0
    for j in [i + step for step in _THINGS_NEAR] if sign else ():
        if 0 <= j < len(keys) and sentence_of[j] == sentence_of[i]:
            value = 1 if keys[j] in good else (-1 if keys[j] in bad else 0)
            if value:
                return sign * value
    return plain


@of_text
def _by_value(text: Text) -> dict[int, list[int]]:
    """The indices of :func:`_values`, by value."""
    found: dict[int, list[int]] = {1: [], -1: []}
    for place, value in _values(text).items():
        found[value].append(place)
    return found
