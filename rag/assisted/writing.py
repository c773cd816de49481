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
from rag.paper import Hit, Paper
from rag.settings import Settings
from rag.summing.themes import Themes
from rag.summing.written import SummaryWriter


class Writing(NamedTuple):
    """What a written answer needs beside its question. ``client`` counts the usage of this answer alone."""

    client: ModelClient
    settings: Settings
    judge: Judge
    is_related: IsRelated
    find: Callable[[str], list[Hit]]
    themes: Themes


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
    rest: Sequence[Paper] | None = None,
) -> Composing:
    """The events and the draft of a written answer.

    ``rest``: a summary is of just the papers of ``hits``, and these are the ones that its limit leaves out; None: it is
    of a topic, for which more may be searched.

    Raises:
        ModelError: see :class:`rag.answering.generative.GenerativeComposer`; also where the budget is spent.
    """
    client, settings = writing.client, writing.settings

    def composer() -> GenerativeComposer:
        return GenerativeComposer(client, settings, writing.judge, is_related=writing.is_related)

    if exhaustive:
        return (yield from ExhaustiveComposer(client, settings, composer).stream(asked, hits, max_claims=max_claims))

    def compose(found: Sequence[Hit]) -> Composing:
        if task == "summary":
            writer = SummaryWriter(client, settings, writing.judge, composer, writing.themes)
            return (yield from writer.stream(asked, found, limit=max_claims, rest=rest or ()))
        return (yield from composer().stream(asked, found, max_claims=max_claims))

    if rest is not None or not AssistedSearch.wanted(settings):
        return (yield from compose(hits))
    assisted = yield from AssistedSearch(client, settings).run(asked, list(hits), writing.find)
    if assisted.insufficient is not None:
        nearest = tuple({h.paper.id: h.paper for h in assisted.hits}.values())[:5]
        models = {"writer": client.name, "judge": writing.judge.name}
        return Draft(
            abstained=True, reason=assisted.insufficient, nearest=nearest, models=models, prompts=assisted.prompts
        )
    draft = yield from compose(assisted.hits)
    return replace(draft, prompts={**draft.prompts, **assisted.prompts})
