"""Judging the judge: who judges (judges), what it said (records, asking), how good that is (measures, twins, ground).

    from eval.judging import ask, bundled_claims, make_judge, twin_requests

    judge = open_judge("offline", settings).judge
    items = ask(judge, twin_requests(bundled_claims(), papers))

A judge is never measured on claims that it was fitted on without the report saying so, and never scores answers that
it has repaired without a mark (:func:`eval.judging.judges.relation`).
"""

from __future__ import annotations

from eval.judging.asking import ask
from eval.judging.judges import JudgeFacts, Opened, Relation, describe, marked, open_judge, relation
from eval.judging.records import Judged, JudgeRun, Request
from eval.judging.twins import bundled_claims, load_claims, twin_requests

__all__ = [
    "JudgeFacts",
    "JudgeRun",
    "Judged",
    "Opened",
    "Relation",
    "Request",
    "ask",
    "bundled_claims",
    "describe",
    "load_claims",
    "marked",
    "open_judge",
    "relation",
    "twin_requests",
]
