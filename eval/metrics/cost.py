"""What an answer costs: tokens, money, time to its first verified claim, and its length.

Read from the answer's own record. What a record does not say has no value, never 0: the cost of a model without a price
is unknown, and an extractive answer has no first claim to wait for, since it comes whole.
"""

from __future__ import annotations

from typing import Final

from eval.metrics.base import Metric, Observation, always


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _tokens(seen: Observation) -> float | None:
    usage = {} if seen.answer is None else seen.answer.usage
    counts = [_number(usage.get(name)) for name in ("prompt_tokens", "completion_tokens")]
    return None if None in counts else sum(c for c in counts if c is not None)


def _cost(seen: Observation) -> float | None:
    return None if seen.answer is None else _number(seen.answer.usage.get("cost"))


def _first_claim(seen: Observation) -> float | None:
    timings = {} if seen.answer is None else seen.answer.timings
    composed = timings.get("first_claim_s")
    return None if composed is None else timings.get("retrieve_s", 0.0) + composed


def _words(seen: Observation) -> float | None:
    units = () if seen.answer is None else seen.answer.claims
    return float(sum(len(c.text.split()) for c in units)) or None


COST_METRICS: Final = (
    Metric("Words", "words of the answer: length as a covariate of every quality", "control", "control", always, _words,
           empty=None, worst=None, higher_is_better=False, bounded=False),
    Metric("FirstClaim", "seconds from the question to the first verified claim of a written answer", "control",
           "control", always, _first_claim, empty=None, worst=None, higher_is_better=False, bounded=False),
    Metric("Tokens", "tokens sent and written, repairs included", "control", "control", always, _tokens,
           empty=None, worst=None, higher_is_better=False, bounded=False),
    Metric("Cost", "money, in the currency of the prices in the settings; no value where a price is unknown", "control",
           "control", always, _cost, empty=None, worst=None, higher_is_better=False, bounded=False),
)  # fmt: skip
