"""The dictionary of paraphrase: what its lines say, and what the judge makes of them."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from rag.grounding.alignment import KIN, align
from rag.grounding.directions import directions
from rag.grounding.edits import edits
from rag.grounding.lexicon import stem
from rag.grounding.paraphrases import narrower_than, opposites_of, relations, synonyms_of
from rag.grounding.slots import slots
from rag.grounding.tokens import read_text


def _lines() -> list[str]:
    text = files("rag.grounding").joinpath("data/paraphrases.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_every_line_can_be_read() -> None:
    shape = re.compile(r"[a-z][a-z'-]* =( [a-z0-9'.-]+)*( \| ! [a-z0-9' .-]+)?( \| < [a-z0-9' .-]+)?")
    assert [line for line in _lines() if not shape.fullmatch(line)] == []
    heads = [line.split(" = ")[0] for line in _lines()]
    assert len(heads) == len(set(heads)) > 4_000


def test_synonyms_and_opposites_go_both_ways_and_never_together() -> None:
    table = relations()
    for key, others in table.synonyms.items():
        assert key not in others
        assert not others & opposites_of(key)
        assert all(key in synonyms_of(other) for other in others)
    for key, others in table.opposites.items():
        assert all(key in opposites_of(other) for other in others)


@pytest.mark.parametrize(("one", "other"), [("reduce", "diminish"), ("begin", "start"), ("almost", "nearly")])
def test_a_synonym_is_a_match(one: str, other: str) -> None:
    assert stem(other) in synonyms_of(stem(one))
    a = align(read_text(f"The parts {one} here."), read_text(f"The parts {other} there."))
    row = a.row[next(i for i, t in enumerate(a.claim.tokens) if t.surface == one)]
    assert max(a.places[row].values(), default=0.0) >= KIN


def test_a_broader_word_may_stand_for_a_narrower_one_only() -> None:
    broad, narrow = stem("animal"), stem("rat")
    assert narrow in narrower_than(broad)
    assert broad not in narrower_than(narrow)


def test_an_opposite_in_its_slot_turns_a_claim() -> None:
    evidence = read_text("The valve opens before the pump starts, and the tank is emptied in winter.")
    same = directions(slots(align(read_text("The valve opens before the pump begins."), evidence)))
    other = directions(slots(align(read_text("The valve closes before the pump begins."), evidence)))
    assert other.turned > same.turned
    assert (other.turned_word, other.turned_other) == ("closes", "opens")


def test_an_opposite_in_a_sentence_otherwise_the_same_is_an_edit() -> None:
    evidence = read_text("The tank is emptied in winter by the night crew of the plant.")
    changed = edits(align(read_text("The tank is emptied in summer by the night crew of the plant."), evidence))
    assert changed.opposite and "summer" in changed.line


def test_not_only_denies_nothing() -> None:
    evidence = read_text("On the large model it not only improves recall by 28.9% but also halves the time per step.")
    claim = read_text("On the large model Quilt improves recall by 28.9% and halves the time per step.")
    found = edits(align(claim, evidence))
    assert (found.denied, found.limits, found.altered) == (0.0, 0.0, 0.0)
