"""Words of a claim that stand nowhere: mere wording, or things of their own."""

from __future__ import annotations

import pytest

from rag.grounding import OfflineJudge
from rag.grounding.alignment import align
from rag.grounding.features import NAMES, measure
from rag.grounding.lexicon import general
from rag.grounding.tokens import read_text

SOURCE = (
    "Stoat is a scheduler for shared presses. It assigns each job to a press by the length of its pages and lowers the "
    "waiting time of short jobs."
)


def measured(claim: str, name: str) -> float:
    found = measure(align(read_text(claim), read_text(SOURCE))).values
    return float(found[NAMES.index(name)])


@pytest.mark.parametrize(
    "claim",
    [
        "Stoat makes a point of giving each job to a press by the length of its pages.",
        "By the account of its makers, Stoat is of help to short jobs, whose waiting time comes down.",
    ],
)
def test_wording_of_the_claims_own_is_no_thing(claim: str) -> None:
    assert measured(claim, "unfound_things") == 0.0
    assert measured(claim, "unfound") > 0.0


@pytest.mark.parametrize(
    "claim",
    [
        "Stoat assigns each job to a press by the humidity of its pages.",
        "Stoat assigns each job to a press by means of a neural classifier.",
        "Stoat lowers the waiting time of encrypted jobs.",
    ],
)
def test_a_thing_of_the_claims_own_counts_as_one(claim: str) -> None:
    assert measured(claim, "unfound_things") > 0.0


def test_names_and_figures_are_counted_elsewhere() -> None:
    assert measured("Stoat assigns each job to a press of Ferret in 12 ways.", "unfound_things") == 0.0


def test_a_claim_with_a_thing_of_its_own_is_worth_less() -> None:
    judge = OfflineJudge()
    wording = judge.judge("Stoat assigns each job to a press by the sheer length of its pages.", SOURCE)
    thing = judge.judge("Stoat assigns each job to a press by the moist length of its pages.", SOURCE)
    assert thing.score < wording.score


def test_general_words_hold_no_terms_of_a_field() -> None:
    assert {"leave", "account", "nonetheless", "twice"} <= general()
    assert general().isdisjoint({"cache", "gradient", "vaccine", "database", "profiler", "reinforcement"})
