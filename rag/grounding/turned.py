"""Turned round: a claim with the words of one sentence of the evidence, two runs of which stand in each other's place.

Where "the survey preceded the experiment" has become "the experiment preceded the survey", the words between the two
are where they were. A part that was only moved to the front or to the end leaves nothing between, and is no exchange.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rag.grounding.alignment import Alignment
from rag.grounding.tokens import Text, Token

_LEAST: Final = 0.85
"""Share of the claim's weight that must stand in the sentence by the same stem."""
_ROUNDING: Final = 1e-6
_MOST: Final = 24
_KEPT: Final = 3
"""Weighty words that must stand where they were."""
_JOINS: Final = frozenset({"and", "or", "as", "the", "a", "an", "well", "both", "with"})
_VOICE: Final = (
    "by", "of", "not", "than", "from", "to", "unlike", "against", "whereas", "while", "through", "via", "around",
)  # fmt: skip
_PREPOSITIONS: Final = frozenset("at in on for during within under across among with after before".split())
_ARTICLES: Final = frozenset("the a an its their our".split())


def turned_round(a: Alignment) -> tuple[str, str]:
    """The two runs of words that changed places, or two empty strings."""
    if not 4 <= len(a.content) <= _MOST:
        return "", ""
    evidence = a.evidence.tokens
    for number in a.focus:
        if a.held[number] < _LEAST - _ROUNDING:
            continue
        found = _places(a, number)
        if found is None:
            continue
        rows, places = found
        runs = _exchange(places)
        if runs is None:
            continue
        (b, c, d, e) = runs
        claim = a.claim.tokens
        first, last = a.content[rows[b]], a.content[rows[e - 1]]
        inside = claim[first : last + 1]
        span = evidence[min(places[b:e]) : max(places[b:e]) + 1]
        if _one_list(inside) and _one_list(span):
            continue
        if len(rows) - (c - b) - (e - d) < _KEPT or len(span) > 2 * len(inside):
            continue
        if _voice(inside) != _voice(span):
            continue
        if _is_moved(a, (a.content[rows[b]], places[b]), (a.content[rows[d]], places[d])):
            continue
        one, other = ([a.token(rows[k]) for k in run] for run in (range(b, c), range(d, e)))
        if _kinds(one) == _kinds(other):
            return " ".join(t.surface for t in one), " ".join(t.surface for t in other)
    return "", ""


def _is_moved(a: Alignment, *runs: tuple[int, int]) -> bool:
    """Whether one of two runs, by its first word and the place of that, brought its preposition along and the other has
    another: "at high load" at the front or the end."""
    one, other = ((_before(a.claim, i), _before(a.evidence, place)) for i, place in runs)
    return one != other and any(here == there and here in _PREPOSITIONS for here, there in (one, other))


def _before(text: Text, i: int) -> str:
    """The word before another and its article, in its sentence, or ""."""
    tokens, j = text.tokens, i - 1
    while j >= 0 and tokens[j].low in _ARTICLES:
        j -= 1
    return tokens[j].low if j >= 0 and tokens[j].sentence == tokens[i].sentence else ""


def _kinds(tokens: Sequence[Token]) -> tuple[bool, bool]:
    """A figure does not change places with words, nor a name with what is none: there a sentence was rebuilt."""
    return any(t.is_number for t in tokens), any(t.is_name for t in tokens)


def _one_list(tokens: Sequence[Token]) -> bool:
    """Whether some words are members of one list, so that their order says nothing."""
    words = {t.low for t in tokens if not t.weight}
    return words <= _JOINS and bool(words & {"and", "or"})


def _voice(tokens: Sequence[Token]) -> tuple[int, ...]:
    words = [t.low for t in tokens]
    return tuple(words.count(w) for w in _VOICE)


def _places(a: Alignment, number: int) -> tuple[list[int], list[int]] | None:
    """The claim's weighty words that stand once in this sentence, with their places; None where too few do."""
    sentence_of, weights = a.evidence.sentence_of, a.claim.columns["weight"]
    rows: list[int] = []
    places: list[int] = []
    held = 0.0
    for row, found in enumerate(a.places):
        if not found:
            continue
        here = [p for p, quality in found.items() if quality >= 1 and sentence_of[p] == number]
        if here:
            held += weights[a.content[row]]
        if len(here) == 1 and here[0] not in places:
            rows.append(row)
            places.append(here[0])
    return (rows, places) if held >= _LEAST * a.total and len(rows) > 2 else None


def _exchange(places: Sequence[int]) -> tuple[int, int, int, int] | None:
    """(b, c, d, e) where places[b:c] and places[d:e] are exchanged about places[c:d], else None."""
    right = sorted(places)
    if places == right:
        return None
    n = len(places)
    b = next((k for k in range(n) if places[k] != right[k]), n)
    e = next((k + 1 for k in range(n - 1, -1, -1) if places[k] != right[k]), 0)
    mine, theirs = list(places[b:e]), right[b:e]
    size = len(mine)
    for c in range(1, size - 1):
        for d in range(c + 1, size):
            if mine[d:] + mine[c:d] + mine[:c] == theirs:
                return b, b + c, b + d, e
    return None
