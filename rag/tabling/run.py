"""A table from topic to record: which papers, who fills the cells, and the answer that carries them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

from rag.answer import Answer, Event
from rag.answering.compose import Draft, drained
from rag.answering.extractive import ExtractiveComposer
from rag.errors import ModelError
from rag.grounding import Judge
from rag.library import Library
from rag.paper import Hit
from rag.retrieval import Filters, Retriever
from rag.settings import Settings
from rag.tabling.build import TableBuilder
from rag.tabling.columns import Column

if TYPE_CHECKING:
    from rag.llm import ModelClient

# Passages looked at for rows; a topic is a survey.
_READ = 60


class Tabulator:
    """Makes tables over one library; holds no state of any one table."""

    def __init__(self, library: Library, retriever: Retriever, judge: Judge, settings: Settings) -> None:
        self._library, self._retriever, self._judge, self._settings = library, retriever, judge, settings

    def stream(
        self,
        topic: str,
        columns: Sequence[Column],
        limit: int,
        filters: Filters,
        *,
        model: ModelClient | None = None,
        fallback: str | None = None,
    ) -> Iterator[Event]:
        """Hits, notices, and the answer whose ``table`` is the result; it abstains where no paper is on the topic.

        ``fallback`` says why no model fills the cells where one was asked for. A model that fails leaves the cells to
        the papers' own sentences, which a notice and ``fallback_from`` say.
        """
        started = time.perf_counter()
        found = self._retriever.search(topic, _READ, filters)
        timings = {"retrieve_s": time.perf_counter() - started}
        for notice in found.selection.notices:
            yield Event(kind="notice", payload=notice)
        yield Event(kind="hits", payload=tuple(found.hits[: self._settings.k]))
        draft = self._papers(topic, found.hits, limit)
        answer: dict[str, Any] = {"question": topic, "library": self._library.describe()}
        models = {"embedder": self._library.embedder.name, "judge": self._judge.name}
        if draft.abstained:
            answer |= {"mode": "extractive", "abstained": True, "reason": draft.reason, "nearest": draft.nearest}
            yield _finished(answer, models, timings, started, fallback)
            return
        groups = {c.citations[0].paper_id: c.group for c in draft.claims if c.citations}
        papers = [(p, groups.get(p.id)) for p in draft.sources][:limit]
        written = None
        mode: Literal["extractive", "generative"] = "extractive"
        if model is not None:
            from rag.tabling.written import write_cells

            client = model.fresh()
            try:
                only = [p for p, _ in papers]
                written = write_cells(client, self._settings, self._judge, topic, columns, only)
                mode, models["writer"] = "generative", client.name
                answer |= {"dropped": written.dropped, "prompts": {"table": written.prompt}}
            except ModelError as error:
                fallback = str(error)
                yield Event(kind="notice", payload=f"the papers' own sentences fill the table: {fallback}")
            answer["usage"] = client.usage
        builder = TableBuilder(self._retriever.analyser, self._library.embedder, self._judge)
        cells = written.cells if written else None
        table, sources = builder.build(topic, columns, papers, len(self._library.papers()), cells)
        answer |= {"mode": mode, "table": table, "sources": sources}
        yield _finished(answer, models, timings, started, fallback)

    def _papers(self, topic: str, hits: Sequence[Hit], limit: int) -> Draft:
        """The draft of a survey of the topic, for its papers and their groups."""
        composer = ExtractiveComposer(self._library, self._retriever, self._judge)
        return drained(composer.stream(topic, hits, max_claims=limit, survey=True))


def _finished(
    answer: dict[str, Any], models: dict[str, str], timings: dict[str, float], started: float, fallback: str | None
) -> Event:
    timings["total_s"] = time.perf_counter() - started
    usage = {"calls": 0, "prompt_tokens": 0, "completion_tokens": 0, "cost": None}
    fields = {"usage": usage, **answer, "models": models, "timings": timings, "fallback_from": fallback}
    return Event(kind="answer", payload=Answer(**fields))


__all__ = ["Tabulator"]
