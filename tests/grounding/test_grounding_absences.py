"""Things that the claim calls absent, or sets aside, and the source names, provides or joins."""

import pytest

from rag.grounding.absences import absence
from rag.grounding.alignment import align
from rag.grounding.joined import joined
from rag.grounding.tokens import read_text

BUOYS = (
    "Sudden events (such as torn nets, loose buoys and lost anchors) are frequent in the harbour. "
    "We provide a free tide reader for small boats. "
    "Lamps help pilots during loading and landing in the outer harbour."
)


@pytest.mark.parametrize(
    "claim",
    [
        "Loose buoys are not counted among the sudden events in the harbour.",
        "Sudden events in the harbour are torn nets and lost anchors, loose buoys not among them.",
        "Loose buoys are not one of the sudden events in the harbour.",
        "A free tide reader for small boats is still missing.",
        "A free tide reader for small boats has yet to be built.",
        "There is still no free tide reader for small boats.",
    ],
)
def test_what_the_source_has_is_not_absent(claim: str) -> None:
    assert absence(align(read_text(claim), read_text(BUOYS))).strength == 1


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Loose buoys are counted among the sudden events in the harbour.", BUOYS),
        ("Loose buoys are not among the sudden events.", "Sudden events are torn nets, but loose buoys are excluded."),
        ("Before this work a free tide reader for small boats was missing.", BUOYS),
        ("A free tide reader for large ships is still missing.", "We provide no tide reader for large ships yet."),
        ("Brass bells are not among the oldest coins.", BUOYS),
    ],
)
def test_what_the_source_lacks_may_be_absent(claim: str, source: str) -> None:
    assert absence(align(read_text(claim), read_text(source))).strength == 0


@pytest.mark.parametrize(
    "claim",
    [
        "Lamps help pilots during loading and not during landing.",
        "Lamps help pilots during landing, but not during loading.",
        "Lamps help pilots during loading rather than landing.",
        "Lamps help pilots during loading, without any help in landing.",
    ],
)
def test_a_source_that_joins_two_things_parts_them_not(claim: str) -> None:
    assert joined(align(read_text(claim), read_text(BUOYS))).strength == 1


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Lamps help pilots not only during loading but during landing.", BUOYS),
        ("Lamps help pilots during loading and not in the fog.", BUOYS),
        ("Lamps help pilots during loading and not landing.", "Lamps help pilots with loading and landing, but less with landing."),
        ("Lamps help during loading, not without landing.", BUOYS),
    ],
)  # fmt: skip
def test_other_contrasts_part_nothing(claim: str, source: str) -> None:
    assert joined(align(read_text(claim), read_text(source))).strength == 0
