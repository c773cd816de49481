"""Any file of groundedness labels: JSON lines with ``context, claim, label`` (``id, kind, question, group`` optional).

A label other than "supported" counts as not supported. The judge's own labels are taken as they are: no threshold is
tuned on the file, so the figure is what a user of the judge would see. Items that share a claim, a context, a question
or a group are dependent, and are resampled together.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any, Final, cast, get_args

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from eval.figures import Estimate, estimate
from eval.jsonl import read_records
from eval.judging.measures import BINS, auroc, balanced_accuracy, bin_of, brier, ece, interval, mean_of
from eval.judging.records import Bin, Judged, LabelRow, Request
from rag.answer import Label
from rag.errors import InputError

_REMEDY: Final = "Correct the line; the fields are described in eval/judging/ground.py"
_JOINS: Final = ("claim", "context", "question", "group")


class _Line(BaseModel):
    """One line; other sets carry fields of their own, which are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    context: str = Field(min_length=1)
    claim: str = Field(min_length=1)
    label: str = Field(min_length=1)
    id: str | None = None
    kind: str | None = None
    question: str | None = None
    group: str | None = None


def load_ground(path: str | Path, *, limit: int | None = None, seed: int = 0) -> list[Request]:
    """What to ask, from one file; ``limit`` draws so many lines by the seed.

    Raises:
        InputError: no such file, a line without context, claim or label, or no line at all.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"there is no file {path}", "Name a JSONL file with --ground")
    lines = [line for _, line in read_records(path, _Line, _REMEDY)]
    if not lines:
        raise InputError(f"{path} holds no claims", "Name a JSONL file with --ground")
    clusters = _clusters(lines)
    rows = list(range(len(lines)))
    if limit is not None and limit < len(rows):
        drawn = np.random.default_rng(seed).choice(len(rows), size=limit, replace=False)
        rows = sorted(int(i) for i in drawn)
    return [
        Request(
            id=f"{path.stem}:{lines[i].id or i + 1}", suite="ground", kind=lines[i].kind or "all",
            cluster=f"{path.stem}:{clusters[i]}", claim=lines[i].claim, evidence=lines[i].context,
            expected=lines[i].label == "supported",
        )
        for i in rows
    ]  # fmt: skip


def _clusters(lines: Sequence[_Line]) -> list[int]:
    """Connected components: lines that share one of :data:`_JOINS`, directly or through others."""
    parent = list(range(len(lines)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    seen: dict[tuple[str, Any], int] = {}
    for i, line in enumerate(lines):
        for name in _JOINS:
            value = getattr(line, name)
            if value is not None:
                key = name, hashlib.sha256(value.encode("utf-8")).digest()
                parent[root(i)] = root(seen.setdefault(key, i))
    return [root(i) for i in range(len(lines))]


def source_of(item: Judged) -> str:
    """The file that an item of the ground suite is from."""
    return item.id.partition(":")[0]


def by_source(items: Sequence[Judged]) -> dict[str, list[Judged]]:
    """The items of the ground suite by file, in order."""
    found: dict[str, list[Judged]] = defaultdict(list)
    for item in items:
        if item.suite == "ground":
            found[source_of(item)].append(item)
    return dict(found)


def ground_figures(items: Sequence[Judged], *, seed: int = 0) -> list[Estimate]:
    """Per file: accuracy, ranking and calibration; then balanced accuracy and AUROC of each kind with both classes."""
    found: list[Estimate] = []
    for source, rows in by_source(items).items():
        found += _figures(rows, source, seed, whole=True)
        kinds = sorted({i.kind for i in rows})
        for kind in kinds if len(kinds) > 1 else ():
            some = [i for i in rows if i.kind == kind]
            if len({i.expected for i in some}) == 2:
                found += _figures(some, f"{source}/{kind}", seed, whole=False)
    return found


def _figures(rows: Sequence[Judged], group: str, seed: int, *, whole: bool) -> list[Estimate]:
    y = np.array([bool(i.expected) for i in rows])
    says = np.array([i.says_supported for i in rows])
    scores = np.array([i.score for i in rows])
    clusters: list[Hashable] = [i.cluster for i in rows]
    measures = {"BalancedAccuracy": balanced_accuracy(y, says), "AUROC": auroc(y, scores)}
    if whole:
        lengths = np.array([float(len(i.claim)) for i in rows])
        measures |= {
            "Supported(gold)": mean_of(y.astype(np.float64)),
            "Supported(judge)": mean_of(says.astype(np.float64)),
            "Brier": brier(y, scores),
            "ECE": ece(y, scores),
            "LengthAUROC (control)": auroc(y, -lengths),
        }
    return [interval(name, m, clusters, group=group, seed=seed) for name, m in measures.items()]


def label_rows(items: Sequence[Judged], *, seed: int = 0) -> list[LabelRow]:
    """Per file and label: how many claims got it, and the share of them that the gold calls supported.

    That share is the measured precision of "supported"; of the other labels it is what they miss. A label that never
    occurs has no row.
    """
    found = []
    for source, rows in by_source(items).items():
        for label in (*get_args(Label), "failed"):
            some = [i for i in rows if i.label == label]
            share = estimate(
                f"gold supported | {label}", [float(bool(i.expected)) for i in some], group=source,
                clusters=[i.cluster for i in some], seed=seed,
            )  # fmt: skip
            if share is not None:
                found.append(LabelRow(source=source, label=cast(str, label), n=len(some), share_supported=share))
    return found


def calibration_bins(items: Sequence[Judged], *, seed: int = 0) -> list[Bin]:
    """Per file the table behind ECE: ten bins of equal width, those without an item left out."""
    found = []
    for source, rows in by_source(items).items():
        scores = np.array([i.score for i in rows])
        places = bin_of(scores)
        for place in range(BINS):
            some = [i for i, p in zip(rows, places, strict=True) if p == place]
            share = estimate(
                "supported", [float(bool(i.expected)) for i in some], group=source,
                clusters=[i.cluster for i in some], seed=seed,
            )  # fmt: skip
            if share is not None:
                mean = float(scores[places == place].mean())
                found.append(
                    Bin(source=source, low=place / BINS, high=(place + 1) / BINS, n=len(some), mean_score=mean,
                        supported=share)
                )  # fmt: skip
    return found
