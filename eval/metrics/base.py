"""What a metric is: a value with a canonical name, a description, a source, and a declared answer to every edge case.

One policy, here and nowhere else, turns a metric and an observation into a number (:func:`evaluate`):

- a metric that does not apply to the case gives None, decided by the case and the library, never by the answer;
- a failed item counts as the worst value (``worst``), so that a crash is never better than a wrong answer;
- an answer with nothing to measure (no citation, no ranking) gives ``empty``, declared by each metric;
- NaN and infinity stop the run.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple

from eval.cases import Case
from rag.answer import Answer, Claim
from rag.corpus.identity import title_key
from rag.errors import RagError
from rag.paper import Paper
from rag.text import terms

Family = Literal["retrieval", "evidence", "citation", "support", "answer", "abstention", "control"]
RELATED = "related"
"""The group of claims whose paper is near and not an answer; they are shown, marked, and cite no answer."""


class Ratio(NamedTuple):
    """A score that is a share of countable things, so that it can also be pooled over items (micro average)."""

    numerator: float
    denominator: float


class Shelf:
    """The papers of the library under test, by id and by title: what the harness checks answers against."""

    def __init__(self, papers: Iterable[Paper]) -> None:
        self.papers: tuple[Paper, ...] = tuple(papers)
        self._by_id = {p.id: p for p in self.papers}
        self._by_title = {title_key(p.title): p for p in self.papers}

    def by_id(self, paper_id: str) -> Paper | None:
        """The paper of this id (an opaque string), or None."""
        return self._by_id.get(paper_id)

    def by_title(self, title: str) -> Paper | None:
        """The paper of this title, in any spelling, or None."""
        return self._by_title.get(title_key(title))

    def id_of(self, title: str) -> str:
        """The id under which a title is ranked; for a title that the library lacks one that nothing can match."""
        paper = self.by_title(title)
        return f"absent:{title}" if paper is None else paper.id

    @cached_property
    def terms_of(self) -> dict[str, frozenset[str]]:
        """The terms of each paper's title and text, by id."""
        return {p.id: frozenset(terms(f"{p.title}. {p.abstract}")) for p in self.papers}

    def idf(self, term: str) -> float:
        """How rare a term is among the papers: ln(1 + (N - n + 0.5) / (n + 0.5)), as in Lucene's BM25."""
        n, found = len(self.papers), self._holders.get(term, 0)
        return math.log(1 + (n - found + 0.5) / (found + 0.5))

    @cached_property
    def _holders(self) -> Counter[str]:
        return Counter(t for held in self.terms_of.values() for t in held)


@dataclass(frozen=True)
class Observation:
    """What a system did with one case. ``answer`` is None where it failed; ``ranking`` holds paper ids, each once."""

    case: Case
    shelf: Shelf
    ranking: tuple[str, ...]
    answer: Answer | None
    seconds: float

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims that enter denominators: kind "claim", neither connectives nor limitations."""
        return tuple(c for c in self.answer.claims if c.kind == "claim") if self.answer is not None else ()

    @property
    def answering_claims(self) -> tuple[Claim, ...]:
        """The claims offered as the answer: not those marked as being about a paper that is only near."""
        return tuple(c for c in self.claims if c.group != RELATED)


Score = float | Ratio | None


@dataclass(frozen=True)
class Metric:
    """A metric. Equal, hashed and printed by its canonical name, which :func:`eval.metrics.parse` reads back.

    Attributes:
        source: where the definition comes from.
        empty: the result where the answer holds nothing to measure; None = the item does not count then.
        worst: what a failed item counts as; None for controls, of which a failure says nothing.
        bounded: values lie in [0, 1], so that a run of equal values still has an honest interval.
        self_scored: rests on the judge that the system itself repairs with; never a headline.
        judge: the name of the judge whose verdicts it rests on; None where it needs none.
    """

    name: str
    description: str = field(compare=False)
    source: str = field(compare=False)
    family: Family = field(compare=False)
    applies: Callable[[Case, Shelf], bool] = field(compare=False, repr=False)
    score: Callable[[Observation], Score] = field(compare=False, repr=False)
    empty: float | None = field(compare=False)
    worst: float | None = field(compare=False)
    higher_is_better: bool = field(default=True, compare=False)
    bounded: bool = field(default=True, compare=False)
    self_scored: bool = field(default=False, compare=False)
    judge: str | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return self.name

    __repr__ = __str__


class Value(NamedTuple):
    """One metric of one item: None where it does not apply; ``ratio`` where it can be pooled."""

    value: float | None
    ratio: Ratio | None


def evaluate(metric: Metric, seen: Observation) -> Value:
    """The value of a metric for one item, by the policy of this module.

    Raises:
        RagError: the metric gave NaN or infinity.
    """
    if not metric.applies(seen.case, seen.shelf):
        return Value(None, None)
    if seen.answer is None:
        return Value(metric.worst, None)
    score = metric.score(seen)
    if isinstance(score, Ratio):
        value = metric.empty if score.denominator == 0 else score.numerator / score.denominator
        ratio = score
    else:
        value, ratio = metric.empty if score is None else score, None
    if value is not None and not math.isfinite(value):
        raise RagError(
            f"{metric.name} is {value} for the case {seen.case.id}", "Not a figure: correct the metric, then run again"
        )
    return Value(value, ratio)


def answerable(case: Case, _shelf: Shelf) -> bool:
    """Applies to questions that the papers answer."""
    return case.answerable


def unanswerable(case: Case, _shelf: Shelf) -> bool:
    """Applies to questions that no paper answers."""
    return not case.answerable


def always(_case: Case, _shelf: Shelf) -> bool:
    """Applies to every question."""
    return True
