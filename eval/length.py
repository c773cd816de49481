"""Length as a control: does a quality go up or down because answers are longer?

Length alone explained half of what human raters said of answers (EVAL notes on RAGChecker's labels), so every quality
stands beside it: Spearman's rho with the words of the answer, and the quality among short, middling and long answers.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from eval.confidence import answering
from eval.records import Item, Run
from eval.resample import DRAWS, interval_of, rank_correlation
from eval.statistics import Interval, mean_interval

QUALITIES: Final = ("EvidenceHit", "NuggetRecall(lexical)", "CitedPrecision", "CitedRecall")
LEAST: Final = 12
"""Fewer answers than this give no thirds worth a look."""


class Third(NamedTuple):
    """The quality among answers of ``words`` (shortest, longest) length."""

    words: tuple[int, int]
    quality: Interval


class LengthControl(NamedTuple):
    """One quality beside length, over the answered questions that have an answer.

    ``rho`` is None where all answers are equally long or equally good.
    """

    metric: str
    rho: Interval | None
    thirds: tuple[Third, ...]


def words_of(item: Item) -> int:
    """Words of the claims offered as the answer."""
    return 0 if item.answer is None else sum(len(c.text.split()) for c in answering(item.answer))


def length_control(run: Run, *, draws: int = DRAWS) -> tuple[LengthControl, ...]:
    """Every quality of :data:`QUALITIES` that the run has, beside the length of its answers."""
    rows = []
    for metric in QUALITIES:
        items = [i for i in run.items if i.answerable and words_of(i) and i.values.get(metric) is not None]
        if len(items) < LEAST:
            continue
        words = [words_of(i) for i in items]
        values = [float(i.values[metric] or 0.0) for i in items]
        rho = None
        if len(set(words)) > 1 and len(set(values)) > 1:
            clusters = [i.cluster for i in items]
            statistic = rank_correlation([float(w) for w in words], values)
            rho = interval_of(statistic, clusters, draws=draws, seed=run.seed)
        rows.append(LengthControl(metric, rho, _thirds(items, words, metric, draws, run.seed)))
    return tuple(rows)


def _thirds(items: list[Item], words: list[int], metric: str, draws: int, seed: int) -> tuple[Third, ...]:
    """Short, middling, long: cut where a third of the answers end; answers of one length stay together."""
    cuts = np.quantile(words, (1 / 3, 2 / 3), method="inverted_cdf").tolist()
    found = []
    for low, high in ((-1, cuts[0]), (cuts[0], cuts[1]), (cuts[1], max(words))):
        held = [(i, w) for i, w in zip(items, words, strict=True) if low < w <= high]
        if not held:
            continue
        values = [float(i.values[metric] or 0.0) for i, _ in held]
        quality = mean_interval(
            values, clusters=[i.cluster for i, _ in held], bounded=True, resamples=draws, seed=seed
        )  # fmt: skip
        found.append(Third((min(w for _, w in held), max(w for _, w in held)), quality))
    return tuple(found)
