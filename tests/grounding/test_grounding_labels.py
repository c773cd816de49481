"""What is said of two phases, levels or names, exchanged."""

from __future__ import annotations

import pytest

from rag.grounding.alignment import align
from rag.grounding.labels import labelled
from rag.grounding.tokens import read_text

_PHASES = (
    "Phase 1 captures the graph with a tracer at the operator level. Phase 2 fuses adjacent nodes. "
    "Phase 3 lowers it into a typed representation with virtual registers."
)
_LEVELS = (
    "At the model level, we examine pruning, distillation and expert merging. At the system level, we investigate "
    "load balancing and distributed scheduling algorithms."
)
_NAMES = (
    "Pillar is tried on two sets, TripBench and MathBench. On TripBench it improves recall by 13.8% with all of the "
    "budget. On MathBench it keeps the accuracy at only 30% of the compute."
)


def _fires(claim: str, source: str) -> bool:
    return labelled(align(read_text(claim), read_text(source))).strength == 1


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Capturing the graph falls to the third phase, whereas virtual registers appear in the first.", _PHASES),
        ("In the first phase it gets a typed representation, and in the third phase the tracer captures it.", _PHASES),
        ("The tracer belongs to phase three, but virtual registers to phase one.", _PHASES),
        ("Expert merging comes up at the system level, and load balancing at the model level.", _LEVELS),
        ("Load balancing is the concern of model-level work, while system-level work is about pruning.", _LEVELS),
        ("Recall improves by 13.8% on MathBench, and on TripBench 30% of the compute keeps accuracy.", _NAMES),
    ],
)  # fmt: skip
def test_exchanged_labels_are_found(claim: str, source: str) -> None:
    assert _fires(claim, source)


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Capturing the graph falls to the first phase, whereas virtual registers appear in the third.", _PHASES),
        ("The first phase captures the graph, and the second fuses adjacent nodes.", _PHASES),
        ("Expert merging comes up at the model level, and load balancing at the system level.", _LEVELS),
        ("Both the model level and the system level, from pruning to load balancing, are examined.", _LEVELS),
        ("Recall improves by 13.8% on TripBench, and on MathBench 30% of the compute keeps accuracy.", _NAMES),
        ("TripBench and MathBench are the two sets on which Pillar is tried.", _NAMES),
    ],
)  # fmt: skip
def test_labels_in_their_places_are_left_alone(claim: str, source: str) -> None:
    assert not _fires(claim, source)
