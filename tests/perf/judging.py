"""What the offline judge costs: the claims of this repository over its notes, each against its paper's title and text."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median

from eval.judge_training import training_claims
from eval.judging.twins import bundled_claims, twin_requests
from rag.corpus import read_sources
from rag.grounding import OfflineJudge
from rag.library.location import notes_file


@dataclass(frozen=True)
class JudgeCost:
    """Milliseconds of CPU a pair of ``judge_many``: of the first run, its tables read before it, and the median of
    later ones, which find the words known."""

    judge: str
    pairs: int
    first_ms: float
    later_ms: float


def judge_cost(repeats: int) -> JudgeCost:
    """Judge all claims ``repeats`` times and once more."""
    claims = (*training_claims(), *bundled_claims())
    pairs = [(r.claim, r.evidence) for r in twin_requests(claims, read_sources([notes_file()]).papers)]
    judge = OfflineJudge()
    judge.judge("A plain claim about nothing much.", "A plain text about nothing much.")
    spent = []
    for _ in range(repeats + 1):
        began = time.process_time()
        judge.judge_many(pairs)
        spent.append(1000 * (time.process_time() - began) / len(pairs))
    return JudgeCost(judge.name, len(pairs), spent[0], median(spent[1:]))
