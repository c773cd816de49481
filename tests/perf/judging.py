"""What the offline judge costs: the claims of this repository over its notes, each against its paper's title and text."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from eval.judge_training import training_claims
from eval.judging.twins import bundled_claims, twin_requests
from rag.corpus import read_sources
from rag.grounding import OfflineJudge
from rag.grounding.spread import processes_for
from rag.library.location import notes_file


@dataclass(frozen=True)
class JudgeCost:
    """Milliseconds a pair of ``judge_many``: of one process's CPU in the first run, its tables read before it, and the
    median of later ones, which find the words known; and of a clock on the wall in later runs, by as many processes as
    judge so many pairs here."""

    judge: str
    pairs: int
    first_ms: float
    later_ms: float
    wall_ms: float
    processes: int


def judge_cost(repeats: int) -> JudgeCost:
    """Judge all claims ``repeats`` times and once more, and as often again by several processes."""
    claims = (*training_claims(), *bundled_claims())
    pairs = [(r.claim, r.evidence) for r in twin_requests(claims, read_sources([notes_file()]).papers)]
    alone, together = OfflineJudge(processes=1), OfflineJudge()
    alone.judge("A plain claim about nothing much.", "A plain text about nothing much.")

    def spent(judge: OfflineJudge, clock: Callable[[], float], times: int) -> list[float]:
        found = []
        for _ in range(times):
            began = clock()
            judge.judge_many(pairs)
            found.append(1000 * (clock() - began) / len(pairs))
        return found

    own = spent(alone, time.process_time, repeats + 1)
    wall = median(spent(together, time.perf_counter, repeats))
    return JudgeCost(alone.name, len(pairs), own[0], median(own[1:]), wall, processes_for(len(pairs)))
