"""The one way of the data: a question to hits, to claims, to the answer that carries them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Literal

from rag.answer import Answer, Event
from rag.answering.compose import Composing, Draft
from rag.answering.extractive import ExtractiveComposer
from rag.answering.question import read_question
from rag.answering.shelf import Shelves
from rag.asking import Asking
from rag.conversations.leaning import FoundFor, Search, search_for
from rag.conversations.rewrite import Understood
from rag.errors import ModelError
from rag.grounding import Judge
from rag.library import Library
from rag.paper import Hit, Paper
from rag.retrieval import Retriever
from rag.retrieval.filters import select
from rag.settings import Settings
from rag.writing import Writer

if TYPE_CHECKING:
    from rag.llm import ModelClient
    from rag.summing.themes import Themes

# An answer reads this many passages; a survey has to see past the first page of hits.
READ = 60
# Begins the notice after which the papers' own sentences take the place of what a model has written so far.
NOT_WRITTEN = "no written answer, the papers' own sentences instead"
# What the model is asked for where a summary has no topic.
_WHAT_THEY_REPORT = "what each of these papers does, and its main result"
_PASSAGES_A_PAPER = 3
_READ_ALL_NEEDS_A_MODEL = "reading every paper needs a model; the best matches were read instead"


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
        if asking.everything:
            found = self._all_that_pass(asking)
            return self._compose(asking, _WHAT_THEY_REPORT, found, started)
        understood = asking.understood or Understood(asking.question)
        found = search_for(understood, asking.filters, self._searching(asking))
        alone = understood.within if found.alone and understood.within else understood.question
        return self._compose(asking, alone, found, started)

    def _searching(self, asking: Asking) -> Search:
        """The search of one question; a summary of many papers has to see more of them."""
        read = max(READ, _PASSAGES_A_PAPER * asking.max_claims) if asking.task == "summary" else READ
        return lambda text, filters: self._retriever.search(text, read, filters)

    def _all_that_pass(self, asking: Asking) -> FoundFor:
        """No search: the papers that the filters leave, or a spread of them over all their themes, as hits."""
        from rag.assisted.exhaustive import all_hits

        selection = select(self._library.papers(), asking.filters)
        given = FoundFor([], selection)
        return given._replace(hits=all_hits([], self._themes().spread(self._selected(given), asking.max_claims)))

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
        search = self._searching(asking)

        def find(query: str) -> list[Hit]:
            return search(query, asking.filters).hits

        is_related = (lambda _: False) if asking.everything else self._is_related(asked)
        writing = Writing(client, self._settings, self._judge(), is_related, find, self._themes())
        most, everything = asking.max_claims, asking.exhaustive
        rest = self._rest(found) if asking.everything else None
        return (
            yield from write(writing, asked, given, task=asking.task, max_claims=most, exhaustive=everything, rest=rest)
        )

    def _extractive(self, asking: Asking, asked: str, found: FoundFor) -> Composing:
        if asking.task == "summary":
            from rag.summing.extractive import SummaryComposer

            summing = SummaryComposer(self._library, self._retriever, self._judge(), self._shelves)
            topic, papers = None if asking.everything else asked, [h.paper for h in found.hits]
            rest = self._rest(found) if asking.everything else ()
            within = found.selection.ids
            return summing.stream(topic, found.hits, papers, rest, limit=asking.max_claims, within=within)
        composer = ExtractiveComposer(self._library, self._retriever, self._judge(), self._shelves)
        # A follow-up on papers already shown is answered from those papers alone.
        within = frozenset(h.paper.id for h in found.hits) if found.alone else found.selection.ids
        return composer.stream(asked, found.hits, max_claims=asking.max_claims, within=within)

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

    def _themes(self) -> Themes:
        from rag.summing.themes import Themes

        return Themes(self._retriever.analyser, self._library.embedder)

    def _rest(self, found: FoundFor) -> list[Paper]:
        """The papers that pass the filters and stand not among the hits."""
        ids = {h.paper.id for h in found.hits}
        return [p for p in self._selected(found) if p.id not in ids]

    def _selected(self, found: FoundFor) -> list[Paper]:
        """The papers that the filters leave."""
        ids = found.selection.ids
        return [p for p in self._library.papers() if ids is None or p.id in ids]

    def _is_related(self, question: str) -> Callable[[Paper], bool]:
        """Tells papers that lack what the question turns on."""
        focus = read_question(question, self._library, self._retriever.analyser).focus
        return lambda paper: not focus <= self._retriever.analyser.analysis(paper).terms
