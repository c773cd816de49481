"""Fit the offline judge: ``python -m eval.fit_offline_judge [--abstracts FILE] [--write]``.

Fitted only on claims that we own: sentences of the bundled notes, as they are, lightly altered, and with one thing made
wrong (eval.claim_mutations). The evidence of a claim is the note it comes from; with ``--abstracts``, also the abstract
that the note was written about, so that true claims are paraphrases, not copies: a file of JSON lines with title and
abstract, which the repository does not carry. Without it the judge learns to distrust every word that is not repeated.

Logistic regression with an L2 penalty by Newton's method; a feature that would speak for a claim although it measures
a fault is left out. Thresholds come from predictions on papers
that the fold did not see.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from eval.claim_mutations import MUTATIONS, Pair, make_pairs
from rag.grounding.alignment import align
from rag.grounding.features import NAMES, SIGNALS, measure
from rag.grounding.tokens import read_text

Floats = NDArray[np.float64]

SEED: Final = 20251
FOLDS: Final = 5
L2: Final = 3.0
FREE: Final = frozenset({"length"})
FALSE_ALARMS: Final = 0.01
"""A signal becomes a veto at the strength that at most this share of true paraphrases reaches."""
_SHARES: Final = {"as it is": 0.6, "lightly altered": 0.4, "wrong paper": 0.06}
ROOT: Final = Path(__file__).resolve().parent.parent
TARGET: Final = ROOT / "rag" / "grounding" / "data" / "offline_judge_1.json"


def features(pairs: Sequence[Pair]) -> Floats:
    """Shape (pairs, len(NAMES))."""
    return np.array([measure(align(read_text(p.claim), read_text(p.evidence))).values for p in pairs])


def weigh(pairs: Sequence[Pair]) -> Floats:
    """Weights, shape (pairs,): true and false claims count alike, and so does each kind of fault."""
    count = Counter((p.supported, p.kind) for p in pairs)
    fault = (1 - _SHARES["wrong paper"]) / len(MUTATIONS)
    return np.array([_SHARES.get(p.kind, fault) / count[p.supported, p.kind] for p in pairs]) * len(pairs) / 2


def fit(x: Floats, y: Floats, w: Floats) -> Floats:
    """Intercept and weights, shape (1 + features,); features with the wrong sign get 0."""
    active = list(range(x.shape[1]))
    while True:
        beta = _newton(x[:, active], y, w)
        wrong = {i: abs(b) for i, b in zip(active, beta[1:], strict=True) if _wrong_sign(NAMES[i], float(b))}
        if not wrong:
            full = np.zeros(x.shape[1] + 1)
            full[[0, *(i + 1 for i in active)]] = beta
            return full
        active.remove(max(wrong, key=lambda i: wrong[i]))


def _wrong_sign(name: str, weight: float) -> bool:
    return name not in FREE and weight > 0


def _newton(x: Floats, y: Floats, w: Floats) -> Floats:
    mean, spread = x.mean(axis=0), x.std(axis=0) + 1e-9
    z = np.column_stack([np.ones(len(x)), (x - mean) / spread])
    penalty = np.diag([0.0, *[L2] * x.shape[1]])
    beta = np.zeros(z.shape[1])
    for _ in range(60):
        p = 1 / (1 + np.exp(-z @ beta))
        step = np.linalg.solve((z.T * (w * p * (1 - p))) @ z + penalty, z.T @ (w * (y - p)) - penalty @ beta)
        beta += step
        if np.abs(step).max() < 1e-9:
            break
    weights = beta[1:] / spread
    return np.concatenate([[beta[0] - weights @ mean], weights])


def out_of_fold(x: Floats, y: Floats, w: Floats, papers: Sequence[str]) -> Floats:
    """P(supported) of every pair by a fit that saw no pair of the same paper, shape (pairs,)."""
    fold = np.array([int(hashlib.sha256(p.encode()).hexdigest(), 16) % FOLDS for p in papers])
    scores = np.zeros(len(y))
    for k in range(FOLDS):
        beta = fit(x[fold != k], y[fold != k], w[fold != k])
        scores[fold == k] = 1 / (1 + np.exp(-(beta[0] + x[fold == k] @ beta[1:])))
    return scores


def best_threshold(scores: Floats, y: Floats, w: Floats) -> float:
    """The threshold with the best balanced accuracy, to two digits; the middle one of equals."""
    grid = np.round(np.arange(0.2, 0.81, 0.01), 2)
    balanced = np.array([_balanced(scores >= t, y, w) for t in grid])
    best = grid[balanced >= balanced.max() - 0.002]
    return float(best[len(best) // 2])


def _balanced(says: NDArray[np.bool_], y: Floats, w: Floats) -> float:
    true, false = y > 0, y == 0
    return float((w[true] @ says[true]) / w[true].sum() + (w[false] @ ~says[false]) / w[false].sum()) / 2


def veto_strengths(x: Floats, pairs: Sequence[Pair], paraphrased: NDArray[np.bool_]) -> dict[str, float]:
    """signal -> the strength that at most FALSE_ALARMS of the true paraphrases reach."""
    rows = np.array([p.kind == "as it is" for p in pairs]) & paraphrased
    found = {}
    for name in SIGNALS:
        strength = np.sort(x[rows, NAMES.index(name)])[::-1]
        allowed = float(strength[int(FALSE_ALARMS * len(strength))])
        found[name] = round(min(1.0, max(allowed + 0.01, 0.3)), 2)
    return found


def read(path: Path) -> dict[str, str]:
    """title -> text of a file of JSON lines."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return {row["title"]: row["abstract"] for row in rows}


