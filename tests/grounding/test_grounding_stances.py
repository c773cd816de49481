"""Stances: a claim that takes the other side than the source, by a denial, by a word or by both."""

import pytest

from rag.grounding import OfflineJudge
from rag.grounding.alignment import align
from rag.grounding.features import measure
from rag.grounding.stances import agreed, stance
from rag.grounding.tokens import read_text

OTHER_SIDE = [
    ("The readings of the buoys do leave the harbour.", "Tern keeps the readings of the buoys inside the harbour."),
    ("Tern does leak the readings of the buoys.", "Tern conceals the readings of the buoys from everybody."),
    ("Swapped labels on the crates did not go unnoticed by the Tern crew.", "The Tern crew did not notice swapped labels on the crates."),
    ("The Tern crew did notice swapped labels on the crates.", "Swapped labels on the crates went unnoticed by the Tern crew."),
    ("Crates without labels are not beyond what Tern sorts.", "Tern does not handle crates without labels."),
    ("The Tern router is not at odds with the tide tables.", "The Tern router is misaligned with the tide tables."),
    ("Night repairs did not leave the tide tables unchanged.", "Night repairs did not alter the tide tables."),
    ("Old harbour pumps cannot stay unmodified under Tern.", "Tern runs without changing the old harbour pumps."),
    ("Weak radio in the harbour does hold back Tern.", "Tern is unencumbered by weak radio in the harbour."),
    ("Slow cranes do not shut out night loading.", "Slow cranes preclude night loading."),
    ("A second buoy did pay off for Tern.", "For Tern a second buoy was of no benefit."),
    ("The night trial of the buoys did take place.", "The night trial of the buoys was cancelled."),
    ("The harbour log confirmed what the divers reported.", "The harbour log did not confirm what the divers reported."),
    ("Buoy drift is not an unexplored cause of late ferries.", "We look at buoy drift, an unexplored cause of late ferries."),
]  # fmt: skip
NO_FAULT = [
    ("The readings of the buoys do not leave the harbour.", "Tern keeps the readings of the buoys inside the harbour."),
    ("Swapped labels on the crates did not go unnoticed by the crew.", "The crew noticed swapped labels on the crates."),
    ("Crates without labels are not within what Tern supports.", "Tern does not handle crates without labels."),
    ("Night repairs did not leave the tide tables unchanged.", "Night repairs altered the tide tables."),
    ("If the readings do leave the harbour, Tern stops.", "Tern keeps the readings of the buoys inside the harbour."),
    ("Tern not only keeps the readings of the buoys.", "Tern exposes the readings of the buoys to the town."),
    ("The crew did notice the swapped labels.", "The clerk overlooked torn sails, and the crew found the swapped labels."),
    ("Slow cranes do permit night loading.", "Slow cranes limit the harbour at noon, and they permit night loading."),
    ("Tern does keep the readings.", "Earlier routers leak the readings; ours does not."),
    ("Tern handles few crates without labels.", "Tern supports crates without labels only at noon."),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "source"), OTHER_SIDE)
def test_the_other_side_is_a_contradiction(claim: str, source: str) -> None:
    assert stance(align(read_text(claim), read_text(source))).strength == 1
    assert OfflineJudge().judge(claim, source).label == "contradicted"


@pytest.mark.parametrize(("claim", "source"), NO_FAULT)
def test_the_same_side_and_other_things_are_none(claim: str, source: str) -> None:
    assert stance(align(read_text(claim), read_text(source))).strength == 0


def test_the_line_shows_both_sides() -> None:
    claim, source = OTHER_SIDE[0]
    reason = stance(align(read_text(claim), read_text(source))).reason
    assert "do leave" in reason
    assert "keeps" in reason


AGREED = [
    ("The harbour crew is not managing to keep pace with the tide.", "The tide is outpacing the harbour crew."),
    (
        "The core of Tern does not depend on the radio below it.",
        "The core of Tern is decoupled from the radio below it.",
    ),
    ("The tide tables do not fit into the old buoys.", "The old buoys are insufficient for the tide tables."),
]


@pytest.mark.parametrize(("claim", "source"), AGREED)
def test_a_denial_that_the_source_has_in_other_words_is_answered(claim: str, source: str) -> None:
    a = align(read_text(claim), read_text(source))
    assert agreed(a).here
    assert measure(a).polarity.worst.strength == 0


def test_what_one_side_only_denies_is_not_agreed_on() -> None:
    claim, source = OTHER_SIDE[0]
    assert not agreed(align(read_text(claim), read_text(source))).here
