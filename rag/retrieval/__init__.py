"""Retrieval: the two legs, their fusion, filters, and an explanation with every hit."""

from rag.retrieval.filters import Filters
from rag.retrieval.retriever import Found, Retriever

__all__ = ["Filters", "Found", "Retriever"]
