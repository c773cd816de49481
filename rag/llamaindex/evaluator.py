"""Our judge as a LlamaIndex evaluator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from llama_index.core.evaluation import BaseEvaluator, EvaluationResult
from llama_index.core.prompts.mixin import PromptDictType

from rag.answer import Verdict
from rag.answering.claimfields import without_markers
from rag.text import split_sentences


class Judges(Protocol):
    """What the evaluator needs of a judge."""

    name: str

    def judge(self, claim: str, evidence: str | Sequence[str]) -> Verdict:
        """The verdict on a claim."""

    async def ajudge(self, claim: str, evidence: str | Sequence[str]) -> Verdict:
        """The same, from an event loop."""


class GroundingEvaluator(BaseEvaluator):
    """Whether a response is carried by its contexts, sentence by sentence.

    ``score`` is P(supported) of the weakest sentence, ``passing`` that every sentence is judged supported, ``feedback``
    the reason for the weakest. Markers such as [1] are no part of a sentence. Without a response or contexts the result
    is invalid, not failed.
    """

    def __init__(self, judge: Judges) -> None:
        self._judge = judge

    def _get_prompts(self) -> PromptDictType:
        return {}

    def _update_prompts(self, prompts: PromptDictType) -> None:
        """There are none: the judge has its own."""

    def evaluate(
        self,
        query: str | None = None,
        response: str | None = None,
        contexts: Sequence[str] | None = None,
        **_kwargs: Any,
    ) -> EvaluationResult:
        """Judge synchronously; the same result as :meth:`aevaluate`."""
        verdicts = [self._judge.judge(s, evidence) for s, evidence in _pairs(response, contexts)]
        return _result(query, response, contexts, verdicts)

    async def aevaluate(
        self,
        query: str | None = None,
        response: str | None = None,
        contexts: Sequence[str] | None = None,
        **_kwargs: Any,
    ) -> EvaluationResult:
        """Judge ``response`` against ``contexts``; ``query`` is only recorded."""
        verdicts = [await self._judge.ajudge(s, evidence) for s, evidence in _pairs(response, contexts)]
        return _result(query, response, contexts, verdicts)


def _pairs(response: str | None, contexts: Sequence[str] | None) -> list[tuple[str, list[str]]]:
    evidence = [c for c in contexts or () if c.strip()]
    sentences = [s.text for s in split_sentences(without_markers(response or ""))]
    return [(s, evidence) for s in sentences] if evidence else []


def _result(
    query: str | None, response: str | None, contexts: Sequence[str] | None, verdicts: list[Verdict]
) -> EvaluationResult:
    given: dict[str, Any] = {"query": query, "response": response, "contexts": contexts}
    if not verdicts:
        return EvaluationResult(
            **given, invalid_result=True, invalid_reason="there is no response, or no context to hold it against"
        )
    weakest = min(verdicts, key=lambda v: (v.supported, v.score))
    return EvaluationResult(
        **given, score=weakest.score, passing=all(v.supported for v in verdicts), feedback=weakest.reason
    )
