"""Comparisons: which papers are set against each other, and for each the sentences that bear on what is asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from rag.answering.naming import called, short_name
from rag.answering.question import name_terms
from rag.answering.reading import Reading
from rag.answering.sentences import Scored, score_sentences
from rag.answering.shelf import Floats
from rag.text import content_terms

MOST_PAPERS: Final = 4
_PER_PAPER: Final = 3
_NEAR: Final = 3.0
# Where one side of a comparison ends and the next begins: surely, and perhaps.
_SURELY = re.compile(
    r"\s*(?:\bvs\.?|\bversus\b|\bcompared (?:to|with)\b|\bin contrast to\b|\b(?:differs?|different|apart) from\b"
    r"|[,;:]\s*(?:and\s+|or\s+)?(?:another|the other|one)\b|\b(?:and|or)\s+(?:another|the other|one)\b)\s*",
    re.I,
)
_PERHAPS = re.compile(r"\s*(?:\band\b|\bor\b|\bthan\b|\bfrom\b|[,;:.?]\s)\s*", re.I)
# What is asked about the sides, and belongs to none of them.
_ASPECT = re.compile(
    r"(?:[?.:;,-]\s+(?:and\s+)?(?:what|how|which|who|where|why|when)\b(?!\s+(?:does|do)\s+(?:the|an?)\b)[^?.]*\??"
    r"|^\W*(?:how|what)\s+(?:does|do|did|is|are)\s+(?:the\s+)?|\bcompare\b|\bdifferences?\b[^.?]*)",
    re.I,
)
_LEAST_TERMS: Final = 3
# A name that at most this many papers hold tells them from others.
_RARE: Final = 3
# One that more than this many hold (LLM, GPU) is nobody's name.
_FEW: Final = 8
# A capital inside a sentence: "the Frontier study".
_PROPER = re.compile(r"(?<=[a-z,;:(] )[A-Z][a-z]+\b")


def compared(reading: Reading, ranked: Sequence[int], *, contrasts: bool) -> list[int]:
    """The papers that a question sets against each other, by place on the shelf, in the question's order; fewer than
    two where it compares none.

    Papers called by their names come first. A side that is only described ("the debugger that checks variable values")
    is the paper that the rest of the question describes best. Where nothing is named, the question is split where its
    two parts describe two papers best.

    Args:
        ranked: the papers found for the whole question, best first.
        contrasts: the question says that it compares; else it does only where it calls two papers by name.
    """
    named = _named(reading, ranked, by_any_name=contrasts)[:MOST_PAPERS]
    if len(named) > 1 or not contrasts or (named and _speaks_of_all(reading, named[0])):
        return named
    allowed = set(ranked) | set(named)
    if named:
        other = _described(reading, named[0], allowed)
        return named if other is None else _in_order(reading, named[0], other)
    return _split(reading, allowed)


def sides(reading: Reading, papers: Sequence[int]) -> list[tuple[Scored, str]]:
    """For each paper the sentences that bear on the question, in the order of its text, with the name of its side."""
    found = []
    for d in papers:
        scored = score_sentences(reading, [d])
        kept = [s for s in scored if scored[0].score - s.score <= _NEAR][:_PER_PAPER]
        found += [(s, short_name(s.paper)) for s in sorted(kept, key=lambda s: s.sentence.start)]
    return found


def _named(reading: Reading, ranked: Sequence[int], *, by_any_name: bool) -> list[int]:
    """Papers that the question calls by name, in its order: by their short name, else (``by_any_name``) by a name that
    only few of them hold."""
    text = reading.asked.text
    found = {d: at for d in ranked if (at := called(reading.shelf.papers[d], text)) is not None}
    spoken = " ".join(short_name(reading.shelf.papers[d]) for d in found)
    for name in (*reading.asked.names, *_PROPER.findall(text)) if by_any_name else ():
        if name in spoken:
            continue
        terms = name_terms(name)
        both = set.intersection(*(_papers_with(reading, t) for t in terms)) if terms else set()
        bearers_ranked = [d for d in ranked if d in both] if len(both) <= _RARE else []
        in_title = [d for d in bearers_ranked if terms <= frozenset(content_terms(reading.shelf.papers[d].title))]
        for d in (in_title or bearers_ranked)[:1]:
            found.setdefault(d, text.find(name))
    return sorted(found, key=lambda d: found[d])


def _speaks_of_all(reading: Reading, d: int) -> bool:
    """Whether a paper called by its name itself speaks of all else that is named ("X vs Y", Y being X's baseline)."""
    if called(reading.shelf.papers[d], reading.asked.text) is None:
        return False
    own = short_name(reading.shelf.papers[d])
    others = [name_terms(n) for n in reading.asked.names if n not in own]
    telling = [ts for ts in others if all(len(_papers_with(reading, t)) <= _FEW for t in ts)]
    held = {t for ts in telling for t in ts if d in _papers_with(reading, t)}
    return bool(telling) and all(ts <= held for ts in telling)


def _papers_with(reading: Reading, term: str) -> set[int]:
    return set(reading.shelf.paper_of_row[reading.shelf.rows_with(term)].tolist())


def _described(reading: Reading, named: int, allowed: set[int]) -> int | None:
    """The other paper that some part of the question describes best; None where no part says enough."""
    best: tuple[float, int] | None = None
    for part in _parts(_sides_only(reading.asked.text)):
        if called(reading.shelf.papers[named], part) is not None:
            continue
        scores = _scores(reading, part)
        for score, d in _best(scores, allowed - {named}, 1):
            if best is None or score > best[0]:
                best = score, d
    return best[1] if best else None


def _in_order(reading: Reading, named: int, other: int) -> list[int]:
    at = called(reading.shelf.papers[named], reading.asked.text) or 0
    return [named, other] if at <= len(reading.asked.text) / 2 else [other, named]


def _split(reading: Reading, allowed: set[int]) -> list[int]:
    """Two papers, by the split of the question whose two parts are described best."""
    text = _sides_only(reading.asked.text)
    found: list[tuple[float, list[int]]] = []
    for cut in list(_SURELY.finditer(text)) or list(_PERHAPS.finditer(text)):
        left, right = (_best(_scores(reading, part), allowed, 2) for part in (text[: cut.start()], text[cut.end() :]))
        found += [(a + b, [i, j]) for a, i in left for b, j in right if i != j]
    return max(found, default=(0.0, []))[1]


def _sides_only(text: str) -> str:
    """A question without what it asks about its sides."""
    rest = _ASPECT.sub(" ", text)
    return rest if len(content_terms(rest, question=True)) >= _LEAST_TERMS else text


def _parts(text: str) -> list[str]:
    """All runs of neighbouring pieces of a question between places where a side may end."""
    cuts = list(_SURELY.finditer(text)) or list(_PERHAPS.finditer(text))
    ends = [0, *(m.end() for m in cuts), len(text)]
    return [text[a:b] for i, a in enumerate(ends) for b in ends[i + 1 :]]


def _scores(reading: Reading, part: str) -> Floats | None:
    """How well each paper meets a part of the question: mass of its weight in the whole paper and in its best sentence
    with the title, so that a longer part that is met counts more. None where the part says too little."""
    wanted = set(content_terms(part, question=True))
    rows = [i for i, t in enumerate(reading.terms) if t in wanted]
    if len(rows) < _LEAST_TERMS:
        return None
    weights, met, titles = reading.weights[rows], reading.met[rows], reading.titles[rows]
    whole = weights @ reading.shelf.per_paper(met)
    together = reading.shelf.per_paper(weights @ np.maximum(met, titles[:, reading.shelf.paper_of_row]))
    scores: Floats = whole + together - 0.5 * weights.sum()
    return scores


def _best(scores: Floats | None, allowed: set[int], n: int) -> list[tuple[float, int]]:
    """The n best papers with their scores; nothing where there are no scores."""
    if scores is None:
        return []
    best = sorted(allowed, key=lambda d: (-scores[d], d))[:n]
    return [(float(scores[d]), d) for d in best]
