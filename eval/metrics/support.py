"""Does the evidence support what is claimed? Scored by a judge that the caller chooses; its name stands in every name.

A citation is a paper cited by a claim; several quotes of one paper are one citation, and duplicates collapse. The judge
reads "<title>. <text>" of the paper, as the system's own check does. With C the papers that a claim cites and f the
grade that the judge gives (strict: 1 for "supported", else 0; weighted: also 1/2 for "partial"):

- recall of a claim is f(C), where the papers count one by one or all together, whichever is better (joint support);
- precision of a citation c is f(c), or f(C) where the claim would be graded lower without it, since then it is needed;
  else 0. For strict grades this is ALCE's rule. A citation is irrelevant where f(c) = 0 and the others alone do as well
  (``OverCitation`` shows them, strictly: where the others alone support the claim).
- A claim without a citation: recall 0, precision untouched. A citation that leads nowhere, or whose quote does not
  stand there: recall 0 for its claim, one more in the denominator of precision. Stricter than ALCE, which forgets them.
- Claims under every heading count; limitations and connectives do not. An answer without claims has no value, one with
  claims and no citation at all has precision 0.

"unsure" supports nothing; ``UnsureShare`` shows how often the judge could not tell or failed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from eval.metrics.base import Metric, Observation, Ratio, Score, always
from eval.metrics.citations import is_valid
from eval.metrics.remembered import Remembered
from rag.answer import Claim, Label, Verdict
from rag.errors import InputError
from rag.grounding import Judge, OfflineJudge
from rag.grounding.judge import rank
from rag.paper import Paper

Form = Literal["strict", "weighted"]
FORMS: Final[tuple[Form, ...]] = ("strict", "weighted")
GRADES: Final[dict[Form, dict[Label, float]]] = {
    "strict": {"supported": 1.0},
    "weighted": {"supported": 1.0, "partial": 0.5},
}
GIVEN: Final = 10
"""Papers of the ranking that count as given to the system, beside those in the answer's own record."""


class Support(NamedTuple):
    """What a judge says of one claim and its citations.

    ``verdict`` is that on all valid citations together, None where there is none; ``precisions`` holds (strict,
    weighted) per valid citation; ``irrelevant`` counts those that the others make superfluous; ``invalid`` those that
    lead nowhere.
    """

    verdict: Verdict | None
    precisions: tuple[tuple[float, float], ...]
    irrelevant: int
    invalid: int

    def recall(self, form: Form) -> float:
        """The grade of the claim, in [0, 1]."""
        return 0.0 if self.invalid or self.verdict is None else grade(self.verdict, form)


def grade(verdict: Verdict, form: Form) -> float:
    """The grade of a verdict: 1, 1/2 (weighted only) or 0."""
    return GRADES[form].get(verdict.label, 0.0)


