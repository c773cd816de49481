"""What a denial denies, and small words that a denial takes away."""

from __future__ import annotations

import pytest

from rag.grounding.cues import cues
from rag.grounding.marks import marks
from rag.grounding.tokens import read_text


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("The results are not yet final.", "final"),
        ("The grain is free of mould.", "mould"),
        ("The store is far from empty.", "empty"),
        ("Larder is unable to sort grain.", "sort"),
        ("The sacks are old and fail to hold grain.", "hold"),
        ("Mouldy grain was left out.", "grain"),
    ],
)
def test_a_denial_reaches_what_it_denies(text: str, denied: str) -> None:
    read = read_text(text)
    assert denied in {read.tokens[j].low for cue in cues(read) for j in cue.scope}


def test_an_only_that_is_denied_restricts_nothing() -> None:
    assert not marks(read_text("Larder is not competitive on one farm only.")).get("only")
    assert marks(read_text("Larder is competitive on one farm only.")).get("only")


def test_a_denied_every_is_some() -> None:
    found = marks(read_text("Larder does not have to sort every sack."))
    assert "some" in found and not found.get("all")
