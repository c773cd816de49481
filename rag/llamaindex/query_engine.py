"""Our checked answers as a LlamaIndex query engine."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.response.schema import Response
from llama_index.core.callbacks import CallbackManager
from llama_index.core.prompts.mixin import PromptMixinType
from llama_index.core.schema import NodeRelationship, NodeWithScore, QueryBundle, RelatedNodeInfo, TextNode

from rag.answer import Answer, Citation, Claim
from rag.llamaindex.retriever import HIDDEN_KEYS, paper_metadata
from rag.paper import Paper


class Answers(Protocol):
    """Anything that answers: an assistant."""

    def ask(self, question: str, **filters: Any) -> Answer:
        """The whole answer."""


class GroundworkQueryEngine(BaseQueryEngine):
    """Responses whose source nodes are the quotes and whose metadata is the whole answer as a dictionary.

    A quote's score is P(supported) of its citation; its metadata gives the claim, the number and the verdict. Where the
    answer abstains, the response says why and has no source nodes.
    """

    def __init__(self, assistant: Answers, callback_manager: CallbackManager | None = None) -> None:
        super().__init__(callback_manager)
        self._assistant = assistant

    def _get_prompt_modules(self) -> PromptMixinType:
        return {}

    def _query(self, query_bundle: QueryBundle) -> Response:
        return to_response(self._assistant.ask(query_bundle.query_str))

    async def _aquery(self, query_bundle: QueryBundle) -> Response:
        return await asyncio.to_thread(self._query, query_bundle)


def to_response(answer: Answer) -> Response:
    """An answer as a LlamaIndex response."""
    papers = {p.id: p for p in answer.sources}
    nodes = [_quote(claim, cited, papers[cited.paper_id]) for claim in answer.claims for cited in claim.citations]
    text = " ".join(_sentence(claim) for claim in answer.claims) if answer.claims else answer.reason or "No answer."
    return Response(response=text, source_nodes=nodes, metadata=answer.model_dump(mode="json"))


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
