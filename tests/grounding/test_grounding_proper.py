"""Proper names: the same one in another form is no missing name, another one is."""

from __future__ import annotations

import pytest

from rag.grounding.alignment import align
from rag.grounding.proper import is_spelt_out, months_in_digits
from rag.grounding.signals import missing
from rag.grounding.tokens import read_text

SOURCE = (
    "Published 2021-09-14. The British bank Harlow & Finch, once led by Executive Director Ana Müller, moved its "
    "archive to the Ostrava region in Feb. 2019, said a spokesman for the World Health Organisation. Futurist painters "
    "were shown in the U.S. and in Kanazawa."
)
STANDING = [
    "The archive was moved to Ostrava in February 2019.",
    "In September the move was in the press.",
    "A bank of the UK moved its archive to Ostrava.",
    "A bank of the United Kingdom moved its archive to Ostrava.",
    "In the American shows there were painters of Futurism.",
    "In the United States there were painters of Futurism.",
    "The archive of Harlow & Finch went to Ostrava Province.",
    "The painter Ana Muller led the bank.",
    "It was said by the World Health Organisation (WHO).",
    "Note: Archives were moved to Ostrava.",
    "The archive went To Ostrava.",
]
LACKING = [
    ("The archive was moved to Ostrava in March 2019.", "March"),
    ("A bank of Canada moved its archive to Ostrava.", "Canada"),
    ("The archive of Harlow & Finch went to Brno Province.", "Brno"),
    ("It was said by the World Health Organisation (WTO).", "WTO"),
    ("In Ostrava there were painters of Cubism.", "Cubism"),
    ("The archive was moved with the tool Harbor to Ostrava.", "Harbor"),
    ("It was said by the United Nations.", "Nations"),
    ("The archive went to the New Ostrava region.", "New"),
    ("The East Ostrava region took the archive.", "East"),
    ("The bank is led by Muellerian thought.", "Muellerian"),
]


@pytest.mark.parametrize("claim", STANDING)
def test_a_name_in_another_form_is_there(claim: str) -> None:
    found = missing(align(read_text(claim), read_text(SOURCE)))
    assert (found.names, found.subject) == ((), ())


@pytest.mark.parametrize(("claim", "name"), LACKING)
def test_another_name_is_missed(claim: str, name: str) -> None:
    assert name in missing(align(read_text(claim), read_text(SOURCE))).names


def test_the_forms_of_a_name_match_in_their_place() -> None:
    claim, source = read_text("It began in April in Britain."), read_text("In the U.K. it began. Apr. was warm.")
    a = align(claim, source)
    shown = {a.token(row).surface: [source.tokens[p].surface for p in found] for row, found in enumerate(a.places)}
    assert shown["April"] == ["Apr"]


def test_initials_may_end_in_s() -> None:
    assert is_spelt_out("GPS", "the Global Positioning System ")
    assert is_spelt_out("LLMs", "large language models ")
    assert not is_spelt_out("GPS", "the General Public Licence ")


def test_a_version_is_no_date() -> None:
    assert months_in_digits("version 3.4.12 of 192.10.4.20, and 2021-09-14") == {"september"}
