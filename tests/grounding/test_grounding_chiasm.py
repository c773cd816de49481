"""Two clauses of a claim that exchanged their beginnings or their ends."""

import pytest

from rag.grounding import OfflineJudge
from rag.grounding.alignment import align
from rag.grounding.chiasm import chiasm
from rag.grounding.tokens import read_text

MILL = (
    "We study two stores for sensor readings. The columnar store compresses readings into narrow blocks. Range queries "
    "finish early there. The journal store appends readings to a shared log, which keeps ingestion cheap. Planners "
    "choose the cheapest route, while executors retry failed routes after a pause."
)
UNITS = (
    "The chip holds two fixed units: an integer sorting unit (Kestrel) and a wavelet transform unit (Osprey). Both were "
    "described by their makers (Odell, 2019) and later licensed."
)


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        (
            "The journal store compresses readings into narrow blocks, whereas the columnar store appends to a shared log.",
            MILL,
        ),
        ("While the journal store compresses into narrow blocks, the columnar store appends to a shared log.", MILL),
        (
            "The journal store keeps narrow compressed blocks; the columnar store makes ingestion into its shared log cheap.",
            MILL,
        ),
        ("Executors choose the cheapest route, while planners retry after a pause what failed.", MILL),
        ("The chip has a Kestrel that computes wavelet transforms and an Osprey that does integer sorting.", UNITS),
    ],
)
def test_exchanged_clauses_are_noticed(claim: str, source: str) -> None:
    strength, reason = chiasm(align(read_text(claim), read_text(source)))
    assert strength == 0.5
    assert reason.startswith("the claim says of '")
    assert OfflineJudge().judge(claim, source).label != "supported"


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        (
            "The columnar store compresses readings into narrow blocks, whereas the journal store appends to a shared log.",
            MILL,
        ),
        ("The journal store appends to a shared log, whereas the columnar store compresses into narrow blocks.", MILL),
        (
            "Narrow blocks are what the columnar store makes, whereas a shared log is what the journal store appends to.",
            MILL,
        ),
        ("Failed routes are retried by executors after a pause, while the cheapest is chosen by planners.", MILL),
        ("The chip has a Kestrel that does integer sorting and an Osprey that computes wavelet transforms.", UNITS),
        ("Readings are stored.", MILL),
        ("Bees sleep, whereas owls hunt.", MILL),
    ],
)
def test_clauses_in_their_places_raise_no_alarm(claim: str, source: str) -> None:
    assert chiasm(align(read_text(claim), read_text(source))).strength == 0.0


def test_short_words_count_where_clauses_are_set_against_each_other() -> None:
    source = "The warm pool keeps idle workers near the gateway. The cold pool parks spare images on disk."
    turned = "The warm pool parks spare images on disk, whereas the cold pool keeps idle workers near the gateway."
    assert chiasm(align(read_text(turned), read_text(source))).strength == 0.5


def test_one_and_before_an_article_or_a_name_parts_clauses_too() -> None:
    source = "A standby pool keeps idle workers near the gateway. A dormant pool parks spare images on disk."
    turned = "The standby pool parks spare images on disk and the dormant pool keeps idle workers near the gateway."
    kept = "The dormant pool parks spare images on disk and the standby pool keeps idle workers near the gateway."
    strengths = [chiasm(align(read_text(claim), read_text(source))).strength for claim in (turned, kept)]
    assert strengths == [0.5, 0.0]


def test_what_its_authors_say_is_nobodys_clause() -> None:
    source = (
        "Gannet: Faster Merges. We present Gannet, which merges runs early. Spilled runs slow older databases down."
    )
    claim = "Older databases, the Gannet authors remark, are slowed by spilled runs, whereas early merges of runs help."
    assert chiasm(align(read_text(claim), read_text(source))).strength == 0.0


_HARBOUR = (
    "Petrel: Fast Ports. Petrel assigns each ship a berth by auction. To shorten queues, Petrel moves cranes ahead of "
    "the tide. A tide-ordered queue relies on a public timetable. A draught-ordered queue relies on sonar soundings."
)


@pytest.mark.parametrize(
    ("turned", "kept"),
    [
        (  # What is fronted is no part of what was exchanged.
            "In Petrel, cranes are assigned a berth by auction, whereas ships are moved ahead of the tide.",
            "In Petrel, ships are assigned a berth by auction, whereas cranes are moved ahead of the tide.",
        ),
        (  # Nor is the system in which all of it holds.
            "Cranes in Petrel are assigned a berth by auction, while ships are moved ahead of the tide.",
            "Ships in Petrel are assigned a berth by auction, while cranes are moved ahead of the tide.",
        ),
        (  # A cleft is a clause.
            "Cranes are assigned a berth by auction, while it is ships that are moved ahead of the tide.",
            "Ships are assigned a berth by auction, while it is cranes that are moved ahead of the tide.",
        ),
        (  # So is what follows "whereas", a gerund too.
            "Assigning a berth by auction is for cranes, whereas moving ahead of the tide is for ships.",
            "Assigning a berth by auction is for ships, whereas moving ahead of the tide is for cranes.",
        ),
        (  # The parts of compounds are not words of their own.
            "Sonar soundings serve a tide-ordered queue, whereas a public timetable serves a draught-ordered queue.",
            "A public timetable serves a tide-ordered queue, whereas sonar soundings serve a draught-ordered queue.",
        ),
    ],
)
def test_frames_clefts_and_compounds_are_read(turned: str, kept: str) -> None:
    strengths = [chiasm(align(read_text(claim), read_text(_HARBOUR))).strength for claim in (turned, kept)]
    assert strengths == [0.5, 0.0]


def test_clauses_of_several_parts_are_set_against_each_other() -> None:
    source = (
        "We bound two schedulers: the hinted scheduler, assuming forecasts of arrivals, which harbour sensors supply, "
        "and the seniority scheduler, where published rankings of the machines exist."
    )
    turned = (
        "Published rankings of machines serve the hinted scheduler, whereas arrival forecasts serve the seniority one."
    )
    kept = (
        "Arrival forecasts serve the hinted scheduler, whereas published rankings of machines serve the seniority one."
    )
    strengths = [chiasm(align(read_text(claim), read_text(source))).strength for claim in (turned, kept)]
    assert strengths == [0.5, 0.0]


def test_a_clause_that_points_back_is_about_what_was_named_before() -> None:
    source = (
        "This survey of weaving looms sorts all upkeep methods. At the cloth level, it counts thread oiling and spindle "
        "joining."
    )
    claim = "Thread oiling and spindle joining are what the survey of weaving looms has, and {} to upkeep at the cloth level."
    assert chiasm(align(read_text(claim.format("both belong")), read_text(source))).strength == 0.0
    assert chiasm(align(read_text(claim.format("masters belong")), read_text(source))).strength == 0.5