def train(notes: dict[str, str], abstracts: dict[str, str]) -> dict[str, Any]:
    """The calibration as it is written down."""
    pairs = list(make_pairs(notes, notes, random.Random(SEED)))
    own = len(pairs)
    if abstracts:
        known = {title: text for title, text in notes.items() if title in abstracts}
        pairs += make_pairs(known, abstracts, random.Random(SEED + 1))
    x, y, w = features(pairs), np.array([float(p.supported) for p in pairs]), weigh(pairs)
    scores = out_of_fold(x, y, w, [p.paper for p in pairs])
    paraphrased = np.arange(len(pairs)) >= (own if abstracts else 0)
    beta, threshold = fit(x, y, w), best_threshold(scores[paraphrased], y[paraphrased], w[paraphrased])
    return {
        "name": "offline-judge@1",
        "fitted_on": f"sentences of {len(notes)} notes, against the notes"
        + (f" and {len(abstracts)} abstracts" if abstracts else ""),
        "pairs": len(pairs),
        "seed": SEED,
        "l2": L2,
        "balanced_accuracy_out_of_fold": round(_balanced(scores >= threshold, y, w), 3),
        "intercept": round(float(beta[0]), 4),
        "weights": {name: round(float(b), 4) for name, b in zip(NAMES, beta[1:], strict=True)},
        "thresholds": {"supported": threshold, "unsupported": round(threshold / 2, 3)},
        "vetoes": veto_strengths(x, pairs, paraphrased),
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Fit, print, and with --write replace the packaged calibration."""
    parser = argparse.ArgumentParser(
        prog="python -m eval.fit_offline_judge", description=(__doc__ or "").split("\n\n")[0]
    )
    parser.add_argument("--notes", type=Path, default=ROOT / "rag" / "data" / "notes.jsonl")
    parser.add_argument("--abstracts", type=Path, help="JSON lines with title and abstract")
    parser.add_argument("--write", action="store_true", help=f"replace {TARGET.name}")
    args = parser.parse_args(argv)
    text = json.dumps(train(read(args.notes), read(args.abstracts) if args.abstracts else {}), indent=1) + "\n"
    if args.write:
        TARGET.parent.mkdir(exist_ok=True)
        TARGET.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
