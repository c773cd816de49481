"""Denials: the claim says what the evidence denies, or denies what it says.

What a denial denies (rag.grounding.cues) is looked for in its own slot of the other text (rag.grounding.slots): does it
stand there denied as well, or affirmed? Two denials undo each other, and a word's opposite counts as its denial: "did
not go unnoticed" says "noticed". What is not found on the other side says nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Container, Sequence
from typing import Final, NamedTuple

import numpy as np

from rag.grounding.cues import Cue, cues
from rag.grounding.keeping import Remembered
from rag.grounding.lexicon import NEGATIVE_CONCEPTS, opposites
from rag.grounding.paraphrases import base_of, opposites_of
from rag.grounding.signals import NONE, Signal
from rag.grounding.slots import Slots
from rag.grounding.tokens import Text, Token, of_text

_TRUST: Final = {"plain": 1.0, "prefix": 0.6, "phrase": 0.7, "soft": 0.25, "compared": 0.6}
_TRUST_THERE: Final = {"plain": 1.0, "prefix": 0.6, "phrase": 0.8, "soft": 0.35, "compared": 0.6}
_LIGHT: Final = frozenset(
    "make made get got take took taken give gave given go went gone come came use used show find found see seen "
    "say said put have".split()
)
"""Verbs that a paraphrase exchanges freely."""
_CONDITIONAL: Final = frozenset("if unless when where until whether once".split())
_BY_RANK: Final = (1.0, 0.6, 0.4, 0.3, 0.2, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1)
"""What the first, second and later words that a denial denies count for."""
_AT_LEAST: Final = 0.15
_MATCHED: Final = 0.55
_TURNED: Final = 0.7
"""How well a word is matched by its opposite."""
_FULL: Final = 0.5
"""Difference of fit from which it is certain."""
_BEFORE, _BEHIND = 8, 4
"""Words before and behind a denied one among which the source may limit it."""
_ANSWERS: Final = 0.2
"""How well a word has to fit where it stands in the same sense for the denial to stand there."""
_NEAR: Final = 6
_UNSURE: Final = 0.4
"""What a denial is worth where the other side says something negative near by, in a way that is not understood."""
_CONTRAST: Final = re.compile(
    r"\b(?:unlike|in\s+contrast\s+(?:to|with)|contrary\s+to|as\s+opposed\s+to|compared\s+(?:to|with)|relative\s+to|against|versus|"
    r"instead\s+of|rather\s+than|in\s+place\s+of|than|whereas|existing|prior|previous|earlier|traditional|"
    r"conventional|mainstream|usual|standard)\b(?:(?!\.\s)[^,;:()])*"
)
_LIMITS: Final = re.compile(
    r"\b(?:restrict\w*|limit\w*|constrain\w*|confin\w*|hinder\w*|imped\w+|hamper\w*|inhibit\w*|preclud\w*|obstruct\w*|block\w*|"
    r"struggl\w*|barriers?|only|merely|solely|(?<=the )first|until|too)\b"
)
"""Words by which a source says that something is not so, or not all of it, without a denial."""
_ELLIPTIC: Final = frozenset(
    "in on at for by with when where if as after before to from of under over the all every always".split()
)


class Polarity(NamedTuple):
    """``here``: the claim denies what the evidence says; ``there``: the evidence denies what the claim says; ``kept``:
    how surely a denial of the claim stands in the evidence too; ``alone``: 1 where the claim denies something and the
    sentences that it rests on deny nothing in any way."""

    here: Signal
    there: Signal
    kept: float
    alone: float
    answered: frozenset[int] = frozenset()
    """Indices of the denials of the claim, and in ``met`` of the evidence, whose words the other side denies too."""
    met: frozenset[int] = frozenset()

    @property
    def worst(self) -> Signal:
        """The stronger of the two faults."""
        return max(self.here, self.there)


class _Sides(NamedTuple):
    """Of one word of the claim, in [0, 1]: how well it fits where it stands in the same sense, and in the other."""

    same: float
    other: float
    place: int


_NO_PLACES: Final = frozenset[int]()


def _weight(token: Token) -> float:
    return 0.3 if token.low in _LIGHT or token.is_number else 1.0


@of_text
def denied(text: Text) -> frozenset[int]:
    """Indices of the words of a text that it denies, in so many words or softly."""
    return frozenset(j for cue in cues(text) for j in cue.scope)


@of_text
def signs(text: Text) -> dict[int, int]:
    """Index of a word -> -1 where it is denied once, 1 where twice; other words are not in it.

    A word that denies by its own form is not denied by it: it is another word, the opposite of its base.
    """
    found: dict[int, int] = {}
    for cue in cues(text):
        again = text.tokens[cue.at].low == "nor"  # goes on with "neither" or "not", and does not undo it
        for j in cue.scope if cue.at not in cue.scope else ():
            found[j] = -1 if again else -found.get(j, 1)
    return found


def polarity(s: Slots, settled: frozenset[int] = _NO_PLACES, settled_there: frozenset[int] = _NO_PLACES) -> Polarity:
    """Compare what is denied on the two sides; ``settled``: words of the claim, and of the evidence, among which a
    denial is known to stand on the other side in other words."""
    here, there = cues(s.a.claim), cues(s.a.evidence)
    if not (here or there) or not s.everywhere.size:
        return Polarity(NONE, NONE, 0.0, _alone(s, here, there))
    content, denied_here = s.a.content, denied(s.a.claim)
    found = [_Found(cue, *_in_claim(s, cue)) for cue in here]
    answered = settled
    if found:
        answered |= frozenset([f.cue.at for f in found if _is_answered(f) or _stands_there(s, f.cue, there)])
    rows_of = _rows_of(s, there)
    met = settled_there
    if denied_here:
        met |= frozenset([cue.at for cue, rows in rows_of if any(content[r] in denied_here for r in rows)])
    open_here = [cue for cue in here if cue.at not in answered]
    open_there = [cue for cue in there if cue.at not in met] if met else there
    mine, theirs, kept = NONE, NONE, 0.0
    for cue, sides, weights in found:
        kept = max(kept, _strength(sides, weights, turned=True) * _TRUST_THERE[cue.kind])
        if cue.at in answered:
            continue
        strength = _strength(sides, weights) * _TRUST[cue.kind]
        if strength > mine.strength:
            if contrasts(s.a.claim, cue) and any(x.place in _contrasted(s.a.evidence) for x in sides):
                continue
            strength *= _doubt(s, cue, [x.place for x in sides], open_there)
            line = f"the claim says '{_shown(s.a.claim, cue)}', which the source does not deny"
            mine = max(mine, Signal(min(1.0, strength), line))
    for cue, rows in rows_of:
        if cue.at in met:
            continue
        weights = [_weight(s.a.token(r)) for r in rows]
        strength = _strength([_sides(s, r) for r in rows], weights) * _TRUST_THERE[cue.kind]
        strength *= min(1.0, len(rows) / max(1, min(2, len(cue.scope))))
        if strength > theirs.strength and _negative_near(s.a.claim, content[rows[0]], open_here):
            strength *= _UNSURE
        if strength > theirs.strength:
            line = f"the source says '{_shown(s.a.evidence, cue)}', the claim leaves the denial out"
            theirs = Signal(min(1.0, strength), line)
    return Polarity(mine, theirs, kept, _alone(s, open_here, open_there), answered, met)


def contrasts(text: Text, cue: Cue) -> bool:
    """Whether a denial only sets another thing apart: "rather than", "instead of", "in place of"."""
    if cue.kind != "phrase":
        return False
    words = [t.low for t in text.tokens[cue.at : cue.at + 2]]
    return words[0] in {"rather", "instead"} or words == ["in", "place"]


@of_text
def _contrasted(text: Text) -> frozenset[int]:
    """Indices of the words of a text that say what something is set apart from, as far as the next comma."""
    spans = [m.span() for m in _CONTRAST.finditer(text.low)]
    return frozenset(i for a, b in spans for i in range(bisect_left(text.starts, a), bisect_left(text.starts, b)))


class _Found(NamedTuple):
    """A denial of the claim and, of the words it denies, where they stand and what they count for."""

    cue: Cue
    sides: list[_Sides]
    weights: list[float]


def _is_answered(found: _Found) -> bool:
    """Whether a word that the claim denies stands in the evidence in the same sense."""
    least = _ANSWERS if found.cue.kind == "plain" else 0.0
    return any(x.same > max(x.other, least) for x in found.sides)


def _stands_there(s: Slots, cue: Cue, there: Sequence[Cue]) -> bool:
    """Whether a word that denies by its own form, "unoptimised" or "non-linear", stands in the evidence too."""
    if cue.kind != "prefix":
        return False
    here, others = s.a.claim, s.a.evidence
    words, base = {here.main_keys[i] for i in (cue.at, *cue.scope)}, base_of(here.tokens[cue.at].surface)
    return any(
        other.kind == "prefix"
        and (
            {others.main_keys[i] for i in (other.at, *other.scope)} == words
            or (base and base_of(others.tokens[other.at].surface) == base)
        )
        for other in there
    )


def _in_claim(s: Slots, cue: Cue) -> tuple[list[_Sides], list[float]]:
    rows = s.a.row
    words = [i for i in cue.scope if i in rows]
    return [_sides(s, rows[i]) for i in words], [_weight(s.a.claim.tokens[i]) for i in words]


def _shown(text: Text, cue: Cue) -> str:
    words = [text.tokens[i].surface for i in sorted({cue.at, *cue.scope[:1]})]
    return " ".join(words)


def _strength(found: Sequence[_Sides], weights: Sequence[float], *, turned: bool = False) -> float:
    """How much better the other sense suits than the same, the word that is denied first counting most; with the two
    exchanged where ``turned``."""
    if not found:
        return 0.0
    ranked = [rank * w for rank, w in zip(_BY_RANK, weights, strict=False)]
    if turned:
        gains = [min(1.0, (x.same - x.other) / _FULL) for x in found]
    else:
        gains = [min(1.0, (x.other - x.same) / _FULL) for x in found]
    total = sum(_BY_RANK[: len(found)])
    return max(0.0, sum([w * gain for w, gain in zip(ranked, gains, strict=True)]) / total)


def _sides(s: Slots, row: int) -> _Sides:
    own = signs(s.a.claim).get(s.a.content[row], 1)
    there, fit = signs(s.a.evidence), s.fit[row].item
    same = other = 0.0
    at = -1
    for column, place, quality, relation in _places(s, row):
        value = quality * min(1.0, _AT_LEAST + fit(column))
        if own * relation * there.get(place, 1) > 0:
            same = max(same, value)
        elif value > other:
            other, at = value, place
    return _Sides(same, other, at)


def _places(s: Slots, row: int) -> list[tuple[int, int, float, int]]:
    """(column, place, quality, 1 or -1 for the same sense or the opposite one) of a word's places in the evidence."""
    token, evidence = s.a.token(row), s.a.evidence
    match, place_at = s.match[row], s.places.item
    found = [(c, place_at(c), match.item(c), 1) for c in (match >= _MATCHED).nonzero()[0].tolist()]
    turned: list[tuple[int, float]] = []
    opposite = _turned(token)
    if not evidence.stems.isdisjoint(opposite):
        turned += [(p, _TURNED) for key in sorted(opposite & evidence.stems) for p in evidence.positions[key]]
    names = token.concepts
    for foe in sorted({o for name in names for o in opposites().get(name, ())} - names) if names else ():
        there = evidence.concept_positions.get(foe, ())
        turned += [(p, _TURNED) for p in there if names.isdisjoint(evidence.tokens[p].concepts)]
    bases = _bases(evidence)
    if token.key in bases:
        turned += [(p, 1.0) for p in bases[token.key]]
    base = "" if token.is_name else _BASE[token.low]
    if base in evidence.positions:
        turned += [(p, 1.0) for p in evidence.positions[base]]
    if turned:
        columns = s.column
        found += [(columns[p], p, quality, -1) for p, quality in turned if p in columns]
    return found


