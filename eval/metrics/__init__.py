"""Metrics as values: ``parse("nDCG@10")`` gives one, ``str()`` gives the name back. See :mod:`eval.metrics.base`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from eval.metrics.abstention import ABSTENTION_METRICS, CONTROL_METRICS, Outcome, outcome
from eval.metrics.base import RELATED, Metric, Observation, Ratio, Shelf, Value, evaluate
from eval.metrics.citations import CITATION_METRICS
from eval.metrics.cost import COST_METRICS
from eval.metrics.evidence import EVIDENCE_METRICS
from eval.metrics.quality import QUALITY_METRICS
from eval.metrics.retrieval import retrieval_metric
from eval.metrics.support import judge_metrics, offline_scorer, support_metric, support_names
from rag.errors import InputError

__all__ = [
    "DEFAULT_METRICS", "RELATED", "Metric", "Observation", "Outcome", "Ratio", "Shelf", "Value",
    "evaluate", "judge_metrics", "outcome", "parse", "parse_all",
]  # fmt: skip

_FIXED: Final = {
    m.name: m
    for m in (
        *EVIDENCE_METRICS, *CITATION_METRICS, *QUALITY_METRICS, *ABSTENTION_METRICS, *CONTROL_METRICS, *COST_METRICS,
    )
}  # fmt: skip
_RETRIEVAL: Final = ("nDCG@10", "MRR@10", "MRR(rel=2)@10", "R@10", "R(rel=2)@10", "Judged@10")


def parse(name: str) -> Metric:
    """The metric of a canonical name.

    Raises:
        InputError: no metric is called that.
    """
    metric = _FIXED.get(name) or retrieval_metric(name) or support_metric(name)
    if metric is None:
        known = ", ".join((*_RETRIEVAL, *_FIXED, *support_names("NAME")))
        raise InputError(f"no metric is called {name!r}", f"Use one of: {known} (k may be any number up to 99)")
    return metric


def parse_all(names: Iterable[str]) -> tuple[Metric, ...]:
    """The metrics of several names, each once, in order."""
    return tuple(dict.fromkeys(parse(name) for name in names))


DEFAULT_METRICS: Final = parse_all((*_RETRIEVAL, *_FIXED, *support_names(offline_scorer().name)))
