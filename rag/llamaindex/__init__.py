"""What makes us a good LlamaIndex citizen: node parser, embedding, retriever, query engine and evaluator.

Importing this package imports llama_index (seconds of CPU time), so nothing on the way of an extractive answer does.
"""

from rag.llamaindex.embedding import GroundworkEmbedding
from rag.llamaindex.evaluator import GroundingEvaluator
from rag.llamaindex.nodeparser import AbstractNodeParser
from rag.llamaindex.query_engine import GroundworkQueryEngine
from rag.llamaindex.retriever import GroundworkRetriever

__all__ = [
    "AbstractNodeParser",
    "GroundingEvaluator",
    "GroundworkEmbedding",
    "GroundworkQueryEngine",
    "GroundworkRetriever",
]