def _turned(token: Token) -> frozenset[str]:
    return frozenset() if token.is_name or token.is_number else opposites_of(token.key)


_BASE: Final = Remembered[str, str](base_of, 50_000)


@of_text
def _bases(text: Text) -> dict[str, list[int]]:
    """Stem that words deny by their form -> the indices of those."""
    found: dict[str, list[int]] = {}
    lows, names = text.columns["low"], text.columns["is_name"]
    for i in text.content:
        if (base := _BASE[lows[i]]) and not names[i]:
            found.setdefault(base, []).append(i)
    return found


def _rows_of(s: Slots, there: Sequence[Cue]) -> list[tuple[Cue, list[int]]]:
    """The denials of the evidence that deny what the claim says, each with the rows of the claim that match what it
    denies, in its order: those that deny that by their own form, and those that match it best, and well."""
    places = _denied_places(s.a.evidence)
    if not places:
        return []
    lows, keys = s.a.claim.columns["low"], s.a.evidence.main_keys
    bases = {base: row for row, i in enumerate(s.a.content) if (base := _BASE[lows[i]])}
    matched = _matched_rows(s, places)
    if not bases and not matched:
        return []
    found: list[tuple[Cue, list[int]]] = []
    for cue in there:
        rows: list[int] = []
        for place in cue.scope:
            row = bases.get(keys[place], -1) if bases else -1
            if row < 0 or row in rows:
                row = matched.get(place, -1)
            if row >= 0 and row not in rows:
                rows.append(row)
        if rows:
            found.append((cue, rows))
    return found


