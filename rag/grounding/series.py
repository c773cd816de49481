"""Series: "CPUs, GPUs and TPUs". The order of its members says nothing, so a claim that names those of the evidence in
another order is judged as if it named them in theirs: every other comparison then finds words where it expects them.

Not where lists run in step or a sentence has several figures ("on A and B by 2 and 3"), since there the order may tell
which belongs to which.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations, product
from typing import Final

from rag.grounding.lists import members
from rag.grounding.tokens import Text, of_text, read_text

Span = tuple[int, int]
"""Indices of the first word of a member and of the one behind its last."""
_JOINS: Final = frozenset({"and", "or"})
_JOINED: Final = (" and ", " or ", ", and ", ", or ", " and the ", " or the ")
_ARTICLES: Final = frozenset({"the", "a", "an"})
_LONGEST: Final = 3
"""Words of a member."""
_MOST: Final = 8
"""Members of a series."""
_AFTER: Final = frozenset(
    "under on in for with by of to at over across from during than as when while that which where using without "
    "through into within against among between per via on onto if because".split()
)
"""What may follow a couple for it to be one; before a verb its second word may begin a clause of its own: "feeds the
decoder and the retriever feeds ..."."""
_TOGETHER: Final = frozenset({"", "-", "/", "‐", "‑", "–"})
"""What may stand between two words of one member."""


def in_source_order(claim: Text, evidence: Text) -> Text:
    """The claim with the members of its series in the order that they have in the evidence."""
    if _JOINS.isdisjoint(claim.words):
        return claim
    for spans in _candidates(claim, any_follow=True):
        if not _may_stand(claim, spans, evidence) or _is_fixed(claim, spans):
            continue
        names = [_member(claim, span) for span in spans]
        there = _series(evidence).get(frozenset(names))
        if there and len(there) == len(names) and there != tuple(names):
            return read_text(_rewritten(claim, spans, names, there))
    return claim


def _may_stand(claim: Text, spans: Sequence[Span], evidence: Text) -> bool:
    """Whether two members are joined in the evidence, and nowhere the two that the claim joins: a quick look, since
    few are."""
    words = evidence.words
    if not all(claim.tokens[first].low in words for first, _ in spans):
        return False
    names = [claim.low[claim.tokens[first].start : claim.tokens[end - 1].end] for first, end in spans]
    here, others = (names[-2], names[-1]), permutations(names, 2)
    return not _joined(*here, evidence) and any(_joined(*couple, evidence) for couple in others if couple != here)


def _joined(one: str, other: str, evidence: Text) -> bool:
    return any(f"{one}{join}{other}" in evidence.low for join in _JOINED)


@of_text
def _series(text: Text) -> dict[frozenset[str], tuple[str, ...]]:
    """The members of each series -> these in order; of two series with the same members the order is not known."""
    found: dict[frozenset[str], tuple[str, ...]] = {}
    for spans in _candidates(text, any_follow=False):
        if _is_fixed(text, spans):
            continue
        names = tuple([_member(text, span) for span in spans])
        key = frozenset(names)
        found[key] = () if len(key) < len(names) or found.get(key, names) != names else names
    return found


def _candidates(text: Text, *, any_follow: bool) -> Iterator[list[Span]]:
    """The members of what may be a series, for each way of cutting its first and its last member."""
    for join, low in enumerate(text.columns["low"]):
        if low not in _JOINS or not 0 < join < len(text.tokens) - 1:
            continue
        middle = _middle(text, join)
        start = middle[0][0] if middle else join
        firsts = list(_runs(text, start, -1))
        lasts = list(_runs(text, join, 1))
        if middle:
            yield from ([first, *middle, last] for first, last in product(firsts, lasts))
        elif firsts and lasts and not _comma(text, join) and (any_follow or _ends(text, lasts[0][1])):
            yield [firsts[0], lasts[0]]


def _is_fixed(text: Text, spans: Sequence[Span]) -> bool:
    """Whether the order of the members may tell something: in step with another list, or beside several figures."""
    last = spans[-1][0]
    inside = text.sentence_tokens[text.sentence_of[last]]
    figures = [i for i in inside if text.columns["is_number"][i] and not text.columns["joined"][i]]
    return len(figures) > 1 or last in members(text)


def _middle(text: Text, join: int) -> list[Span]:
    """The members of a series between its first and its last."""
    found: list[Span] = []
    end = join
    while len(found) < _MOST:
        start = end
        while 0 < start > end - _LONGEST - 1 and _goes(text, start - 1, join):
            if start < end and _comma(text, start):
                break
            start -= 1
        if start == end or not start or not _comma(text, start) or not _goes(text, start - 1, join):
            break
        found.append((start, end))
        end = start
    return found[::-1]


def _runs(text: Text, at: int, step: int) -> Iterator[Span]:
    """One to three words before or after ``at``, within its clause; an article is stepped over."""
    if step > 0:
        first = at + 1 + (text.tokens[at + 1].low in _ARTICLES)
        for end in range(first + 1, min(first + _LONGEST, len(text.tokens)) + 1):
            if not _goes(text, end - 1, at) or (end - 1 > first and _comma(text, end - 1)):
                return
            yield first, end
    else:
        for start in range(at - 1, max(at - 1 - _LONGEST, -1), -1):
            if not _goes(text, start, at) or (start < at - 1 and _comma(text, start + 1)):
                return
            yield start, at


def _goes(text: Text, i: int, of: int) -> bool:
    """Whether a word may belong to a member of the series about ``of``."""
    token = text.tokens[i]
    same = token.sentence == text.tokens[of].sentence
    return same and token.weight > 0 and (token.joined or not token.is_number)


def _ends(text: Text, i: int) -> bool:
    """Whether a couple ends before word i."""
    return i >= len(text.tokens) or _comma(text, i) or text.tokens[i].low in _AFTER


def _comma(text: Text, i: int) -> bool:
    """Whether word i is parted from the one before it."""
    between = text.text[text.tokens[i - 1].end : text.tokens[i].start].strip()
    return between not in _TOGETHER or text.sentence_of[i] != text.sentence_of[i - 1]


def _member(text: Text, span: Span) -> str:
    return " ".join([t.low for t in text.tokens[span[0] : span[1]]])


def _rewritten(claim: Text, spans: list[Span], names: list[str], there: tuple[str, ...]) -> str:
    """The text of the claim with its members in another order, each as the claim writes it."""
    cuts = [(claim.tokens[a].start, claim.tokens[b - 1].end) for a, b in spans]
    surface = {member: claim.text[s:e] for member, (s, e) in zip(names, cuts, strict=True)}
    parts, last = [], 0
    for (start, end), member in zip(cuts, there, strict=True):
        parts += [claim.text[last:start], surface[member]]
        last = end
    return "".join([*parts, claim.text[last:]])
