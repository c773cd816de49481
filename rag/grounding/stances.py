"""Stances: "does leave the device" where the source says that it stays there, "is not beyond X" of what X cannot do.

A text can say that something is so, or is not, by a denial, by a verb or by both: "does not report it", "keeps quiet
about it", "did not go unreported". The words of a line of ``data/stances.txt`` stand on two sides; a denial before one
turns it round, a second turns it back. Where a claim takes one side in so many words, with a denial or an insisting
"do", and the source, of the same things, only the other, the claim says what the source denies.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Final, NamedTuple

from rag.grounding.alignment import EXACT, KIN, Alignment
from rag.grounding.lexicon import forms_of_entry
from rag.grounding.signals import NONE, Signal
from rag.grounding.tokens import Text, of_text, of_text_by
from rag.grounding.undone import OTHERS, clause_of

_DENIAL: Final = re.compile(
    r"(?<![\w-])(?:not|cannot|\w+n['’]t|no|never|nor|neither|none|nothing|nobody|without|hardly|scarcely|barely|rarely|seldom|"
    r"fail(?:s|ed|ing)?\s+to|far\s+from|free\s+(?:of|from)|clear\s+of|lack(?:s|ing|ed)?(?:\s+of)?|unable\s+to|instead\s+of|"
    r"rather\s+than|minimal|minor|negligible|avoid(?:s|ed|ing)?|zero|anything\s+but|absence\s+of)(?![\w-])"
)
_BEHIND: Final = re.compile(r"\s+(?:by\s+|to\s+|on\s+)?(?:no|nothing|none|nobody|neither|not)\b")
""" "Depends on nothing"."""
_SOME: Final = re.compile(r"\s+(?:\w+\s+)?(?:little|few|fewer|less)\b")
_INSISTS: Final = re.compile(r"\b(?:do|does|did)\s+(?:(?:in\s+fact|indeed|actually|still|however|also|\w+ly)\s+)?\Z")
_MARKS: Final = frozenset(
    "not cannot no never nor neither none nothing nobody without hardly scarcely barely rarely seldom do does did "
    "fails failed far free clear lack lacks unable avoids avoid absence".split()
)
"""Without one of these a claim does not take a side, save where a line says that its words do by themselves."""
_OPEN: Final = re.compile(
    r"\b(?:not\s+(?:only|just|merely|simply|necessarily|always|all|every\w*|entirely|fully|wholly|both|alone|quite|as|so)|"
    r"no\s+(?:less|fewer|more|later|earlier|sooner|doubt|matter|wonder)|or\s+not)\b"
)
"""With these in a clause, its words take no side."""
_CONDITION: Final = re.compile(r"\b(?:if|unless|whether|until|only|merely|once|when|more\s+than|more\s+often)\b")
_SOFTENED: Final = re.compile(
    r"\b(?:little|few|less|fewer|challeng\w*|difficult\w*|struggl\w*|limit\w*|restrict\w*|barriers?|hinder\w*|hard\w*|"
    r"insufficient\w*|inadequate\w*|reduc\w+|minimi\w+|eliminat\w+|mitigat\w+|alleviat\w+|prevent\w*|overc[oa]m\w+|address\w*|"
    r"solv\w*|tackl\w*|remov\w*|low\w*|decreas\w+|cut\w*|bypass\w*|circumvent\w*|unlike|while|despite|resol\w+|reliev\w+|eas\w+|"
    r"remed\w+|hid\w+|fix\w+|absorb\w*)\b"
)
"""Shortly before a word, they undo it in a way that is not understood."""
_LEAVES: Final = re.compile(
    rf"{_DENIAL.pattern}\s+(?:\w+\s+)?(?:leav\w+|left|keep\w*|kept)\b(?:\s+[\w-]+){{1,6}}?\s+\Z"
)
""" "Did not leave the tables unchanged": the denial stands further off."""
_NEAR, _SOFTLY_NEAR = 3, 6
_AROUND: Final = 10
"""Words on either side of a stance that say what it is about."""
_OBJECT: Final = 3
_SAME, _SAME_BARE = 0.35, 0.6
"""Share of the claim's words about a stance that have to stand about the source's; where nothing insists, more."""
_NEARLY: Final = 0.2
_WEAK: Final = re.compile(r"state[\s-]of|comparable|competitive|par\b")
"""What only says that a thing is as good as another: a source's, not a claim's."""


class _Line(NamedTuple):
    """A line of the file: its words, with which words they begin, and whether they take a side by themselves."""

    words: re.Pattern[str]
    firsts: frozenset[str]
    bare: bool


class Stance(NamedTuple):
    """Words ``first`` to ``last`` of a text take a ``sign`` of a line: 1, -1, or 0 where that is not understood."""

    first: int
    last: int
    sign: int
    insists: bool
    """A denial or "do" stands with it."""
    clause: range


class Agreed(NamedTuple):
    """Indices of the words about the stances on which claim and source agree."""

    here: frozenset[int]
    there: frozenset[int]


NOT_AGREED: Final = Agreed(frozenset(), frozenset())


def stance(a: Alignment) -> Signal:
    """Strength 1 where the claim takes the other side than the source, with a line for people."""
    for line in _asked(a, _lines_of() if _is_marked(a.claim) else _bare_lines_of()):
        here = _stances(a.claim, line, held=False)
        for own in here:
            if own.sign and (own.insists or line.bare) and _is_plain(a.claim, own, here):
                other = _same_things(a, own, line, -own.sign)
                if other is not None:
                    return Signal(
                        1.0, f"the claim says '{_shown(a.claim, own)}', the source '{_shown(a.evidence, other)}'"
                    )
    return NONE


def agreed(a: Alignment) -> Agreed:
    """What the claim denies as the source does, each in its words: "does not fit" of what it is "insufficient" for."""
    here, there = set[int](), set[int]()
    for line in _asked(a, _lines_of()) if _is_marked(a.claim) else ():
        for own in _stances(a.claim, line, held=False):
            other = _same_things(a, own, line, own.sign) if own.sign and own.insists else None
            if other is not None:
                here.update(range(own.first - _NEAR, own.last + _NEAR))
                there.update(range(other.first - _NEAR, other.last + _NEAR))
    return Agreed(frozenset(here), frozenset(there)) if here else NOT_AGREED


def _is_marked(claim: Text) -> bool:
    return not _MARKS.isdisjoint(claim.words) or "n't" in claim.low or "n’t" in claim.low


def _asked(a: Alignment, lines_of: Mapping[str, list[_Line]]) -> Iterator[_Line]:
    """The lines of which both texts may have words."""
    words, there = a.claim.words, a.evidence.words
    for line in dict.fromkeys([line for word in sorted(words & lines_of.keys()) for line in lines_of[word]]):
        if not line.firsts.isdisjoint(there):
            yield line


@lru_cache(maxsize=1)
def _lines() -> tuple[_Line, ...]:
    found = []
    for line in files("rag.grounding").joinpath("data/stances.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        name, sides = line.split(":")
        entries = [[form for entry in side.split() for form in forms_of_entry(entry)] for side in sides.split("|")]
        said, denied = ("|".join(_pattern(e) for e in sorted(side, key=len, reverse=True)) for side in entries)
        pattern = re.compile(rf"(?:(?P<denied>{denied})|(?P<said>{said}))(?!\w)")
        firsts = frozenset(re.split(r"[_-]", e)[0] for side in entries for e in side)
        found.append(_Line(pattern, firsts, name.endswith("*")))
    return tuple(found)


@lru_cache(maxsize=1)
def _lines_of() -> dict[str, list[_Line]]:
    """First word of an entry -> the lines that have it."""
    found: dict[str, list[_Line]] = {}
    for line in _lines():
        for word in line.firsts:
            found.setdefault(word, []).append(line)
    return found


@lru_cache(maxsize=1)
def _bare_lines_of() -> dict[str, list[_Line]]:
    """The same of those lines whose words take a side by themselves."""
    found = {word: [line for line in lines if line.bare] for word, lines in _lines_of().items()}
    return {word: lines for word, lines in found.items() if lines}


def _pattern(entry: str) -> str:
    words = [re.escape(word).replace(r"\-", r"[\s-]") for word in entry.split("_")]
    return r"\s+".join(words).replace(r"\s+\.\.", r"(?:\s+\w+){1,4}?")


@of_text
def _begins(text: Text) -> dict[str, list[int]]:
    """Where a text has the words that an entry may begin with."""
    known = _lines_of()
    found: dict[str, list[int]] = {}
    for i, word in enumerate(text.columns["low"]):
        if word in known:
            found.setdefault(word, []).append(i)
    return found


def _stances(text: Text, line: _Line, *, held: bool) -> tuple[Stance, ...]:
    """The stances that a text takes; ``held``: also by what only says that a thing is as good as another."""
    found = _taken(text, line)
    return found if held else tuple(s for s in found if not _is_weak(text, s))


@of_text_by
def _taken(text: Text, line: _Line) -> tuple[Stance, ...]:
    return tuple(_look(text, line))


def _is_weak(text: Text, s: Stance) -> bool:
    return _WEAK.match(text.low, text.tokens[s.first].start) is not None


def _look(text: Text, line: _Line) -> Iterator[Stance]:
    tokens, low = text.tokens, text.low
    begins = _begins(text)
    for first in sorted([i for word in begins.keys() & line.firsts for i in begins[word]]):
        match = line.words.match(low, tokens[first].start)
        if match is None or (tokens[first].joined and tokens[first].start and low[tokens[first].start - 1] == "-"):
            continue
        last = bisect_left(text.starts, match.end()) - 1
        clause = clause_of(text, first)
        before = low[tokens[max(clause[0], first - _NEAR)].start : tokens[first].start]
        after = low[tokens[last].end : tokens[min(clause[-1], last + 2)].end] if last < clause[-1] else ""
        behind = _BEHIND.match(after) is not None
        denials = len(_DENIAL.findall(before)) + behind
        if not denials and _LEAVES.search(low, tokens[clause[0]].start, tokens[first].start):
            denials = 1
        sign = (1 if match["said"] else -1) * (-1 if denials % 2 else 1)
        insists = denials > 0 or _INSISTS.search(before) is not None
        reach = _NEAR if insists else _SOFTLY_NEAR
        softly = _SOFTENED.search(low, tokens[max(clause[0], first - reach)].start, tokens[first].start)
        if softly or _SOME.match(after) or _OPEN.search(low, tokens[clause[0]].start, tokens[clause[-1]].end):
            sign = 0
        yield Stance(first, last, sign, insists, clause)


def _is_plain(text: Text, own: Stance, here: tuple[Stance, ...]) -> bool:
    """Whether a clause states something and takes one side only."""
    first, last = own.clause[0], own.clause[-1]
    if _CONDITION.search(text.low, text.tokens[first].start, text.tokens[last].end):
        return False
    if not own.insists and _DENIAL.search(text.low, text.tokens[first].start, text.tokens[last].end):
        return False
    return all(other.sign == own.sign for other in here if other.clause == own.clause)


def _same_things(a: Alignment, own: Stance, line: _Line, sign: int) -> Stance | None:
    """The stance of the source about the same things, if it takes the side ``sign`` and nowhere near another."""
    about = [j for j in own.clause if j in a.row and not own.first <= j <= own.last and abs(j - own.first) <= _AROUND]
    there = _stances(a.evidence, line, held=True) if len(about) > 1 else ()
    if not there:
        return None
    weights = [a.claim.tokens[j].weight for j in about]
    standing = [a.places[a.row[j]] for j in about]
    shares = []
    for other in there:
        inside = a.evidence.sentence_tokens[a.evidence.tokens[other.first].sentence]
        around = range(max(inside[0], other.first - _AROUND), min(inside[-1], other.last + _AROUND) + 1)
        held = [
            max((q for p, q in places.items() if p in around and not other.first <= p <= other.last), default=0.0)
            for places in standing
        ]
        enough = sum(q >= KIN for q in held) > 1
        shares.append(sum(w * q for w, q in zip(weights, held, strict=True)) / sum(weights) if enough else 0.0)
    least = _SAME if own.insists else _SAME_BARE
    most = max(shares)
    near = [other for other, share in zip(there, shares, strict=True) if share >= max(least - 0.1, most - _NEARLY)]
    best = there[shares.index(most)]
    if most < least or any(other.sign != sign for other in near) or not _same_object(a, own, best):
        return None
    sentence = a.evidence.tokens[best.first].sentence
    others = {a.evidence.tokens[o.first].sentence for o in there if o.sign != sign}
    # What limits the claim may stand in the sentence that agrees with it: "on Linux it is".
    if any(others & a.only_elsewhere(a.row[j], sentence) for j in about):
        return None
    return None if _is_of_others(a, best) else best


def _same_object(a: Alignment, own: Stance, other: Stance) -> bool:
    """Whether what follows the claim's word, where the sentence has it at all, stands in the clause of the source's,
    and what it is said of does not stand behind that only."""
    sentence = a.evidence.tokens[other.first].sentence
    behind = [j for j in own.clause if j > own.last and j in a.row][:_OBJECT]
    places = [p for j in behind for p in a.standing_at(j, KIN) if a.evidence.sentence_of[p] == sentence]
    if places and not any(p in other.clause for p in places):
        return False
    subject = [j for j in own.clause if j < own.first and j in a.row][-_OBJECT:]
    stands = [[p for p in a.standing_at(j, EXACT) if a.evidence.sentence_of[p] == sentence] for j in subject]
    later = any(places and min(places) > other.clause[-1] for places in stands)
    return not later or any(p in other.clause for places in stands for p in places)


def _is_of_others(a: Alignment, other: Stance) -> bool:
    """Whether the source says it of others than itself, of which the claim does not speak."""
    there = a.evidence
    first = max(there.sentence_tokens[there.tokens[other.first].sentence][0], other.first - _AROUND)
    of_others = OTHERS.search(there.low, there.tokens[first].start, there.tokens[other.first].end)
    return of_others is not None and OTHERS.search(a.claim.low) is None


def _shown(text: Text, s: Stance) -> str:
    first = max(s.clause[0], s.first - _NEAR) if s.insists else s.first
    return text.text[text.tokens[first].start : text.tokens[s.last].end]
