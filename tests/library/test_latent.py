"""Latent semantics: what keeps the same company comes near, whatever is unknown is nothing."""

from __future__ import annotations

import numpy as np

from rag.library.latent import LatentSpace

SEA = ["boat sail wind", "ship sail wind", "boat harbour wind", "ship harbour anchor", "boat anchor sail"] * 2
BAKERY = ["bread oven flour", "cake oven flour", "bread sugar oven", "cake sugar flour", "bread flour yeast"] * 2
TEXTS = [t.split() for t in SEA + BAKERY]


def test_terms_of_the_same_company_come_near() -> None:
    """Boat and ship never stand in one text; they share their neighbours."""
    space = LatentSpace.fit(TEXTS, most_dimensions=2)
    boat, ship, bread = (space.fold([w]) for w in ("boat", "ship", "bread"))
    assert boat @ ship > 0.9
    assert abs(float(boat @ bread)) < 0.1


def test_the_same_texts_give_the_same_space() -> None:
    one, two = (LatentSpace.fit(TEXTS, 4) for _ in range(2))
    assert np.array_equal(one.basis, two.basis)
    assert one.basis.dtype == np.float32


def test_vectors_are_of_unit_length_or_nothing() -> None:
    space = LatentSpace.fit(TEXTS)
    assert np.isclose(np.linalg.norm(space.fold(["boat", "boat", "oven"])), 1, atol=1e-6)
    assert np.allclose(space.basis.T @ space.basis, np.eye(space.dimension), atol=1e-5), "directions are orthonormal"
    assert not space.fold(["zebra"]).any()
    assert not space.fold([]).any()


def test_nothing_to_learn_from() -> None:
    assert LatentSpace.fit([]).fold(["boat"]).shape[0] == LatentSpace.fit([]).dimension
    one = LatentSpace.fit([["boat", "sail"]])
    assert np.isclose(one.fold(["boat", "sail"]) @ one.fold(["boat"]), 1, atol=1e-6)
