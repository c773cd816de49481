"""Retrieval with a model: each step a setting, off by default, and each one's failure no more than a notice.

``multi_query`` asks for further wordings of the question and retrieves for all of them; ``model_rerank`` lets the model
grade the best hits; ``sufficiency`` asks whether the evidence answers at all before anything is written.
"""

from __future__ import annotations

from rag.assisted.search import AssistedSearch, Assisting

__all__ = ["AssistedSearch", "Assisting"]
