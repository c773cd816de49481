"""Papers from arXiv, asked for by the user and by nothing else: real abstracts, and what a library's papers lack.

The only room that reaches for the network by itself; it is entered by ``rag fetch`` and ``Assistant.fetch`` alone, and
``offline`` locks it.
"""

from __future__ import annotations

from rag.fetch.arxiv import ArxivClient
from rag.fetch.fill import fill, wants
from rag.fetch.matching import Candidate, Decision, decide, title_score
from rag.fetch.report import FetchItem, FetchReport
from rag.fetch.run import Fetching, bundled_notes

__all__ = [
    "ArxivClient",
    "Candidate",
    "Decision",
    "FetchItem",
    "FetchReport",
    "Fetching",
    "bundled_notes",
    "decide",
    "fill",
    "title_score",
    "wants",
]
