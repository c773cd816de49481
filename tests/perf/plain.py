"""The plain LlamaIndex pipeline that ours is measured beside, and both as the harness asks them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rag import Answer, Assistant, Hit, Paper, Passage
from rag.library.embedders import Embedder

K = 10


class PlainPipeline:
    """A plain LlamaIndex pipeline over Chroma: it can be asked for hits like our assistant."""

    def __init__(self, papers: Sequence[Paper], embedder: Embedder, folder: Path) -> None:
        import chromadb
        from llama_index.core import StorageContext, VectorStoreIndex
        from llama_index.core.schema import Document
        from llama_index.vector_stores.chroma import ChromaVectorStore

        from rag.llamaindex.embedding import GroundworkEmbedding

        documents = [Document(doc_id=p.id, text=p.abstract, metadata={"title": p.title}) for p in papers]
        self.splitter, nodes = _split(documents)
        self._nodes = nodes
        self._papers = {p.id: p for p in papers}
        collection = chromadb.PersistentClient(path=str(folder)).get_or_create_collection("plain")
        storage = StorageContext.from_defaults(vector_store=ChromaVectorStore(chroma_collection=collection))
        self._index = VectorStoreIndex(nodes, storage_context=storage, embed_model=GroundworkEmbedding(embedder))
        self._retrievers: dict[int, Any] = {}
        self._retriever(K)

    def _retriever(self, k: int) -> Any:
        from llama_index.core.llms import MockLLM
        from llama_index.core.retrievers import QueryFusionRetriever
        from llama_index.retrievers.bm25 import BM25Retriever

        if k not in self._retrievers:
            legs = [
                self._index.as_retriever(similarity_top_k=k),
                BM25Retriever.from_defaults(nodes=self._nodes, similarity_top_k=min(k, len(self._nodes))),
            ]
            self._retrievers[k] = QueryFusionRetriever(
                legs, llm=MockLLM(), mode="reciprocal_rerank", num_queries=1, similarity_top_k=k, use_async=False
            )
        return self._retrievers[k]

    def retrieve(self, question: str, k: int = K) -> list[Hit]:
        """The k best passages; the runner and the clock call it as they call an assistant's."""
        found = self._retriever(k).retrieve(question)
        return [_hit(self._papers[n.node.ref_doc_id], n.node.get_content(), n.score) for n in found]

    def ask(self, question: str) -> Answer:
        """No answer: it takes a model to write one. The harness wants a record all the same."""
        return _no_answer(question)


def _split(documents: list[Any]) -> tuple[str, list[Any]]:
    from llama_index.core.node_parser import SentenceSplitter, TokenTextSplitter

    try:
        return "SentenceSplitter()", SentenceSplitter().get_nodes_from_documents(documents)
    except PermissionError:
        name = "TokenTextSplitter(), because nltk refused its hard-linked files"
        return name, TokenTextSplitter().get_nodes_from_documents(documents)


def _hit(paper: Paper, text: str, score: float | None) -> Hit:
    passage = Passage(paper_id=paper.id, text=text, start=0, end=len(text))
    return Hit(paper=paper, passage=passage, score=min(max(score or 0.0, 0.0), 1.0))


def _no_answer(question: str) -> Answer:
    return Answer(question=question, mode="extractive", abstained=True, reason="only retrieval is measured")


class RetrievalOnly:
    """Our assistant for the harness, where only its retrieval is scored."""

    def __init__(self, assistant: Assistant) -> None:
        self.retrieve = assistant.retrieve

    def ask(self, question: str) -> Answer:
        """No answer; see :class:`PlainPipeline`."""
        return _no_answer(question)
