"""Fit the offline judge: ``python -m eval.fit_offline_judge [--write]``, from this repository alone, in about a minute.

Logistic regression with an L2 penalty by Newton's method on standardised features, cut off at eight deviations. A
feature that would speak for a claim although it measures a fault, or against it although it measures presence, is left
out. Thresholds come from predictions on papers that the fold did not see; so does what each label is worth, together
with the bundled twins of the test half, which are never fitted on.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, get_args

import numpy as np
from numpy.typing import NDArray

from eval.figures import estimate
from eval.judge_training import SHARES, Example, answer_examples, examples, fold_of, training_claims
from eval.judging.twins import bundled_claims
from rag.answer import Label
from rag.corpus.identity import title_key
from rag.grounding import OfflineJudge
from rag.grounding.alignment import align
from rag.grounding.calibration import CLIP, FILE, NAME, parse
from rag.grounding.features import AGAINST, FOR, NAMES, measure
from rag.grounding.tokens import read_text

Floats = NDArray[np.float64]

SEED: Final = 20251
FOLDS: Final = 5
L2: Final = 25.0
REFUSED_TRUE: Final = 0.15
"""At most this share of the claims below the lower threshold may be true."""
SMOOTHED: Final = 11
"""Neighbouring thresholds, a hundredth apart, over which balanced accuracy is averaged before one is chosen: it is flat
about its top, and by itself a threshold moves by some hundredths with any two claims."""
ROOT: Final = Path(__file__).resolve().parent.parent
TARGET: Final = ROOT / "rag" / "grounding" / "data" / FILE


def features(found: Sequence[Example]) -> Floats:
    """Shape (examples, len(NAMES)); an example without a weighty word is a row of zeros."""
    rows = []
    for example in found:
        a = align(read_text(example.claim), read_text(example.evidence))
        rows.append(measure(a).values if a.content else np.zeros(len(NAMES)))
    return np.array(rows)


class Fit:
    """Weights on standardised features."""

    def __init__(self, x: Floats, y: Floats, w: Floats) -> None:
        self.mean = x.mean(axis=0)
        self.spread = x.std(axis=0) + 1e-6
        self.beta = fit(self.standardised(x), y, w)

    def standardised(self, x: Floats) -> Floats:
        """As the judge does it."""
        z: Floats = np.clip((x - self.mean) / self.spread, -CLIP, CLIP)
        return z

    def probability(self, x: Floats) -> Floats:
        """P(supported), shape (rows,)."""
        p: Floats = 1 / (1 + np.exp(-(self.beta[0] + self.standardised(x) @ self.beta[1:])))
        return p


def fit(z: Floats, y: Floats, w: Floats) -> Floats:
    """Intercept and weights, shape (1 + features,); features with the wrong sign get 0, a third of them at a time."""
    active = list(range(z.shape[1]))
    while True:
        beta = _newton(z[:, active], y, w)
        wrong = sorted(
            ((abs(float(b)), i) for i, b in zip(active, beta[1:], strict=True) if _wrong_sign(NAMES[i], float(b))),
            reverse=True,
        )
        if not wrong:
            full = np.zeros(z.shape[1] + 1)
            full[[0, *(i + 1 for i in active)]] = beta
            return full
        for _, i in wrong[: max(1, len(wrong) // 3)]:
            active.remove(i)


def _wrong_sign(name: str, weight: float) -> bool:
    return (name in AGAINST and weight > 0) or (name in FOR and weight < 0)


def _newton(z: Floats, y: Floats, w: Floats) -> Floats:
    design = np.column_stack([np.ones(len(z)), z])
    penalty = np.diag([0.0, *[L2] * z.shape[1]])
    beta = np.zeros(design.shape[1])
    for _ in range(60):
        p = 1 / (1 + np.exp(-np.clip(design @ beta, -30, 30)))
        hessian = (design.T * (w * p * (1 - p))) @ design + penalty
        step: Floats = np.linalg.solve(hessian, design.T @ (w * (y - p)) - penalty @ beta)
        beta += step
        if np.abs(step).max() < 1e-9:
            break
    return beta


def thresholds(scores: Floats, y: Floats) -> dict[str, float]:
    """ "supported": the highest of those with the best balanced accuracy, smoothed; "unsupported": as high as few true
    claims lie below it. To two digits."""
    grid = np.round(np.arange(0.3, 0.71, 0.01), 2)
    balanced = np.array([(float((scores[y > 0] >= t).mean()) + float((scores[y == 0] < t).mean())) / 2 for t in grid])
    smooth = np.convolve(balanced, np.ones(SMOOTHED) / SMOOTHED, "same")
    upper = round(float(grid[smooth >= smooth.max()].max()), 2)
    below = [t for t in np.round(np.arange(0.05, upper, 0.01), 2) if y[scores < t].mean() <= REFUSED_TRUE]
    return {"supported": upper, "unsupported": float(max(below, default=0.05))}


def written(model: Fit, cut: Mapping[str, float]) -> dict[str, Any]:
    """The fitted part of the calibration as it is written down."""
    return {
        "name": NAME,
        "intercept": round(float(model.beta[0]), 5),
        "features": {
            name: {"weight": round(float(b), 5), "mean": round(float(m), 6), "spread": round(float(s), 6)}
            for name, b, m, s in zip(NAMES, model.beta[1:], model.mean, model.spread, strict=True)
        },
        "thresholds": dict(cut),
    }


def train(notes: dict[str, str]) -> dict[str, Any]:
    """The whole calibration."""
    found = examples(notes, training_claims(), seed=SEED) + answer_examples()
    x, y = features(found), np.array([float(e.supported) for e in found])
    w = np.array([e.weight for e in found])
    folds = np.array([fold_of(e.paper, FOLDS) for e in found])
    parts = [Fit(x[folds != k], y[folds != k], w[folds != k]) for k in range(FOLDS)]
    scores = np.zeros(len(y))
    for k, part in enumerate(parts):
        scores[folds == k] = part.probability(x[folds == k])
    hand, count = np.array([e.source == "hand" for e in found]), Counter(e.source for e in found)
    worn = hand & np.array([e.share == max(SHARES) for e in found])
    cut = thresholds(scores[worn], y[worn])
    model = Fit(x, y, w)
    whole = written(model, cut)
    judged = _judged(found, [written(part, cut) for part in parts]) + _test(notes, whole)
    return whole | {
        "fitted_on": f"{int(hand.sum()) // len(SHARES)} claims by hand and {count['made']} by program over the notes "
        f"of the dev half, against the notes as they are and worn; {count['answer']} sentences over invented passages",
        "examples": len(found),
        "seed": SEED,
        "l2": L2,
        "precision": _precisions(judged),
        "precision_on": "claims by hand about papers not fitted on, as many true as false",
    }


Verdicts = list[tuple[Label, bool, str]]


def _judged(found: Sequence[Example], parts: Sequence[dict[str, Any]]) -> Verdicts:
    """(label, truth, paper) of the claims by hand against whole notes, each by the fold that did not see its paper."""
    judges = [OfflineJudge(parse(part)) for part in parts]
    return [
        (judges[fold_of(e.paper, FOLDS)].judge(e.claim, e.evidence).label, e.supported, e.paper)
        for e in found
        if e.source == "hand" and not e.share
    ]


def _test(notes: Mapping[str, str], whole: dict[str, Any]) -> Verdicts:
    judge = OfflineJudge(parse(whole))
    return [
        (judge.judge(c.claim, f"{c.paper}. {notes[c.paper]}").label, c.label == "supported", title_key(c.paper))
        for c in bundled_claims()
    ]


def _precisions(judged: Verdicts) -> dict[str, dict[str, float]]:
    found = {}
    for label in get_args(Label):
        some = [(truth == (label == "supported"), paper) for given, truth, paper in judged if given == label]
        share = estimate("precision", [float(right) for right, _ in some], clusters=[paper for _, paper in some])
        if share is not None and share.low is not None and share.high is not None:
            found[label] = {
                "value": round(share.value, 3), "low": round(share.low, 3), "high": round(share.high, 3),
                "n": len(some),
            }  # fmt: skip
    return found


def read(path: Path) -> dict[str, str]:
    """title -> text of a file of JSON lines."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return {row["title"]: row["abstract"] for row in rows}


def main(argv: Sequence[str] | None = None) -> int:
    """Fit, print with the hash, and with --write replace the packaged calibration."""
    parser = argparse.ArgumentParser(
        prog="python -m eval.fit_offline_judge", description=(__doc__ or "").split("\n\n")[0]
    )
    parser.add_argument("--notes", type=Path, default=ROOT / "rag" / "data" / "notes.jsonl")
    parser.add_argument("--write", action="store_true", help=f"replace {TARGET.name}")
    args = parser.parse_args(argv)
    text = json.dumps(train(read(args.notes)), indent=1) + "\n"
    if args.write:
        TARGET.parent.mkdir(exist_ok=True)
        TARGET.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    print(f"sha256 {hashlib.sha256(text.encode()).hexdigest()}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
