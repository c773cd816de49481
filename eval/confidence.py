"""Does the system know when it is right? Risk against coverage, and the judge's score against gold evidence.

Declared, so that nobody chooses after looking:

- a question is *answered* where the answer holds answering claims and, on a question without an answer, no limitation;
  a failed item counts as answered with confidence 0, and wrong;
- an answer is *right* where it quotes a gold sentence (EvidenceHit(any)); where the library lacks the gold texts, where
  it cites a paper of grade 2 (CitedRecall above 0). An answer to a question without an answer is wrong;
- two confidences are tried: "claim", the highest P(supported) among the answering claims, by the system's own judge;
  and "hit", the score of the best passage. Neither was made for this: P(supported) says that a claim follows from its
  quote, not that it answers the question.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Final, Literal, NamedTuple

import numpy as np

from eval.metrics import RELATED, outcome
from eval.metrics.evidence import covers, spans_of
from eval.records import Item, Run
from eval.resample import DRAWS, Floats, Statistic, draw_weights, interval_of
from eval.statistics import Interval
from rag.answer import Answer, Claim
from rag.corpus.identity import title_key

Signal = Literal["claim", "hit"]
SIGNALS: Final[dict[Signal, str]] = {
    "claim": "highest P(supported) among the answer's claims",
    "hit": "score of the best passage",
}
SHARES: Final = np.arange(1, 101) / 100
"""Shares of the answered questions, most confident first, at which risk is taken."""
EDGES: Final = (0.0, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
"""Bins of the judge's score: finer where scores crowd. A score stands in the bin whose upper edge it does not pass."""


class Answered(NamedTuple):
    """One answered question."""

    case_id: str
    cluster: Hashable
    confidence: float
    right: bool


class RiskCoverage(NamedTuple):
    """Risk (share wrong) of the most confident answers, for one signal.

    ``coverage``, ``risk``, ``low`` and ``high`` have one entry per :data:`SHARES`; ``low`` and ``high`` are pointwise.
    ``area`` is the mean risk over the shares (AURC; Geifman & El-Yaniv 2017); ``chance`` that of an order that knows
    nothing (the risk of all answers), ``ideal`` that of one that puts every wrong answer last. ``distinct`` counts the
    different confidences: an order with few is mostly ties, and ties share their risk.
    """

    signal: Signal
    asked: int
    answered: int
    distinct: int
    coverage: tuple[float, ...]
    risk: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    area: Interval
    gain: Interval
    chance: float
    ideal: float


class Bin(NamedTuple):
    """Claims whose score lies in (low, high]: their mean score, and the share whose quotes hold a gold sentence."""

    low: float
    high: float
    n: int
    score: float
    gold: Interval


class Calibration(NamedTuple):
    """The judge's score against gold evidence, over the answering claims of answerable questions.

    ``error`` is the expected calibration error over the bins (Naeini et al. 2015), ``brier`` the mean squared
    difference (Brier 1950), both with intervals over questions.
    """

    judge: str
    bins: tuple[Bin, ...]
    error: Interval
    brier: Interval
    claims: int
    questions: int


def answered(run: Run, signal: Signal) -> tuple[Answered, ...]:
    """The questions that were answered, with the confidence of this signal."""
    found = []
    for item in run.items:
        right = _right(item)
        if right is not None:
            found.append(Answered(item.case_id, item.cluster, _confidence(item, signal), right))
    return tuple(found)


def risk_coverage(run: Run, signal: Signal, *, draws: int = DRAWS) -> RiskCoverage | None:
    """The curve of a run; None where nothing was answered, or no answer can be called right or wrong."""
    rows = answered(run, signal)
    if not rows:
        return None
    confidence = np.array([r.confidence for r in rows])
    wrong = np.array([not r.right for r in rows], dtype=np.float64)
    clusters = [r.cluster for r in rows]
    ordered = _curve(confidence, wrong)
    risk = ordered(np.ones((1, len(rows))))[0]
    drawn = ordered(draw_weights(clusters, draws, run.seed))
    low, high = np.quantile(drawn, (0.025, 0.975), axis=0)
    chance = float(wrong.mean())
    return RiskCoverage(
        signal=signal,
        asked=len(run.items),
        answered=len(rows),
        distinct=len(np.unique(confidence)),
        coverage=tuple(SHARES * len(rows) / len(run.items)),
        risk=tuple(risk),
        low=tuple(low),
        high=tuple(high),
        area=interval_of(lambda w: ordered(w).mean(axis=1), clusters, draws=draws, seed=run.seed),
        gain=interval_of(
            lambda w: w @ wrong / w.sum(axis=1) - ordered(w).mean(axis=1), clusters, draws=draws, seed=run.seed
        ),
        chance=chance,
        ideal=float(_curve(-wrong, wrong)(np.ones((1, len(rows))))[0].mean()),
    )


