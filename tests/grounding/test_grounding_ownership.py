"""Whose a property is: the paper's own system's, or that of what it sets itself apart from."""

import pytest

from rag.grounding import OfflineJudge
from rag.grounding.alignment import align
from rag.grounding.ownership import ownership
from rag.grounding.parties import OURS, THEIRS, own_names, parties
from rag.grounding.tokens import read_text

HERON = (
    "Heron: Shard Placement without Locks. Existing schedulers pin every shard to one node and suffer from long queues. "
    "We present Heron, a placement engine for storage clusters. Heron moves shards across nodes by bidding, so that "
    "recovery stays short. Unlike prior approaches that rely on global snapshots, Heron uses local receipts. "
    "Heron reaches 2.4 times the throughput of state-of-the-art baselines on 40 nodes when restoring cold shards."
)
LOOM = (
    "This paper introduces Loom, a new tracer for microservices. Traditional tracers sample requests at random, while "
    "Loom samples requests by their cost. Existing literature explains slow requests by lock contention. Through "
    "a kernel-level analysis, we reveal that page faults delay them."
)


def signal(claim: str, source: str = HERON) -> tuple[float, str]:
    return tuple(ownership(align(read_text(claim), read_text(source))))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Heron pins every shard to one node, whereas existing schedulers move shards by bidding.", HERON),
        (
            "Existing schedulers move shards across nodes by bidding, while Heron pins shards and suffers long queues.",
            HERON,
        ),
        ("Prior approaches use local receipts, unlike Heron, which relies on global snapshots.", HERON),
        ("Unlike Heron, which relies on global snapshots, prior approaches use local receipts.", HERON),
        ("It is Heron, and not the existing schedulers, that pins every shard to one node and suffers queues.", HERON),
        ("Loom samples requests at random, whereas traditional tracers sample them by cost.", LOOM),
        (
            "The kernel-level analysis explains slow requests by lock contention, whereas the literature blames page faults.",
            LOOM,
        ),
    ],
)
def test_exchanged_owners_are_noticed(claim: str, source: str) -> None:
    strength, reason = signal(claim, source)
    assert strength == 1.0
    assert "of its own system" in reason or "of others" in reason
    assert OfflineJudge().judge(claim, source).label != "supported"


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Heron moves shards by bidding, whereas existing schedulers pin every shard to one node.", HERON),
        ("Every shard is pinned to one node by existing schedulers, but moved by bidding under Heron.", HERON),
        (
            "It is the existing schedulers, and not Heron, that pin every shard to one node and suffer from queues.",
            HERON,
        ),
        ("Heron avoids the long queues of existing schedulers, which pin shards.", HERON),
        ("Prior approaches rely on global snapshots, unlike Heron, which uses local receipts.", HERON),
        ("State-of-the-art baselines are 2.4 times slower than Heron when restoring cold shards on 40 nodes.", HERON),
        ("Existing schedulers, the Heron authors say, suffer from long queues.", HERON),
        ("Traditional tracers sample requests at random, whereas Loom samples them by cost.", LOOM),
        ("The literature explains slow requests by lock contention, whereas the analysis blames page faults.", LOOM),
        ("Wool is dyed with madder.", LOOM),
    ],
)
def test_rightful_owners_raise_no_alarm(claim: str, source: str) -> None:
    assert signal(claim, source) == (0.0, "")


def test_others_alone_given_what_is_the_systems_is_no_more_than_doubtful() -> None:
    claim = "State-of-the-art baselines reach 2.4 times the throughput of Heron on 40 nodes when restoring cold shards."
    strength, reason = signal(claim)
    assert strength == 0.5
    assert "of others" in reason


def test_names_of_the_own_system() -> None:
    assert own_names(read_text(HERON)) == {"Heron"}
    assert own_names(read_text(LOOM)) == {"Loom"}
    assert own_names(read_text("Fast GPU kernels. We propose an LLM-based tuner.")) == frozenset()
    assert own_names(read_text("We propose a tuner, TuneBot, for loops.")) == {"TuneBot"}
    assert own_names(read_text("")) == frozenset()


def test_an_object_owns_nothing_but_its_relative_clause() -> None:
    text = read_text("Heron outperforms existing schedulers, which stall, on nodes.")
    found = parties(text, frozenset({"Heron"}), is_claim=False)
    whose = {t.low: w for t, w in zip(text.tokens, found.whose, strict=True)}
    assert whose["outperforms"] == OURS
    assert whose["stall"] == THEIRS
