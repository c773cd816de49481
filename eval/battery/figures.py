"""What a battery shows: what to ask the judge, and figures per kind of probe with n and interval. Papers are resampled.

Quotes are not judged but looked up by :mod:`rag.grounding.quotes`, as in the product; their figures stand beside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from eval.battery.build import Battery, Probe
from eval.battery.mutations import MUTATIONS
from eval.battery.paraphrases import PARAPHRASES
from eval.figures import Estimate, estimate
from eval.judging.records import Judged, Request
from rag.answer import Verdict
from rag.corpus.identity import title_key
from rag.grounding import locate
from rag.grounding.judge import rank

UNTOUCHED: Final = "untouched"
WRONG_CITATION: Final = "wrong citation"
QUOTE_KEPT: Final = "quote as it is"
QUOTE_CHANGED: Final = "quoted word changed"
REORDERED: Final = "passages in another order"
COMPANY: Final = ("one more passage", "more text in the passage")
KINDS: Final = (
    UNTOUCHED, *PARAPHRASES, *MUTATIONS, WRONG_CITATION, QUOTE_KEPT, QUOTE_CHANGED, REORDERED, *COMPANY,
)  # fmt: skip
FALSE_KINDS: Final = (*MUTATIONS, WRONG_CITATION)
REFUSALS: Final = ("unsupported", "contradicted")
"""Labels with which the product drops a claim."""
TOLERANCE: Final = 0.01
"""P(supported) may fall by as much under more evidence without counting as a violation."""
QUOTE_CHECK: Final = "quote-check"
"""Stands as the judge's name where a quote was looked up and no judge was asked."""


def battery_requests(battery: Battery) -> list[Request]:
    """What to ask the judge: all probes but those of quotes."""
    return [
        Request(
            id=p.id, suite="battery", kind=p.kind, cluster=title_key(p.paper.title), claim=p.claim,
            evidence=p.evidence, expected=_expected(p), versus=p.versus,
        )
        for p in battery.probes
        if p.family != "quote"
    ]  # fmt: skip


def quote_items(battery: Battery) -> list[Judged]:
    """The probes of quotes, looked up in their papers; "supported" means found."""
    return [_looked_up(p) for p in battery.probes if p.family == "quote"]


def _looked_up(probe: Probe) -> Judged:
    span = locate(probe.claim, probe.paper)
    found = span is not None
    verdict = Verdict(
        label="supported" if found else "unsupported", score=float(found), judge=QUOTE_CHECK,
        reason="the quote stands there" if found else "the quote is not in the paper",
        field=span.field if span else None, start=span.start if span else None, end=span.end if span else None,
    )  # fmt: skip
    return Judged(
        id=probe.id, suite="battery", kind=probe.kind, cluster=title_key(probe.paper.title), claim=probe.claim,
        expected=probe.kind == QUOTE_KEPT, verdict=verdict,
    )  # fmt: skip


def _expected(probe: Probe) -> bool | None:
    return None if probe.family == "stable" else probe.family == "true"


def passed(item: Judged) -> bool:
    """Whether one item is as it should be: the one reading of figures and floors. A failed item is not."""
    if item.kind in (REORDERED, *COMPANY):
        return not violates(item)
    return item.right


def violates(item: Judged) -> bool:
    """Whether the second verdict is not what the first allows.

    Passages in another order: another label, or a score that differs by more than :data:`TOLERANCE`. More evidence: a
    lower label, or a score lower by more than that. A failed item violates.
    """
    first, second = item.verdict, item.second
    if first is None or second is None:
        return True
    if item.kind == REORDERED:
        return first.label != second.label or abs(first.score - second.score) > TOLERANCE
    return rank(second)[0] < rank(first)[0] or second.score < first.score - TOLERANCE


def battery_figures(items: Sequence[Judged], *, seed: int = 0) -> list[Estimate]:
    """Per kind of probe; kinds without an item are left out.

    - ``Caught``: share of false claims not called supported (of changed quotes: not found); ``Refused``: called
      unsupported or contradicted, which the product drops (a partial or unsure claim it shows with its mark);
    - ``FalseAlarm``: share of true claims not called supported; ``Missed``: of quotes as they are, not found;
    - ``Violation``: share of pairs of evidence with verdicts that do not agree (see :func:`violates`).
    """
    items = [i for i in items if i.suite == "battery"]
    reading: dict[str, Callable[[Judged], bool]] = {
        "Caught": lambda i: i.right,
        "Refused": lambda i: i.label in REFUSALS,
        "FalseAlarm": lambda i: not i.right,
        "Missed": lambda i: not i.right,
        "Violation": violates,
    }
    rows: list[tuple[str, str, tuple[str, ...]]] = [
        ("FalseAlarm", UNTOUCHED, (UNTOUCHED,)),
        ("FalseAlarm", "all paraphrases", tuple(PARAPHRASES)),
        *(("FalseAlarm", kind, (kind,)) for kind in PARAPHRASES),
        ("Caught", "all mutations", tuple(MUTATIONS)),
        *(("Caught", kind, (kind,)) for kind in FALSE_KINDS),
        ("Refused", "all mutations", tuple(MUTATIONS)),
        *(("Refused", kind, (kind,)) for kind in FALSE_KINDS),
        ("Missed", QUOTE_KEPT, (QUOTE_KEPT,)),
        ("Caught", QUOTE_CHANGED, (QUOTE_CHANGED,)),
        *(("Violation", kind, (kind,)) for kind in (REORDERED, *COMPANY)),
    ]
    made = []
    for metric, group, kinds in rows:
        some = [i for i in items if i.kind in kinds]
        values = [float(reading[metric](i)) for i in some]
        made.append(estimate(metric, values, group=group, clusters=[i.cluster for i in some], seed=seed))
    return [e for e in made if e is not None]
