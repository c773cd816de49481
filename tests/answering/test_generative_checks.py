"""What fails its check in a written answer: repaired once, dropped with its reason, or kept and marked."""

from __future__ import annotations

from typing import Any

import pytest

from rag.answer import Answer, Claim, Verdict
from rag.answering.export import repairs
from rag.answering.generative import GenerativeComposer
from rag.cli.output import claim_lines
from rag.grounding import OfflineJudge
from rag.llm import resolve_llm
from rag.settings import Settings
from tests.answering.writing import ALSO, ASKED, GOOD, NO_REPAIR, QUILTED, RING, WRONG, Outcome, holds
from tests.fakes.openai_server import FakeOpenAI, Reply
from tests.fakes.scripted import claim_line, quoting_model, sources_of
from tests.fakes.shelf import MOSSY, QUILT, RINGFOLD, hits


def test_a_refused_claim_is_repaired_once(server: FakeOpenAI) -> None:
    server.enqueue(WRONG + ALSO, claim_line(RING, (1, RING), repairs=1))
    out = Outcome(server, hits())
    holds(out.draft)
    assert out.texts == [QUILTED, RING]
    assert out.draft.dropped == ()
    repair = server.requests[1].prompt
    assert "73%" in repair
    assert "Reason: " in repair
    assert [s.number for s in sources_of(repair)] == [1]
    assert "repair" in out.draft.prompts
    assert out.draft.usage["calls"] == 2


def test_what_still_fails_is_dropped_with_its_reason(server: FakeOpenAI) -> None:
    server.enqueue(GOOD + WRONG, NO_REPAIR)
    out = Outcome(server, hits())
    holds(out.draft)
    assert out.texts == [RING]
    (dropped,) = out.of("dropped")
    assert out.draft.dropped == (dropped,)
    assert "73%" in dropped.text
    assert not dropped.verdict.supported
    assert "73" in dropped.verdict.reason


def test_a_dropped_claim_has_the_numbers_of_this_answer(server: FakeOpenAI) -> None:
    server.enqueue(ALSO + GOOD + WRONG, NO_REPAIR, ALSO + WRONG, NO_REPAIR)
    known, unknown = Outcome(server, hits()), Outcome(server, hits())
    assert [c.number for c in known.draft.dropped[0].citations] == [2]  # RingFold was cited second
    assert [c.number for c in unknown.draft.dropped[0].citations] == [0]  # and here not at all


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (claim_line(RING, (0, RING)), "0"),
        (claim_line(RING, (99, RING)), "99"),
        (claim_line(RING, (3, RING)), "quote"),
        (claim_line(RING, (1, RING.replace("37", "38"))), "quote"),
        (claim_line(RING, (1, None)), "quot"),
        (claim_line(RING), ""),
        (claim_line("Sharks have cold blood and swim in every sea.", (1, RING)), ""),
        (claim_line(QUILTED, (1, RING)), ""),
    ],
)
def test_each_wrong_citation_is_refused(server: FakeOpenAI, wrong: str, reason: str) -> None:
    server.enqueue(wrong + ALSO, NO_REPAIR)
    out = Outcome(server, hits())
    holds(out.draft)
    assert out.texts == [QUILTED]
    assert len(out.draft.dropped) == 1
    assert reason in out.draft.dropped[0].verdict.reason


def test_a_good_citation_stands_without_its_bad_neighbour(server: FakeOpenAI) -> None:
    server.enqueue(claim_line(RING, (1, RING), (2, "folds")))
    out = Outcome(server, hits())
    holds(out.draft)
    assert [c.paper_id for c in out.draft.claims[0].citations] == [RINGFOLD.id]


def test_what_is_taken_away_or_rewritten_stays_in_the_record(server: FakeOpenAI) -> None:
    first = claim_line(RING, (1, RING), (99, "nowhere"), (2, "not its words at all")) + WRONG
    mended = claim_line("RingFold cuts all-reduce latency by 37% on 64 GPUs.", (1, RING), repairs=1)
    server.enqueue(first, mended)
    kept, rewritten = (out := Outcome(server, hits())).draft.claims
    holds(out.draft)
    assert [(r.number, r.paper_id) for r in kept.removed] == [(99, None), (2, QUILT.id)]
    assert "99 was not among the evidence" in kept.removed[0].reason
    assert kept.removed[1].quote == "not its words at all"
    assert kept.replaces is None
    assert rewritten.removed == ()
    assert rewritten.replaces is not None
    assert "73%" in rewritten.replaces.text
    assert "73" in rewritten.replaces.verdict.reason
    assert [c.number for c in rewritten.replaces.citations] == [0]
    assert Claim.model_validate_json(rewritten.model_dump_json()) == rewritten
    assert repairs(kept) == [
        "2 citations removed: source 99 was not among the evidence; "
        f"the quote is not in {QUILT.title}: 'not its words at all'"
    ]
    assert repairs(rewritten)[0].startswith("rewritten once, because at first: ")
    assert "2 citations removed" in " ".join(claim_lines(kept).split())
    answer = Answer(question=ASKED, mode="generative", claims=(kept, rewritten), sources=out.draft.sources)
    assert "  - 2 citations removed: source 99" in answer.to_markdown()
    assert "rewritten once" in answer.to_markdown()


