"""Overclaims: what may be given as done, most as all, little as nothing, some of a number as all of it, one as every."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rag.grounding import OfflineJudge
from rag.grounding.achieved import achieved
from rag.grounding.alignment import Alignment, align
from rag.grounding.costless import costless
from rag.grounding.counted import counted
from rag.grounding.signals import Signal
from rag.grounding.tokens import read_text
from rag.grounding.unsolved import unsolved
from rag.grounding.wholly import wholly

FELT = (
    "Felt rollers for presses. We show the potential of felt rollers to lower the price of printing. "
    "Such rollers could help schools to print books. The presses have run for two years."
)
HERONS = (
    "Herons of the delta. The herons feed mostly on eels. Eels dominate the diet of young birds. "
    "Nests typically stand in tall reeds."
)
COOLING = "We replace the pump of a kiln. The new pump saves fuel with minimal impact on firing time."
TRIALS = (
    "We tried the lock on 36 doors. It held on 31 of 36 doors, and all but two windows stayed shut. "
    "The key fitted three of the five drawers."
)
LOOM = (
    "We weave by rule. An existing loom, Arras-2, can be joined to a punched tape to weave patterns of any length. "
    "Looms need oil."
)


def strength(look: Callable[[Alignment], Signal], claim: str, source: str) -> float:
    return look(align(read_text(claim), read_text(source))).strength


@pytest.mark.parametrize(
    "claim",
    [
        "Felt rollers have already lowered the price of printing.",
        "The price of printing has been lowered by felt rollers.",
        "It is established that felt rollers demonstrably lower the price of printing.",
        "Felt rollers have helped schools to print books.",
        "Felt rollers are guaranteed to help schools to print books.",
    ],
)
def test_what_may_be_is_not_done_yet(claim: str) -> None:
    assert strength(achieved, claim, FELT) == 1.0
    assert OfflineJudge().judge(claim, FELT).label != "supported"


@pytest.mark.parametrize(
    "claim",
    [
        "Felt rollers could lower the price of printing.",
        "Felt rollers show potential to lower the price of printing, as has been shown.",
        "The presses have run for two years.",
        "The authors have shown felt rollers for presses.",
        "The presses have been kept running for two years already.",
    ],
)
def test_what_is_said_to_be_possible_or_is_done_there_too_is_no_overclaim(claim: str) -> None:
    assert strength(achieved, claim, FELT) == 0.0


def test_a_fact_beside_a_possibility_is_one() -> None:
    source = "The dyke may break in spring. It has kept the village dry for ten years already."
    assert strength(achieved, "The dyke has kept the village dry for ten years.", source) == 0.0


@pytest.mark.parametrize(
    "claim",
    [
        "The herons feed exclusively on eels.",
        "Herons feed on nothing but eels, and nests always stand in tall reeds.",
        "Eels make up the whole of the diet of young birds.",
        "The nests invariably stand in tall reeds.",
    ],
)
def test_most_is_not_all(claim: str) -> None:
    assert strength(wholly, claim, HERONS) == 1.0


@pytest.mark.parametrize(
    "claim",
    [
        "The herons feed mainly on eels.",
        "The herons do not feed exclusively on eels.",
        "The herons feed almost exclusively on eels.",
        "Eels make up the greater part of the diet of young birds.",
    ],
)
def test_most_is_most(claim: str) -> None:
    assert strength(wholly, claim, HERONS) == 0.0


def test_what_the_source_says_of_the_whole_as_well_is_no_overclaim() -> None:
    source = "Herons feed mostly on eels, and young birds entirely so."
    assert strength(wholly, "Young herons feed entirely on eels.", source) == 0.0


@pytest.mark.parametrize(
    "claim",
    [
        "The new pump saves fuel at no cost in firing time.",
        "The new pump saves fuel without any loss of firing time.",
        "The new pump never disturbs firing and saves fuel.",
        "Firing time is not affected in the least by the new pump.",
    ],
)
def test_little_is_not_nothing(claim: str) -> None:
    assert strength(costless, claim, COOLING) == 1.0


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("The new pump saves fuel at almost no cost in firing time.", COOLING),
        ("The new pump saves fuel with little impact on firing time.", COOLING),
        ("The new pump saves fuel without loss.", "The pump saves fuel without loss, with minimal impact on firing."),
        ("Glazes were mixed without any loss.", COOLING),
    ],
)
def test_what_is_nearly_nothing_or_of_another_thing_is_no_overclaim(claim: str, source: str) -> None:
    assert strength(costless, claim, source) == 0.0


@pytest.mark.parametrize(
    "claim",
    [
        "The lock held on all of the 36 doors.",
        "The lock held on each of the 36 doors.",
        "The lock held on none of the 36 doors.",
        "The key fitted all five drawers.",
        "All windows stayed shut.",
        "Every window stayed shut.",
    ],
)
def test_some_of_a_number_is_not_all_of_it(claim: str) -> None:
    assert strength(counted, claim, TRIALS) == 1.0


@pytest.mark.parametrize(
    "claim",
    [
        "The lock held on 31 of the 36 doors.",
        "Not all of the 36 doors were held by the lock.",
        "Nearly all 36 doors were held by the lock.",
        "The lock was tried on 36 doors.",
        "All windows but two stayed shut.",
    ],
)
def test_some_of_a_number_is_some_of_it(claim: str) -> None:
    assert strength(counted, claim, TRIALS) == 0.0


BELLS = (
    "How to tune old bells remains an open question. A dry loft is necessary for casting bells. "
    "The founders solved the cooling of moulds."
)


@pytest.mark.parametrize(
    "claim",
    [
        "How to tune old bells is a solved question.",
        "The tuning of old bells has been settled.",
        "Tuning old bells is no longer a question.",
        "A dry loft is sufficient for casting bells.",
        "A dry loft is all that is needed for casting bells.",
    ],
)
def test_what_is_open_is_not_solved_and_what_is_needed_may_not_be_enough(claim: str) -> None:
    assert strength(unsolved, claim, BELLS) == 1.0


@pytest.mark.parametrize(
    "claim",
    [
        "The cooling of moulds was solved by the founders.",
        "How to tune old bells is not solved.",
        "The question how to tune old bells is yet to be answered.",
        "A dry loft is necessary for casting bells, though it may not be enough.",
        "A dry loft is not sufficient for casting bells.",
    ],
)
def test_what_is_solved_or_open_there_too_is_no_overclaim(claim: str) -> None:
    assert strength(unsolved, claim, BELLS) == 0.0


@pytest.mark.parametrize(
    ("look", "claim", "source"),
    [
        (counted, "Each of the six bells rang true.", "Five of the six bells were cast here. All six rang true."),
        (
            counted,
            "Every bell in use was tuned.",
            "All but two bells are in use. The founders tuned every bell in use.",
        ),
        (
            costless,
            "In the crypt the bells are muffled without loss of tone.",
            "Muffling the bells has a small loss of tone in the loft. In the crypt there is no loss of tone.",
        ),
        (achieved, "It always drops a wrong note.", "A note may be wrong, in which case it always drops the note."),
        (achieved, "Marks that ringers have made are kept.", "Ringers may make marks, and the marks are kept."),
        (achieved, "The frame made it possible to ring faster.", "With the frame, ringers can ring faster."),
    ],
)
def test_what_stands_in_another_sentence_is_not_overstated(
    look: Callable[[Alignment], Signal], claim: str, source: str
) -> None:
    assert strength(look, claim, source) == 0.0
