"""Noun phrases, as far as closed classes of words tell: "the peak number of buffers", "A, B and C", "parts such as A".

A phrase begins behind articles and ends at a preposition, a verb of being, a mark or a participle ("the length required
here"). What it is about is its last word, or, of "the number of buffers" and "buffer count", the buffers too.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from rag.grounding.movers import LEVELS, VERBS
from rag.grounding.tokens import Text

ARTICLES: Final = frozenset(
    "the a an its their his her our this that these those any some each every all both such overall total no much far "
    "even still very so too rather quite ever significantly substantially greatly considerably dramatically slightly "
    "markedly drastically notably further only about up down somewhat also maximum maximal".split()
)
STOPS: Final = frozenset(
    "than by from at as while when if but which who whom whose because since although though so until over under "
    "with without via through per across to for on in into onto within between among amid during after before "
    "against and or nor plus that where how what why it they he she we you i them him us is are was were be been "
    "being has have had do does did can could may might will would shall should must cannot not never there here "
    "this these those towards toward beyond despite thus hence therefore thereby whereas whether yet compared "
    "relative using based required needed used become becomes became becoming say says said see sees remain "
    "remains get gets seem seems".split()
)
_TRANSPARENT: Final = frozenset(
    "number numbers amount amounts count counts size sizes level levels quantity volume degree extent usage use "
    "consumption requirement requirements demand demands footprint rate rates cost costs overhead overheads".split()
)
_KINDS: Final = frozenset(
    "set subset range variety array series kind kinds type types sort form forms part parts fraction majority portion "
    "group share piece class lot deal".split()
)
"""Of these and an "of" the thing is what follows."""
_AND: Final = frozenset("and or plus".split())
_BOUNDS: Final = frozenset(
    "up to about around nearly almost over roughly approximately at least most more than".split()
)
_UNITS: Final = frozenset({"x", "times", "percent", "to", "of"})
_MOVING: Final = VERBS | LEVELS
_NO_MEMBER: Final = STOPS | VERBS
_MOST_THINGS: Final = 5
_MOST_WORDS: Final = 5


class Thing(NamedTuple):
    """A noun phrase: indices of its weighty words, and of those that say what it is ("count" and "buffer" of "peak
    buffer count")."""

    words: tuple[int, ...]
    heads: tuple[int, ...]


def chain(text: Text, j: int, end: int) -> tuple[Thing | None, int]:
    """The noun phrase at a word, with what stands behind its "of", and the index of the word behind it."""
    tokens = text.tokens
    phrase = _phrase(text, j, end)
    if not phrase:
        return None, j
    j = phrase[-1] + 1
    thing = thing_of(text, phrase)
    if j < end and tokens[j].low == "of" and runs_on(text, j):
        inner = _phrase(text, j + 1, end)
        if inner:
            last = phrase[-1]
            heads = (inner[-1], last) if tokens[last].low in _TRANSPARENT else (last,)
            heads = (inner[-1],) if tokens[last].low in _KINDS else heads
            return Thing((*phrase, *inner), heads), inner[-1] + 1
    return thing, j


def thing_of(text: Text, words: tuple[int, ...]) -> Thing:
    """The thing that neighbouring words name."""
    last = words[-1]
    return Thing(words, words[-2:] if text.tokens[last].low in _TRANSPARENT else (last,))


def _skipped(text: Text, j: int, end: int) -> int:
    """The index of the first word behind a figure and its bound: "up to 25 %", "by 30 %"."""
    tokens = text.tokens
    figure = next((k for k in range(j, min(j + 5, end)) if tokens[k].is_number), -1)
    bounds = figure >= 0 and all(tokens[k].low in _BOUNDS and runs_on(text, k + 1) for k in range(j, figure))
    if not bounds or goes_on(text, figure):
        return j
    while figure < end and runs_on(text, figure) and (tokens[figure].is_number or tokens[figure].low in _UNITS):
        figure += 1
    return figure


def phrases(text: Text, j: int, end: int = -1, *, attributive: bool = False) -> tuple[Thing, ...]:
    """The noun phrases from a word on that stand together: "A", "A of B", "A, B and C", "A, such as B"; those that an
    adjective is said of (``attributive``) no longer than to the first mark."""
    end = end if end >= 0 else len(text.tokens)
    found: list[Thing] = []
    tokens = text.tokens
    if j >= end or not runs_on(text, j):
        return ()
    if not attributive:
        j = _skipped(text, j, end)
    while j < end and len(found) < _MOST_THINGS:
        if found and (tokens[j].sentence != tokens[j - 1].sentence or tokens[j].low in _MOVING):
            break
        thing, j = chain(text, j, end)
        if not thing:
            break
        found.append(thing)
        if j >= end:
            break
        mark = text.low[tokens[j - 1].end : tokens[j].start].strip()
        if attributive and (mark or tokens[j].low not in _AND):
            break
        if tokens[j].low in _AND and mark in {"", ","}:
            j += 1
        elif tokens[j].low in {"such", "including"}:
            j += 1 + (tokens[j].low == "such")
        elif mark != "," or not _is_list(text, j, end):
            break
    return tuple(found)


def _is_list(text: Text, j: int, end: int) -> bool:
    """Whether the words behind a comma are one more member of a list, which has an "and" before its last."""
    tokens = text.tokens
    for k in range(j, min(j + 8, end)):
        if tokens[k].low in _AND:
            return True
        if tokens[k].low in _NO_MEMBER or not (k == j or runs_on(text, k)) or tokens[k].low.endswith("ing"):
            return False
    return False


def _phrase(text: Text, j: int, end: int) -> tuple[int, ...]:
    """The weighty words of the phrase that begins at a word, those of "end-to-end" among them."""
    tokens = text.tokens
    found: list[int] = []
    first = j
    while j < min(end, len(tokens)) and len(found) < _MOST_WORDS:
        t = tokens[j]
        if j > first and not runs_on(text, j):
            break
        if t.low in ARTICLES or (not found and t.low.endswith("ly")):
            if found:
                break
            j += 1
            continue
        if (t.low in STOPS and not t.joined) or t.low == "of" or (t.is_number and not found and not goes_on(text, j)):
            break
        if found and t.low.endswith("ed") and not goes_on(text, j) and not t.is_name and j + 1 < len(tokens):
            break
        if t.weight > 0 and not t.is_number:
            found.append(j)
        elif not t.is_number and not t.joined:
            break
        j += 1
    return tuple(found)


def goes_on(text: Text, i: int) -> bool:
    """Whether a word is the first part of a compound: "cost" in "cost-efficient"."""
    return i + 1 < len(text.tokens) and text.tokens[i + 1].joined


def runs_on(text: Text, j: int) -> bool:
    """Whether a word follows on the one before it in its sentence with no mark between them."""
    before, token = text.tokens[j - 1], text.tokens[j]
    return before.sentence == token.sentence and text.low[before.end : token.start].strip() in {"", "-", "/"}
