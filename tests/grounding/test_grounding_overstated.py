"""Grades of figures, and claims that take a measured word of the source for the whole of it."""

from __future__ import annotations

import pytest

from rag.grounding.alignment import align
from rag.grounding.grades import grades, keep_their_grades
from rag.grounding.overstated import overstated
from rag.grounding.signals import bounds
from rag.grounding.tokens import read_text

SOURCE = (
    "Heron achieves up to 61% lower delay (33% on average) and a geometric mean speedup of 4.2x. "
    "Its planner mitigates link congestion. Short jobs receive insufficient attention, and most clerks lack a login. "
    "Raven's lead comes to over 250% at most."
)


def _fires(claim: str, source: str = SOURCE) -> bool:
    return bool(overstated(align(read_text(claim), read_text(source))).strength)


@pytest.mark.parametrize(
    "claim",
    [
        "Heron lowers delay by 33% at the very minimum.",
        "In the worst case, Heron lowers delay by 33%.",
        "Even at its smallest, the gain of Heron in delay is 61%.",
        "Heron lowers delay by an average of 61%.",
        "Heron is never less than 4.2x faster.",
        "Heron's planner eliminates link congestion.",
        "Link congestion vanishes with Heron's planner.",
        "Short jobs receive no attention.",
        "Not a single clerk has a login.",
    ],
)
def test_more_than_the_source_measures_is_found(claim: str) -> None:
    assert _fires(claim)


@pytest.mark.parametrize(
    "claim",
    [
        "Heron lowers delay by 33% on average, and in the best case by 61%.",
        "Heron lowers delay by as much as 61%.",
        "Heron is typically 4.2x faster.",
        "Heron's planner eases link congestion.",
        "Heron's planner removes up to 90% of link congestion.",
        "Short jobs receive little attention.",
        "Short jobs receive almost no attention.",
    ],
)
def test_what_the_source_measures_is_let_be(claim: str) -> None:
    assert not _fires(claim)


def test_a_source_that_says_the_whole_elsewhere_answers_the_claim() -> None:
    assert not _fires("Otter eliminates stalls.", "Otter reduces stalls. For small inputs it eliminates stalls.")
    assert not _fires("Otter got no votes.", "Otter got few votes. In the north, no votes were cast.")


def test_words_grade_the_nearest_figure() -> None:
    text = read_text("Delay drops by 33% on average, and in the best case by 61%.")
    assert [(q.value, sorted(found)) for q, found in grades(text)] == [(33.0, ["average"]), (61.0, ["most"])]


def test_two_figures_of_one_thing_with_their_own_grades_have_not_changed_places() -> None:
    claim = "Delay drops 33% on average under Heron, and its gain may reach 61%."
    a = align(read_text(claim), read_text(SOURCE))
    assert keep_their_grades(a, claim.index("33%"), claim.index("61%"))
    turned = claim.replace("33%", "00%").replace("61%", "33%").replace("00%", "61%")
    b = align(read_text(turned), read_text(SOURCE))
    assert not keep_their_grades(b, turned.index("61%"), turned.index("33%"))


def test_figures_of_two_things_may_have_changed_places_though_they_keep_their_grades() -> None:
    source = "Otter is up to 5x faster than the old planner on every road. On average it is 2x faster than Lynx."
    claim = "Otter is 2x faster than the old planner on average, and up to 5x faster than Lynx."
    a = align(read_text(claim), read_text(source))
    assert not keep_their_grades(a, claim.index("2x"), claim.index("5x"))


def test_a_figure_with_the_grade_of_the_source_is_bounded_as_there() -> None:
    kept = "Raven's lead, at its largest, comes to more than 250%."
    raised = "Raven's lead, even at its smallest, comes to more than 250%."
    assert bounds(align(read_text(kept), read_text(SOURCE))).strength == 0
    assert bounds(align(read_text(raised), read_text(SOURCE))).strength > 0


@pytest.mark.parametrize(
    ("claim", "strength"),
    [
        ("The model is off by 14% at most.", 1.0),
        ("The model is off by no more than 14%.", 1.0),
        ("The model is off by 14% on average.", 0.0),
        ("Half of the time the model is off by at most 14%.", 0.0),
    ],
)
def test_an_average_is_not_the_most(claim: str, strength: float) -> None:
    source = "Against real kilns the model is off by 14% on average."
    assert overstated(align(read_text(claim), read_text(source))).strength == strength
