"""Which of two figures of the source is the greater, in a claim that has neither."""

from __future__ import annotations

import pytest

from rag.grounding.alignment import align
from rag.grounding.gauged import gauged
from rag.grounding.tokens import read_text

_OF = "Under equal limits Pillar has a throughput of up to 1.7x that of Ash and 2.2x that of Birch on small models."
_STEP = "For 22 billion, 175 billion, and 1 trillion parameters, it has utilizations of 38.4%, 36.1%, and 32.0%, respectively."
_SCORES = "Pillar outperforms the earlier method Ash by 1.56 and 6.92 in ROUGE and METEOR scores."
_TIMES = "Pillar spends 12 ms in prefill and 30 ms in decoding."
_SETS = "Pillar reaches 91.3% on Elm, 64.0% on Fir and 48.7% on Oak."
_LOSS = "Pillar reduces latency by 30% on Ash and by 50% on Birch."


def _fires(claim: str, source: str) -> bool:
    return gauged(align(read_text(claim), read_text(source))).strength == 1


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Pillar's lead over Ash exceeds its lead over Birch.", _OF),
        ("The gain in throughput is larger over Ash than over Birch.", _OF),
        ("The largest gain in throughput is the one over Ash.", _OF),
        ("Over Birch Pillar sees the smaller gain in throughput.", _OF),
        ("The utilization at 175 billion parameters lies above that at 22 billion.", _STEP),
        ("The utilization at 175 billion is below that at 22 billion and below that at one trillion.", _STEP),
        ("Between 22 billion and 175 billion parameters, the utilization rises.", _STEP),
        ("From 175 billion to one trillion parameters the utilization gets higher.", _STEP),
        ("The utilization is lowest at 22 billion parameters.", _STEP),
        ("Pillar's advantage over Ash, the earlier method, is smaller in METEOR than in ROUGE.", _SCORES),
        ("The reduction of latency is larger on Ash than on Birch.", _LOSS),
        ("Pillar takes longer for prefill than for decoding.", _TIMES),
        ("Pillar does better on Oak than on Fir.", _SETS),
        ("Of the three sets, it is Elm on which Pillar gets lowest.", _SETS),
    ],
)  # fmt: skip
def test_the_other_order_is_found(claim: str, source: str) -> None:
    assert _fires(claim, source)


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Pillar's lead over Birch exceeds its lead over Ash.", _OF),
        ("The gain in throughput is not larger over Ash than over Birch.", _OF),
        ("The largest batch is the one that Ash takes.", _OF),
        ("The utilization at 175 billion is below that at 22 billion and above that at one trillion.", _STEP),
        ("Between 22 billion and 175 billion parameters, the utilization falls.", _STEP),
        ("The utilization is lowest at one trillion parameters.", _STEP),
        ("Pillar's advantage is larger in METEOR than in ROUGE.", _SCORES),
        ("Latency is higher on Ash than on Birch.", _LOSS),
        ("Pillar does better on Ash than on Birch.", _LOSS),
        ("Pillar is faster in prefill than in decoding.", _TIMES),
        ("Of the three sets, it is Oak on which Pillar gets lowest.", _SETS),
        ("Pillar is more often used on Ash than on Birch.", _OF),
    ],
)  # fmt: skip
def test_the_order_of_the_source_is_left_alone(claim: str, source: str) -> None:
    assert not _fires(claim, source)
