"""The one way of the data: a question to hits, to claims, to the answer that carries them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from rag.answer import Answer, Event
from rag.answering.compose import Composing, Draft
from rag.answering.extractive import ExtractiveComposer
from rag.answering.question import read_question
from rag.answering.shelf import Shelves
from rag.asking import Asking
from rag.conversations.leaning import FoundFor, search_for
from rag.conversations.rewrite import Understood
from rag.errors import ModelError
from rag.grounding import Judge
from rag.library import Library
from rag.paper import Hit, Paper
from rag.retrieval import Filters, Found, Retriever
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.llm import ModelClient

# An answer reads this many passages; a survey has to see past the first page of hits.
READ = 60
# Begins the notice after which the papers' own sentences take the place of what a model has written so far.
NOT_WRITTEN = "no written answer, the papers' own sentences instead"
_READ_ALL_NEEDS_A_MODEL = "reading every paper needs a model; the best matches were read instead"


class Writer(NamedTuple):
    """The model that writes, or None, and why none does where one was asked for."""

    model: ModelClient | None
    why_not: str | None


class Pipeline:
    """Answers over one library. ``judge`` and ``writer`` are made when first needed."""

    def __init__(
        self,
        library: Library,
        retriever: Retriever,
        settings: Settings,
        judge: Callable[[], Judge],
        writer: Callable[[], Writer],
    ) -> None:
        self._library, self._retriever, self._settings = library, retriever, settings
        self._judge, self._writer = judge, writer
        self._shelves = Shelves(retriever.analyser)

    def stream(self, asking: Asking) -> Iterator[Event]:
        """Notices, hits, claims as they are verified, then the answer.

        Everything that can be wrong with the arguments is found before the first event is asked for.
        """
        self._library.refresh()
        started = time.perf_counter()
        understood = asking.understood or Understood(asking.question)
        found = search_for(understood, asking.filters, self._search)
        alone = understood.within if found.alone and understood.within else understood.question
        return self._compose(asking, alone, found, started)

    def _search(self, text: str, filters: Filters) -> Found:
        return self._retriever.search(text, READ, filters)

    def _compose(self, asking: Asking, asked: str, found: FoundFor, started: float) -> Iterator[Event]:
        timings = {"retrieve_s": time.perf_counter() - started}
        for notice in found.selection.notices:
            yield Event(kind="notice", payload=notice)
        yield Event(kind="hits", payload=tuple(found.hits[: self._settings.k]))
        fallback: str | None
        model, fallback = self._writer()
        usage: dict[str, Any] = {"calls": 0, "prompt_tokens": 0, "completion_tokens": 0, "cost": None}
        if asking.client is not None:
            usage = asking.client.usage
        draft: Draft | None = None
        if model is not None and found.hits:
            from rag.assisted.writing import answer_client

            client = asking.client or answer_client(model, self._settings)
            try:
                draft = yield from self._written(client, asking, asked, found)
            except ModelError as error:
                fallback = str(error)
                yield Event(kind="notice", payload=f"{NOT_WRITTEN}: {fallback}")
            usage = client.usage
        elif asking.exhaustive:
            yield Event(kind="notice", payload=_READ_ALL_NEEDS_A_MODEL)
        mode: Literal["extractive", "generative"] = "generative" if draft is not None else "extractive"
        if draft is None:
            draft = yield from self._extractive(asking, asked, found)
        timings.update(draft.timings, total_s=time.perf_counter() - started)
        yield Event(kind="answer", payload=self._answer(asking, draft, mode, fallback, usage, timings))

    def _written(self, client: ModelClient, asking: Asking, asked: str, found: FoundFor) -> Composing:
        from rag.assisted.exhaustive import all_hits
        from rag.assisted.writing import Writing, write

        given = all_hits(found.hits, self._selected(found)) if asking.exhaustive else found.hits

        def find(query: str) -> list[Hit]:
            return self._search(query, asking.filters).hits

        writing = Writing(client, self._settings, self._judge(), self._is_related(asked), find)
        return (
            yield from write(
                writing, asked, given, task=asking.task, max_claims=asking.max_claims, exhaustive=asking.exhaustive
            )
        )

    def _extractive(self, asking: Asking, asked: str, found: FoundFor) -> Composing:
        composer = ExtractiveComposer(self._library, self._retriever, self._judge(), self._shelves)
        # A follow-up on papers already shown is answered from those papers alone.
        within = frozenset(h.paper.id for h in found.hits) if found.alone else found.selection.ids
        survey = asking.task == "summary"
        return composer.stream(asked, found.hits, max_claims=asking.max_claims, survey=survey, within=within)

    def _answer(
        self,
        asking: Asking,
        draft: Draft,
        mode: Literal["extractive", "generative"],
        fallback: str | None,
        usage: dict[str, Any],
        timings: dict[str, float],
    ) -> Answer:
        return Answer(
            question=asking.question,
            standalone_question=asking.standalone_question,
            mode=mode,
            fallback_from=fallback,
            abstained=draft.abstained,
            reason=draft.reason,
            claims=draft.claims,
            dropped=draft.dropped,
            sources=draft.sources,
            nearest=draft.nearest,
            usage=usage,
            models={"embedder": self._library.embedder.name, **draft.models},
            prompts=draft.prompts,
            timings=timings,
            library={**self._library.describe(), **draft.library},
        )

    def _selected(self, found: FoundFor) -> list[Paper]:
        """The papers that the filters leave."""
        ids = found.selection.ids
        return [p for p in self._library.papers() if ids is None or p.id in ids]

    def _is_related(self, question: str) -> Callable[[Paper], bool]:
        """Tells papers that lack what the question turns on."""
        focus = read_question(question, self._library, self._retriever.analyser).focus
        return lambda paper: not focus <= self._retriever.analyser.analysis(paper).terms
