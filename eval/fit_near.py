"""Fit when a paper is near a question: ``python -m eval.fit_near [--write]``.

Fitted only on what the repository carries: the development cases over the bundled notes, and everyday questions from
``data/out_of_domain.txt``; over all notes and over small libraries drawn from them, so that the fit sees that size does
not matter. Logistic regression on the two features of :mod:`rag.answering.near`, of
the paper that has most of both. The threshold is a choice, not fitted: the log-odds that keep false refusals of the
development cases at most at eighteen in a thousand.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, Final

import numpy as np

from eval.cases import Case, bundled_cases
from eval.commands.opening import open_over
from eval.fit_reading import Floats, fit_logistic
from eval.metrics import Shelf
from rag import Assistant
from rag.answering.near import CONSIDERED, FILE, near_features
from rag.answering.paper_reading import read_paper
from rag.paper import Paper

SEED: Final = 20251
SMALL, DRAWS = 20, 4
REFUSED: Final = 0.018
L2: Final = 1.0
_READ: Final = 60
_WORD_WEIGHT: Final = 0.1
ROOT: Final = Path(__file__).resolve().parent.parent
TARGET: Final = ROOT / "rag" / "answering" / "data" / FILE


def everyday() -> list[str]:
    """The questions that are out of any shelf's domain."""
    text = resources.files("eval").joinpath("data", "out_of_domain.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def samples(papers: Sequence[Paper], cases: Sequence[Case]) -> Iterator[tuple[float, float, float, float]]:
    """(similarity, words, 1 where a paper answers, weight) of every question on every shelf; small ones weigh less."""
    small = [random.Random(SEED + i).sample(list(papers), SMALL) for i in range(DRAWS)]
    for chosen, weight in ((list(papers), 1.0), *((s, 1 / DRAWS) for s in small)):
        shelf = Shelf(chosen)
        with open_over(chosen, "off") as assistant:
            for case in cases:
                if case.answerable and all(shelf.by_title(t) for t, grade in case.relevant.items() if grade == 2):
                    yield (*_best(assistant, case.question), 1.0, weight)
            for question in everyday():
                yield (*_best(assistant, question), 0.0, weight)


def _best(assistant: Assistant, question: str) -> tuple[float, float]:
    hits = assistant.retrieve(question, _READ)
    papers = list({h.paper.id: h.paper for h in hits}.values())[:CONSIDERED]
    found = [near_features(question, read_paper(p))[:2] for p in papers]
    return max(found, key=lambda f: f[0] + _WORD_WEIGHT * f[1], default=(0.0, 0.0))


def train(papers: Sequence[Paper], cases: Sequence[Case]) -> dict[str, Any]:
    """The fit as it is written down."""
    rows = np.array(list(samples(papers, cases)))
    x, y, weight = rows[:, :2], rows[:, 2], rows[:, 3]
    balance = np.where(y > 0, 1 / weight[y > 0].sum(), 1 / weight[y == 0].sum()) * weight * len(y) / 2
    weights = fit_logistic(x, y, L2, balance)
    beta: Floats = np.append(weights[-1], weights[:-1])  # the intercept first
    odds = beta[0] + x @ beta[1:]
    threshold = float(np.quantile(odds[y > 0], REFUSED))
    return {
        "name": "near@1",
        "fitted_on": f"{len(cases)} development cases over {len(papers)} notes, {len(everyday())} everyday questions",
        "questions": len(rows),
        "seed": SEED,
        "intercept": round(float(beta[0]), 4),
        "similarity": round(float(beta[1]), 4),
        "words": round(float(beta[2]), 4),
        "threshold": round(threshold, 2),
        "everyday_refused": round(float((odds[y == 0] < threshold).mean()), 4),
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Fit, print, and with --write replace the packaged fit."""
    parser = argparse.ArgumentParser(prog="python -m eval.fit_near", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--write", action="store_true", help=f"replace {TARGET.name}")
    args = parser.parse_args(argv)
    with Assistant.open(None, llm="off") as assistant:
        papers = assistant.papers()
    cases = bundled_cases("dev")
    text = json.dumps(train(papers, cases), indent=1) + "\n"
    if args.write:
        TARGET.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
