"""Fusion: a weighted sum of scores normalised over the pool, where zero keeps its meaning."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.retrieval.fusion import by_maximum, by_range, fuse


def test_bm25_is_divided_by_the_best_score() -> None:
    assert by_maximum({"a": 8.0, "b": 2.0}) == {"a": 1.0, "b": 0.25}
    assert by_maximum({"a": 0.0}) == {"a": 0.0}
    assert by_maximum({}) == {}


def test_similarities_are_stretched_over_their_range() -> None:
    assert by_range({"a": 0.9, "b": 0.5, "c": 0.7}) == pytest.approx({"a": 1.0, "b": 0.0, "c": 0.5})
    assert by_range({"a": -0.2, "b": -0.6}) == pytest.approx({"a": 1.0, "b": 0.0})
    assert by_range({"a": 0.4, "b": 0.4}) == {"a": 1.0, "b": 1.0}, "equal ones are all the best"
    assert by_range({}) == {}


def test_the_weight_decides_between_the_legs() -> None:
    lexical, dense = {"words": 4.0, "both": 2.0}, {"sense": 0.9, "both": 0.6, "words": 0.1}
    assert [f.id for f in fuse(lexical, dense, 0.9)] == ["words", "both", "sense"]
    assert [f.id for f in fuse(lexical, dense, 0.1)] == ["sense", "both", "words"]
    (both,) = [f for f in fuse(lexical, dense, 0.6) if f.id == "both"]
    assert both.lexical == 0.5
    assert both.dense == pytest.approx(0.625)
    assert both.score == pytest.approx(0.6 * 0.5 + 0.4 * 0.625)


@pytest.mark.parametrize("weight", [0.0, 0.6, 1.0])
def test_a_leg_that_finds_nothing_leaves_its_weight_to_the_other(weight: float) -> None:
    only_dense = fuse({}, {"a": 0.9, "b": 0.1}, weight)
    assert [(f.id, f.score) for f in only_dense] == [("a", 1.0), ("b", 0.0)]
    only_lexical = fuse({"a": 3.0, "b": 1.5}, {}, weight)
    assert [(f.id, f.score) for f in only_lexical] == [("a", 1.0), ("b", 0.5)]
    assert fuse({}, {}, weight) == []


def test_ties_go_by_id() -> None:
    assert [f.id for f in fuse({"b": 1.0, "a": 1.0, "c": 1.0}, {}, 0.5)] == ["a", "b", "c"]


_rows = st.text("abcdef", min_size=1, max_size=2)


@given(st.dictionaries(_rows, st.floats(0, 1e6)), st.dictionaries(_rows, st.floats(-1, 1)), st.floats(0, 1))
def test_every_row_once_with_a_finite_score_in_order(
    lexical: dict[str, float], dense: dict[str, float], weight: float
) -> None:
    fused = fuse(lexical, dense, weight)
    assert sorted(f.id for f in fused) == sorted(lexical.keys() | dense.keys())
    assert all(math.isfinite(f.score) and -1e-9 <= f.score <= 1 + 1e-9 for f in fused)
    assert [f.score for f in fused] == sorted((f.score for f in fused), reverse=True)
