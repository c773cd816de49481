"""What a changed, lost or moved part says of a claim that is nearly a sentence, and what is harmless."""

from __future__ import annotations

import pytest

from rag.grounding.alignment import align
from rag.grounding.edits import Edits, edits
from rag.grounding.tokens import read_text


def edited(claim: str, source: str) -> Edits:
    return edits(align(read_text(claim), read_text(source)))


SURVEY = "Most of the farmers on the plain may sell their wheat in June, when the mill often pays more than the market."


@pytest.mark.parametrize(
    ("claim", "limited"),
    [
        ("Most of the farmers on the plain will sell their wheat in June.", True),
        ("All of the farmers on the plain may sell their wheat in June, when the mill often pays more.", True),
        ("Most of the farmers on the plain sell their wheat in June.", True),
        ("Perhaps most of the farmers on the plain may sell their wheat in June.", False),
        ("Most of the farmers on the plain may sell all their wheat in June.", True),
        ("Most of the farmers on the plain may sell only their wheat in June.", True),
        ("Most of the farmers on the plain may sell their wheat in June, when the mill pays more.", True),
    ],
)
def test_only_what_makes_a_claim_say_more_is_a_limit(claim: str, limited: bool) -> None:
    found = edited(claim, SURVEY)
    assert found.close
    assert bool(found.limits) == limited


def test_a_lost_universal_or_phrase_is_no_limit() -> None:
    source = "All the lamps in the hall are switched off at ten, and some guests seem to mind it a great deal."
    assert not edited("The lamps in the hall are switched off at ten.", source).limits
    assert edited("All the lamps in the hall are switched off at ten.", source.replace("All the", "The")).limits


def test_more_than_is_over() -> None:
    source = "The ferry carried more than 300 passengers on each of its trips in the first week."
    assert not edited(source.replace("more than", "over"), source).limits


def test_a_part_that_was_put_in_between_has_not_moved_wrongly() -> None:
    source = "The bridge was closed for repairs on Monday, and the ferry ran all night with two crews on board."
    claim = "The bridge was closed on Monday for repairs, and the ferry ran all night with two crews on board."
    assert not edited(claim, source).moved


def test_a_word_in_the_place_of_another_has_moved() -> None:
    source = "The brown horses pulled the cart up the hill while the grey donkeys carried the tent."
    claim = "The grey horses pulled the cart up the hill while the donkeys carried the tent."
    assert edited(claim, source).moved


def test_the_number_of_a_reference_is_no_word_of_a_claim() -> None:
    source = "[2] The tower was built in 1820 of red brick and has a copper roof."
    found = edited("The tower was built in 1820 of red brick and has a copper roof [2, 14].", source)
    assert (found.added, found.altered, found.moved, found.figure) == (0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("The ferry called at a large number of ports.", "The ferry called at many ports."),
        (
            "The ferry called at numerous ports in the first week.",
            "The ferry called at several ports in the first week.",
        ),
        ("The ferry carried more than 300 men each day.", "The ferry carried over 300 men each day."),
    ],
)
def test_an_amount_in_other_words_is_no_edit(claim: str, source: str) -> None:
    found = edited(claim, source)
    assert found.close
    assert (found.added, found.altered, found.limits) == (0.0, 0.0, 0.0)


def test_few_is_not_many() -> None:
    found = edited(
        "The ferry called at few ports in the first week.", "The ferry called at many ports in the first week."
    )
    assert found.opposite or found.altered
