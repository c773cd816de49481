"""Run the system's verification and the metrics of answers over the written ones.

Each answer is taken as it was written, as if a model had: every claim passes :func:`rag.grounding.check_claim`, and the
metrics score the whole answer before anything is repaired or dropped. Declared before looking:

- A fault is *detected* where the faulty claim is not shown as supported, or one of its citations is refused; for an
  answer to another question, where no claim gives what is asked for (``AnswersQuestion(form)`` is 0).
- It is *refused* where the faulty claim would not be shown at all, or one of its citations would not.
- A good answer raises a *false alarm* by the very same rules.
- ``Quality`` ranks answers: the mean of (1) the least P(supported) of a claim, as far as the claim's citations are
  valid, (2) citation validity, (3) how well the best claim meets the question. Good above faulty counts 1, a tie 1/2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from eval.answers.measures import figures
from eval.answers.records import WrittenAnswer, answers_digest
from eval.answers.scored import QUALITY, AnswersRun, Scored, ScoredClaim
from eval.cases import Case
from eval.judging.judges import JudgeFacts, describe
from eval.metrics import Metric, Observation, Shelf, evaluate, judge_metrics, parse
from eval.metrics.asked import read_claims
from eval.metrics.remembered import Remembered
from eval.records import library_facts
from rag.answer import Answer, Place, cite
from rag.errors import InputError
from rag.grounding import Checked, Judge, RawCitation, RawClaim, check_claim, locate
from rag.paper import Paper

PLAIN: Final = (
    "CitationValidity", "QuoteEchoesClaim", "NamesAndFigures", "AnswersQuestion(gold)", "AnswersQuestion(form)",
    "OnQuestion(form)", "StandsAlone", "Redundancy", "Words",
)  # fmt: skip


def run_answers(
    answers: Sequence[WrittenAnswer], papers: Sequence[Paper], judge: Judge, *, facts: JudgeFacts | None = None,
    source: str = "", seed: int = 0, progress: Callable[[int, int], None] | None = None,
) -> AnswersRun:  # fmt: skip
    """Verify and score all answers.

    Args:
        papers: what the answers cite; titles and quotes are looked up there.
        judge: guards (as the system's judge would) and scores; the report says that they are one.
        facts: what identifies the judge, where the caller knows more than the judge itself.
        source: where the answers come from, for the record.
        seed: for the intervals of reports; stored in the record.
        progress: called with (done, total).

    Raises:
        InputError: no answers, or a paper that is not there.
        rag.errors.ModelError: the judge is a model that failed.
    """
    if not answers:
        raise InputError("there are no answers to score", "Name a JSONL file or a folder that holds some")
    shelf = Shelf(papers)
    asked = Remembered(judge)
    metrics = (*(parse(name) for name in PLAIN), *judge_metrics(asked))
    by_id = {a.id: a for a in answers}
    items = []
    for done, written in enumerate(answers, 1):
        items.append(_score(written, by_id[written.pair], shelf, asked, metrics))
        if progress is not None:
            progress(done, len(answers))
    return AnswersRun(
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        source=source,
        answers_digest=answers_digest(answers),
        library=library_facts(shelf.papers),
        judge=facts or describe(judge),
        seed=seed,
        metrics=(names := (QUALITY, *(m.name for m in metrics))),
        figures=tuple(figures(items, names, seed=seed)),
        items=tuple(items),
    )


def _score(
    written: WrittenAnswer, twin: WrittenAnswer, shelf: Shelf, judge: Judge, metrics: Sequence[Metric]
) -> Scored:
    sources = _sources(written, shelf)
    checked = [check_claim(raw, judge) for raw in _raw_claims(written, sources)]
    seen = Observation(_case(written, twin), shelf, (), _as_written(written, checked, sources), 0.0)
    values = {m.name: evaluate(m, seen).value for m in metrics}
    least = min(c.claim.verdict.score for c in checked)
    meets = max(r.score for r in read_claims(seen))
    quality = (least + (values["CitationValidity"] or 0.0) + meets) / 3
    claims = tuple(
        ScoredClaim(label=c.claim.verdict.label, score=c.claim.verdict.score, accepted=c.accepted, problems=c.problems)
        for c in checked
    )
    return Scored(
        id=written.id, question=written.question, fault=written.fault, pair=written.pair, cluster=twin.cluster,
        where=written.where, note=written.note, claims=claims,
        answers=values["AnswersQuestion(form)"] == 1.0, values={QUALITY: quality, **values},
    )  # fmt: skip


def _sources(written: WrittenAnswer, shelf: Shelf) -> dict[str, Paper]:
    """The papers cited, by the titles as written, in order of first use.

    Raises:
        InputError: no paper is called that.
    """
    found: dict[str, Paper] = {}
    for citation in (c for claim in written.claims for c in claim.citations):
        paper = shelf.by_title(citation.title)
        if paper is None:
            raise InputError(
                f"{written.id}: no paper is called {citation.title!r}", "Score answers over their own papers"
            )
        found[citation.title] = paper
    return found


def _raw_claims(written: WrittenAnswer, sources: dict[str, Paper]) -> list[RawClaim]:
    numbers = {title: n for n, title in enumerate(sources, 1)}
    return [
        RawClaim(c.text, tuple(RawCitation(numbers[x.title], sources[x.title], x.quote) for x in c.citations))
        for c in written.claims
    ]


def _as_written(written: WrittenAnswer, checked: Sequence[Checked], sources: dict[str, Paper]) -> Answer:
    """The answer with its claims and citations as they were written, each claim with the verdict of its check."""
    numbers = {title: n for n, title in enumerate(sources, 1)}
    claims = []
    for claim, found in zip(written.claims, checked, strict=True):
        citations = []
        for c in claim.citations:
            paper, span = sources[c.title], locate(c.quote, sources[c.title])
            place: Place = span or ("abstract", 0, len(c.quote))
            quote = None if span else c.quote
            citations.append(cite(paper, place, numbers[c.title], found.claim.verdict, quote=quote))
        claims.append(found.claim.model_copy(update={"text": claim.text, "citations": tuple(citations)}))
    return Answer(question=written.question, mode="generative", claims=tuple(claims), sources=tuple(sources.values()))


def _case(written: WrittenAnswer, twin: WrittenAnswer) -> Case:
    """The question with the good twin's quotes as its gold: true by construction for the good one, telling for the
    other."""
    evidence: dict[str, tuple[str, ...]] = {}
    for citation in (c for claim in twin.claims for c in claim.citations):
        evidence[citation.title] = (*evidence.get(citation.title, ()), citation.quote)
    return Case(
        id=written.id, kind="finding", question=written.question, relevant=dict.fromkeys(evidence, 2),
        evidence=evidence, nuggets=tuple(c.text for c in twin.claims), answerable=True,
    )  # fmt: skip
