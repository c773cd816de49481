"""Retrieval at the level of papers, computed by ir-measures from the ranking of ``retrieve``.

Relevance is graded (2 = answers, 1 = touches on); papers that a case does not name are unjudged, not irrelevant, so
``Judged`` stands beside every figure. Linear gains, as in trec_eval.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

from eval.metrics.base import Metric, Observation, answerable
from rag.errors import InputError, MissingDependencyError

_NAME: Final = re.compile(r"(nDCG|MRR|R|P|Judged)(\(rel=[12]\))?@([1-9]\d?)")
_ABOUT: Final = {
    "nDCG": ("discounted gain of the graded ranking, divided by the best possible", "Jarvelin & Kekalainen 2002"),
    "MRR": ("one divided by the rank of the first relevant paper", "Kantor & Voorhees 2000"),
    "R": ("share of the relevant papers that were found", "trec_eval"),
    "P": ("share of the places that hold a relevant paper", "trec_eval"),
    "Judged": ("share of the places that hold a judged paper; a control, not a quality", "ir-measures"),
}


def retrieval_metric(name: str) -> Metric | None:
    """The metric of a name such as ``nDCG@10`` or ``R(rel=2)@10``; None where it is not one of these.

    ``rel=2`` counts only papers that answer; without it, papers of both grades. k may be 1 to 99.
    """
    match = _NAME.fullmatch(name)
    if match is None or (match[2] and match[1] in ("nDCG", "Judged")):
        return None
    about, source = _ABOUT[match[1]]

    def score(seen: Observation) -> float | None:
        return _score(name, seen)

    return Metric(
        name=name,
        description=f"{about}, first {match[3]} papers" + (", grade 2 only" if match[2] else ""),
        source=f"{source}; by ir-measures",
        family="control" if match[1] == "Judged" else "retrieval",
        applies=answerable,
        score=score,
        empty=0.0,
        worst=0.0,
    )


def _score(name: str, seen: Observation) -> float | None:
    if not seen.ranking:
        return None
    measures = _ir_measures()
    ids = {seen.shelf.id_of(t): g for t, g in seen.case.relevant.items()}
    judged = [measures.Qrel("q", paper, grade) for paper, grade in ids.items()]
    # Scores only carry the order; they fall strictly, so that ir-measures never breaks a tie by name.
    ranked = [measures.ScoredDoc("q", paper, float(-rank)) for rank, paper in enumerate(seen.ranking)]
    wanted = _measure(name)
    for found in measures.iter_calc([wanted], judged, ranked):
        return float(found.value)
    return None


@cache
def _measure(name: str) -> Any:
    return _ir_measures().parse_measure(name.replace("MRR", "RR"))


@cache
def _ir_measures() -> Any:
    try:
        import ir_measures
    except ImportError:
        raise MissingDependencyError("ir-measures", "Scoring retrieval") from None
    return ir_measures


def require_rankings_depth(names: tuple[str, ...], depth: int) -> None:
    """Refuse metrics that look deeper than the rankings that are collected.

    Raises:
        InputError: a cutoff exceeds ``depth`` and would be scored on a ranking cut short.
    """
    for name in names:
        match = _NAME.fullmatch(name)
        if match and int(match[3]) > depth:
            raise InputError(f"{name} needs {match[3]} papers, {depth} are collected", f"Use a cutoff up to {depth}")
