"""Figures over written answers: faults detected, false alarms, who ranks above whom, and by which metric.

Everything is clustered by the paper that the good twin cites first: its answers are resampled together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal, NamedTuple

import numpy as np

from eval.answers.records import FAULTS
from eval.answers.scored import QUALITY, Scored
from eval.figures import Estimate, estimate
from eval.judging.measures import balanced_accuracy, interval
from eval.metrics import parse

DETECTED: Final = "Detected"
REFUSED: Final = "Refused"
RANKED: Final = "RankedBelowTwin"
ALARM: Final = "FalseAlarm"
AGREES: Final = "AnswersQuestion(form) agrees"
GOOD: Final = "good answers"
ALL: Final = "all faults"


class Twins(NamedTuple):
    """A faulty answer and its good twin."""

    faulty: Scored
    good: Scored


class Tally(NamedTuple):
    """How often a metric is better for the good twin, the same, or worse."""

    won: int
    tied: int
    lost: int


def twins_of(items: Sequence[Scored], fault: str = ALL) -> list[Twins]:
    """The pairs of one fault, or of all."""
    by_id = {i.id: i for i in items}
    return [Twins(i, by_id[i.pair]) for i in items if i.fault != "none" and fault in (ALL, i.fault)]


def outcome_of(twins: Twins, metric: str) -> float | None:
    """1 where the metric is better for the good twin, 1/2 where it is the same, 0 where worse; None without a value."""
    good, faulty = twins.good.values.get(metric), twins.faulty.values.get(metric)
    if good is None or faulty is None:
        return None
    higher = metric == QUALITY or parse(metric).higher_is_better
    # Means over other numbers of claims differ in the last bit; that is no difference.
    if abs(good - faulty) < 1e-9:
        return 0.5
    return float((good > faulty) == higher)


def tally(items: Sequence[Scored], metric: str, fault: str) -> Tally:
    """The outcomes of a metric over the pairs of a fault."""
    found = [outcome_of(t, metric) for t in twins_of(items, fault)]
    return Tally(found.count(1.0), found.count(0.5), found.count(0.0))


def ranked(items: Sequence[Scored], metric: str, fault: str = ALL, *, seed: int = 0) -> Estimate | None:
    """Mean outcome of a metric over the pairs of a fault: 0.5 is chance."""
    pairs = [(t.good.cluster, o) for t in twins_of(items, fault) if (o := outcome_of(t, metric)) is not None]
    name = RANKED if metric == QUALITY else f"{RANKED}({metric})"
    return estimate(name, [o for _, o in pairs], group=fault, clusters=[c for c, _ in pairs], seed=seed)


def figures(items: Sequence[Scored], metrics: Sequence[str], *, seed: int = 0) -> list[Estimate]:
    """All figures, those of good answers last."""
    found: list[Estimate | None] = []
    for fault in (ALL, *FAULTS):
        faulty = [t.faulty for t in twins_of(items, fault)]
        found.append(_share(DETECTED, faulty, lambda i: i.detected, fault, seed))
        found.append(_share(REFUSED, faulty, lambda i: i.refused, fault, seed))
        found.append(ranked(items, QUALITY, fault, seed=seed))
    found += [ranked(items, m, seed=seed) for m in metrics if m != QUALITY]
    good = [i for i in items if i.fault == "none"]
    found.append(_share(ALARM, good, lambda i: i.detected, GOOD, seed))
    found.append(_share(f"{ALARM}(not on the question)", good, lambda i: not i.answers, GOOD, seed))
    found.append(_share(f"{ALARM}(a claim refused)", good, lambda i: i.refused, GOOD, seed))
    found += [_claims(good, "doubted", seed), _claims(good, "refused", seed), *_agreement(items, seed)]
    return [f for f in found if f is not None]


def _share(
    metric: str, items: Sequence[Scored], what: Callable[[Scored], bool], group: str, seed: int
) -> Estimate | None:
    clusters = [i.cluster for i in items]
    return estimate(metric, [float(what(i)) for i in items], group=group, clusters=clusters, seed=seed)


def _claims(good: Sequence[Scored], what: Literal["doubted", "refused"], seed: int) -> Estimate | None:
    """The share of the claims of good answers, clustered by paper."""
    pairs = [(i.cluster, float(getattr(c, what))) for i in good for c in i.claims]
    values = [v for _, v in pairs]
    return estimate(f"{ALARM}({what})", values, group="their claims", clusters=[c for c, _ in pairs], seed=seed)


def _agreement(items: Sequence[Scored], seed: int) -> list[Estimate]:
    """How far the question check agrees with the labels: whatever does not answer another question answers this one."""
    if len({i.fault == "other_question" for i in items}) < 2:
        return []
    y = np.array([i.fault != "other_question" for i in items])
    says = np.array([i.answers for i in items])
    clusters = [i.cluster for i in items]
    found = [
        _share(AGREES, [i for i in items if i.fault != "other_question"], lambda i: i.answers, "answers it", seed),
        _share(AGREES, [i for i in items if i.fault == "other_question"], lambda i: not i.answers, "another one", seed),
        interval(AGREES, balanced_accuracy(y, says), clusters, group="balanced", seed=seed),
    ]
    return [f for f in found if f is not None]
