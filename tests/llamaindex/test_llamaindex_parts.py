"""Our parts inside LlamaIndex's own machinery, synchronous and asynchronous."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from llama_index.core import VectorStoreIndex
from llama_index.core.base.response.schema import Response
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.schema import Document, MetadataMode, NodeRelationship, QueryBundle, TextNode

from rag.answer import Answer, Claim, Verdict, cite
from rag.grounding import OfflineJudge
from rag.library.embedders import WordLlamaEmbedder
from rag.llamaindex import (
    AbstractNodeParser,
    GroundingEvaluator,
    GroundworkEmbedding,
    GroundworkQueryEngine,
    GroundworkRetriever,
)
from rag.paper import Hit
from rag.tokens import count
from tests.fakes.shelf import MOSSY, PAPERS, QUILT, RINGFOLD, hits

RING = "On 64 GPUs RingFold cuts all-reduce latency by 37% over the plain ring."


def documents() -> list[Document]:
    return [Document(doc_id=p.id, text=p.abstract, metadata={"title": p.title}) for p in PAPERS]


# -- node parser ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asynchronous", [False, True])
def test_nodes_are_whole_sentences_within_the_budget(asynchronous: bool) -> None:
    parser = AbstractNodeParser(passage_tokens=40)
    found = asyncio.run(parser.aget_nodes_from_documents(documents())) if asynchronous else parser(documents())
    texts = {p.id: p.abstract for p in PAPERS}
    assert len(found) > len(PAPERS)
    for node in found:
        assert isinstance(node, TextNode)
        source = node.relationships[NodeRelationship.SOURCE]
        assert texts[source.node_id][node.start_char_idx : node.end_char_idx] == node.text  # type: ignore[union-attr]
        assert node.text.endswith(".")
        assert count(node.text) <= 40
        assert node.metadata["title"]
    assert [n.node_id for n in found] == [n.node_id for n in parser(documents())]


def test_repeated_sentences_keep_their_own_places() -> None:
    text = "The same again. " * 4
    found = AbstractNodeParser(passage_tokens=16).get_nodes_from_documents([Document(text=text)])
    places = [(n.start_char_idx or 0, n.end_char_idx or 0) for n in found if isinstance(n, TextNode)]
    assert len(places) > 1
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(places))


def test_an_empty_document_has_no_nodes() -> None:
    assert AbstractNodeParser().get_nodes_from_documents([Document(text="  ")]) == []


# -- embedding ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def embedding() -> GroundworkEmbedding:
    return GroundworkEmbedding(WordLlamaEmbedder())


def test_embeddings_are_unit_vectors_and_blank_ones_zero(embedding: GroundworkEmbedding) -> None:
    assert embedding.model_name == "wordllama-256"
    batch = embedding.get_text_embedding_batch(["fold the ring", "", "sew the quilt"])
    assert np.allclose(np.linalg.norm(batch, axis=1), [1, 0, 1], atol=1e-5)
    assert np.allclose(batch[0], embedding.get_text_embedding("fold the ring"), atol=1e-6)

    async def later() -> tuple[Any, Any, Any]:
        return (
            await embedding.aget_text_embedding_batch(["fold the ring", "sew the quilt"]),
            await embedding.aget_text_embedding("fold the ring"),
            await embedding.aget_query_embedding("fold the ring"),
        )

    many, one, query = asyncio.run(later())
    assert np.allclose(many[0], one, atol=1e-6)
    assert np.allclose(query, embedding.get_query_embedding("fold the ring"))


def test_pipeline_and_index_take_our_parts(embedding: GroundworkEmbedding) -> None:
    nodes = IngestionPipeline(
        transformations=[AbstractNodeParser(passage_tokens=40), embedding], disable_cache=True
    ).run(documents=documents())
    assert all(n.embedding for n in nodes)
    index = VectorStoreIndex(nodes=list(nodes), embed_model=embedding)
    best = index.as_retriever(similarity_top_k=1).retrieve("caching attention keys of prompts")[0]
    assert best.node.metadata["title"] == QUILT.title


# -- retriever ------------------------------------------------------------------------------------------------------


class Shelf:
    """Finds the same three hits for everything."""

    def retrieve(self, question: str, k: int = 10) -> Sequence[Hit]:
        assert question == "all-reduce latency"
        return hits()[:k]


@pytest.mark.parametrize("asynchronous", [False, True])
def test_hits_as_nodes(asynchronous: bool) -> None:
    retriever = GroundworkRetriever(Shelf(), k=2)
    asked = QueryBundle("all-reduce latency")
    found = asyncio.run(retriever.aretrieve(asked)) if asynchronous else retriever.retrieve("all-reduce latency")
    assert [n.score for n in found] == [0.9, 0.89]
    node = found[0].node
    assert isinstance(node, TextNode)
    assert node.text == RINGFOLD.abstract[node.start_char_idx : node.end_char_idx]
    assert node.metadata["paper_id"] == RINGFOLD.id
    assert node.metadata["title"] == RINGFOLD.title
    assert node.ref_doc_id == RINGFOLD.id
    assert "p-ringfold" not in node.get_content(MetadataMode.LLM)
    assert RINGFOLD.title in node.get_content(MetadataMode.LLM)


# -- query engine ---------------------------------------------------------------------------------------------------


def answer() -> Answer:
    verdict = Verdict(label="supported", score=0.99, reason="word for word", judge="j@1")
    start = RINGFOLD.abstract.index(RING)
    cited = cite(RINGFOLD, ("abstract", start, start + len(RING)), 1, verdict)
    claims = (Claim(text=RING, citations=(cited, cited), verdict=verdict), Claim(text="So it is.", verdict=verdict))
    return Answer(question="q", mode="generative", claims=claims, sources=(RINGFOLD,))


class Assistant:
    def __init__(self, given: Answer) -> None:
        self.given = given

    def ask(self, question: str, **filters: Any) -> Answer:
        assert question == "q"
        assert not filters
        return self.given


@pytest.mark.parametrize("asynchronous", [False, True])
def test_an_answer_as_a_response(asynchronous: bool) -> None:
    engine = GroundworkQueryEngine(Assistant(answer()))
    response = asyncio.run(engine.aquery("q")) if asynchronous else engine.query("q")
    assert isinstance(response, Response)
    assert str(response) == f"{RING} [1] So it is."
    node = response.source_nodes[0].node
    assert isinstance(node, TextNode)
    assert node.text == RING
    assert RINGFOLD.abstract[node.start_char_idx : node.end_char_idx] == RING
    assert response.source_nodes[0].score == 0.99
    assert node.metadata["verdict"] == "supported"
    assert node.metadata["number"] == 1
    assert response.metadata is not None
    assert Answer.model_validate(response.metadata) == answer()
    assert RING[:20] in response.get_formatted_sources()


def test_an_abstention_as_a_response() -> None:
    given = Answer(question="q", mode="extractive", abstained=True, reason="No paper says so.", nearest=(MOSSY,))
    response = GroundworkQueryEngine(Assistant(given)).query("q")
    assert str(response) == "No paper says so."
    assert response.source_nodes == []


# -- evaluator ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize(
    ("response", "passing"),
    [
        (f"{RING} [1]", True),
        (RING.replace("37", "73"), False),
        (f"{RING} [1] Sharks swim in every sea and never sleep.", False),
    ],
)
def test_the_judge_as_an_evaluator(response: str, passing: bool, asynchronous: bool) -> None:
    evaluator = GroundingEvaluator(OfflineJudge())
    contexts = [RINGFOLD.abstract, QUILT.abstract]
    if asynchronous:
        result = asyncio.run(evaluator.aevaluate(query="q", response=response, contexts=contexts))
    else:
        result = evaluator.evaluate(query="q", response=response, contexts=contexts)
    assert result.passing is passing
    assert result.score is not None
    assert (result.score > 0.5) is passing
    assert result.feedback
    assert not result.invalid_result
    assert (result.query, result.response) == ("q", response)


@pytest.mark.parametrize(("response", "contexts"), [("", ["c"]), (None, ["c"]), ("A claim.", []), ("A claim.", ["  "])])
def test_nothing_to_judge_is_invalid_not_failed(response: str | None, contexts: list[str]) -> None:
    result = GroundingEvaluator(OfflineJudge()).evaluate(response=response, contexts=contexts)
    assert result.invalid_result
    assert result.passing is None
    assert result.score is None


def test_a_response_of_our_engine_passes_our_evaluator() -> None:
    response = GroundworkQueryEngine(Assistant(answer().model_copy(update={"claims": answer().claims[:1]}))).query("q")
    assert isinstance(response, Response)
    result = GroundingEvaluator(OfflineJudge()).evaluate_response(query="q", response=response)
    assert result.passing is True