def test_a_claim_refused_twice_keeps_both_wordings(server: FakeOpenAI) -> None:
    server.enqueue(GOOD + WRONG, claim_line("RingFold cuts latency by 99%.", (1, RING), repairs=1))
    (dropped,) = Outcome(server, hits()).draft.dropped
    assert "99%" in dropped.text
    assert dropped.replaces is not None
    assert "73%" in dropped.replaces.text


def test_nothing_stands(server: FakeOpenAI) -> None:
    server.enqueue(WRONG + claim_line("Sharks never sleep.", (2, QUILTED)), NO_REPAIR)
    out = Outcome(server, hits())
    holds(out.draft)
    assert out.draft.abstained
    assert out.draft.reason is not None
    assert out.draft.reason.startswith("2 claims were written, none held: ")
    assert [p.id for p in out.draft.nearest] == [RINGFOLD.id, QUILT.id, MOSSY.id]
    assert len(out.of("dropped")) == 2


def test_strictness_strict_lets_only_what_is_supported_stand(server: FakeOpenAI) -> None:
    class Lukewarm(OfflineJudge):
        def judge_many(self, pairs: Any) -> list[Verdict]:
            return [v.model_copy(update={"label": "partial", "reason": "in part"}) for v in super().judge_many(pairs)]

    server.default = quoting_model()
    client = resolve_llm("auto", Settings(base_url=server.base_url, api_key="k"))
    assert client is not None
    for strictness, kinds in (("drop", {"claim"}), ("strict", {"dropped"})):
        composer = GenerativeComposer(client, Settings(strictness=strictness), Lukewarm())
        events = list(composer.stream(ASKED, hits()))
        assert {e.kind for e in events} == kinds
    assert all(e.payload.verdict.reason.startswith("partial: in part") for e in events)
    assert len([r for r in server.requests if "Failed claims" in r.prompt]) == 1, "it was sent back once"


def test_a_number_of_the_prompt_is_not_shown_to_readers(server: FakeOpenAI) -> None:
    server.enqueue(claim_line(f"As Source 1 says, {RING}", (1, RING)) + ALSO, claim_line(RING, (1, RING), repairs=1))
    out = Outcome(server, hits())
    assert out.texts == [QUILTED, RING]
    assert "Source 1" in server.requests[1].prompt
    assert "naming the paper" in server.requests[1].prompt


def test_a_claim_in_other_words_is_given_once_and_told(server: FakeOpenAI) -> None:
    again = "RingFold reduces all-reduce latency by 37% on 64 GPUs over the plain ring."
    server.enqueue(GOOD + claim_line(again, (1, RING)) + ALSO)
    out = Outcome(server, hits())
    holds(out.draft)
    assert out.texts == [RING, QUILTED]
    assert [(c.text, c.verdict.reason) for c in out.draft.dropped] == [(again, "says again what claim 1 says")]
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "claimed", ["RingFold is loved by cats and cuts the cost of every cluster.", "RingFold: 99% less."]
)
def test_in_running_text_the_closest_sentence_has_to_carry_the_claim(server: FakeOpenAI, claimed: str) -> None:
    class Yes(OfflineJudge):
        def judge_many(self, pairs: Any) -> list[Verdict]:
            return [Verdict(label="supported", score=1.0, reason="yes", judge="yes") for _ in pairs]

    server.enqueue(f"{claimed} [1] {QUILTED} [2]", NO_REPAIR)
    client = resolve_llm("auto", Settings(base_url=server.base_url, api_key="k"))
    assert client is not None
    composer = GenerativeComposer(client, Settings(claim_format="inline"), Yes())
    events = list(composer.stream(ASKED, hits()))
    assert [(e.kind, e.payload.text) for e in events] == [("claim", QUILTED), ("dropped", claimed)]
    assert "without a quote" in events[1].payload.verdict.reason


def test_strictness_flag_keeps_a_claim_with_its_verdict(server: FakeOpenAI) -> None:
    server.enqueue(GOOD + WRONG, NO_REPAIR)
    out = Outcome(server, hits(), strictness="flag")
    assert len(out.draft.claims) == 2
    assert out.draft.dropped == ()
    flagged = out.draft.claims[1]
    assert "73%" in flagged.text
    assert not flagged.verdict.supported
    assert out.of("claim")[1] == flagged


def test_a_failing_repair_costs_the_refused_claims_only(server: FakeOpenAI) -> None:
    server.enqueue(GOOD + WRONG, Reply(status=401))
    out = Outcome(server, hits())
    assert out.texts == [RING]
    assert len(out.draft.dropped) == 1
    assert any("could not be repaired" in n for n in out.of("notice"))


def test_the_model_says_that_the_sources_do_not_answer(server: FakeOpenAI) -> None:
    server.enqueue('{"cannot_answer": "No source treats sharks."}')
    out = Outcome(server, hits(), "Do sharks sleep?")
    assert out.draft.abstained
    assert out.draft.reason == "No source treats sharks."
    assert len(out.draft.nearest) == 3
    assert out.of("claim") == []


def test_it_says_so_beside_claims(server: FakeOpenAI) -> None:
    server.enqueue(GOOD + '{"cannot_answer": "Costs are not stated."}')
    out = Outcome(server, hits())
    assert out.texts == [RING]
    assert not out.draft.abstained
    assert "Costs are not stated." in out.of("notice")[0]
