"""Demands put as double denials: what cannot be without X needs X."""

import pytest

from rag.grounding.alignment import align
from rag.grounding.demands import demanded
from rag.grounding.features import measure
from rag.grounding.tokens import read_text

TERN = "Steady lamps are essential for night landings. Tern requires a second buoy to read the tide."


@pytest.mark.parametrize(
    "claim",
    [
        "Without steady lamps night landings are not possible.",
        "Night landings cannot be done without steady lamps.",
        "Tides are too odd to be read by Tern without a second buoy.",
        "Unless it has a second buoy Tern fails to read the tide.",
        "In the absence of steady lamps, nobody lands at night.",
    ],
)
def test_a_demand_in_two_denials_is_answered_by_a_demand(claim: str) -> None:
    a = align(read_text(claim), read_text(TERN))
    assert demanded(a)
    assert measure(a).polarity.here.strength == 0


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Without steady lamps night landings go on.", TERN),
        ("Night landings cannot be done without torches.", TERN),
        ("Tern cannot do without a second buoy.", "Tern does not need a second buoy."),
        ("Tern is not without steady lamps.", TERN),
        ("With or without steady lamps no landing is late.", TERN),
    ],
)
def test_one_denial_or_another_thing_is_no_demand(claim: str, source: str) -> None:
    assert not demanded(align(read_text(claim), read_text(source)))
