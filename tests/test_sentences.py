"""Sentences: where one ends and where a mark belongs to a name."""

from __future__ import annotations

import pytest

from rag.text import split_sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Hogwild! Inference runs workers. It is fast.", ["Hogwild! Inference runs workers.", "It is fast."]),
        ("We build on Hogwild! Inference here. Wow! That is fast!",
         ["We build on Hogwild! Inference here.", "Wow!", "That is fast!"]),
        ("It works! The rest follows.", ["It works!", "The rest follows."]),
        ("Nobody knew! Workers wait.", ["Nobody knew!", "Workers wait."]),
        ("Is it Hogwild? Inference is.", ["Is it Hogwild?", "Inference is."]),
    ],
)  # fmt: skip
def test_an_exclamation_mark_inside_a_name_ends_nothing(text: str, sentences: list[str]) -> None:
    found = split_sentences(text)
    assert [s.text for s in found] == sentences
    assert all(text[s.start : s.end] == s.text for s in found)
