"""A thing praised that the source blames, led the other way, put in another order, or set against its figures."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rag.grounding import OfflineJudge
from rag.grounding.alignment import Alignment, align
from rag.grounding.directions import directions
from rag.grounding.esteem import esteem
from rag.grounding.gauged import gauged
from rag.grounding.sequence import sequence
from rag.grounding.signals import Signal
from rag.grounding.slots import slots
from rag.grounding.tokens import read_text
from rag.grounding.trends import trend
from rag.grounding.whither import whither

JUDGED = (
    "Porting looms to a new mill poses considerable challenges. Kiln keeps yarn tension invariant across bobbins. "
    "Existing schedulers use spindle memory inefficiently. Felt stores patterns cheaply and retrieves them on demand. "
    "Tariff planning has become increasingly important to weavers. Pedal drives remain underexplored in silk weaving, "
    "despite extensive study in wool weaving. The guild locks apprentices into one craft."
)
LED = (
    "The shuttle moves warp threads towards the spindle hub. Weaving capacity outpaced dye supply for years. "
    "Loaders copy patterns into the card cache. The guard keeps lint outside the motor housing."
)
ORDERED = (
    "Yarn is washed in the basin and subsequently dyed in the vat. After the frame is oiled, the bobbin is mounted. "
    "Carding is followed by spinning. The press closed in 1901, after which weaving went on at home."
)
CHAIN = "The mill first cards wool in the shed, then spins of it yarn, and then weaves yarn of the shed into cloth."
RANKED = "Loom reaches throughputs of 38.4%, 36.1%, and 31.9% on linen, cotton, and wool, respectively."
Look = Callable[[Alignment], Signal]


def found(look: Look, claim: str, source: str) -> float:
    return look(align(read_text(claim), read_text(source))).strength


@pytest.mark.parametrize(
    ("look", "source", "claim"),
    [
        (esteem, JUDGED, "Porting looms to a new mill is easy."),
        (esteem, JUDGED, "Kiln lets the yarn tension fluctuate across bobbins."),
        (esteem, JUDGED, "The use that existing schedulers make of spindle memory is excellent."),
        (esteem, JUDGED, "Felt makes storing patterns expensive."),
        (esteem, JUDGED, "Tariff planning is losing importance to weavers."),
        (esteem, JUDGED, "Pedal drives have been studied more in silk weaving than in wool weaving."),
        (esteem, JUDGED, "The guild frees apprentices from one craft."),
        (whither, LED, "The shuttle moves warp threads away from the spindle hub."),
        (whither, LED, "Weaving capacity fell behind dye supply for years."),
        (whither, LED, "Loaders copy patterns out of the card cache."),
        (whither, LED, "The guard keeps lint inside the motor housing."),
        (sequence, ORDERED, "Yarn is dyed in the vat before it is washed in the basin."),
        (sequence, ORDERED, "Yarn is first dyed in the vat and then washed in the basin."),
        (sequence, ORDERED, "The bobbin is mounted before the frame is oiled."),
        (sequence, ORDERED, "Spinning precedes carding."),
        (gauged, RANKED, "Loom's throughput on cotton lies above that on linen."),
        (gauged, RANKED, "Loom has a higher throughput on wool than on cotton."),
        (gauged, RANKED, "From linen to cotton the throughput grows."),
    ],
)
def test_what_is_turned_round_is_found_and_not_supported(look: Look, source: str, claim: str) -> None:
    assert found(look, claim, source) == 1.0
    assert OfflineJudge().judge(claim, source).label != "supported"


@pytest.mark.parametrize(
    ("look", "source", "claim"),
    [
        (esteem, JUDGED, "Porting looms to a new mill is hard."),
        (esteem, JUDGED, "Porting looms to a new mill is hardly easy."),
        (esteem, JUDGED, "Kiln keeps yarn tension constant across bobbins."),
        (esteem, JUDGED, "Existing schedulers are poor at using spindle memory."),
        (esteem, JUDGED, "Felt makes storing patterns cheap."),
        (esteem, JUDGED, "Tariff planning is gaining importance to weavers."),
        (esteem, JUDGED, "Pedal drives have been studied less in silk weaving than in wool weaving."),
        (esteem, JUDGED, "Loading cards into the reader is easy."),
        (whither, LED, "The shuttle moves warp threads toward the spindle hub."),
        (whither, LED, "Dye supply fell behind weaving capacity."),
        (whither, LED, "Dye supply was outpaced by weaving capacity."),
        (whither, LED, "The guard does not keep lint inside the motor housing."),
        (whither, LED, "The guard keeps dust inside the drawer."),
        (sequence, ORDERED, "Yarn is washed in the basin before it is dyed in the vat."),
        (sequence, ORDERED, "Once the frame is oiled, the bobbin is mounted."),
        (sequence, ORDERED, "The bobbin is mounted after the frame is oiled."),
        (sequence, ORDERED, "Spinning follows carding."),
        (sequence, CHAIN, "In the mill wool is first carded, then yarn is spun, and then the shed weaves cloth."),
        (sequence, ORDERED, "The press closed in 1901, and then weaving went on at home."),
        (gauged, RANKED, "Loom's throughput on cotton lies below that on linen."),
        (gauged, RANKED, "Loom has a lower throughput on wool than on cotton."),
        (gauged, RANKED, "Between linen and cotton the throughput drops."),
        (gauged, RANKED, "Loom is heavier than Spindle."),
    ],
)
def test_what_the_source_says_too_is_let_be(look: Look, source: str, claim: str) -> None:
    assert found(look, claim, source) == 0.0


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        (
            "Waste falls with batching, most of all when looms are small.",
            "Waste falls with batching, especially when looms are small.",
        ),
        (
            "Uneven bobbins hold the mill down to the pace of whichever loom carries the heaviest load.",
            "Uneven bobbins limit the pace of the mill to that of the loom with the heaviest load.",
        ),
    ],
)
def test_words_that_only_pick_out_are_no_fault(claim: str, source: str) -> None:
    assert OfflineJudge().judge(claim, source).label == "supported"


def test_a_more_at_the_end_only_strengthens_the_word_that_moves() -> None:
    source = "Trimming further reduces the yarn bill of Kiln."
    assert found(trend, "Trimming brings the yarn bill of Kiln down even more.", source) == 0.0
    assert found(trend, "Trimming means more yarn bill for Kiln.", source) == 1.0


def test_what_is_lower_than_it_could_be_compares_with_nothing_else() -> None:
    source = "The loom leaves room for increasing the use of its pedals, which are underused."
    for claim, low in (("The use of pedals is lower than it could be.", True), ("The use of pedals is lower.", False)):
        against = directions(slots(align(read_text(claim), read_text(source)))).against
        assert (against == 0.0) == low
