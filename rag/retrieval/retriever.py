"""The retriever: question -> hits. The dense leg (Chroma) and the lexical leg (tantivy), fused, then ordered again."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from rag.errors import EmptyQuestionError, InputError
from rag.library import Library
from rag.paper import Hit
from rag.retrieval.analysis import Analyser
from rag.retrieval.filters import Filters, Selection, select
from rag.retrieval.fusion import Fused, fuse
from rag.retrieval.second import SecondStage
from rag.settings import Settings
from rag.text import content_terms, terms

# Beyond this many terms a question is a pasted document; the rest adds cost and no direction.
_MOST_TERMS = 256


class Found(NamedTuple):
    """Hits, best first, and what the filters did."""

    hits: list[Hit]
    selection: Selection


class Retriever:
    """Retrieves passages of one library. Stateless but for what the library caches."""

    def __init__(self, library: Library, settings: Settings, analyser: Analyser | None = None) -> None:
        self._library = library
        self.analyser = analyser or Analyser(library)
        self._pool = settings.pool
        self._rerank = settings.rerank
        self.second = SecondStage(library, self.analyser)
        self._weight = settings.lexical_weight

    def retrieve(self, question: str, k: int, filters: Filters = Filters()) -> list[Hit]:
        """The k best passages, best first. ``retrieve(q, 5)`` is a prefix of ``retrieve(q, 10)``.

        Raises:
            EmptyQuestionError: the question holds no text.
            InputError: k is not positive, or the filters exclude everything.
        """
        if k < 1:
            raise InputError(f"k is {k}", "Ask for at least one passage")
        return self.search(question, k, filters).hits

    def search(self, question: str, k: int, filters: Filters = Filters()) -> Found:
        """As :meth:`retrieve`, and what the filters did.

        The fixed pool is fused first and what lies beyond it is appended, so that asking for more never changes what
        came before.
        """
        if not question.strip():
            raise EmptyQuestionError("the question is empty")
        selection = select(self._library.papers(), filters) if filters.active else Selection(None, 0)
        if selection.ids is not None and not selection.ids:
            return Found([], selection)
        asked = query_terms(question, self._library)
        ranked = self.fused(question, asked, selection, self._pool)
        grew = len(ranked) >= self._pool
        ranked = self._ordered_again(question, asked, ranked)
        pool = self._pool
        while k > len(ranked) and grew:
            # In fixed steps, whatever k is, and never above what came before.
            pool *= 2
            have, worst = {r.fused.id for r in ranked}, ranked[-1].score
            more = [r for r in self.fused(question, asked, selection, pool) if r.fused.id not in have]
            ranked += [r._replace(score=min(r.score, worst)) for r in more]
            grew = bool(more)
        hits = [hit for rank, r in enumerate(ranked[:k], 1) if (hit := self._hit(r, rank, asked)) is not None]
        return Found(hits, selection)

    def _ordered_again(self, question: str, asked: Sequence[str], ranked: list[Ranked]) -> list[Ranked]:
        """The head of the fused pool by the second stage; the rest in its order, its scores below the head's."""
        head, rest = ranked[: self._rerank], ranked[self._rerank :]
        if not any(r.lexical for r in head):
            return ranked  # no word of the question stands anywhere: the dense leg decides alone
        ordered = self.second.order(question, asked, [r.fused for r in head])
        again = [head[o.place]._replace(score=o.score, probability=o.probability, features=o.features) for o in ordered]
        if not again or not rest:
            return again
        worst, best = again[-1].score, rest[0].score
        return again + [r._replace(score=worst * (r.score / best) if best > 0 else 0.0) for r in rest]

    def fused(self, question: str, asked: Sequence[str], selection: Selection, pool: int) -> list[Ranked]:
        """The union of both legs' ``pool`` best rows, best first, before the second stage."""
        library = self._library
        rows = None if selection.ids is None else library.rows_of(sorted(selection.ids))
        lexical = {h.id: h.score for h in library.lexical.search(asked, pool, rows)}
        vector = library.embedder.query(question)
        within = None if selection.ids is None else sorted(selection.ids)
        dense = {h.id: h.score for h in library.store.query(vector, pool, within)}
        # A row that only the lexical leg brought gets its exact similarity too (HNSW may leave rows unreachable).
        for row, stored in library.store.vectors([r for r in lexical if r not in dense]).items():
            dense[row] = float(np.dot(stored, vector))
        weight = library.embedder.lexical_weight if self._weight is None else self._weight
        lexical_rank = _ranks(lexical)
        dense_rank = _ranks(dense)
        return [
            Ranked(f, f.score, lexical.get(f.id), lexical_rank.get(f.id), dense.get(f.id), dense_rank.get(f.id))
            for f in fuse(lexical, dense, weight)
        ]

    def _hit(self, ranked: Ranked, rank: int, asked: Sequence[str]) -> Hit | None:
        found = self._library.passage(ranked.fused.id)
        if found is None:
            return None  # a row of an old revision, seen while another process is writing
        paper, passage = found
        present = self.analyser.analysis(paper).terms
        explain: dict[str, Any] = {
            "rank": rank,
            "fused": ranked.fused.score,
            "lexical": _leg(ranked.lexical, ranked.fused.lexical, ranked.lexical_rank),
            "dense": _leg(ranked.dense, ranked.fused.dense, ranked.dense_rank),
            "matched_terms": [t for t in dict.fromkeys(asked) if t in present],
        }
        if ranked.features is not None:
            explain |= {"probability": ranked.probability, "features": ranked.features}
        return Hit(paper=paper, passage=passage, score=min(max(ranked.score, 0.0), 1.0), explain=explain)


class Ranked(NamedTuple):
    """A row on its way to a hit: ``score`` is the fused one until the second stage gives another."""

    fused: Fused
    score: float
    lexical: float | None
    lexical_rank: int | None
    dense: float | None
    dense_rank: int | None
    probability: float | None = None
    features: dict[str, float] | None = None


def _leg(score: float | None, normalised: float, rank: int | None) -> dict[str, float | int | None]:
    return {"score": score, "normalised": normalised, "rank": rank}


def _ranks(scores: dict[str, float]) -> dict[str, int]:
    return {row: i for i, (row, _) in enumerate(sorted(scores.items(), key=lambda x: (-x[1], x[0])), 1)}


def query_terms(question: str, library: Library) -> list[str]:
    """The terms of a question for the lexical leg.

    Two neighbouring words that the library knows as one compound ("all reduce", "token weave") bring the compound too.
    Words that only shape a question are left out unless nothing else remains.
    """
    plain = terms(question)[:_MOST_TERMS]
    joined = [a + b for a, b in pairwise(plain) if a != b]
    known = [j for j in dict.fromkeys(joined) if j not in plain and library.lexical.document_frequency(j)]
    asked = content_terms(question, question=True) or content_terms(question) or plain
    return [*asked[:_MOST_TERMS], *known]