@of_text
def _denied_places(text: Text) -> list[int]:
    """As :func:`denied`, in order."""
    return sorted(denied(text))


def _matched_rows(s: Slots, places: Sequence[int]) -> dict[int, int]:
    """Of some words of the evidence, index -> the row of the claim that matches it best, and well."""
    columns: Sequence[int] = places
    if len(s.places) < len(s.a.evidence.tokens):
        places = [p for p in places if p in s.column]
        columns = [s.column[p] for p in places]
    match = s.match.take(columns, axis=1)
    best = np.maximum.reduce(match, axis=0).tolist()
    if not best or max(best) < _MATCHED:
        return {}
    rows = match.argmax(axis=0).tolist()
    return {place: row for place, row, well in zip(places, rows, best, strict=True) if well >= _MATCHED}


def _doubt(s: Slots, cue: Cue, places: Sequence[int], there: Sequence[Cue]) -> float:
    """Less than 1 where the denial may be another than it seems."""
    tokens = s.a.claim.tokens
    after = tokens[cue.at + 1].low if cue.at + 1 < len(tokens) else ""
    doubt = 0.6 if cue.kind == "plain" and after in _ELLIPTIC else 1.0
    before = tokens[max(0, cue.at - 8) : cue.at]
    if any(t.clause == tokens[cue.at].clause and t.low in _CONDITIONAL for t in before):
        doubt *= 0.5  # a condition is not asserted
    near = [p for p in places if p >= 0][:1]
    common: Container[str] = s.a.claim.positions if cue.kind == "plain" else ()
    if near and _negative_near(s.a.evidence, near[0], there, common):
        return doubt * _UNSURE
    if near and _limited_near(s, cue, near[0]):
        return doubt * _UNSURE
    row = s.everywhere[cue.at]
    columns = [s.column[c.at] for c in there if c.at in s.column]
    denied_there = float(row[columns].max()) if columns else 0.0
    return doubt * (1 - (1 - _UNSURE) * min(1.0, denied_there / max(float(row.max()), 1e-6)))


