"""A judge that is asked each question once, so that metrics that rest on the same verdicts share them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rag.answer import Verdict
from rag.grounding import Judge
from rag.grounding.judge import ask_all

MAX_KEPT: Final = 100_000
"""Verdicts that are remembered; then it begins anew."""

Pair = tuple[str, str | Sequence[str]]


class Remembered:
    """Any judge, with its verdicts kept by claim and evidence. Has its name, since its verdicts are the same."""

    def __init__(self, judge: Judge) -> None:
        self.name = judge.name
        self._judge = judge
        self._verdicts: dict[tuple[str, str | tuple[str, ...]], Verdict] = {}

    def judge(self, claim: str, evidence: str | Sequence[str]) -> Verdict:
        """The verdict, asked for or remembered."""
        return self.judge_many([(claim, evidence)])[0]

    def judge_many(self, pairs: Sequence[Pair]) -> list[Verdict]:
        """One verdict per pair, in order; what is not known yet is asked together.

        Raises:
            rag.errors.ModelError: the judge is a model that failed.
        """
        keys = [(claim, e if isinstance(e, str) else tuple(e)) for claim, e in pairs]
        if len(self._verdicts) > MAX_KEPT:
            self._verdicts.clear()
        if unknown := [k for k in dict.fromkeys(keys) if k not in self._verdicts]:
            self._verdicts.update(zip(unknown, ask_all(self._judge, unknown), strict=True))
        return [self._verdicts[k] for k in keys]

    async def ajudge(self, claim: str, evidence: str | Sequence[str]) -> Verdict:
        """The seam of all judges; waits on the loop's thread, as scoring has no other work to do meanwhile."""
        return self.judge(claim, evidence)
