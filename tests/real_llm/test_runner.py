"""What the runner says of an outcome; the model itself is asked by ``make test-llm`` alone."""

from __future__ import annotations

from rag import Answer, Citation, Claim, Verdict
from tests.fakes.shelf import RINGFOLD
from tests.real_llm.run import Outcome

CUT = "On 64 GPUs RingFold cuts all-reduce latency by 37% over the plain ring."
SUPPORTED = Verdict(label="supported", score=0.99, reason="word for word", judge="j@1")


def kept(text: str, *, shift: int = 0) -> Claim:
    start = RINGFOLD.abstract.index(CUT) + shift
    cited = Citation(
        number=1, paper_id=RINGFOLD.id, revision=RINGFOLD.revision, title=RINGFOLD.title, text_kind="abstract",
        field="abstract", quote=CUT, start=start, end=start + len(CUT), verdict=SUPPORTED,
    )  # fmt: skip
    return Claim(text=text, citations=(cited,), verdict=SUPPORTED)


def outcome(*claims: Claim, dropped: tuple[Claim, ...] = ()) -> Outcome:
    answer = Answer(question="q", mode="generative", claims=claims, dropped=dropped, sources=(RINGFOLD,))
    return Outcome("q", (f"Well, {CUT.upper()} [1]", "RingFold is fast."), answer)


def test_a_claim_that_the_first_reply_lacks_was_repaired() -> None:
    first, second = kept(CUT), kept("RingFold is fast.")
    found = outcome(first, second)
    assert found.repaired == (second,)
    assert [line.split(":")[0].strip() for line in found.lines() if "fast" in line or CUT in line] == [
        "reply 2", "kept", "quote", "repaired", "quote",
    ]  # fmt: skip


def test_a_quote_that_is_not_at_its_place_is_false() -> None:
    assert outcome(kept(CUT)).false_quotes() == []
    assert outcome(kept(CUT, shift=-1)).false_quotes() == [CUT]


def test_the_judge_alone_refuses_what_is_made_up() -> None:
    none = Verdict(label="unsupported", score=0.0, reason="the claim cites nothing", judge="citation-check")
    invented = Claim(text="RingFold cuts all-reduce latency by 73% on tape drives.", verdict=none)
    ((claim, verdict),) = outcome(dropped=(invented,)).judged()
    assert claim is invented
    assert verdict is not None
    assert verdict.label in {"unsupported", "contradicted"}
