"""Scripted judges and tiny papers for the tests of the judges' measurement."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rag.answer import Label, Verdict
from rag.corpus.identity import paper_id, revision
from rag.errors import ModelTimeoutError
from rag.paper import Paper

Evidence = str | Sequence[str]
Rule = Callable[[str, Evidence], tuple[Label, float]]


class RuleJudge:
    """A judge that follows a rule, and fails where the rule raises."""

    name = "rule-judge@1"

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.asked: list[tuple[str, Evidence]] = []

    def judge(self, claim: str, evidence: Evidence) -> Verdict:
        self.asked.append((claim, evidence))
        label, score = self.rule(claim, evidence)
        return Verdict(label=label, score=score, reason="by rule", judge=self.name)

    def judge_many(self, pairs: Sequence[tuple[str, Evidence]]) -> list[Verdict]:
        return [self.judge(*pair) for pair in pairs]

    async def ajudge(self, claim: str, evidence: Evidence) -> Verdict:
        return self.judge(claim, evidence)


def credulous(_claim: str, _evidence: Evidence) -> tuple[Label, float]:
    """Believes everything."""
    return "supported", 0.9


def fails(_claim: str, _evidence: Evidence) -> tuple[Label, float]:
    raise ModelTimeoutError("nothing came")


def make_paper(title: str, text: str) -> Paper:
    return Paper(
        id=paper_id(title), revision=revision(title, text, "note"), title=title, abstract=text, text_kind="note"
    )
