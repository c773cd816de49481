"""Slower where the source is faster, in other words for speed."""

from __future__ import annotations

import pytest

from rag.grounding import OfflineJudge
from rag.grounding.alignment import align
from rag.grounding.pace import outpaced
from rag.grounding.tokens import read_text

LESS_LATENCY = "Stoat reaches 2x to 3x lower latency than Ferret for letters of two to nine pages."
MORE_THROUGHPUT = "On ten presses, Stoat raises throughput by a third over Ferret."
BOTH = "Stoat was 5% faster than Ferret for short letters, but 12% slower overall."


def found(claim: str, source: str) -> float:
    return outpaced(align(read_text(claim), read_text(source))).strength


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Stoat is slower than Ferret for letters of two to nine pages.", LESS_LATENCY),
        ("For short letters, Stoat takes longer than Ferret.", LESS_LATENCY),
        ("Stoat increases latency over Ferret by 2x to 3x.", LESS_LATENCY),
        ("On ten presses Stoat is slower than Ferret.", MORE_THROUGHPUT),
        ("Stoat lowers throughput on ten presses, compared with Ferret.", MORE_THROUGHPUT),
    ],
)
def test_slower_than_what_the_source_outruns_is_refused(claim: str, source: str) -> None:
    assert found(claim, source) == 1.0
    assert OfflineJudge().judge(claim, source).label != "supported"


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Stoat is faster than Ferret for letters of two to nine pages.", LESS_LATENCY),
        ("Ferret is slower than Stoat for letters of two to nine pages.", LESS_LATENCY),
        ("Stoat is not slower than Ferret.", LESS_LATENCY),
        ("Stoat is slower than Weasel.", LESS_LATENCY),
        ("Overall, Stoat was slower than Ferret by 12%.", BOTH),
        ("Weasel is slower than Ferret.", LESS_LATENCY),
    ],
)
def test_what_the_source_does_not_deny_is_let_be(claim: str, source: str) -> None:
    assert found(claim, source) == 0.0
