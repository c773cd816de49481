"""One word of a sentence replaced by another that cannot stand for it."""

from __future__ import annotations

import pytest

from rag.grounding.alignment import align
from rag.grounding.foreign import foreign
from rag.grounding.offline import OfflineJudge
from rag.grounding.tokens import read_text

CANAL = "The locks of the upper canal are painted every spring by volunteers from the two villages."


def strange(claim: str, source: str) -> str:
    return foreign(align(read_text(claim), read_text(source)))


def test_a_word_that_cannot_stand_for_the_one_it_replaced_is_foreign() -> None:
    line = strange(CANAL.replace("painted", "photographed"), CANAL)
    assert "photographed" in line and "painted" in line


def test_a_word_put_into_a_sentence_is_foreign() -> None:
    assert "retired" in strange(CANAL.replace("by volunteers", "by retired volunteers"), CANAL)


@pytest.mark.parametrize(
    "claim",
    [
        CANAL,
        CANAL.replace("painted every", "painted each"),
        CANAL.replace("two villages", "two small towns near the lake"),  # more than a word
        CANAL.replace("The locks of the upper canal", "The barriers there"),  # the head names things in its own words
        CANAL.replace("volunteers", "locals").replace("painted", "photographed"),  # two changes: a paraphrase
        CANAL.replace("are painted", "are regularly painted"),
        "Volunteers of two villages look after the locks.",
    ],
)
def test_a_paraphrase_is_not_foreign(claim: str) -> None:
    assert not strange(claim, CANAL)


def test_a_synonym_or_an_inflection_is_not_foreign() -> None:
    source = "The pump in the cellar often begins before the valve in the attic is open."
    assert not strange(source.replace("begins", "starts"), source)
    assert not strange(source.replace("begins", "beginning"), source)


def test_a_word_that_stands_elsewhere_in_the_evidence_is_not_foreign() -> None:
    assert not strange(CANAL.replace("painted", "photographed"), f"{CANAL} Boats are photographed at the bridge.")


def test_a_foreign_word_keeps_a_claim_from_being_supported() -> None:
    judge = OfflineJudge()
    verdict = judge.judge(CANAL.replace("painted", "photographed"), CANAL)
    assert verdict.label != "supported" and "photographed" in verdict.reason
    assert judge.judge(CANAL.replace("every spring", "each spring"), CANAL).label == "supported"


def test_of_a_word_that_the_dictionary_hardly_knows_nothing_is_said() -> None:
    assert not strange(CANAL.replace("painted", "caulked"), CANAL)


def test_a_light_verb_makes_a_phrase_and_is_not_foreign() -> None:
    source = "The warden of the upper canal uses a small motor boat between the two villages."
    assert not strange(source.replace("uses", "makes use of"), source)
    assert strange(source.replace("uses", "paints"), source) == ""  # nor what took its place


BARGES = (
    "We present Tide, a planner that ranks barges by pairwise comparison and moves the cargo of slow ones at night, "
    "thus making full use of the cranes of the harbour."
)


@pytest.mark.parametrize(
    ("claim", "thing"),
    [
        ("Tide ranks barges by majority voting and moves the cargo of slow ones at night.", "majority voting"),
        ("Tide ranks barges by pairwise comparison and moves the cargo of slow ones at night, thus making full use of "
         "the forklifts of the harbour.", "forklifts"),
    ],
)  # fmt: skip
def test_another_thing_between_the_words_of_a_sentence_is_foreign(claim: str, thing: str) -> None:
    assert f"'{thing}'" in strange(claim, BARGES)
    assert OfflineJudge().judge(claim, BARGES).label != "supported"


@pytest.mark.parametrize(
    "claim",
    [
        "Tide ranks barges by comparing them in pairs and moves the cargo of slow ones at night.",
        "Tide sorts barges by pairwise comparison and moves the cargo of slow ones at night.",  # a verb in other words
        "At night Tide moves what slow barges carry, having ranked them by pairwise comparison.",
    ],
)
def test_a_thing_told_in_other_words_is_not_foreign(claim: str) -> None:
    assert strange(claim, BARGES) == ""
