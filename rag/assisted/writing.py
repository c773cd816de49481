"""A written answer from question to draft: the model helps to find, says whether it suffices, reads, and writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

from rag.answering.compose import Composing, Draft
from rag.answering.generative import GenerativeComposer, IsRelated
from rag.assisted.exhaustive import ExhaustiveComposer
from rag.assisted.search import AssistedSearch
from rag.grounding import Judge
from rag.llm import ModelClient
from rag.llm_budget import Budget
from rag.paper import Hit
from rag.settings import Settings


class Writing(NamedTuple):
    """What a written answer needs beside its question. ``client`` counts the usage of this answer alone."""

    client: ModelClient
    settings: Settings
    judge: Judge
    is_related: IsRelated
    find: Callable[[str], list[Hit]]


def answer_client(model: ModelClient, settings: Settings) -> ModelClient:
    """The client of one answer: a usage of its own, and the cap of one question where there is one."""
    client = model.fresh()
    if settings.question_budget is None:
        return client
    return client.within(Budget(settings.question_budget, settings, per_question=True))


def write(
    writing: Writing,
    asked: str,
    hits: Sequence[Hit],
    *,
    task: Literal["answer", "summary"],
    max_claims: int,
    exhaustive: bool = False,
) -> Composing:
    """The events and the draft of a written answer.

    Raises:
        ModelError: see :class:`rag.answering.generative.GenerativeComposer`; also where the budget is spent.
    """
    client, settings = writing.client, writing.settings

    def composer() -> GenerativeComposer:
        return GenerativeComposer(client, settings, writing.judge, is_related=writing.is_related)

    if exhaustive:
        return (yield from ExhaustiveComposer(client, settings, composer).stream(asked, hits, max_claims=max_claims))
    if not AssistedSearch.wanted(settings):
        return (yield from composer().stream(asked, hits, task=task, max_claims=max_claims))
    assisted = yield from AssistedSearch(client, settings).run(asked, list(hits), writing.find)
    if assisted.insufficient is not None:
        nearest = tuple({h.paper.id: h.paper for h in assisted.hits}.values())[:5]
        models = {"writer": client.name, "judge": writing.judge.name}
        return Draft(
            abstained=True, reason=assisted.insufficient, nearest=nearest, models=models, prompts=assisted.prompts
        )
    draft = yield from composer().stream(asked, assisted.hits, task=task, max_claims=max_claims)
    return replace(draft, prompts={**draft.prompts, **assisted.prompts})