def _curve(confidence: Floats, wrong: Floats) -> Statistic:
    """Risk at every share of :data:`SHARES`, from weights (draws, n) to (draws, shares); ties in expectation."""
    _, block = np.unique(-confidence, return_inverse=True)
    member = np.zeros((len(confidence), int(block.max()) + 1))
    member[np.arange(len(confidence)), block] = 1.0

    def risk(weights: Floats) -> Floats:
        sizes, errors = weights @ member, weights @ (member * wrong[:, None])
        seen = np.concatenate([np.zeros((len(weights), 1)), np.cumsum(sizes, axis=1)], axis=1)
        bad = np.concatenate([np.zeros((len(weights), 1)), np.cumsum(errors, axis=1)], axis=1)
        wanted = seen[:, -1:] * SHARES
        return np.stack([np.interp(wanted[i], seen[i], bad[i]) for i in range(len(weights))]) / wanted

    return risk


def _right(item: Item) -> bool | None:
    """Whether an answered question was answered rightly; None where it was not answered, or cannot be told."""
    if item.failure is not None or item.answer is None:
        return False
    claims = answering(item.answer)
    became = outcome(item.answer)
    if became == "abstained" or not claims or (became == "limited" and not item.answerable):
        return None
    if not item.answerable:
        return False
    for metric in ("EvidenceHit(any)", "CitedRecall"):
        if (value := item.values.get(metric)) is not None:
            return value > 0
    return None


def _confidence(item: Item, signal: Signal) -> float:
    if item.answer is None:
        return 0.0
    if signal == "claim":
        return max((c.verdict.score for c in answering(item.answer)), default=0.0)
    return max((r.score for r in item.ranking if r.score is not None), default=0.0)


def answering(answer: Answer) -> list[Claim]:
    """The claims that are offered as the answer."""
    return [c for c in answer.claims if c.kind == "claim" and c.group != RELATED]


def quotes_gold(claim: Claim, item: Item) -> bool:
    """Whether a claim's quotes show a gold sentence of the paper that they come from."""
    if item.case is None or item.answer is None:
        return False
    papers = {p.id: p for p in item.answer.sources}
    for citation in claim.citations:
        paper = papers.get(citation.paper_id)
        if paper is None or citation.field != "abstract":
            continue
        if paper.abstract[citation.start : citation.end] != citation.quote:
            continue
        gold = [s for t, found in item.case.evidence.items() if title_key(t) == title_key(paper.title) for s in found]
        spans = [span for sentence in gold for span in spans_of(sentence, paper.abstract)]
        if any(covers([(citation.start, citation.end)], span, paper.abstract) for span in spans):
            return True
    return False


def calibration(run: Run, *, draws: int = DRAWS) -> Calibration | None:
    """The judge's scores against gold evidence; None where the library lacks the gold texts or nothing was answered."""
    rows = [
        (item.cluster, item.case_id, claim.verdict.score, float(quotes_gold(claim, item)), claim.verdict.judge)
        for item in run.items
        if item.answer is not None and item.answerable and item.values.get("EvidenceHit") is not None
        for claim in answering(item.answer)
    ]
    if not rows:
        return None
    clusters = [r[0] for r in rows]
    score, gold = np.array([r[2] for r in rows]), np.array([r[3] for r in rows])
    place = np.searchsorted(np.array(EDGES[1:]), score - 1e-9)
    bins = tuple(_bin(b, place == b, score, gold, clusters, draws, run.seed) for b in sorted(set(place.tolist())))
    member = (place[:, None] == np.arange(len(EDGES) - 1)[None, :]).astype(np.float64)

    def error(weights: Floats) -> Floats:
        return np.asarray(np.abs((weights * (score - gold)) @ member).sum(axis=1) / weights.sum(axis=1))

    def brier(weights: Floats) -> Floats:
        return np.asarray(weights @ (score - gold) ** 2 / weights.sum(axis=1))

    return Calibration(
        judge=" + ".join(sorted({r[4] for r in rows})),
        bins=bins,
        error=interval_of(error, clusters, draws=draws, seed=run.seed),
        brier=interval_of(brier, clusters, draws=draws, seed=run.seed),
        claims=len(rows),
        questions=len({r[1] for r in rows}),
    )


def _bin(
    b: int, inside: np.ndarray, score: Floats, gold: Floats, clusters: Sequence[Hashable], draws: int, seed: int
) -> Bin:
    from eval.statistics import mean_interval

    held = [c for c, i in zip(clusters, inside.tolist(), strict=True) if i]
    interval = mean_interval(gold[inside].tolist(), clusters=held, bounded=True, resamples=draws, seed=seed)
    return Bin(EDGES[b], EDGES[b + 1], int(inside.sum()), float(score[inside].mean()), interval)
