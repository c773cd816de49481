"""Tables over papers: one row a paper, each cell a quote with its verdict, or "not stated"."""

from __future__ import annotations

from rag.tabling.columns import Column, read_columns
from rag.tabling.extract import extract_cell
from rag.tabling.setups import compare_setups

__all__ = ["Column", "compare_setups", "extract_cell", "read_columns"]
