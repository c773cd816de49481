"""Plain contradictions: the sure before the doubtful, and what the source denies of another thing is no contradiction."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest

from rag.grounding import OfflineJudge
from rag.grounding.alignment import align
from rag.grounding.contradictions import _LOOK, _looks_at, otherwise
from rag.grounding.order import order
from rag.grounding.parity import _PIVOT, _pivots
from rag.grounding.tokens import read_text
from rag.grounding.undone import undone

ROOT: Final = Path(__file__).resolve().parents[2]
NOTES: Final = ROOT / "rag/data/notes.jsonl"
CLAIMS: Final = ROOT / "eval/data/claims/train.jsonl"
PRESSES = (
    "Older presses may lose ink when they run dry. Replacing rollers with felt makes printing much cheaper, without loss "
    "of ink."
)


def test_a_sure_contradiction_comes_before_a_doubt() -> None:
    claim = "It is impossible to run the press without the tray, and the roller is brittle."
    found = otherwise(align(read_text(claim), read_text("The press runs with the tray. The roller is robust.")))
    assert found.strength == 1.0
    assert "brittle" in found.reason


def test_a_doubt_alone_keeps_a_claim_from_being_supported() -> None:
    claim, source = "It is impossible to run the press without the tray.", "The press runs with the tray."
    assert otherwise(align(read_text(claim), read_text(source))).strength == 0.5
    assert OfflineJudge().judge(claim, source).label != "supported"


def test_an_ill_of_one_thing_is_not_that_of_another_of_which_the_source_denies_it() -> None:
    claim = "Replacing rollers with felt makes printing much cheaper and does not hurt the ink."
    assert undone(align(read_text(claim), read_text(PRESSES))).strength == 0.0


def test_an_ill_that_the_source_states_and_never_denies_is_one() -> None:
    claim = "Replacing rollers with felt makes printing cheaper and does not hurt the ink."
    source = "Replacing rollers with felt makes printing cheaper, and the ink suffers some loss with it."
    assert undone(align(read_text(claim), read_text(source))).strength == 1.0


@pytest.mark.parametrize("claim", ["a-b-" * 300, "a, b, " * 300, "the slow press is fast. " * 60])
def test_words_said_over_and_over_are_read_no_more_than_a_sentence_has_them(claim: str) -> None:
    found = order(align(read_text(claim), read_text(claim[::-1])))
    assert min(found[:4]) >= 0.0


def test_what_is_not_asked_of_a_claim_would_find_nothing_in_it() -> None:
    notes = {note["title"]: note["abstract"] for note in map(json.loads, NOTES.read_text("utf-8").splitlines())}
    cases = [json.loads(line) for line in CLAIMS.read_text("utf-8").splitlines()][:250]
    found = 0
    for case in cases:
        a = align(read_text(case["claim"]), read_text(f"{case['paper']}. {notes[case['paper']]}"))
        asked = _looks_at(a.claim)
        loud = [look for look, _ in _LOOK if look(a).strength]
        assert set(loud) <= set(asked), case["claim"]
        found += len(loud)
    assert found > 10


def test_a_comparison_is_tried_at_every_word_with_which_one_begins() -> None:
    for line in NOTES.read_text("utf-8").splitlines():
        text = read_text(json.loads(line)["abstract"])
        assert [m.span() for m in _pivots(text)] == [m.span() for m in _PIVOT.finditer(text.low)]
