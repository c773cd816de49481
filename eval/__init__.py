"""Evaluation: cases, metrics, statistics, runs, reports, the gate. May import ``rag``; never ``ui``.

    from eval import bundled_cases, run
    from rag import Assistant

    with Assistant.open("library") as assistant:
        result = run(assistant, bundled_cases("dev"), assistant.papers())

The names below are imported only when first used, so that the command line starts fast.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eval.cases import Case, bundled_cases, cases_digest, load_cases
    from eval.metrics import DEFAULT_METRICS, Metric, parse
    from eval.records import Item, Run, read_run
    from eval.runner import System, run

_HOME = {
    "DEFAULT_METRICS": "eval.metrics",
    "Case": "eval.cases",
    "Item": "eval.records",
    "Metric": "eval.metrics",
    "Run": "eval.records",
    "System": "eval.runner",
    "bundled_cases": "eval.cases",
    "cases_digest": "eval.cases",
    "load_cases": "eval.cases",
    "parse": "eval.metrics",
    "read_run": "eval.records",
    "run": "eval.runner",
}
__all__ = [
    "DEFAULT_METRICS",
    "Case",
    "Item",
    "Metric",
    "Run",
    "System",
    "bundled_cases",
    "cases_digest",
    "load_cases",
    "parse",
    "read_run",
    "run",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module 'eval' has no attribute {name!r}")
