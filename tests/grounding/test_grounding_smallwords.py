"""Small words in other words: only and all."""

from __future__ import annotations

import pytest

from rag.grounding.alignment import align
from rag.grounding.features import measure
from rag.grounding.marks import marks
from rag.grounding.tokens import read_text


@pytest.mark.parametrize(
    ("text", "name", "marked"),
    [
        ("The driver alone holds the key.", "only", True),
        ("The update leaves the settings alone.", "only", False),
        ("It works only on Sundays.", "only", True),
        ("It works for only a handful of users.", "only", False),
        ("It took only 30% of the time.", "only", False),
        ("The walls are entirely dry.", "all", True),
        ("The walls were completed in May.", "all", False),
        ("A total of nine boats came.", "all", False),
    ],
)
def test_a_small_word_is_of_its_class_only_where_it_means_it(text: str, name: str, marked: bool) -> None:
    assert bool(marks(read_text(text)).get(name)) == marked


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("The new driver is written solely in Ada.", "The new driver is written in pure Ada."),
        ("The gate opens only for members.", "The gate opens just for members of the club."),
        ("The choir rehearses an entire mass.", "The choir rehearses a full mass."),
        ("The choir knows the mass entirely by heart.", "The choir knows the mass completely by heart."),
    ],
)
def test_a_limit_said_in_other_words_is_no_universal(claim: str, source: str) -> None:
    found = measure(align(read_text(claim), read_text(source)))
    assert found.scope.strength == 0.0
    assert found.words.added.get("only", None) is None or found.words.added["only"].strength < 0.3
