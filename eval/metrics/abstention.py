"""Does the system say no when, and only when, the papers hold no answer? And the controls: length, time.

An outcome is one of three: "abstained" (the whole answer), "limited" (it says what the papers do not state, with or
without claims beside) and "answered". Both first ones are right for a question that cannot be answered. A limitation
on a question that can be answered is counted apart (``HedgedAnswer``), so that hedging always gains nothing.
"""

from __future__ import annotations

from typing import Final, Literal

from eval.cases import Case
from eval.metrics.base import Metric, Observation, Shelf, always, answerable, unanswerable
from rag.answer import Answer

Outcome = Literal["answered", "limited", "abstained", "failed"]


def outcome(answer: Answer | None) -> Outcome:
    """What became of a question."""
    if answer is None:
        return "failed"
    if answer.abstained:
        return "abstained"
    return "limited" if any(c.kind == "limitation" for c in answer.claims) else "answered"


def _declined(seen: Observation) -> float:
    return float(outcome(seen.answer) in ("limited", "abstained"))


def _refused(seen: Observation) -> float:
    return float(outcome(seen.answer) == "abstained" or not seen.answering_claims)


def _hedged(seen: Observation) -> float:
    return float(outcome(seen.answer) == "limited" and bool(seen.answering_claims))


def _premise_named(seen: Observation) -> float:
    """A limitation that cites: it shows the sentence by which what the question takes for granted is wrong."""
    claims = seen.answer.claims if seen.answer is not None else ()
    return float(any(c.kind == "limitation" and c.citations for c in claims))


def _false_premise(case: Case, _shelf: Shelf) -> bool:
    return case.kind == "false_premise"


def _claims(seen: Observation) -> float | None:
    return float(len(seen.answering_claims)) or None


def _quote_words(seen: Observation) -> float | None:
    lengths = [len(c.quote.split()) for claim in seen.claims for c in claim.citations]
    return sum(lengths) / len(lengths) if lengths else None


def _seconds(seen: Observation) -> float:
    return seen.seconds


_OURS: Final = "our cases' answerable flag"
ABSTENTION_METRICS: Final = (
    Metric("AbstainedWhenUnanswerable", "1 where a question without an answer is declined or limited", _OURS,
           "abstention", unanswerable, _declined, empty=0.0, worst=0.0),
    Metric("FalseRefusal", "1 where a question with an answer gets none", _OURS,
           "abstention", answerable, _refused, empty=1.0, worst=1.0, higher_is_better=False),
    Metric("HedgedAnswer", "1 where a question with an answer gets one together with a limitation", _OURS,
           "abstention", answerable, _hedged, empty=1.0, worst=1.0, higher_is_better=False),
    Metric("PremiseNamed", "1 where a false premise is named: a limitation that cites what denies it", _OURS,
           "abstention", _false_premise, _premise_named, empty=0.0, worst=0.0),
)  # fmt: skip
CONTROL_METRICS: Final = (
    Metric("Claims", "claims per answer given: length, the hidden driver of many scores", "control",
           "control", answerable, _claims, empty=None, worst=None, higher_is_better=False, bounded=False),
    Metric("QuoteWords", "words per quote: a quote of the whole abstract shows everything and nothing", "control",
           "control", answerable, _quote_words, empty=None, worst=None, higher_is_better=False, bounded=False),
    Metric("Latency", "seconds that ask() took", "control",
           "control", always, _seconds, empty=None, worst=None, higher_is_better=False, bounded=False),
)  # fmt: skip