def _negative_near(text: Text, place: int, there: Sequence[Cue], common: Container[str] = ()) -> bool:
    """Whether something negative stands near a word. ``common``, given where a plain denial is looked at: the stems of
    the other side; what it has too, and the word itself, then say nothing."""
    sentence = text.tokens[place].sentence
    others = [cue for cue in there if place not in cue.scope and not (common and cue.at == place)]
    if any(abs(cue.at - place) <= _NEAR and text.tokens[cue.at].sentence == sentence for cue in others):
        return True
    around = range(max(0, place - _NEAR), min(len(text.tokens), place + _NEAR + 1))
    return any(
        j != place
        and text.tokens[j].sentence == sentence
        and text.tokens[j].concepts & NEGATIVE_CONCEPTS
        and text.tokens[j].key not in common
        for j in around
    )


def _limited_near(s: Slots, cue: Cue, place: int) -> bool:
    """Whether the source limits what stands at a place, in a word that the claim does not deny in turn."""
    if any(_LIMITS.match(s.a.claim.tokens[i].low) for i in cue.scope):
        return False
    there, tokens = s.a.evidence, s.a.evidence.tokens
    inside = there.sentence_tokens[tokens[place].sentence]
    first, last = max(inside[0], place - _BEFORE), min(inside[-1], place + _BEHIND)
    found = _LIMITS.finditer(there.low, tokens[first].start, tokens[last].end)
    said = s.a.claim.positions
    return any(tokens[bisect_left(there.starts, m.start())].key not in said for m in found)


def _alone(s: Slots, here: Sequence[Cue], there: Sequence[Cue]) -> float:
    if not any(cue.kind == "plain" or cue.kind == "phrase" for cue in here):
        return 0.0
    focus, sentence_of = s.a.focus, s.a.evidence.sentence_of
    return float(not any(sentence_of[cue.at] in focus for cue in there))
