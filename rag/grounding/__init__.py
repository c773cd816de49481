"""Grounding: finding quotes in papers, judging claims against evidence, and the one check that every claim passes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag.grounding.judge import Judge, SyncJudge
from rag.grounding.offline import OfflineJudge
from rag.grounding.quotes import Span, locate
from rag.grounding.verify import Checked, RawCitation, RawClaim, acheck_claim, check_claim

if TYPE_CHECKING:
    from rag.grounding.llm_judge import LLMJudge

__all__ = [
    "Checked",
    "Judge",
    "LLMJudge",
    "OfflineJudge",
    "RawCitation",
    "RawClaim",
    "Span",
    "SyncJudge",
    "acheck_claim",
    "check_claim",
    "locate",
]


def __getattr__(name: str) -> Any:
    if name == "LLMJudge":
        from rag.grounding.llm_judge import LLMJudge

        return LLMJudge
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
