"""The operations that turn one sentence into another are those of difflib."""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from rag.grounding.operations import kept_words, operations_of, operations_to
from rag.grounding.tokens import read_text

_FEW = st.lists(st.sampled_from("abc"), max_size=24)
_MANY = st.lists(st.sampled_from("abcdefghijklmnopqrst"), max_size=40)


@st.composite
def _edited(draw: st.DrawFn) -> tuple[list[str], list[str]]:
    """Some words, and the same with a few put in, left out or replaced."""
    there = draw(_MANY)
    here = list(there)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(here)))
        here[at : at + draw(st.integers(0, 3))] = draw(st.lists(st.sampled_from("abcdefxyz"), max_size=3))
    return there, here


@settings(max_examples=400)
@given(st.one_of(st.tuples(_FEW, _FEW), st.tuples(_MANY, _MANY), _edited()))
@example(([], []))
@example((["a"], []))
@example(([], ["a"]))
@example((list("abab"), list("baba")))
@example((list("aaaa"), list("aa")))
@example((list("abcxabcd"), list("abcdabc")))
def test_operations_are_those_of_difflib(sides: tuple[list[str], list[str]]) -> None:
    there, here = sides
    expected = SequenceMatcher(None, there, here, autojunk=False).get_opcodes()
    found = operations_of(there, here)
    assert found == tuple(expected)
    assert kept_words(found) == sum(j2 - j1 for tag, _, _, j1, j2 in expected if tag == "equal")
    assert not any(one[0] != "equal" and other[0] != "equal" for one, other in pairwise(found))


def test_a_claim_is_compared_by_its_main_stems() -> None:
    claim, sentence = read_text("The old loom weaves wool."), read_text("The loom weaved red wool.")
    found = operations_to(sentence.main_keys, claim)
    assert found == operations_of(sentence.main_keys, claim.main_keys)
    assert kept_words(found) == 4
