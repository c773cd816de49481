"""Ask the queries of a collection and score the rankings with ir-measures; the record and its report."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from time import perf_counter
from typing import TYPE_CHECKING, Final

import numpy as np

from eval.beir import Collection, Shelved, expand
from eval.figures import MEAN_HEADER, Estimate, estimate, mean_row
from eval.metrics.retrieval import _ir_measures, _measure
from eval.records import Stored
from eval.runner import System, _rank_papers
from eval.statistics import finite
from rag.errors import InputError, RagError
from rag.paper import Record

if TYPE_CHECKING:
    from eval.report import Page

MEASURES: Final = ("nDCG@10", "R@100", "MRR@10", "Judged@10")
DEPTH: Final = 100


class QueryResult(Record):
    """One query: its ranking of document ids, its values by measure, and why it failed, where it did."""

    query_id: str
    ranking: tuple[str, ...]
    values: dict[str, float]
    seconds: float
    failure: str | None = None


class RetrievalRun(Stored):
    """Retrieval over one collection. ``seconds`` of a query are those of finding 100 documents."""

    started: str
    collection: str
    split: str
    n_documents: int
    n_papers: int
    index_seconds: float
    system: dict[str, str]
    seed: int
    notices: tuple[str, ...]
    queries: tuple[QueryResult, ...]

    def figures(self) -> list[Estimate]:
        """The measures with their intervals; queries are what is resampled."""
        found = (estimate(m, [q.values[m] for q in self.queries], seed=self.seed) for m in MEASURES)
        return [f for f in found if f is not None]


def sample(collection: Collection, limit: int | None, seed: int) -> Collection:
    """The collection with at most ``limit`` queries, drawn with the seed; documents all stay.

    Raises:
        InputError: the limit is not positive.
    """
    if limit is None or limit >= len(collection.queries):
        return collection
    if limit < 1:
        raise InputError(f"limit is {limit}", "Ask at least one query")
    chosen = set(random.Random(seed).sample(sorted(collection.queries), limit))
    queries = {q: text for q, text in collection.queries.items() if q in chosen}
    notice = f"{limit} of {len(collection.queries)} queries, drawn with seed {seed}"
    return collection._replace(queries=queries, notices=(*collection.notices, notice))


def run_retrieval(
    system: System, collection: Collection, shelved: Shelved, *, index_seconds: float = 0.0, seed: int = 0,
    described: Mapping[str, str] | None = None, progress: Callable[[int, int], None] | None = None,
) -> RetrievalRun:  # fmt: skip
    """Ask every query and score its ranking. A query that fails counts as nothing found, and is listed.

    Args:
        system: what finds; only its ``retrieve`` is used.
        index_seconds: what indexing took, for the record.

    Raises:
        RagError: a measure gave NaN.
    """
    asked: list[tuple[str, tuple[str, ...], float, str | None]] = []
    for done, (query, text) in enumerate(collection.queries.items(), 1):
        failure: str | None = None
        ranked: tuple[str, ...] = ()
        began = perf_counter()
        try:
            papers = [r.paper_id for r in _rank_papers(system, text, DEPTH)]
            ranked = expand(papers, shelved.documents_of)[:DEPTH]
        except RagError as error:
            failure = f"{type(error).__name__}: {error.message}"
        asked.append((query, ranked, perf_counter() - began, failure))
        if progress is not None:
            progress(done, len(collection.queries))
    rankings = {query: ranked for query, ranked, _, _ in asked}
    values = score_rankings({q: collection.qrels[q] for q in rankings}, rankings)
    return RetrievalRun(
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        collection=collection.name,
        split=collection.split,
        n_documents=len(collection.documents),
        n_papers=len(shelved.papers),
        index_seconds=index_seconds,
        system=dict(described or {}),
        seed=seed,
        notices=collection.notices,
        queries=tuple(
            QueryResult(query_id=q, ranking=ranked, values=values[q], seconds=seconds, failure=failure)
            for q, ranked, seconds, failure in asked
        ),
    )


def score_rankings(
    qrels: Mapping[str, Mapping[str, int]], rankings: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, float]]:
    """The values of :data:`MEASURES` for every query of ``rankings``, by ir-measures; an empty ranking scores 0.

    Raises:
        RagError: a value is NaN or infinite.
    """
    measures = _ir_measures()
    judged = [measures.Qrel(q, doc, g) for q, grades in qrels.items() for doc, g in grades.items()]
    # Scores only carry the order; they fall strictly, so that ir-measures never breaks a tie by name.
    ranked = [measures.ScoredDoc(q, doc, float(-at)) for q, docs in rankings.items() for at, doc in enumerate(docs)]
    values = {q: dict.fromkeys(MEASURES, 0.0) for q in rankings}
    names = {str(_measure(name)): name for name in MEASURES}
    for found in measures.iter_calc([_measure(name) for name in MEASURES], judged, ranked) if ranked else ():
        if found.query_id in values:
            values[found.query_id][names[str(found.measure)]] = float(found.value)
    finite([v for row in values.values() for v in row.values()])
    return values


def retrieval_page(run: RetrievalRun) -> Page:
    """The report of a run: facts, figures, and the queries that failed."""
    from eval.report import Page, Table

    p50, p95 = np.quantile([q.seconds for q in run.queries], (0.5, 0.95))
    failed = [q for q in run.queries if q.failure is not None]
    merged = run.n_documents - run.n_papers
    rate = f", {run.n_documents / run.index_seconds:.0f} a second" if run.index_seconds else ""
    facts = (
        f"{run.started}; collection {run.collection}, qrels {run.split}; "
        + ", ".join(f"{k} {v}" for k, v in run.system.items()),
        f"{run.n_documents} documents ({merged} taken for a paper that another one is), "
        f"indexed in {run.index_seconds:.1f} s{rate}",
        f"{len(run.queries)} queries, {len(failed)} failed (counted as nothing found)",
        f"seconds per query, {DEPTH} documents deep: median {p50:.3f}, 95th percentile {p95:.3f}",
        f"intervals: 95 %, bootstrap over queries (seed {run.seed})",
        *(f"notice: {n}" for n in run.notices),
    )
    rows = tuple(mean_row(f) for f in run.figures())
    note = "linear gains, as trec_eval; Judged@10 is a control: unjudged is not irrelevant"
    tables = [Table("Retrieval", MEAN_HEADER, rows, note)]
    if failed:
        tables.append(Table("Failed", ("query", "why"), tuple((q.query_id, q.failure or "") for q in failed[:20])))
    return Page("Retrieval", facts, tuple(tables))
