"""Is it an answer that a person can use? Does it answer the question, do its claims stand alone, does it repeat itself.

Without a judge. ``AnswersQuestion(gold)`` needs our cases; ``AnswersQuestion(form)`` and ``OnQuestion(form)`` are the
check of :mod:`eval.metrics.asked` and need no gold.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from eval.metrics.asked import read_claims
from eval.metrics.base import Metric, Observation, Ratio, always, answerable
from eval.metrics.evidence import gold_found, holds_nugget
from eval.metrics.standalone import leans
from rag.answer import ClaimKind
from rag.text import content_terms, terms

REPEATED: Final = 0.8
"""Share of a claim's content terms which, standing in one earlier claim, makes it a repetition."""
UNIT_KINDS: Final[tuple[ClaimKind, ...]] = ("claim", "limitation", "connective")


def repeated(texts: Sequence[str]) -> int:
    """How many of some texts repeat one before them: 80 % of their content terms stand there."""
    seen: list[set[str]] = []
    count = 0
    for text in texts:
        words = set(content_terms(text))
        count += any(words and len(words & old) >= REPEATED * len(words) for old in seen)
        seen.append(words)
    return count


def _gold(seen: Observation) -> float:
    grades = seen.case.relevant
    quoted = any(any(hits) for title, hits in gold_found(seen).items() if grades.get(title) == 2)
    pools = [set(terms(c.text)) for c in seen.answering_claims]
    return float(quoted or any(holds_nugget(pool, n) for pool in pools for n in seen.case.nuggets))


def _form(seen: Observation) -> float:
    return float(any(r.answers for r in read_claims(seen)))


def _on_question(seen: Observation) -> Ratio:
    readings = read_claims(seen)
    return Ratio(sum(r.answers for r in readings), len(readings))


def _alone(seen: Observation) -> Ratio:
    return Ratio(sum(leans(c, seen.shelf) is None for c in seen.claims), len(seen.claims))


def _redundancy(seen: Observation) -> Ratio:
    return Ratio(repeated([c.text for c in seen.claims]), len(seen.claims))


def _kind(kind: ClaimKind) -> Callable[[Observation], Ratio]:
    def score(seen: Observation) -> Ratio:
        units = () if seen.answer is None else seen.answer.claims
        return Ratio(sum(c.kind == kind for c in units), len(units))

    return score


QUALITY_METRICS: Final = (
    Metric("AnswersQuestion(gold)", "1 where a claim offered as the answer quotes a gold sentence of a paper of grade "
           "2, or states a nugget in its own text", "our cases' evidence and nuggets", "answer",
           answerable, _gold, empty=0.0, worst=0.0),
    Metric("AnswersQuestion(form)", "1 where a claim gives what the question asks for: a figure, a name, a reason, "
           "from a paper about it, to the point; a heuristic over words (eval/metrics/asked.py)", "our definition",
           "answer", answerable, _form, empty=0.0, worst=0.0),
    Metric("OnQuestion(form)", "share of the claims offered as the answer that give what the question asks for, by "
           "the same heuristic", "our definition", "answer", answerable, _on_question, empty=0.0, worst=0.0),
    Metric("StandsAlone", "share of the claims that can be read on their own: subject named, no dangling pronoun, "
           "'we', 'this', 'the method', 'in addition'; rules (eval/metrics/standalone.py)", "after AIS, Rashkin et al. "
           "2023, step 1", "answer", always, _alone, empty=None, worst=0.0),
    Metric("Redundancy", f"share of the claims of whose words {REPEATED:.0%} stand in one earlier claim",
           "word overlap", "answer", always, _redundancy, empty=None, worst=1.0, higher_is_better=False),
    *(Metric(f"KindShare({kind})", f"share of the sentences of kind {kind}: claims hidden as another kind show",
             "control", "control", always, _kind(kind), empty=None, worst=None) for kind in UNIT_KINDS),
)  # fmt: skip
