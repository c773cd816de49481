"""Any Chroma or LlamaIndex client reads our collection, and the dense leg is a query of that very collection."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import chromadb
import numpy as np
import pytest
from chromadb.api.models.Collection import Collection
from llama_index.core import VectorStoreIndex
from llama_index.core.schema import Document, MetadataMode, TextNode
from llama_index.core.vector_stores import ExactMatchFilter, MetadataFilters
from llama_index.vector_stores.chroma import ChromaVectorStore

from rag import Assistant, Paper, Settings
from rag.library.embedders import WordLlamaEmbedder
from rag.llamaindex import AbstractNodeParser, GroundworkEmbedding
from tests.library.build import paper

PAPERS = [
    paper(
        "RingFold: Folding Collectives",
        "Small collectives wait on latency rather than on bandwidth. RingFold folds the ring of an all-reduce in half, "
        "which halves its hops. On 64 GPUs RingFold cuts all-reduce latency by 37% over the plain ring.",
        published="2024-03-01",
    ),
    paper(
        "Quilt: Caching for Long Prompts 🧵",
        "Long prompts repeat themselves 🧵🧵. Quilt caches attention keys by patches and reuses them across requests. "
        "Quilt lowers time to first token by up to 2.4x on shared prompts.",
        published="2023",
    ),
    paper(
        "Mossy Compilers",
        "Mossy grows kernels from sketches. It needs no tuning and compiles in under 9 seconds.",
        text_kind="note",
    ),
]
BY_ID = {p.id: p for p in PAPERS}
TOKENS = 32


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("library")
    settings = Settings(passage_tokens=TOKENS)
    with Assistant.open(folder, llm="off", embedder=WordLlamaEmbedder(), settings=settings) as opened:
        opened.library.write(PAPERS)
        yield opened


@pytest.fixture(scope="module")
def collection(assistant: Assistant) -> Collection:
    """The collection as another program opens it, knowing nothing of us."""
    folder: Path = assistant.library.location.folder
    return chromadb.PersistentClient(path=str(folder / "chroma")).get_collection("papers", embedding_function=None)


@pytest.fixture(scope="module")
def index(collection: Collection, assistant: Assistant) -> VectorStoreIndex:
    embedding = GroundworkEmbedding(assistant.library.embedder)
    return VectorStoreIndex.from_vector_store(ChromaVectorStore(chroma_collection=collection), embed_model=embedding)


def test_a_plain_index_reads_text_title_and_offsets(index: VectorStoreIndex, assistant: Assistant) -> None:
    stored = {(p.id, q.start): q for p in PAPERS for q in assistant.library.passages(p.id)}
    found = index.as_retriever(similarity_top_k=50).retrieve("how are long prompts cached?")
    assert len(found) == len(stored) > len(PAPERS), "every passage, each once"
    for scored in found:
        node = scored.node
        assert isinstance(node, TextNode)
        of = BY_ID[str(node.metadata["paper_id"])]
        passage = stored[of.id, node.start_char_idx or 0]
        assert node.text == passage.text == of.abstract[node.start_char_idx : node.end_char_idx]
        assert node.metadata["title"] == of.title
        assert node.metadata["text_kind"] == of.text_kind
        assert str(node.metadata.get("year")) == str(of.year)
        assert scored.score is not None
    assert found[0].node.metadata["title"] == "Quilt: Caching for Long Prompts 🧵"


def test_its_nodes_read_well_in_a_prompt(index: VectorStoreIndex) -> None:
    """A model sees the title and the text, and none of our bookkeeping."""
    node = index.as_retriever(similarity_top_k=1).retrieve("folding the ring of an all-reduce")[0].node
    shown = node.get_content(MetadataMode.LLM)
    assert "title: RingFold: Folding Collectives" in shown
    assert "_node_content" not in shown
    assert "generation" not in shown
    assert '"abstract"' not in shown, "the whole record, kept beside the first passage, stays out"


def test_its_filters_work_on_our_metadata(index: VectorStoreIndex) -> None:
    only = MetadataFilters(filters=[ExactMatchFilter(key="text_kind", value="note")])
    found = index.as_retriever(similarity_top_k=50, filters=only).retrieve("kernels")
    assert {n.node.metadata["title"] for n in found} == {"Mossy Compilers"}
    recent = MetadataFilters(filters=[ExactMatchFilter(key="year", value=2024)])
    found = index.as_retriever(similarity_top_k=50, filters=recent).retrieve("kernels")
    assert {n.node.metadata["title"] for n in found} == {"RingFold: Folding Collectives"}


def test_it_ranks_as_our_dense_leg(index: VectorStoreIndex, assistant: Assistant) -> None:
    question = "reusing attention keys"
    theirs = [n.node.node_id for n in index.as_retriever(similarity_top_k=5).retrieve(question)]
    store, embedder = assistant.library.store, assistant.library.embedder
    assert theirs == [h.id for h in store.query(embedder.query(question), 5)]


def test_a_plain_chroma_client_reads_it(collection: Collection, assistant: Assistant) -> None:
    rows = collection.get(include=["documents", "metadatas", "embeddings"])
    assert len(rows["ids"]) == collection.count() == assistant.library.store.count()
    assert rows["embeddings"] is not None
    assert np.allclose(np.linalg.norm(np.asarray(rows["embeddings"]), axis=1), 1, atol=1e-5)
    for text, metadata in zip(rows["documents"] or [], rows["metadatas"] or [], strict=True):
        of = BY_ID[str(metadata["paper_id"])]
        assert text == of.abstract[int(str(metadata["start"])) : int(str(metadata["end"]))]
    found = collection.get(where_document={"$contains": "all-reduce"}, include=[])
    assert len(found["ids"]) == sum("all-reduce" in q.text for p in PAPERS for q in assistant.library.passages(p.id))


def test_our_node_parser_cuts_the_stored_passages(assistant: Assistant) -> None:
    documents = [Document(doc_id=p.id, text=p.abstract, metadata={"title": p.title}) for p in PAPERS]
    nodes = AbstractNodeParser(passage_tokens=TOKENS).get_nodes_from_documents(documents)
    cut = [(n.ref_doc_id, n.start_char_idx, n.end_char_idx, n.text) for n in nodes if isinstance(n, TextNode)]
    stored = [(p.id, q.start, q.end, q.text) for p in PAPERS for q in assistant.library.passages(p.id)]
    assert cut == stored


# -- the dense leg is the collection


@pytest.fixture
def queries(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What is asked of any collection."""
    asked: list[dict[str, Any]] = []
    query = Collection.query

    def watched(self: Collection, **kwargs: Any) -> Any:
        asked.append({"name": self.name, **kwargs})
        return query(self, **kwargs)

    monkeypatch.setattr(Collection, "query", watched)
    return asked


