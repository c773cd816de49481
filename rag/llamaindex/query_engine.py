"""Our checked answers as a LlamaIndex query engine."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Iterator
from typing import Any, Final, Protocol, cast

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.response.schema import Response, StreamingResponse
from llama_index.core.callbacks import CallbackManager, CBEventType, EventPayload
from llama_index.core.prompts.mixin import PromptMixinType
from llama_index.core.schema import NodeRelationship, NodeWithScore, QueryBundle, RelatedNodeInfo, TextNode

from rag.answer import Answer, Citation, Claim, Event
from rag.llamaindex.retriever import HIDDEN_KEYS, paper_metadata
from rag.paper import Paper

# What begins the notice that a model has failed (rag.assistant.NOT_WRITTEN, which imports more than is needed here).
NOT_WRITTEN: Final = "no written answer"
WITHDRAWN: Final = "The model failed before its answer was whole. What stands above is withdrawn; this stands instead:"


class Answers(Protocol):
    """Anything that answers: an assistant."""

    def ask(self, question: str, **filters: Any) -> Answer:
        """The whole answer."""


class Streams(Protocol):
    """Anything that answers step by step: an assistant."""

    def stream(self, question: str, **filters: Any) -> Iterator[Event]:
        """Hits, claims as they are verified, and the whole answer last."""


class GroundworkQueryEngine(BaseQueryEngine):
    """Responses whose source nodes are the quotes and whose metadata is the whole answer as a dictionary.

    A quote's score is P(supported) of its citation; its metadata gives the claim, the number and the verdict. Where the
    answer abstains, the response says why and has no source nodes.

    Args:
        assistant: what answers; for ``streaming`` it has to stream.
        callback_manager: told of every query and its response.
        streaming: give a ``StreamingResponse`` whose text comes claim by claim, each verified before it is shown. Its
            source nodes and metadata are filled while the text is read, and whole once it is read to the end.
        list_sources: end the text with a list of what the numbers stand for, as an agent that reads nothing but the
            text has no other way to know.
    """

    def __init__(
        self,
        assistant: Answers,
        callback_manager: CallbackManager | None = None,
        *,
        streaming: bool = False,
        list_sources: bool = False,
    ) -> None:
        super().__init__(callback_manager)
        self._assistant, self._streaming, self._list_sources = assistant, streaming, list_sources

    def _get_prompt_modules(self) -> PromptMixinType:
        return {}

    def _query(self, query_bundle: QueryBundle) -> Response | StreamingResponse:
        asked = query_bundle.query_str
        with self.callback_manager.event(CBEventType.QUERY, payload={EventPayload.QUERY_STR: asked}) as event:
            response: Response | StreamingResponse
            if self._streaming:
                response = _streamed(cast(Streams, self._assistant).stream(asked), list_sources=self._list_sources)
            else:
                response = to_response(self._assistant.ask(asked), list_sources=self._list_sources)
            event.on_end(payload={EventPayload.RESPONSE: response})
        return response

    async def _aquery(self, query_bundle: QueryBundle) -> Response | StreamingResponse:
        # A generator that blocks is of no use on a loop, so that asynchronous answers come whole.
        return await asyncio.to_thread(self._whole, query_bundle)

    def _whole(self, query_bundle: QueryBundle) -> Response | StreamingResponse:
        response = self._query(query_bundle)
        return response.get_response() if isinstance(response, StreamingResponse) else response


def to_response(answer: Answer, *, list_sources: bool = False) -> Response:
    """An answer as a LlamaIndex response."""
    text = " ".join(_sentence(claim) for claim in answer.claims) if answer.claims else answer.reason or "No answer."
    if list_sources:
        text += _source_list(answer)
    return Response(response=text, source_nodes=_nodes(answer), metadata=answer.model_dump(mode="json"))


def _streamed(events: Iterator[Event], *, list_sources: bool) -> StreamingResponse:
    nodes: list[NodeWithScore] = []
    metadata: dict[str, Any] = {}

    def text() -> Generator[str, None, None]:
        given = False
        for event in events:
            if event.kind == "notice" and given and event.payload.startswith(NOT_WRITTEN):
                yield f"\n({WITHDRAWN})\n"  # the answer begins anew, with numbers of its own
                given = False
            elif event.kind == "claim":
                yield (" " if given else "") + _sentence(event.payload)
                given = True
            elif event.kind == "answer":
                answer: Answer = event.payload
                if not answer.claims:
                    yield answer.reason or "No answer."
                if list_sources:
                    yield _source_list(answer)
                nodes.extend(_nodes(answer))
                metadata.update(answer.model_dump(mode="json"))

    return StreamingResponse(response_gen=text(), source_nodes=nodes, metadata=metadata)


def _nodes(answer: Answer) -> list[NodeWithScore]:
    papers = {p.id: p for p in answer.sources}
    return [_quote(claim, cited, papers[cited.paper_id]) for claim in answer.claims for cited in claim.citations]


def _source_list(answer: Answer) -> str:
    lines = [f"[{n}] {p.title}" + (f" <{p.url}>" if p.url else "") for n, p in enumerate(answer.sources, 1)]
    return "\n\nSources:\n" + "\n".join(lines) if lines else ""


def _sentence(claim: Claim) -> str:
    numbers = dict.fromkeys(c.number for c in claim.citations)
    return claim.text + "".join(f" [{n}]" if i == 0 else f"[{n}]" for i, n in enumerate(numbers))


def _quote(claim: Claim, citation: Citation, paper: Paper) -> NodeWithScore:
    own = {
        "claim": claim.text,
        "number": citation.number,
        "field": citation.field,
        "verdict": citation.verdict.label,
        "judge": citation.verdict.judge,
    }
    hidden = [*HIDDEN_KEYS, *own]
    node = TextNode(
        id_=f"{paper.id}:{paper.revision}:{citation.field}:{citation.start}-{citation.end}",
        text=citation.quote,
        start_char_idx=citation.start,
        end_char_idx=citation.end,
        metadata={**paper_metadata(paper), **own},
        excluded_llm_metadata_keys=hidden,
        excluded_embed_metadata_keys=hidden,
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=paper.id)},
    )
    return NodeWithScore(node=node, score=citation.verdict.score)
