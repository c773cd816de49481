"""Parity, trends and demands: what the source says otherwise beyond doubt, and paraphrases that must pass."""

from __future__ import annotations

import pytest

from rag.grounding import OfflineJudge
from rag.grounding.alignment import Alignment, align
from rag.grounding.directions import directions
from rag.grounding.necessity import needed
from rag.grounding.parity import parity
from rag.grounding.slots import slots
from rag.grounding.tokens import read_text
from rag.grounding.trends import lessened, trend

EVIDENCE = (
    "The scheduler Otter matches Marten on sorting and outperforms Stoat by 20% on joins. Its accuracy is on par with "
    "hand-tuned plans while being faster. Otter cuts energy per query and extends the life of batteries without "
    "changing the query plans. On small tables it reaches the same recall as state-of-the-art methods. Warm starts "
    "make its planning effective, and queues need a second core."
)


def lay(claim: str, evidence: str = EVIDENCE) -> Alignment:
    return align(read_text(claim), read_text(evidence))


@pytest.mark.parametrize(
    ("claim", "false"),
    [
        ("Otter leaves Marten behind on sorting.", True),
        ("Otter is well ahead of Marten on sorting.", True),
        ("Otter draws level with Stoat on joins.", True),
        ("On small tables it has lower recall than the best methods.", True),
        ("Otter outperforms Stoat on joins.", False),
        ("Otter rivals Marten on sorting.", False),
        ("Otter is faster than hand-tuned plans.", False),
        ("Otter matches or exceeds Stoat on joins.", False),
        ("Otter does not outperform Marten on sorting.", False),
        ("Otter is kept from exceeding Marten on sorting.", False),
    ],
)
def test_like_and_unlike(claim: str, false: bool) -> None:
    assert bool(parity(lay(claim)).strength) == false


def test_a_name_that_goes_on_is_another_name() -> None:
    source = "With hints, Otter outperforms Stoat-mini by 3%, approaching Stoat (large), which has 88%."
    assert parity(lay("With hints, Otter is ahead of Stoat.", source)).strength
    assert not parity(lay("With hints, Otter is ahead of Stoat-mini.", source)).strength


@pytest.mark.parametrize(
    ("claim", "false"),
    [
        ("Otter needs more energy per query.", True),
        ("Otter shortens the life of batteries.", True),
        ("Otter needs less energy per query.", False),
        ("Energy per query drops with Otter.", False),
        ("Otter does not raise energy per query.", False),
        ("Otter prolongs the life of batteries.", False),
        ("Otter uses 20 units of energy per query or more.", False),
    ],
)
def test_more_and_less(claim: str, false: bool) -> None:
    assert bool(trend(lay(claim)).strength) == false


def test_whether_better_is_more_depends_on_the_thing() -> None:
    source = "The cache improved latency in every test, and accuracy stayed the same or even improved."
    assert trend(lay("The cache brought higher latency in every test.", source)).strength
    assert not trend(lay("The cache brought lower latency in every test.", source)).strength
    assert trend(lay("With the cache, accuracy stayed the same or even dropped.", source)).strength


def test_who_reduces_a_difficulty_makes_it_easy() -> None:
    source = "Hints greatly reduce the difficulty of learning long rules."
    assert not directions(slots(lay("Hints make learning long rules easier.", source))).against
    assert directions(slots(lay("Hints make learning long rules harder.", source))).against > 0
    plain = "Hints tell of the difficulty of learning long rules."
    assert directions(slots(lay("Hints make learning long rules easier.", plain))).against > 0


def test_a_comparison_with_another_thing_is_no_trend() -> None:
    source = "Vole lowers memory use compared with Shrew."
    assert trend(lay("Vole has higher memory use than Shrew.", source)).strength
    assert not trend(lay("Shrew has higher memory use than Vole.", source)).strength


@pytest.mark.parametrize(
    ("claim", "false"),
    [
        ("Warm starts make its planning less effective.", True),
        ("With warm starts its planning is no longer effective.", True),
        ("With warm starts its planning is no less effective.", False),
        ("Without warm starts its planning is less effective than with them.", False),
    ],
)
def test_less_of_an_adjective(claim: str, false: bool) -> None:
    assert bool(lessened(lay(claim)).strength) == false


@pytest.mark.parametrize(
    ("claim", "false"),
    [
        ("Otter cannot cut energy per query without changes to the query plans.", True),
        ("Cutting energy per query is not possible without changing the query plans.", True),
        ("Otter cannot cut energy per query without trouble.", False),
        ("Queues do not run without a second core.", False),
        ("Otter cuts energy per query without changes to the query plans.", False),
    ],
)
def test_what_is_needed(claim: str, false: bool) -> None:
    assert bool(needed(lay(claim)).strength) == false


def test_such_a_claim_is_refused() -> None:
    judge = OfflineJudge()
    found = judge.judge("The scheduler Otter leaves Marten behind on sorting.", EVIDENCE)
    assert found.label == "contradicted" and "matches" in found.reason
    assert judge.judge("The scheduler Otter rivals Marten on sorting.", EVIDENCE).label == "supported"
    found = judge.judge("Otter cannot cut energy per query without changing the query plans.", EVIDENCE)
    assert found.label in {"contradicted", "unsupported"}
