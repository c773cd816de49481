"""Words with which an answer's sentence opens are no part of what it claims."""

from __future__ import annotations

import pytest

from rag.grounding import OfflineJudge
from rag.grounding.openings import without_opening

REST = "Kestrel halves the latency of joins."


@pytest.mark.parametrize(
    "opening",
    [
        "However, ", "Additionally, ", "In summary, ", "On the other hand, ", "For example, ", "As a result, ",
        "Based on the given context, ", "According to the provided passages, ", "Based on the contexts provided, ",
        "Based on the information given in the abstracts, ", "According to context, ", "As stated in the given text, ",
        "It is important to note that ", "It's worth mentioning that, ", "It should be noted that ",
        "Yes, based on the given contexts, ", "However, it should also be noted that ",
    ],
)  # fmt: skip
def test_an_opening_is_left_out(opening: str) -> None:
    assert without_opening(opening + REST) == REST


@pytest.mark.parametrize(
    "claim",
    [
        "In general, Kestrel halves the latency of joins.",
        "First, Kestrel sorts the keys, then it joins them.",
        "In 2023, Kestrel halved the latency of joins.",
        "Based on the labels, Kestrel ranks the passages.",
        "From the retrieved passages, the reader of Kestrel extracts spans.",
        "Given a passage, Kestrel predicts its title.",
        "In the context of joins, Kestrel halves latency.",
        "It is important to sort the keys, says Kestrel.",
        "Nowadays Kestrel is slow.",
        "However, no.",
    ],
)
def test_what_is_said_of_the_matter_stays(claim: str) -> None:
    assert without_opening(claim) == claim


def test_the_verdict_is_that_on_what_is_said() -> None:
    judge, source = OfflineJudge(), "We present Kestrel. Kestrel halves the latency of joins on small clusters."
    for opening in ("Moreover, ", "Based on the given context, "):
        plain, opened = (judge.judge(start + "Kestrel makes joins twice as slow.", source) for start in ("", opening))
        assert (plain.label, plain.score) == (opened.label, opened.score)
    assert judge.judge(f"Additionally, {source.split('. ')[1]}", source).reason.endswith("word for word")
