"""Questions about a fact: the few sentences that answer, from the paper that answers, rarely from another one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rag.answering.question import name_terms
from rag.answering.reading import Reading
from rag.answering.sentences import Scored, score_sentences

MOST: Final = 4
"""Claims of an answer about one fact."""
# How far behind the best sentence another one may lie: of the same paper, and of another. In units of the fitted score;
# on development questions half as much loses gold sentences, and twice as much only adds claims.
_NEAR, _NEAR_ELSEWHERE = 3.0, 0.7
_PAPERS = 10


def fact(reading: Reading, papers: Sequence[int], rare_names: Sequence[str]) -> list[Scored]:
    """The sentences that answer, best paper first and within a paper best first.

    Args:
        papers: places on the shelf of the papers to look into, best first.
        rare_names: names in the question that only few papers mention: only those can answer it.
    """
    scored = score_sentences(reading, _bearers(reading, papers[:_PAPERS], rare_names))
    taken: list[Scored] = []
    for s in scored:
        behind = scored[0].score - s.score
        near = behind <= (_NEAR if s.paper.id == scored[0].paper.id else _NEAR_ELSEWHERE)
        if near and len(taken) < MOST and not any(t.sentence.text == s.sentence.text for t in taken):
            taken.append(s)
    order = list(dict.fromkeys(s.paper.id for s in taken))
    return sorted(taken, key=lambda s: (order.index(s.paper.id), -s.score))


def _bearers(reading: Reading, papers: Sequence[int], names: Sequence[str]) -> list[int]:
    kept = list(papers)
    for name in names:
        rows = {int(d) for t in name_terms(name) for d in reading.shelf.paper_of_row[reading.shelf.rows_with(t)]}
        kept = [d for d in kept if d in rows] or kept
    return kept
