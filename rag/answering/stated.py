"""Whether a paper states a thing of the kind that a question asks for.

A want is stated when the head of its phrase stands in the paper, in the same or nearly the same word, and, where a
count is asked for, a figure stands beside it. Heads that name nothing of their own ("the reason", "the share") and
heads that any name answers ("which benchmark") are taken as stated: for them only the kind of thing is looked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rag.answering.asked import Want, WantKind, word_lists
from rag.answering.meaning import CONCEPT, nearness
from rag.answering.paper_reading import Reading, words_of
from rag.text.quantities import find_quantities

# From this nearness on, a word stands for the head asked for.
STANDS_FOR: Final = 0.6
# From this nearness on, a word of the paper stands for a qualifier ("calibration samples").
QUALIFIES: Final = 0.3
_REACH: Final = 4
_CLOSE: Final = 3
_DOER: Final = re.compile(r"(?:er|or)s?$", re.I)
_UNITS: Final = r"(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|(?:GPU|CPU|TPU)[- ]?(?:hours?|days?|years?))"
_COUNTED: Final = r"(?:\d|\b(?:an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|several|few|under an?))"
_MONTHS: Final = (
    r"January|February|March|April|May|June|July|August|September|October|November|December"
)  # fmt: skip
_FORMS: Final[dict[WantKind, re.Pattern[str]]] = {
    "duration": re.compile(rf"{_COUNTED}[\d.,]*[- ]?{_UNITS}\b|\d\s*(?:ms|[nuµμ]s|s|min|h)\b", re.I),
    "price": re.compile(
        r"(?:[$€£]|\\\$)\s*\d|\b(?:price|cost)s?\b[^.;]{0,40}\d|\b\d[\d.,]*\s*(?:dollars?|euros?|cents?|USD|EUR)\b",
        re.I,
    ),
    "date": re.compile(rf"\b(?:19|20)\d\d\b|\b(?:{_MONTHS})\b"),
    "person": re.compile(r"\b(?:fund|grant|sponsor|support|develop|design|writ|annotat|maintain)\w*\s+by\b", re.I),
    "place": re.compile(r"\b(?:at|in|from) (?:the )?[A-Z][a-z]+"),
}
_NAMES: Final[dict[WantKind, str]] = {
    "duration": "how long it took", "price": "a price", "date": "a date", "person": "by whom", "place": "where",
}  # fmt: skip


def unstated(want: Want, readings: Sequence[Reading]) -> str | None:
    """What is asked for, in the question's words, where none of the papers states it; else None."""
    if want.kind == "reason" or any(_states(want, r) for r in readings):
        return None
    if want.kind in _NAMES:
        return _NAMES[want.kind]
    phrase = " ".join(want.words)
    return f"how many {phrase}" if want.kind == "count" else f"the {phrase}"


def _states(want: Want, reading: Reading) -> bool:
    form = _FORMS.get(want.kind)
    if form is not None:
        return any(form.search(s.text) for s in reading.sentences)
    if not want.words:
        return True
    return _counts(want, reading) if want.kind == "count" else _names(want, reading)


def _names(want: Want, reading: Reading) -> bool:
    """Whether the head of the phrase stands in the paper, or names nothing of its own."""
    lists = word_lists()
    head = want.head.lower()
    qualifiers = _qualifiers(want)
    if head in lists["parameters"] and qualifiers and qualifiers[-1].lower() not in lists["classes"]:
        return _compound(qualifiers[-1], want.head, reading)
    if head in lists["classes"]:
        return True
    if head in lists["shells"]:
        telling = [q for q in qualifiers if q.lower() not in lists["shells"]]
        return not telling or float(reading.matches(telling).max()) >= QUALIFIES
    return _stands(want.head, reading, QUALIFIES if want.kind == "amount" else STANDS_FOR)


def _qualifiers(want: Want) -> list[str]:
    return [
        w
        for w in want.words[:-1]
        if w.lower() not in word_lists()["qualifiers that say nothing"] and not w[0].isdigit()
    ]


def _stands(head: str, reading: Reading, enough: float) -> bool:
    said = sorted({w for row in reading.words for w in row})
    near = nearness([head], said)[0]
    # The stem of "optimizer" is that of "optimization": who does a thing is not the doing.
    return any(
        x >= enough and not (_DOER.search(head) and not _DOER.search(w)) for w, x in zip(said, near, strict=True)
    )


def _compound(qualifier: str, head: str, reading: Reading) -> bool:
    """Whether qualifier and head stand close together, or a figure close to the qualifier."""
    for text in reading.texts:
        words = words_of(text)
        first, second = nearness([qualifier], words)[0], nearness([head], words)[0]
        heads = {i for i, x in enumerate(second) if x >= CONCEPT} | set(_figure_places(text, words))
        if any(x >= CONCEPT and any(0 < abs(i - j) <= _CLOSE for j in heads) for i, x in enumerate(first)):
            return True
    return False


def _counts(want: Want, reading: Reading) -> bool:
    """Whether a figure stands beside the head, within a few words, in some sentence."""
    head = want.head
    qualifiers = _qualifiers(want)
    if qualifiers and float(reading.matches(qualifiers).max(axis=0).min()) < QUALIFIES:
        return False
    for text in reading.texts:
        words = words_of(text)
        if not words:
            continue
        near = nearness([head], words)[0]
        places = [i for i, x in enumerate(near) if x >= CONCEPT]
        if places and any(abs(i - j) <= _REACH for i in places for j in _figure_places(text, words)):
            return True
    return False


def _figure_places(text: str, words: Sequence[str]) -> list[int]:
    """Indices of the words at which a figure stands."""
    spans = [(q.start, q.end) for q in find_quantities(text)]
    found, at = [], 0
    for i, word in enumerate(words):
        start = text.find(word, at)
        at = start + len(word)
        if any(start < e and s < at for s, e in spans) or re.match(r"\d", word):
            found.append(i)
    return found
