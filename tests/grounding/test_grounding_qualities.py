"""Qualities turned round, things ranked against their figures, and the whole said of a part."""

from __future__ import annotations

import pytest

from rag.grounding.alignment import Alignment, align
from rag.grounding.moved import moved
from rag.grounding.parity import parity
from rag.grounding.qualities import quality
from rag.grounding.ranked import ranked
from rag.grounding.tokens import read_text
from rag.grounding.trends import lessened
from rag.grounding.whole import whole


def _laid(claim: str, evidence: str) -> Alignment:
    return align(read_text(claim), read_text(evidence))


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("Dispatch rests on robust rules.", "Current planners dispatch by brittle rules."),
        ("The rules that dispatch parcels are fragile.", "Parcels are dispatched by robust rules."),
        ("Its cache keys turn out to be sensitive.", "Its cache keys exhibit robustness."),
        ("Otter serves sites where storage is plentiful.", "Otter serves storage-constrained sites."),
        ("Planners learn from huge logs of parcels.", "Planners learn from limited logs of parcels."),
        ("The probes that Otter inserts are many in number.", "Otter inserts few probes."),
        ("It pays where batch sizes are high.", "It pays at low batch sizes, thanks to high bandwidth."),
        ("Otter writes unsafe pointers.", "Otter writes safe pointers."),
        ("Depots suffer from a shortage of parcels.", "Depots hold abundant parcels."),
    ],
)
def test_the_opposite_quality_of_one_thing_is_noticed(claim: str, evidence: str) -> None:
    assert quality(_laid(claim, evidence)).strength == 1


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("Dispatch rests on robust rules.", "Planners have brittle caches, and dispatch by rules."),
        ("Dispatch rests on robust rules.", "Brittle rules make way for robust ones in dispatch by rules."),
        ("Dispatch no longer rests on robust rules.", "Dispatch rests on brittle rules."),
        ("Dispatch rests on robust rules.", "Dispatch rests on rules that are not brittle."),
        (
            "It rebuilds the higher levels, for the bottom one is kept.",
            "It keeps the level and rebuilds the upper levels.",
        ),
        ("Some parameters stay unused.", "The planner uses some parameters."),
        ("Small parcels wait longer than large parcels.", "Large parcels wait less."),
    ],
)
def test_another_thing_a_denial_or_both_qualities_are_no_opposite(claim: str, evidence: str) -> None:
    assert quality(_laid(claim, evidence)).strength == 0


_SPEEDUPS = "Otter reaches a speedup of 1.8x over Heron and 1.4x over Crane."
_IN_STEP = "Otter delivers 2.1x and 3.3x higher speedup on barges and trucks respectively."


@pytest.mark.parametrize(
    ("claim", "evidence", "strength"),
    [
        ("The speedup over Heron is smaller than the one over Crane.", _SPEEDUPS, 1),
        ("The speedup over Heron is larger than the one over Crane.", _SPEEDUPS, 0),
        ("Its speedup over Crane is higher than over Heron.", _SPEEDUPS, 1),
        ("Otter's speedup is lower on trucks than on barges.", _IN_STEP, 1),
        ("Otter's speedup is greater on trucks than on barges.", _IN_STEP, 0),
        ("The speedup over Heron is smaller than before.", _SPEEDUPS, 0),
        ("Otter makes a larger error than Heron.", "Otter has an error of 46%, Heron 39%.", 0),
    ],
)
def test_things_ranked_against_their_figures_are_noticed(claim: str, evidence: str, strength: float) -> None:
    assert ranked(_laid(claim, evidence)).strength == strength


@pytest.mark.parametrize(
    ("claim", "evidence", "strength"),
    [
        ("Otter parses the whole of the grammar.", "Otter parses a subset of the grammar.", 1),
        ("Otter is tested on all existing depots.", "Otter is tested on several depots.", 1),
        ("It holds for every planner.", "We show it for two of the planners that serve depots.", 1),
        ("Planners inevitably lose parcels.", "Planners can lose parcels in storms.", 1),
        ("Planners are bound to lose parcels.", "Planners may lose parcels in storms.", 1),
        ("Nearly all depots take part.", "Most depots take part.", 0),
        ("Otter stays open all winter.", "Otter closes in most winters.", 0),
        ("Otter parses the whole of the grammar.", "Otter parses the entire grammar, and a subset of the grammar fast.", 0),
        ("Planners inevitably lose parcels.", "Planners lose parcels, and can lose time.", 0),
        ("Planners do not always lose parcels.", "Planners can lose parcels.", 0),
    ],
)  # fmt: skip
def test_all_of_a_part_and_always_of_what_may_be_are_noticed(claim: str, evidence: str, strength: float) -> None:
    assert whole(_laid(claim, evidence)).strength == strength


def test_help_hindrance_and_a_figure_beside_a_comparison_are_read() -> None:
    hindered = "High fees have hindered the adoption of planners."
    assert moved(_laid("High fees have furthered the adoption of planners.", hindered)).strength == 1
    assert moved(_laid("High fees hamper the adoption of planners.", hindered)).strength == 0
    source = "Otter improves accuracy by 14% while reducing traffic to 80% of the baseline."
    assert moved(_laid("Otter makes accuracy drop by 14% and uses less fuel than the baseline.", source)).strength == 1
    assert moved(_laid("Otter makes accuracy rise by 14% and uses less fuel than the baseline.", source)).strength == 0
    both = "Washing decreases the risk, while cutting increases the risk."
    assert moved(_laid(both, "Washing decreases the risk.")).strength == 0


def test_adjectives_of_any_form_are_lessened() -> None:
    assert (
        lessened(_laid("Otter makes depots less friendly to cyclists.", "Otter makes depots friendly.")).strength == 1
    )
    assert lessened(_laid("Otter spends less fuel.", "Otter spends fuel.")).strength == 0


def test_who_competes_with_a_thing_is_not_ahead_of_it_by_bettering_another() -> None:
    source = "Otter enhances the recall of depots, while achieving speed comparable to Heron and Crane."
    assert parity(_laid("Otter performs far better than Heron and Crane.", source)).strength == 1
    source = "Otter runs plans that perform competitively with expert-written plans."
    assert parity(_laid("Otter runs plans whose speed exceeds that of plans written by experts.", source)).strength == 1
    assert parity(_laid("Otter runs plans whose speed rivals that of expert-written plans.", source)).strength == 0
