"""Fitting the offline judge: the same pairs from the same seed, every fault a real change, no weight of the wrong sign."""

from __future__ import annotations

import random

import numpy as np
import pytest

from eval.claim_mutations import MUTATIONS, Pool, make_pairs
from eval.fit_offline_judge import best_threshold, fit, weigh
from rag.grounding.features import NAMES

NOTES = {
    "RopeWeave: Scheduling for Ropes": "RopeWeave dries ropes faster than HempLine by up to 35% on eight H70 spindles. "
    "RopeWeave does not need extra oil, and some users may notice softer ropes.",
    "Cheese Maps": "Cheese Maps explains the flavour of 140 Alpine cheeses by altitude, with an error under 3%. "
    "The largest model, CheddarNet, improves the forecast without labels.",
    "Lantern Routing": "Lantern Routing sends boats along 12 canals in parallel and reduces the waiting time. "
    "Each canal keeps its own queue, while earlier schemes share one.",
}
POOL = Pool(names=["CheddarNet"], nouns=["forecast"], clauses=["shares one queue"])


def test_the_same_seed_gives_the_same_pairs() -> None:
    one, other = (list(make_pairs(NOTES, NOTES, random.Random(3))) for _ in range(2))
    assert one == other
    assert {p.kind for p in one if p.supported} == {"as it is", "lightly altered"}
    assert {p.paper for p in one} == set(NOTES)


@pytest.mark.parametrize("kind", sorted(MUTATIONS))
def test_every_fault_changes_the_claim(kind: str) -> None:
    sentence = "RopeWeave may dry ropes faster than HempLine, by up to 35% on eight H70 spindles, without extra oil."
    made = {MUTATIONS[kind](sentence, POOL, random.Random(seed)) for seed in range(30)}
    assert made - {None, sentence}


def test_true_and_false_weigh_alike() -> None:
    pairs = list(make_pairs(NOTES, NOTES, random.Random(3)))
    weights = weigh(pairs)
    true = sum(w for w, p in zip(weights, pairs, strict=True) if p.supported)
    assert true == pytest.approx(len(pairs) / 2)


def test_a_fault_may_not_speak_for_a_claim() -> None:
    rng = np.random.default_rng(0)
    x = rng.random((400, len(NAMES)))
    y = (x[:, 1] - x[:, 0] > 0).astype(float)  # feature 0 speaks against, feature 1, wrongly, for the claim
    beta = fit(x, y, np.ones(400))
    assert beta[1] < -1
    assert beta[2] == 0
    assert all(b <= 0 for name, b in zip(NAMES, beta[1:], strict=True) if name != "length")


def test_the_threshold_parts_what_can_be_parted() -> None:
    y = np.array([0.0, 0.0, 1.0, 1.0])
    assert 0.4 < best_threshold(np.array([0.1, 0.4, 0.6, 0.9]), y, np.ones(4)) <= 0.6
