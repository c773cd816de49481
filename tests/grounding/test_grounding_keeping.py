"""What is found once and kept."""

from __future__ import annotations

from rag.grounding.keeping import Remembered, kept_property


class _Text:
    def __init__(self) -> None:
        self.asked = 0

    @kept_property
    def words(self) -> list[str]:
        """Its words."""
        self.asked += 1
        return ["a", "b"]


def test_a_kept_property_is_found_once_for_each_object() -> None:
    one, other = _Text(), _Text()
    assert one.words is one.words
    assert other.words is not one.words
    assert (one.asked, other.asked) == (1, 1)
    assert _Text.words.__doc__ == "Its words."


def test_what_is_remembered_is_asked_once_and_forgotten_when_it_is_too_much() -> None:
    asked: list[str] = []

    def length(word: str) -> int:
        asked.append(word)
        return len(word)

    known = Remembered(length, 2)
    assert [known[word] for word in ("a", "bb", "a", "bb")] == [1, 2, 1, 2]
    assert asked == ["a", "bb"]
    assert known["ccc"] == 3
    assert len(known) == 1
    assert known["a"] == 1
    assert asked == ["a", "bb", "ccc", "a"]
