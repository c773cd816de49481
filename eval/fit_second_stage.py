"""Fit the second stage: ``python -m eval.fit_second_stage [--pages FILE... --questions FILE] [--beir FOLDER]...``.

Always over the development half of the bundled cases; with ``--pages``, also over a user's own papers and questions,
and with ``--beir`` over collections in the form of BEIR, whose questions count a third of ours each. Weights minimise
the cross entropy of the grades under a softmax of the scores over each question's candidates (ListNet's top-one loss,
Cao et al. 2007), not negative, with an L2 penalty. The logistic curve is fitted on our own questions, those without an
answer included. What is printed for a corpus comes from a fit that did not see it; the weights written down saw all.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from eval.stage_data import Corpus, Example, Values, beir_corpus, cased_corpus, collect, notes_corpus, value
from eval.statistics import paired_difference
from rag.library.embedders import make_embedder
from rag.retrieval.features import FIRST, NAMES
from rag.retrieval.second import WEIGHTS, Weights, with_feedback
from rag.settings import Settings

Floats = NDArray[np.float64]
Examples = Mapping[str, Sequence[Example]]

L2: Final = 1e-3
SHARE: Final = {"topical": 1.0, "survey": 2.0, "finding": 0.5, "compare": 0.5, "named": 0.3, "beir": 0.3}
"""What a question of a kind counts: what is hard and common counts more than what any stage gets right."""
_ROUND: Final = 4


def softmax_fit(features: Sequence[Floats], examples: Sequence[Example]) -> Floats:
    """Weights of the columns, shape (columns,), none negative."""
    rows = [
        (x, e.grades / e.grades.sum(), SHARE[e.question.kind])
        for x, e in zip(features, examples, strict=True)
        if e.grades.sum() > 0
    ]
    whole = sum(share for _, _, share in rows)

    def loss(w: Floats) -> tuple[float, Floats]:
        total, gradient = 0.0, np.zeros(len(w))
        for x, target, share in rows:
            scores = x @ w
            scores -= scores.max()
            odds = np.exp(scores)
            total -= share * float(target @ (scores - np.log(odds.sum())))
            gradient -= share * (x.T @ (target - odds / odds.sum()))
        return total / whole + L2 * float(w @ w), gradient / whole + 2 * L2 * w

    columns = features[0].shape[1]
    found = minimize(loss, np.full(columns, 0.5), jac=True, method="L-BFGS-B", bounds=[(0, None)] * columns)
    weights: Floats = found.x
    return weights


def logistic(totals: Floats, relevant: Floats) -> tuple[float, float]:
    """Slope and intercept of P(relevant) over a sum, by Newton's method."""
    x = np.column_stack([totals, np.ones(len(totals))])
    beta = np.zeros(2)
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ beta))
        step = np.linalg.solve((x.T * (p * (1 - p))) @ x + 1e-9 * np.eye(2), x.T @ (relevant - p))
        beta += step
        if np.abs(step).max() < 1e-9:
            break
    return float(beta[0]), float(beta[1])


def fit(data: Examples, without: Iterable[str] = ()) -> Weights:
    """Fit both passes and the curve on all corpora; ``without`` leaves features out."""
    left_out = set(without)
    examples = [e for es in data.values() for e in es]
    answered = [e for e in examples if e.question.grades]

    def passed(features: Sequence[Floats], names: Sequence[str]) -> dict[str, float]:
        kept = [i for i, n in enumerate(names) if n not in left_out]
        found = softmax_fit([x[:, kept] for x in features], answered)
        return {names[i]: round(float(w), _ROUND) for i, w in zip(kept, found, strict=True) if round(w, _ROUND) > 0}

    first = passed([e.measured.features for e in answered], FIRST)
    weights = Weights(first, {}, 1.0, 0.0)
    final = passed([with_feedback(e.measured, weights) for e in answered], NAMES)
    own = [e for e in examples if e.question.kind != "beir"]
    column = np.array([final.get(n, 0.0) for n in NAMES])
    totals = np.concatenate([with_feedback(e.measured, weights) @ column for e in own])
    slope, intercept = logistic(totals, np.concatenate([(e.grades > 0).astype(float) for e in own]))
    return Weights(first, final, round(slope, _ROUND), round(intercept, _ROUND))


def values(examples: Sequence[Example], scored: Callable[[Example], Floats]) -> list[tuple[str, Values]]:
    """(kind, values) of every question that has an answer."""
    return [(e.question.kind, value(e, scored(e))) for e in examples if e.question.grades]


