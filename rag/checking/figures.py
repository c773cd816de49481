"""A figure of a claim that the paper gives otherwise: "4.5x faster" where the paper's sentence on the same says 2.15x.

A judge that only finds a figure missing calls the claim unsupported. Where one sentence of the paper says the rest of
the claim with another figure of the same kind, it is contradicted, and that sentence is the quote to show.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from rag.paper import Paper
from rag.text import Sentence, content_terms, split_sentences
from rag.text.quantities import Quantity, find_quantities, is_stated

SAME_REST: Final = 0.5
"""Share of the claim's other terms that the sentence with the other figure has to hold (chosen on the dev half)."""
_LEAST_TERMS: Final = 2
_NOUN: Final = re.compile(r"[\s-]*(?:[a-z]+\s)??([A-Za-z]{2,})")


class Instead(NamedTuple):
    """What the paper says instead: the two figures as they are written, and the sentence in the abstract."""

    claimed: str
    stated: str
    sentence: Sentence


def says_instead(claim: str, paper: Paper) -> Instead | None:
    """The figure that the paper gives in the place of one of the claim's; None where none is given otherwise."""
    claimed = [q for q in find_quantities(claim) if any(c.isdigit() for c in claim[q.start : q.end])]
    stated = find_quantities(f"{paper.title}. {paper.abstract}")
    lacking = [q for q in claimed if not is_stated(q, stated)]
    if not lacking:
        return None
    titled = frozenset(content_terms(paper.title))
    bare = claim
    for q in reversed(claimed):
        bare = bare[: q.start] + " " + bare[q.end :]
    rest = frozenset(content_terms(bare)) - titled
    if len(rest) < _LEAST_TERMS:
        return None
    best: tuple[float, Instead] | None = None
    for sentence in split_sentences(paper.abstract):
        share = len(rest & frozenset(content_terms(sentence.text))) / len(rest)
        if share < SAME_REST or (best is not None and share <= best[0]):
            continue
        found = _other(claim, lacking, sentence.text)
        if found is not None:
            best = (share, Instead(*found, sentence))
    return best[1] if best else None


def _other(claim: str, lacking: list[Quantity], sentence: str) -> tuple[str, str] | None:
    own = find_quantities(claim)
    for q in lacking:
        for other in find_quantities(sentence):
            if _same_kind(claim, q, sentence, other) and not is_stated(other, own):
                return claim[q.start : q.end], sentence[other.start : other.end]
    return None


def _same_kind(claim: str, a: Quantity, sentence: str, b: Quantity) -> bool:
    """Both factors, both percentages, both bytes; of plain counts, both of the same things."""
    if a.unit or b.unit:
        return a.unit == b.unit
    left, right = _NOUN.match(claim, a.end), _NOUN.match(sentence, b.end)
    if left is None or right is None:
        return False
    return bool(frozenset(content_terms(left.group())) & frozenset(content_terms(right.group())))
