"""The steps in their order around one question; a step that fails is skipped, and said so."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import NamedTuple

import prompts
from rag.answer import Event
from rag.assisted.grading import is_sufficient, rerank
from rag.assisted.queries import merge, write_queries
from rag.errors import ModelError
from rag.llm import ModelClient
from rag.paper import Hit
from rag.settings import Settings

Find = Callable[[str], list[Hit]]


class Assisted(NamedTuple):
    """Hits after the model's help; why nothing should be written, or None; the prompts that were used."""

    hits: list[Hit]
    insufficient: str | None
    prompts: dict[str, str]


Assisting = Generator[Event, None, Assisted]
"""Yields notices; returns what came of it."""


class AssistedSearch:
    """Rewriting, reranking and the question of sufficiency, as the settings ask for them."""

    def __init__(self, client: ModelClient, settings: Settings) -> None:
        self._client, self._settings = client, settings

    @staticmethod
    def wanted(settings: Settings) -> bool:
        """Whether any step is switched on."""
        return bool(settings.multi_query or settings.model_rerank or settings.sufficiency)

    def run(self, question: str, hits: list[Hit], find: Find) -> Assisting:
        """Help with one question. ``find`` retrieves for another wording of it, under the same filters."""
        used: dict[str, str] = {}
        settings = self._settings
        if settings.multi_query:
            try:
                queries = write_queries(self._client, question, settings.multi_query)
                used["rewrite"] = prompts.load("rewrite").digest
                hits = merge(hits, [find(q) for q in queries])
                yield Event(kind="notice", payload=f"also searched for: {'; '.join(queries) or 'nothing else'}")
            except ModelError as error:
                yield _skipped("other wordings", error)
        if settings.model_rerank and hits:
            try:
                hits = rerank(self._client, question, hits, settings)
                used["rerank"] = prompts.load("rerank").digest
            except ModelError as error:
                yield _skipped("the model's order of the papers", error)
        lacking = None
        if settings.sufficiency and hits:
            try:
                enough = is_sufficient(self._client, question, hits, settings)
                used["sufficient"] = prompts.load("sufficient").digest
                if not enough.yes:
                    lacking = enough.missing or "the model finds that the sources do not state it"
            except ModelError as error:
                yield _skipped("the question whether the papers suffice", error)
        return Assisted(hits, lacking, used)


def _skipped(what: str, error: ModelError) -> Event:
    return Event(kind="notice", payload=f"went on without {what}: {error.message}")
