"""Sides of comparisons: what is said before them or behind them, converse verbs, and phrases that only moved."""

from __future__ import annotations

import pytest

from rag.grounding import OfflineJudge
from rag.grounding.alignment import Alignment, align
from rag.grounding.order import order
from rag.grounding.tokens import read_text
from rag.grounding.turned import turned_round

LOOMS = (
    "In field tests we show that our loom Arras is up to a third faster than recent work, especially for wide patterns. "
    "In narrow patterns the loom Brisk beats the loom Cadis when thread and time are the same."
)
KILN = (
    "Draught kilns improve glazes but leave heat unused under weak wind at high load. "
    "Pottery has advanced through patient mixing."
)


def lay(claim: str, evidence: str) -> Alignment:
    return align(read_text(claim), read_text(evidence))


@pytest.mark.parametrize(
    "claim",
    [
        "For wide patterns in particular, Arras is faster than recent work, by as much as a third in field tests.",
        "For wide patterns, the loom Arras is faster than recent work, especially in field tests.",
        "The loom Cadis loses to the loom Brisk in narrow patterns.",
        "The loom Cadis is beaten by the loom Brisk in narrow patterns.",
        "When thread and time are the same, the loom Cadis trails the loom Brisk.",
    ],
)
def test_a_comparison_that_was_only_put_otherwise_keeps_its_sides(claim: str) -> None:
    assert order(lay(claim, LOOMS)).compared_turned <= 0.1


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("On wide cloth, Brisk surpasses Arras.", "On wide cloth, Arras surpasses Brisk in all."),
        ("Brisk outperforms Arras, by a third.", "In field tests Arras outperforms Brisk by a third."),
        ("Arras loses to Brisk on wide cloth.", "Brisk loses to Arras on wide cloth."),
    ],
)
def test_sides_that_changed_places_are_found(claim: str, source: str) -> None:
    assert order(lay(claim, source)).compared_turned > 0.2
    assert OfflineJudge().judge(claim, source).label != "supported"


def test_what_stands_beside_a_name_is_part_of_the_thing_compared_with() -> None:
    source = "The race was won by Ylva Brand of Team Quill, who beat the old champion, Mira Sand, by a minute."
    assert order(lay("Mira Sand beat the old champion, Ylva Brand, by a minute.", source)).turned > 0.1


@pytest.mark.parametrize(
    "claim",
    [
        "Draught kilns improve glazes, but at high load weak wind does leave heat unused.",
        "Patient mixing is what has advanced pottery.",
    ],
)
def test_a_phrase_that_kept_its_preposition_has_changed_places_with_nothing(claim: str) -> None:
    assert turned_round(lay(claim, KILN)) == ("", "")
    assert OfflineJudge().judge(claim, KILN).label == "supported"


def test_two_phrases_behind_one_preposition_may_have_changed_places() -> None:
    source = "The pill lowered fever by 3 degrees in adults and pulse by 9 beats in children."
    claim = "The pill lowered fever by 3 degrees in children and pulse by 9 beats in adults."
    assert set(turned_round(lay(claim, source))) == {"children", "adults"}
