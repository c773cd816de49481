"""The order in which a claim names the members of a series says nothing, but where lists run in step."""

from __future__ import annotations

import pytest

from rag.grounding import OfflineJudge
from rag.grounding.series import in_source_order
from rag.grounding.tokens import read_text

EVIDENCE = (
    "Kestrel compiles kernels for CPUs, GPUs and TPUs. It was tested with ResNet, BERT, and GPT-2 on three clusters. "
    "We evaluate latency and throughput under bursty load. The router feeds the decoder and the retriever feeds the "
    "ranker. On Heron and Osprey it gains 3 and 5 points, respectively. Over a wide network it sends sorted keys, packed "
    "rows and raw logs. Writes and reads of a page are queued, and clerks answer both reads and writes calls."
)


def _ordered(claim: str) -> str:
    return in_source_order(read_text(claim), read_text(EVIDENCE)).text


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("Kestrel compiles kernels for TPUs, GPUs and CPUs.", "Kestrel compiles kernels for CPUs, GPUs and TPUs."),
        ("Kernels for TPUs, CPUs, or GPUs are compiled.", "Kernels for CPUs, GPUs, or TPUs are compiled."),
        ("It was tested with GPT-2, BERT and ResNet.", "It was tested with ResNet, BERT and GPT-2."),
        ("Throughput and latency are evaluated.", "latency and Throughput are evaluated."),
        ("It sends raw logs, sorted keys and packed rows.", "It sends sorted keys, packed rows and raw logs."),
    ],
)
def test_a_claims_series_is_put_into_the_order_of_the_source(claim: str, expected: str) -> None:
    assert _ordered(claim) == expected


@pytest.mark.parametrize(
    "claim",
    [
        "Kestrel compiles kernels for CPUs, GPUs and TPUs.",
        "Kestrel compiles kernels for TPUs, NPUs and CPUs.",
        "Kestrel compiles kernels for TPUs and CPUs.",
        "The router feeds the retriever and the decoder feeds the ranker.",
        "On Osprey and Heron it gains 3 and 5 points, respectively.",
        "It sends raw keys, packed rows and sorted logs.",
        "Both answer reads and writes within a second.",
    ],
)
def test_where_the_order_may_matter_it_stays(claim: str) -> None:
    assert _ordered(claim) == claim


@pytest.mark.parametrize(
    "claim",
    [
        "Kestrel compiles kernels for TPUs, GPUs and CPUs.",
        "Kestrel was tested with GPT-2, BERT, and ResNet on three clusters.",
        "They evaluate throughput and latency under bursty load.",
    ],
)
def test_another_order_contradicts_nothing(claim: str) -> None:
    assert OfflineJudge().judge(claim, EVIDENCE).label == "supported"


def test_figures_exchanged_with_their_owners_are_still_refused() -> None:
    assert (
        OfflineJudge().judge("On Osprey and Heron it gains 3 and 5 points, respectively.", EVIDENCE).label
        != "supported"
    )