def by_stage(weights: Weights) -> Callable[[Example], Floats]:
    """Scores of the second stage."""
    return lambda e: weights.score(with_feedback(e.measured, weights))


def by_fusion(example: Example) -> Floats:
    """Scores that keep the order of the fusion, in which candidates stand."""
    return -np.arange(len(example.grades), dtype=np.float64)


def by_feature(name: str, weights: Weights) -> Callable[[Example], Floats]:
    """Scores of one feature alone; those of feedback as the first pass of ``weights`` gives them."""
    return lambda e: with_feedback(e.measured, weights)[:, NAMES.index(name)]


_FIGURES: Final[tuple[tuple[str, str, str], ...]] = (
    ("topical", "mrr", "topical MRR@10"),
    ("survey", "ndcg", "survey nDCG@10"),
    ("survey", "recall", "survey recall@10"),
    ("", "ndcg", "nDCG@10"),
)


def figures(found: Sequence[tuple[str, Values]], base: Sequence[tuple[str, Values]]) -> list[str]:
    """Each figure with its n, and its paired difference to ``base`` with a 95 % interval."""
    cells = []
    for kind, field, title in _FIGURES:
        mine = [float(getattr(v, field)) for k, v in found if kind in ("", k)]
        theirs = [float(getattr(v, field)) for k, v in base if kind in ("", k)]
        if not mine:
            continue
        mean = sum(mine) / len(mine)
        gain = paired_difference(theirs, mine)
        cells.append(f"{title} {mean:.3f} ({gain.value:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}], n={len(mine)})")
    return cells


def report(data: Examples, write: Callable[[str], object]) -> None:
    """For each corpus: the fusion, the stage fitted without it, each feature alone, and each left out."""
    for name, examples in data.items():
        others = {n: es for n, es in data.items() if n != name} or data
        weights = fit(others)
        base = values(examples, by_fusion)
        rows = {"fusion": base, "all": values(examples, by_stage(weights))}
        rows |= {f"{n} alone": values(examples, by_feature(n, weights)) for n in NAMES}
        rows |= {f"without {n}": values(examples, by_stage(fit(others, [n]))) for n in NAMES}
        write(f"\n{name}, fitted on {', '.join(others)}\n")
        for row, found in rows.items():
            write(f"  {row}: " + "; ".join(figures(found, base)) + "\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Fit, print, and with --write replace the packaged weights of this embedder."""
    parser = argparse.ArgumentParser(
        prog="python -m eval.fit_second_stage", description=(__doc__ or "").split("\n\n")[0]
    )
    parser.add_argument("--pages", type=Path, nargs="+", default=[], help="papers, in any format")
    parser.add_argument("--questions", type=Path, help="cases over those papers")
    parser.add_argument("--beir", type=Path, action="append", default=[], help="a BEIR folder; may be repeated")
    parser.add_argument("--embedder", default=None, help="another embedder than the setting's")
    parser.add_argument("--other", action="store_true", help="write them also for embedders without their own")
    parser.add_argument("--report", action="store_true", help="print the table of features, each corpus left out")
    parser.add_argument("--write", action="store_true", help=f"replace the weights in {WEIGHTS.name}")
    args = parser.parse_args(argv)
    corpora: list[Corpus] = [notes_corpus()]
    if args.pages:
        corpora.append(cased_corpus("pages", args.pages, args.questions))
    corpora += [beir_corpus(folder) for folder in args.beir]
    settings = Settings.from_env()
    embedder = make_embedder(args.embedder or settings.embedder, settings)
    data = {c.name: collect(c, embedder) for c in corpora}
    if args.report:
        report(data, sys.stdout.write)
    model = written(embedder.name, data)
    sys.stdout.write(json.dumps(model, indent=1) + "\n")
    if args.write:
        whole = json.loads(WEIGHTS.read_text(encoding="utf-8")) if WEIGHTS.exists() else {"models": {}}
        whole["models"] |= dict.fromkeys((embedder.name, "other") if args.other else (embedder.name,), model)
        WEIGHTS.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    return 0


def written(embedder: str, data: Examples) -> dict[str, Any]:
    """A fit as it is written down."""
    weights = fit(data)
    return {"embedder": embedder, "fitted_on": {n: len(es) for n, es in data.items()}, "l2": L2, **weights._asdict()}


if __name__ == "__main__":
    sys.exit(main())
