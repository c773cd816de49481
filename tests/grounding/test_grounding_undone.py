"""Denials of a denial, denials that are insisted away, and things that are taken out; nothing here hangs on a fit."""

from __future__ import annotations

import pytest

from rag.grounding import OfflineJudge
from rag.grounding.affirmed import affirmed
from rag.grounding.alignment import Alignment, align
from rag.grounding.exceptions import taken_out
from rag.grounding.tokens import read_text
from rag.grounding.undone import undone

LOOM = "The Arden loom is restricted to narrow cloth, and its shuttle is underused in small workshops."
KILN = "Firing at night degrades the glaze of the Bellmere kiln, and ash is a serious problem for its chimney."
PRESS = "The Corin press prints maps without trimming the sheets, and it does not need a second roller."
MILL = "The Dunmore mill grinds oats, barley and rye, including wet rye from the northern farms."


def laid(claim: str, evidence: str) -> Alignment:
    return align(read_text(claim), read_text(evidence))


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("The Arden loom is not restricted to narrow cloth.", LOOM),
        ("The Arden loom is by no means limited to narrow cloth.", LOOM),
        ("The Arden loom is no longer confined to narrow cloth.", LOOM),
        ("The shuttle is hardly underused in small workshops.", LOOM),
        ("Firing at night does no harm to the glaze of the Bellmere kiln.", KILN),
        ("Firing at night does not damage the glaze of the Bellmere kiln.", KILN),
        ("For the chimney of the Bellmere kiln ash isn't difficult.", KILN),
        ("The Corin press prints maps, not without trimming the sheets.", PRESS),
        ("The Corin press cannot do without trimming the sheets of maps.", PRESS),
    ],
)
def test_an_ill_that_the_source_states_and_the_claim_denies(claim: str, evidence: str) -> None:
    assert undone(laid(claim, evidence)).strength == 1


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("The Arden loom is restricted to narrow cloth.", LOOM),
        ("The Arden loom is not only restricted to narrow cloth.", LOOM),
        ("The Arden loom is not wide enough for broad cloth.", LOOM),
        (
            "The Arden loom is not restricted to narrow cloth.",
            "The Arden loom overcomes the restriction to narrow cloth.",
        ),
        (
            "The Arden loom is not limited to narrow cloth.",
            "Unlike earlier, limited looms, the Arden loom weaves all cloth.",
        ),
        (
            "The Arden loom is not limited to narrow cloth.",
            "Earlier looms were limited to narrow cloth; the Arden is wide.",
        ),
        ("Firing at night does no harm to the glaze.", "Firing at night does not damage the glaze."),
        ("The Corin press prints maps without trimming the sheets.", PRESS),
        ("The Corin press does not print maps without ink.", "The Corin press needs ink for maps."),
        ("If the loom is not restricted to narrow cloth, it weaves sails.", LOOM),
    ],
)
def test_an_ill_that_the_source_undoes_too_or_the_claim_leaves(claim: str, evidence: str) -> None:
    assert undone(laid(claim, evidence)).strength == 0


@pytest.mark.parametrize(
    ("claim", "evidence", "strength"),
    [
        ("The Garth lock does not permit two barges to pass.", "The Garth lock enables two barges to pass.", 1),
        ("The Garth lock makes no use of tidal water.", "The Garth lock exploits tidal water.", 1),
        ("The Garth lock cannot keep its water level.", "The Garth lock maintains its water level.", 1),
        ("The Garth lock does not permit two barges to pass.", "The Garth lock only enables two barges to pass.", 0),
        ("The Garth lock does not let three barges pass.", "The Garth lock lets two barges pass, but not three.", 0),
        ("The Garth lock lets two barges pass.", "The Garth lock enables two barges to pass.", 0),
    ],
)
def test_a_deed_that_the_claim_denies_and_the_source_says(claim: str, evidence: str, strength: float) -> None:
    assert undone(laid(claim, evidence)).strength == strength


@pytest.mark.parametrize(
    "claim",
    [
        "The Corin press prints maps, but it does need a second roller.",
        "The Corin press does indeed need a second roller.",
        "For maps the Corin press does trim the sheets.",
        "The Corin press does have to have its sheets trimmed.",
    ],
)
def test_what_the_claim_insists_on_and_the_source_denies(claim: str) -> None:
    assert affirmed(laid(claim, PRESS)).strength == 1


@pytest.mark.parametrize(
    "claim",
    [
        "The Corin press does print maps.",
        "The Corin press does not need a second roller.",
        "The Corin press does without a second roller.",
        "A second roller the Corin press does not have, nor does it need one.",
        "The Corin press works if it does need a second roller.",
        "Nor does the Corin press need a second roller.",
    ],
)
def test_what_the_claim_insists_on_and_the_source_says(claim: str) -> None:
    assert affirmed(laid(claim, PRESS)).strength == 0


def test_a_verb_insisted_on_against_an_adjective_that_denies_it() -> None:
    source = "The two bells of Emmet tower ring at independent hours."
    assert affirmed(laid("The hours of the two bells of Emmet tower do depend on each other.", source)).strength == 1
    assert affirmed(laid("The two bells of Emmet tower do ring at their hours.", source)).strength == 0


@pytest.mark.parametrize(
    "claim",
    [
        "Wet rye from the northern farms is left out by the Dunmore mill.",
        "The Dunmore mill grinds oats, barley and rye, with the exception of wet rye.",
        "Rye is an exception: the Dunmore mill grinds oats and barley.",
        "The Dunmore mill grinds oats and barley, but not wet rye.",
        "The Dunmore mill grinds oats and barley, though no rye.",
    ],
)
def test_what_is_taken_out_without_cause(claim: str) -> None:
    assert taken_out(laid(claim, MILL)).strength == 1


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("The Dunmore mill grinds oats and barley, and rye is no exception.", MILL),
        ("Wet rye is not left out by the Dunmore mill.", MILL),
        ("The Dunmore mill grinds not only oats but also rye.", MILL),
        ("The Dunmore mill grinds oats, but not rye.", "The Dunmore mill grinds oats alone; it cannot grind rye."),
        ("The Dunmore mill grinds oats, but not rye.", "The Dunmore mill grinds oats and barley."),
        ("Rye is left out by the Dunmore mill.", "The Dunmore mill grinds oats and excludes rye."),
        ("Rye is left out by the Dunmore mill.", "Only oats go into the Dunmore mill; rye goes elsewhere."),
    ],
)
def test_what_is_taken_out_with_cause_or_not_at_all(claim: str, evidence: str) -> None:
    assert taken_out(laid(claim, evidence)).strength == 0


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("The Arden loom is not restricted to narrow cloth.", LOOM),
        ("The Corin press prints maps, but it does need a second roller.", PRESS),
        ("The Dunmore mill grinds oats and barley, but not wet rye.", MILL),
    ],
)
def test_each_decides_alone(claim: str, evidence: str) -> None:
    assert OfflineJudge().judge(claim, evidence).label in {"contradicted", "unsupported"}
