"""Fitting the offline judge: the same examples from the same seed, every fault a real change, no weight of the wrong
sign, and never a paper of the test half."""

from __future__ import annotations

import json
import random
from importlib.resources import files

import numpy as np
import pytest

from eval.claim_mutations import MUTATIONS, Pool, make_pairs
from eval.fit_offline_judge import fit, thresholds
from eval.judge_training import examples, fold_of, training_claims, worn
from eval.judging.twins import TwinClaim, bundled_claims
from eval.split import split_of_title
from rag.corpus.identity import title_key
from rag.grounding.features import AGAINST, FOR, NAMES

NOTES = {
    "RopeWeave: Scheduling for Ropes": "RopeWeave dries ropes faster than HempLine by up to 35% on eight H70 spindles. "
    "RopeWeave does not need extra oil, and some users may notice softer ropes.",
    "Cheese Maps": "Cheese Maps explains the flavour of 140 Alpine cheeses by altitude, with an error under 3%. "
    "The largest model, CheddarNet, improves the forecast without labels.",
    "Lantern Routing": "Lantern Routing sends boats along 12 canals in parallel and reduces the waiting time. "
    "Each canal keeps its own queue, while earlier schemes share one.",
    "Paper Kites": "Paper Kites fly higher with 3 tails than with one. The kites do not need wind above 20 km/h.",
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


def test_examples_are_repeatable_and_never_of_the_test_half() -> None:
    claims = [
        TwinClaim(id=f"x-{label}", pair="x", paper=title, claim=f"{title} is {label}.", label=label, kind="number")
        for title in NOTES
        if split_of_title(title) == "dev"
        for label in ("supported", "unsupported")
    ][:2]
    assert claims
    one, other = (examples(NOTES, claims, seed=3) for _ in range(2))
    assert one == other
    dev = {title_key(title) for title in NOTES if split_of_title(title) == "dev"}
    assert {e.paper for e in one} <= dev < {title_key(title) for title in NOTES}
    made = [e for e in one if e.source == "made"]
    assert sum(e.weight for e in made if e.supported) == pytest.approx(sum(e.weight for e in made if not e.supported))


def test_a_claim_about_the_test_half_is_refused() -> None:
    title = next(t for t in NOTES if split_of_title(t) == "test")
    claim = TwinClaim(id="x", pair="x", paper=title, claim="It flies.", label="supported", kind="number")
    with pytest.raises(ValueError, match="dev half"):
        examples(NOTES, [claim], seed=3)


def test_what_is_fitted_on_and_what_is_reported_share_no_paper() -> None:
    fitted, reported = ({title_key(c.paper) for c in claims} for claims in (training_claims(), bundled_claims()))
    assert not fitted & reported
    assert {fold_of(paper, 5) for paper in fitted} == set(range(5))


def test_wear_spares_names_figures_and_small_words() -> None:
    text = NOTES["RopeWeave: Scheduling for Ropes"]
    changed = worn(text, 1.0, ["teapot"], random.Random(1))
    assert changed.count("teapot") >= 5
    for kept in ("RopeWeave", "HempLine", "35%", "faster", "H70", "not", "some", "may"):
        assert kept in changed
    assert worn(text, 0.0, ["teapot"], random.Random(1)) == text


def test_a_fault_may_not_speak_for_a_claim_nor_presence_against_it() -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(size=(400, len(NAMES)))
    for_, against = NAMES.index(FOR[0]), NAMES.index(AGAINST[0])
    other_for, other_against = NAMES.index(FOR[1]), NAMES.index(AGAINST[1])
    # The second of each kind points the wrong way.
    y = (z[:, for_] - z[:, against] - z[:, other_for] + z[:, other_against] > 0).astype(float)
    beta = dict(zip(NAMES, fit(z, y, np.ones(400))[1:], strict=True))
    assert beta[FOR[0]] > 0.3
    assert beta[AGAINST[0]] < -0.3
    assert beta[FOR[1]] == 0
    assert beta[AGAINST[1]] == 0


def test_the_thresholds_part_what_can_be_parted() -> None:
    y = np.array([0.0, 0.0, 1.0, 1.0])
    found = thresholds(np.array([0.1, 0.4, 0.6, 0.9]), y)
    assert 0.4 < found["supported"] <= 0.6
    assert found["unsupported"] < found["supported"]


def test_the_packaged_file_says_what_each_label_is_worth() -> None:
    raw = json.loads(files("rag.grounding").joinpath("data", "offline_judge_7.json").read_text(encoding="utf-8"))
    for label in ("supported", "unsupported", "unsure"):
        precision = raw["precision"][label]
        assert precision["low"] <= precision["value"] <= precision["high"]
        assert precision["n"] > 20