class Scorer:
    """Asks one judge, each question once."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge if isinstance(judge, Remembered) else Remembered(judge)
        self.name = judge.name

    def verdict(self, claim: str, papers: Sequence[Paper]) -> Verdict:
        """On a claim and one or more papers: the best of them one by one, or of all together.

        Raises:
            rag.errors.ModelError: the judge is a model that failed.
        """
        texts = [f"{p.title}. {p.abstract}" for p in papers]
        best = max(self._judge.judge_many([(claim, t) for t in texts]), key=rank)
        if best.label == "supported" or len(texts) == 1:
            return best
        return max(best, self._judge.judge(claim, texts), key=rank)

    def support(self, claim: Claim, seen: Observation) -> Support:
        """Verdicts on a claim and its citations."""
        valid, invalid = cited_papers(claim, seen)
        if not valid:
            return Support(None, (), 0, invalid)
        whole = self.verdict(claim.text, valid)
        precisions: list[tuple[float, float]] = []
        irrelevant = 0
        for paper in valid:
            others = [p for p in valid if p is not paper]
            alone = self.verdict(claim.text, [paper])
            rest = self.verdict(claim.text, others) if others and alone.label != "supported" else None
            precisions.append((_precision(alone, rest, whole, "strict"), _precision(alone, rest, whole, "weighted")))
            irrelevant += rest is not None and rest.label == "supported"
        return Support(whole, tuple(precisions), irrelevant, invalid)

    def grounded(self, claim: Claim, seen: Observation) -> bool:
        """Whether what it cites, or any paper that was given, supports a claim (strict)."""
        valid, _ = cited_papers(claim, seen)
        if valid and self.verdict(claim.text, valid).label == "supported":
            return True
        return any(self.verdict(claim.text, [p]).label == "supported" for p in given_papers(seen) if p not in valid)


def _precision(alone: Verdict, rest: Verdict | None, whole: Verdict, form: Form) -> float:
    together, without = grade(whole, form), 0.0 if rest is None else grade(rest, form)
    return together if without < together else grade(alone, form)


def cited_papers(claim: Claim, seen: Observation) -> tuple[list[Paper], int]:
    """The papers that a claim cites validly, each once, and how many of its citations, each once, are invalid."""
    assert seen.answer is not None  # evaluate() scores failed items itself
    valid: dict[str, Paper] = {}
    invalid: set[tuple[int, str]] = set()
    for citation in claim.citations:
        paper = seen.shelf.by_id(citation.paper_id)
        if paper is not None and is_valid(citation, seen.answer, seen.shelf):
            valid[paper.id] = paper
        else:
            invalid.add((citation.number, citation.paper_id))
    return list(valid.values()), len(invalid)


def given_papers(seen: Observation) -> list[Paper]:
    """The papers that the system had: its sources, those it calls nearest, and the first ten of its ranking."""
    named = () if seen.answer is None else (*seen.answer.sources, *seen.answer.nearest)
    ids = dict.fromkeys([*(p.id for p in named), *seen.ranking[:GIVEN]])
    return [p for i in ids if (p := seen.shelf.by_id(i)) is not None]


def _supports(scorer: Scorer, seen: Observation) -> list[Support]:
    return [scorer.support(c, seen) for c in seen.claims]


def _of_recall(form: Form) -> Callable[[Scorer, Observation], Score]:
    def score(scorer: Scorer, seen: Observation) -> Score:
        found = _supports(scorer, seen)
        return Ratio(sum(s.recall(form) for s in found), len(found))

    return score


def _of_precision(form: Form) -> Callable[[Scorer, Observation], Score]:
    def score(scorer: Scorer, seen: Observation) -> Score:
        found = _supports(scorer, seen)
        cited = sum(len(s.precisions) + s.invalid for s in found)
        if found and not cited:
            return 0.0
        return Ratio(sum(p[FORMS.index(form)] for s in found for p in s.precisions), cited)

    return score


def _of_f1(form: Form) -> Callable[[Scorer, Observation], Score]:
    def score(scorer: Scorer, seen: Observation) -> Score:
        if not seen.claims:
            return None
        p, r = (_quotient(of(form)(scorer, seen)) for of in (_of_precision, _of_recall))
        return 2 * p * r / (p + r) if p + r else 0.0

    return score


def _quotient(score: Score) -> float:
    if isinstance(score, Ratio):
        return score.numerator / score.denominator
    return score or 0.0


def _over(scorer: Scorer, seen: Observation) -> Score:
    found = _supports(scorer, seen)
    return Ratio(sum(s.irrelevant for s in found), sum(len(s.precisions) + s.invalid for s in found))


def _grounded(scorer: Scorer, seen: Observation) -> Score:
    return Ratio(sum(scorer.grounded(c, seen) for c in seen.claims), len(seen.claims))


def _misattributed(scorer: Scorer, seen: Observation) -> Score:
    wrong = [c for c in seen.claims if scorer.support(c, seen).recall("strict") == 0.0 and scorer.grounded(c, seen)]
    return Ratio(len(wrong), len(seen.claims))


def _labelled(label: Label) -> Callable[[Scorer, Observation], Score]:
    def score(scorer: Scorer, seen: Observation) -> Score:
        verdicts = [s.verdict for s in _supports(scorer, seen)]
        return Ratio(sum(v is not None and v.label == label for v in verdicts), len(verdicts))

    return score


class _Kind(NamedTuple):
    """A metric before it has a judge."""

    base: str
    forms: tuple[Form, ...]
    score: Callable[[Form], Callable[[Scorer, Observation], Score]]
    description: str
    source: str
    higher_is_better: bool = True


_ALCE: Final = "ALCE (Gao et al. 2023), stricter on invalid ids"
_KINDS: Final = (
    _Kind("CitationRecall", FORMS, _of_recall, "grade of each claim by the papers that it cites, one by one or "
          "together; uncited = 0", f"{_ALCE}; weighted after TREC RAG 2024"),
    _Kind("CitationPrecision", FORMS, _of_precision, "grade of each citation, by itself or as far as the claim needs "
          "it; an invalid one = 0", f"{_ALCE}; weighted after TREC RAG 2024"),
    _Kind("CitationF1", FORMS, _of_f1, "harmonic mean of citation precision and recall of the answer", _ALCE),
    _Kind("OverCitation", (), lambda _: _over, "share of the citations that do not support their claim while the "
          "others do without them", "ALCE's irrelevant citations", False),
    _Kind("Groundedness", (), lambda _: _grounded, "share of the claims supported by what they cite or by any paper "
          f"given (sources, nearest, first {GIVEN} of the ranking)", "FActScore and RAGAS faithfulness, over claims"),
    _Kind("Misattribution", (), lambda _: _misattributed, "share of the claims that a paper given supports, but not "
          "the papers cited: groundedness minus strict citation recall", "our definition", False),
    _Kind("ContradictionRate", (), lambda _: _labelled("contradicted"), "share of the claims that the papers cited "
          "contradict", "three-way entailment", False),
    _Kind("UnsureShare", (), lambda _: _labelled("unsure"), "share of the claims on which the judge cannot tell or "
          "failed: what its other figures do not cover", "TREC RAG 2024's missing judgments", False),
)  # fmt: skip
_BY_BASE: Final = {k.base: k for k in _KINDS}
_NAME: Final = re.compile(rf"({'|'.join(_BY_BASE)})\((?:({'|'.join(FORMS)}),)?judge=([^()\s]+)\)")


def judge_metrics(judge: Judge) -> tuple[Metric, ...]:
    """All metrics that rest on a judge, with this one; verdicts are shared among them."""
    scorer = Scorer(judge)
    return tuple(_metric(k, form, scorer.name, scorer) for k in _KINDS for form in k.forms or ("strict",))


def support_metric(name: str) -> Metric | None:
    """The metric of a name such as ``CitationRecall(strict,judge=offline-judge@1)``; None where it is not one of these.

    With another judge than the offline one that is installed, the metric can be shown and compared but not scored:
    that needs the judge itself (:func:`judge_metrics`), and says so with InputError.
    """
    match = _NAME.fullmatch(name)
    if match is None or bool(match[2]) != bool(_BY_BASE[match[1]].forms):
        return None
    form: Form = "weighted" if match[2] == "weighted" else "strict"
    offline = offline_scorer()
    return _metric(_BY_BASE[match[1]], form, match[3], offline if match[3] == offline.name else None)


def support_names(judge: str) -> tuple[str, ...]:
    """The names of all metrics of a judge of this name."""
    return tuple(_name(k, form, judge) for k in _KINDS for form in k.forms or ("strict",))


@lru_cache(maxsize=1)
def offline_scorer() -> Scorer:
    """The scorer of the judge that needs no model."""
    return Scorer(OfflineJudge())


def _name(kind: _Kind, form: Form, judge: str) -> str:
    return f"{kind.base}({f'{form},' if kind.forms else ''}judge={judge})"


def _metric(kind: _Kind, form: Form, judge: str, scorer: Scorer | None) -> Metric:
    name = _name(kind, form, judge)

    def score(seen: Observation) -> Score:
        if scorer is None:
            raise InputError(f"{name} needs the judge {judge}", "Pass eval.metrics.judge_metrics(judge) to the run")
        return kind.score(form)(scorer, seen)

    grades = " (supported = 1, partial = 1/2)" if form == "weighted" else ""
    return Metric(
        name=name,
        description=f"{kind.description}{grades}; judged by {judge}",
        source=kind.source,
        family="support",
        applies=always,
        score=score,
        empty=None,
        worst=0.0 if kind.higher_is_better else 1.0,
        higher_is_better=kind.higher_is_better,
        judge=judge,
    )
