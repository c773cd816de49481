"""Our retrieval as a LlamaIndex retriever."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeRelationship, NodeWithScore, QueryBundle, RelatedNodeInfo, TextNode

from rag.paper import Hit, Paper


class Retrieves(Protocol):
    """Anything that finds hits: an assistant, or the retriever underneath."""

    def retrieve(self, question: str, k: int = 10) -> Sequence[Hit]:
        """The k best hits, best first."""


def paper_metadata(paper: Paper) -> dict[str, Any]:
    """What a node says about its paper: flat values only, as vector stores take nothing else."""
    values = {
        "paper_id": paper.id,
        "revision": paper.revision,
        "title": paper.title,
        "text_kind": paper.text_kind,
        "published": paper.published,
        "organisation": paper.organisation,
        "url": paper.url,
    }
    return {key: value for key, value in values.items() if value is not None}


# Read by programs; the title alone is worth a model's tokens.
HIDDEN_KEYS = ["paper_id", "revision", "text_kind", "published", "organisation", "url"]


class GroundworkRetriever(BaseRetriever):
    """Nodes with scores in [0, 1], best first. The node's id names paper, revision and place."""

    def __init__(self, source: Retrieves, k: int = 10, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._source, self._k = source, k

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [_node(hit) for hit in self._source.retrieve(query_bundle.query_str, self._k)]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)


def _node(hit: Hit) -> NodeWithScore:
    paper, passage = hit.paper, hit.passage
    node = TextNode(
        id_=f"{paper.id}:{paper.revision}:{passage.start}-{passage.end}",
        text=passage.text,
        start_char_idx=passage.start,
        end_char_idx=passage.end,
        metadata=paper_metadata(paper),
        excluded_llm_metadata_keys=HIDDEN_KEYS,
        excluded_embed_metadata_keys=HIDDEN_KEYS,
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=paper.id)},
    )
    return NodeWithScore(node=node, score=hit.score)