def test_a_question_is_one_query_of_the_collection(assistant: Assistant, queries: list[dict[str, Any]]) -> None:
    hits = assistant.retrieve("reusing attention keys", 3)
    assert [q["name"] for q in queries] == ["papers"]
    wanted = assistant.library.embedder.query("reusing attention keys")
    assert np.allclose(queries[0]["query_embeddings"], [wanted])
    assert hits[0].explain["dense"]["rank"] == 1


def test_a_collection_that_fails_fails_the_question(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> Any:
        raise RuntimeError("no such index")

    monkeypatch.setattr(Collection, "query", broken)
    with pytest.raises(RuntimeError, match="no such index"):
        assistant.retrieve("reusing attention keys")


def test_a_collection_that_finds_nothing_leaves_the_words_alone(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What shares no word with the question was found by the dense leg alone, and is gone without it."""
    question = "quick builds without tuning"

    def papers() -> set[str]:
        return {h.paper.title for h in assistant.retrieve(question, 50)}

    before = papers()
    assert before == {p.title for p in PAPERS}
    monkeypatch.setattr(Collection, "query", lambda *_, **__: {"ids": [[]], "distances": [[]]})
    assert papers() == {"Mossy Compilers"}


def test_a_collection_that_turns_its_order_round_changes_ours(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = Collection.query

    def turned(self: Collection, **kwargs: Any) -> Any:
        found = query(self, **kwargs)
        return {"ids": found["ids"], "distances": [[2 - d for d in (found["distances"] or [[]])[0]]]}

    question = "zzz"  # no word of any paper: the dense leg decides alone
    before = [h.passage.text for h in assistant.retrieve(question, 50)]
    monkeypatch.setattr(Collection, "query", turned)
    assert [h.passage.text for h in assistant.retrieve(question, 50)] == before[::-1]


def test_titles_travel_into_the_vectors(assistant: Assistant, collection: Collection) -> None:
    """A name that only the title holds is near its paper for any client of the collection."""
    named: Paper = PAPERS[2]
    vector = assistant.library.embedder.query(named.title)
    found = collection.query(query_embeddings=[vector.tolist()], n_results=1, include=["metadatas"])
    assert (found["metadatas"] or [[{}]])[0][0]["title"] == named.title
