"""The seam that every judge implements: a verdict on (claim, evidence)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import Any, Final, Protocol, runtime_checkable

from rag.answer import Label, Verdict

_ORDER: Final[tuple[Label, ...]] = ("contradicted", "unsupported", "unsure", "partial", "supported")


@runtime_checkable
class Judge(Protocol):
    """Gives a verdict on a claim in the light of evidence.

    Evidence is one text, or several that are taken together. ``name`` carries a version ("offline-judge@1") and stands
    in every verdict. A judge never raises for odd text; where it cannot tell, the label is "unsure" and the reason says
    why.
    """

    name: str

    async def ajudge(self, claim: str, evidence: str | Sequence[str]) -> Verdict:
        """The verdict; awaits the network where the judge needs one."""
        ...


@runtime_checkable
class SyncJudge(Judge, Protocol):
    """A judge that can also be asked without a loop."""

    def judge(self, claim: str, evidence: str | Sequence[str]) -> Verdict:
        """The verdict."""
        ...

    def judge_many(self, pairs: Sequence[tuple[str, str | Sequence[str]]]) -> list[Verdict]:
        """One verdict per pair, in order."""
        ...


def rank(verdict: Verdict) -> tuple[int, float]:
    """Orders verdicts: the better label first of all, then P(supported)."""
    return _ORDER.index(verdict.label), verdict.score


def ask_all(judge: Judge, pairs: Sequence[tuple[str, str | Sequence[str]]]) -> list[Verdict]:
    """One verdict per pair from any judge: at once where it can, else by running ``ajudge`` on a loop of its own."""
    if isinstance(judge, SyncJudge):
        return judge.judge_many(pairs)
    result: list[Verdict] = []
    failure: list[BaseException] = []

    def work() -> None:
        try:
            result.extend(asyncio.run(aask_all(judge, pairs)))
        except BaseException as error:  # noqa: BLE001 - raised again on the caller's thread
            failure.append(error)

    # A thread, since the caller may itself stand on a running loop.
    thread = threading.Thread(target=work, name="judge", daemon=True)
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return result


async def aask_all(judge: Judge, pairs: Sequence[tuple[str, str | Sequence[str]]]) -> list[Verdict]:
    """One verdict per pair, asked side by side; a judge that only has ``judge`` will do."""
    ajudge: Any = getattr(judge, "ajudge", None)
    if ajudge is None:
        plain: Any = judge
        return [plain.judge(claim, evidence) for claim, evidence in pairs]
    return list(await asyncio.gather(*(ajudge(claim, evidence) for claim, evidence in pairs)))
