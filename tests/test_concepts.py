"""Concepts: which phrases stand for what is asked, how well, and what a library spells out itself."""

from __future__ import annotations

from collections import Counter
from importlib.resources import files

import pytest

from rag.text.concepts import FILE, KIND, SAME, WIDER, Concepts, acronyms, concepts, phrase, spelled_out, spelling

LIST = Concepts([(("pot", "tea vessel"), ("kettle", "samovar")), (("key-value cache", "kv cache"), ())])


def met(question: str, text: str) -> float:
    held = LIST.held(phrase(text))
    return max((s for u in LIST.units(question) for n, s in u.met_by.items() if n in held), default=0.0)


@pytest.mark.parametrize(
    ("question", "text", "strength"),
    [
        ("which pots leak?", "this pot leaks", 1.0),
        ("which tea vessel leaks?", "a pot", SAME),
        ("which pot leaks?", "two kettles", KIND),
        ("which kettle leaks?", "a pot", WIDER),
        ("which kettle leaks?", "a samovar", 0.0),
        ("which vessel leaks?", "a pot", 0.0),
        ("KV-cache size", "the key-value caches", SAME),
        ("KV-cache size", "the cache of a value and a key", 0.0),
    ],
)
def test_names_kinds_and_the_whole_meet_a_question_but_not_what_stands_beside(
    question: str, text: str, strength: float
) -> None:
    assert met(question, text) == strength


def test_a_question_falls_into_its_longest_phrases() -> None:
    assert [u.words for u in LIST.units("Does a tea vessel boil?")] == [("tea", "vessel"), ("boil",)]


def test_a_compound_is_also_known_as_one_word() -> None:
    known = concepts()
    assert known.held(phrase("AllReduce")) & known.held(phrase("all-reduce"))


def test_spellings_are_one() -> None:
    assert spelling("quantis") == spelling("quantiz")
    assert concepts().held(phrase("quantisation")) == concepts().held(phrase("quantization"))


def test_a_library_spells_out_its_acronyms() -> None:
    assert acronyms("We steep leaves in a Boiling Water Vessel (BWV).") == (("BWV", "Boiling Water Vessel"),)
    assert acronyms("A mixture of experts (MoE) and field-effect taps (FETs)") == (
        ("MoE", "mixture of experts"),
        ("FET", "field-effect taps"),
    )
    assert not acronyms("The kettle (KWV) and the cup (see Table 1).")
    pairs = spelled_out(["a Boiling Water Vessel (BWV)", "the boiling water vessels (BWVs)"])
    assert [short for short, _ in pairs] == ["BWV"]
    known = concepts(pairs)
    (unit,) = [u for u in known.units("BWVs") if u.met_by]
    assert set(unit.met_by) & known.held(phrase("some boiling-water vessels"))
    assert min(n for n in unit.met_by) >= len(concepts()), "the list's own phrases keep their numbers"


def test_the_list_is_read_whole_and_no_name_stands_twice_in_a_line() -> None:
    text = files("rag.text").joinpath("data", FILE).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert len(lines) > 200
    for line in lines:
        names, _, kinds = line.partition(">")
        counted = Counter(phrase(p) for p in [*names.split(","), *kinds.split(",")] if p.strip())
        assert counted.most_common(1)[0][1] == 1, line
        assert all(counted), line
