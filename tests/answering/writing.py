"""One answer written by a scripted model and checked by the real judge."""

from __future__ import annotations

import json
from typing import Any

from rag.answer import Event
from rag.answering.compose import Draft
from rag.answering.generative import GenerativeComposer
from rag.grounding import OfflineJudge
from rag.llm import resolve_llm
from rag.paper import Hit
from rag.settings import Settings
from tests.fakes.openai_server import FakeOpenAI, Reply
from tests.fakes.scripted import claim_line

ASKED = "Which methods reduce all-reduce latency?"
RING = "On 64 GPUs RingFold cuts all-reduce latency by 37% over the plain ring."
QUILTED = "Quilt lowers time to first token by up to 2.4x on shared prompts."
GOOD = claim_line(RING, (1, RING))
ALSO = claim_line(QUILTED, (2, QUILTED))
WRONG = claim_line("RingFold cuts all-reduce latency by 73% on 64 GPUs.", (1, RING))
NO_REPAIR = Reply(json.dumps({"cannot_answer": "none can be mended"}))
JUDGE = OfflineJudge()


class Outcome:
    """The events and the draft of one answer."""

    def __init__(self, server: FakeOpenAI, found: tuple[Hit, ...], asked: str = ASKED, **options: Any) -> None:
        task, limit = options.pop("task", "answer"), options.pop("max_claims", None)
        settings = Settings(base_url=server.base_url, api_key="k", **options)
        client = resolve_llm("auto", settings, sleep=lambda _: None)
        assert client is not None
        self.client = client
        self.events: list[Event] = []
        composing = GenerativeComposer(client, settings, JUDGE).stream(asked, found, task=task, max_claims=limit)
        while True:
            try:
                self.events.append(next(composing))
            except StopIteration as stop:
                self.draft: Draft = stop.value
                return

    def of(self, kind: str) -> list[Any]:
        return [e.payload for e in self.events if e.kind == kind]

    @property
    def texts(self) -> list[str]:
        return [c.text for c in self.draft.claims]


def holds(draft: Draft) -> None:
    """What is true of every draft: quotes are verbatim, numbers are those of the sources, flags agree."""
    for claim in draft.claims:
        for cited in claim.citations:
            paper = draft.sources[cited.number - 1]
            assert (paper.id, paper.revision) == (cited.paper_id, cited.revision)
            assert getattr(paper, cited.field)[cited.start : cited.end] == cited.quote
    assert draft.abstained is not bool(draft.claims)
    assert draft.abstained is (draft.reason is not None)
    assert {c.number for claim in draft.claims for c in claim.citations} == set(range(1, len(draft.sources) + 1))
    assert all(c.verdict.reason for c in draft.dropped)
