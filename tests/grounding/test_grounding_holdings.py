"""Whose figure it is: of two figures of one measure each has its own holder."""

from __future__ import annotations

import pytest

from rag.grounding.alignment import align
from rag.grounding.holders import couples
from rag.grounding.holdings import holding
from rag.grounding.tokens import read_text

_BEHIND = "Pillar shows over 80% less token latency compared to Ash, and over 90% compared to Birch and Cedar."
_BEFORE = "On the long trace Ash reaches 46.5% of the peak, whereas Birch reaches 39.1%."
_OF = "Pillar has a throughput of up to 1.7x that of Ash and 2.2x that of Birch on small models."
_STEP = "Pillar outperforms Ash by 1.56 and 6.92 in ROUGE and METEOR scores."
_COMMON = "Pillar shows a 10.4x speedup and a 19.6x higher yield beside all Ash baselines."


def _fires(claim: str, source: str) -> bool:
    return holding(align(read_text(claim), read_text(source))).strength == 1


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Latency is lower than with Birch or Cedar by over 80%, and lower than with Ash by over 90%.", _BEHIND),
        ("Compared to Ash, Pillar cuts token latency by over 90%, and compared to Cedar by 80%.", _BEHIND),
        ("Ash comes to 39.1% of the peak and Birch to 46.5%.", _BEFORE),
        ("It is 39.1% of the peak that Ash reaches.", _BEFORE),
        ("Pillar has 2.2x the throughput of Ash.", _OF),
        ("Over Birch the throughput of Pillar is up to 1.7x.", _OF),
        ("Use with small batches is 78.5%.", "Use rises from 31.5% for small batches to 78.5% for large batches."),
        ("Pillar is ahead of Ash by 6.92 in ROUGE.", _STEP),
        ("Pillar is ahead of Ash by 6.92 and 1.56 in ROUGE and METEOR.", _STEP),
    ],
)  # fmt: skip
def test_the_other_holder_is_found(claim: str, source: str) -> None:
    assert _fires(claim, source)


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Latency is lower than with Birch or Cedar by over 90%, and lower than with Ash by over 80%.", _BEHIND),
        ("Token latency falls by 90%.", _BEHIND),
        ("Birch comes to 39.1% of the peak and Ash to 46.5%.", _BEFORE),
        ("Pillar has 2.2x the throughput of Birch.", _OF),
        ("Pillar has 2.2x the throughput of another system.", _OF),
        ("Pillar is ahead of Ash by 1.56 in ROUGE.", _STEP),
        ("Pillar is 10.4x faster than the Ash baselines.", _COMMON),
        ("Next to Ash baselines, Pillar has a yield higher by 19.6x and a speedup of 10.4x.", _COMMON),
    ],
)  # fmt: skip
def test_the_right_holder_is_left_alone(claim: str, source: str) -> None:
    assert not _fires(claim, source)


def test_lists_in_step_give_each_figure_its_own() -> None:
    text = read_text("It gains 8.7%, 12.2%, and 11.0% at sizes of 256 units, 1 unit, and 4 units, respectively.")
    held = {(c.quantity.value, text.tokens[min(c.words)].surface) for couple in couples(text) for c in couple[:2]}
    assert held == {(8.7, "256"), (12.2, "1"), (11.0, "4")}
