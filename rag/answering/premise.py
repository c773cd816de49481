"""Does a question take for granted what the best paper denies?

"Why is X slower than Y?" presupposes that X is slower. A sentence that speaks of the same things and says the contrary
is the answer to such a question. Four contraries are looked for: the comparison is turned round; what is presupposed
stands only under a denial ("without any fine-tuning"); the direction is the other one ("narrows", "worse"); the figure
is another. Nothing is looked for in questions that ask whether, or that deny something themselves.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rag.answering.asked import word_lists
from rag.answering.meaning import nearness, word_concepts, word_terms
from rag.answering.paper_reading import Reading, bare, content_words, words_of
from rag.grounding.lexicon import opposites
from rag.text.quantities import Quantity, find_quantities, is_stated

Floats = NDArray[np.float64]

_HOW_MUCH: Final = re.compile(r"\bhow (?:much|many|fast|large|big|close|far|accurate|well|good)\b", re.I)
_PRESUPPOSES: Final = re.compile(
    r"\b(?:why|how (?!well\b|close\b|far\b|good\b)|which (?!papers?\b)|for what reason|given that|at what"
    r"|what (?:made|makes|explains|caused|causes|forces|\w+ (?:does|do|did)|is (?:the|its) (?:reason|argument)))\b",
    re.I,
)
_WHETHER: Final = re.compile(
    r"^\W*(?:is|are|was|were|do|does|did|can|could|has|have|will|would|should)\b", re.I
)  # fmt: skip
_DO_WITHOUT: Final = re.compile(r"\b(?:can|cannot|can't|could)\b[^?.,;]*?\bdo without\b", re.I)
# To deny these of a thing is not to deny the thing: "without compromising accuracy".
_HARMS: Final = re.compile(
    r"(?:compromis|sacrific|los|degrad|harm|hurt|affect|reduc|chang|alter|impact|hinder|slow|worsen|miss)\w*", re.I
)
_CLAUSE: Final = re.compile(r"[,;:()]|\b(?:but|while|whereas|although|though|because|and thus|yet)\b", re.I)
_REACH: Final = 7
# From this nearness on, two words are the same thing.
_SAME: Final = 0.6
# The share of the question that a sentence has to cover before it may contradict it.
_TURN_COVERS, _DENIAL_COVERS, _FIGURE_COVERS = 0.5, 0.3, 0.4
# How much better the sides of a comparison have to fit when they change places, and how well they have to fit.
_TURNED, _FITS = 0.6, 0.5
_TITLE_COUNTS: Final = 0.7
_QUALITY: Final = r"(?:effective|efficient|accurate|throughput|accuracy|performance|speed)"
_COST: Final = r"(?:latency|cost|error|overhead|memory|time|energy)"
_THAN: Final = re.compile(
    rf"\b(?P<good>better|faster|superior|cheaper|(?:more|higher|greater) (?:\w+ )?{_QUALITY}"
    rf"|lower (?:\w+ ){{0,2}}{_COST}|less {_COST})[^.;,]{{0,60}}? (?:than|over|to)\b"
    rf"|\b(?P<bad>slower|worse|inferior|(?:less|lower) (?:\w+ )?{_QUALITY}|(?:higher|more) (?:\w+ ){{0,2}}{_COST})"
    r"(?: \w+){0,3}? (?:than|to)\b"
    r"|\b(?P<beats>outperform\w*|surpass\w*|beats?|outpaces?|prefer\w*|argues? for|favou?rs?|exceeds?)\b"
    r"|\b(?P<trails>underperform\w*|trails?|lags? behind)\b",
    re.I,
)
_SIDE_ENDS: Final = re.compile(r"[;.?]|\b(?:when|while|for|in|on|by|at)\b", re.I)
# Concepts on which "the other way" is plain enough from one word.
_AXES: Final = frozenset({"wide", "narrow", "worse", "better", "slow", "fast"})


class Contrary(NamedTuple):
    """A row of a reading (0 is the title) that contradicts the question, and what about it."""

    reading: Reading
    row: int
    what: str


def find_contrary(question: str, readings: Sequence[Reading]) -> Contrary | None:
    """The first sentence, best paper first, that contradicts what the question takes for granted; None without one."""
    if _WHETHER.search(question) or not _PRESUPPOSES.search(question):
        return None
    plain = _DO_WITHOUT.sub("", question)
    if any(w.lower() in word_lists()["denies or avoids"] for w in words_of(plain)):
        return None
    for reading in readings:
        for look in (_compared, _denied, _turned, _figured):
            found = look(question, reading)
            if found is not None and found.row > 0:
                return found
    return None


def _coverage(asked: Sequence[str], reading: Reading) -> Floats:
    """How much of the words each row covers, in [0, 1], shape (1 + sentences,); the title stands behind every row."""
    if not asked:
        return np.zeros(len(reading.texts))
    matches = reading.matches(asked)
    return np.asarray(np.maximum(matches, _TITLE_COUNTS * matches[0]).mean(axis=1), dtype=np.float64)


# -- the comparison is turned round


def _compared(question: str, reading: Reading) -> Contrary | None:
    asked = _sides(question)
    if asked is None:
        return None
    left, right, sign = asked
    both = {w.lower() for w in left} & {w.lower() for w in right}
    left, right = ([w for w in side if w.lower() not in both] for side in (left, right))
    for row, text in enumerate(reading.texts):
        said = _sides(text)
        if said is None or not left or not right:
            continue
        before, behind, other = said
        kept = _share(left, before) - _share(left, behind) + _share(right, behind) - _share(right, before)
        if kept * sign * other <= -_TURNED and _share(right, before + behind) >= _FITS:
            return Contrary(reading, row, "the comparison")
    return None


def _sides(text: str) -> tuple[list[str], list[str], int] | None:
    """(words before a comparison, words behind it, +1 where the first is preferred and -1 where the second is)."""
    match = _THAN.search(text)
    if match is None:
        return None
    left, right = text[: match.start()], text[match.end() :]
    if match["beats"] and re.match(r"argue|prefer|favou?r", match["beats"], re.I):
        parts = re.split(r"\b(?:over|to|than)\b", right, maxsplit=1)
        if len(parts) < 2:
            return None
        left, right = parts
    before, behind = content_words(left), content_words(_SIDE_ENDS.split(right, maxsplit=1)[0])
    return (before, behind, 1 if match["good"] or match["beats"] else -1) if before and behind else None


def _share(asked: Sequence[str], said: Sequence[str]) -> float:
    return float(nearness(asked, said).max(axis=1).mean()) if asked and said else 0.0


# -- what is presupposed is denied


def _denied(question: str, reading: Reading) -> Contrary | None:
    asked = [w for w in content_words(question) if w.islower() and 0 not in reading.rows_with(bare(w))]
    cover = _coverage(content_words(question), reading)
    free: set[str] = set()
    denied: dict[str, int] = {}
    for row, text in enumerate(reading.texts):
        words = words_of(text)
        scope = _denied_places(text, words)
        near = nearness(asked, words)
        for i, word in enumerate(asked):
            for j in np.flatnonzero(near[i] >= _SAME):
                if int(j) in scope:
                    denied.setdefault(word, row)
                elif row:
                    free.add(word)
    for word, row in denied.items():
        if word not in free and cover[row] >= _DENIAL_COVERS:
            return Contrary(reading, row, word)
    return None


def _denied_places(text: str, words: Sequence[str]) -> set[int]:
    """Indices of the words under a denial: some words behind it, within its clause."""
    denials = word_lists()["denies"]
    found: set[int] = set()
    spans, at = [], 0
    for word in words:
        start = text.find(word, at)
        at = start + len(word)
        spans.append((start, at))
    for i, word in enumerate(words):
        low, behind = word.lower(), [w.lower() for w in words[i + 1 : i + 3]]
        if low.endswith("-free"):
            found.add(i)
        if low not in denials or behind[:1] in (["only"], ["just"]) or any(map(_HARMS.fullmatch, behind)):
            continue
        for j in range(i + 1, min(i + 1 + _REACH, len(words))):
            if _CLAUSE.search(text[spans[i][1] : spans[j][0]]):
                break
            found.add(j)
    return found


# -- the direction is the other one


def _turned(question: str, reading: Reading) -> Contrary | None:
    if _HOW_MUCH.search(question):
        return None
    judged, moved = _signs(question)
    axes = _concepts(question) & _AXES
    if not judged and not moved and not axes:
        return None
    lists = word_lists()
    oriented = lists["better"] | lists["worse"] | lists["more"] | lists["less"]
    cover = _coverage([w for w in content_words(question) if w.lower() not in oriented], reading)
    for row in np.argsort(-cover)[:2]:
        if cover[row] < _TURN_COVERS:
            continue
        text = reading.texts[row]
        other, way = _signs(text)
        against = (judged and other == -judged) or (not judged and moved and way == -moved)
        said = _concepts(text)
        if against or any(_AXES & opposites().get(a, frozenset()) & said and a not in said for a in axes):
            return Contrary(reading, int(row), "the direction")
    return None


def _concepts(text: str) -> frozenset[str]:
    return frozenset(name for w in words_of(text) for name in word_concepts(w))


def _signs(text: str) -> tuple[int, int]:
    """(judgement, direction) of a text: +1 for better or more, -1 for worse or less, 0 for neither or both."""
    lists = word_lists()
    words = [w.lower() for w in words_of(text)]
    judged: set[int] = set()
    moved: set[int] = set()
    for i, word in enumerate(words):
        near = set(words[max(0, i - 3) : i + 4])
        if word in lists["better"]:
            judged.add(1)
        if word in lists["worse"]:
            judged.add(-1)
        move = 1 if word in lists["more"] else -1 if word in lists["less"] else 0
        if move and near & lists["costly"]:
            judged.add(-move)
        elif move and near & lists["wanted"]:
            judged.add(move)
        if move:
            moved.add(move)
    return (next(iter(judged)) if len(judged) == 1 else 0), (next(iter(moved)) if len(moved) == 1 else 0)


# -- the figure is another


def _figured(question: str, reading: Reading) -> Contrary | None:
    stated = [q for text in reading.texts for q in find_quantities(text)]
    digits = " ".join(reading.texts).replace(",", "")
    cover = _coverage([w for w in content_words(question) if not any(c.isdigit() for c in w)], reading)
    for quantity in find_quantities(question):
        shown = question[quantity.start : quantity.end]
        if quantity.bound != "exact" or not any(c.isdigit() for c in shown) or f"{quantity.value:g}" in digits:
            continue
        if is_stated(quantity, stated):
            continue
        noun = _noun(question, quantity)
        for row in np.argsort(-cover)[:2]:
            if cover[row] >= _FIGURE_COVERS and _has_kind(quantity, noun, reading.texts[row]):
                return Contrary(reading, int(row), shown)
    return None


def _noun(text: str, quantity: Quantity) -> str:
    behind = words_of(text[quantity.end :])
    return behind[0] if behind else ""


def _has_kind(quantity: Quantity, noun: str, text: str) -> bool:
    """Whether a text has a figure with the unit of this one, or of the same things."""
    for other in find_quantities(text):
        if quantity.unit and quantity.unit == other.unit:
            return True
        said = _noun(text, other)
        if not quantity.unit and noun and said and word_terms(noun) & word_terms(said):
            return True
    return False
