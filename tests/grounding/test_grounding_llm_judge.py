"""The LLM judge: its prompt holds one passage, its reply is data, its quote is checked."""

from __future__ import annotations

import asyncio
import json

import pytest

from rag.errors import ModelTimeoutError
from rag.grounding import Judge, LLMJudge, SyncJudge

PASSAGE = "RopeWeave overlaps twisting with drying. It saves 35\\% of the time."


class Scripted:
    """Replies in turn and keeps the prompts."""

    def __init__(self, *replies: object) -> None:
        self.replies, self.prompts = list(replies), list[str]()

    async def acomplete(self, prompt: str) -> str:
        self.prompts.append(prompt)
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply if isinstance(reply, str) else json.dumps(reply)


def reply(label: object, quote: object = "overlaps twisting with drying", missing: str = "") -> dict[str, object]:
    return {"label": label, "evidence_quote": quote, "missing": missing}


def test_it_is_a_judge() -> None:
    judge = LLMJudge(Scripted(), model="some-model")
    assert isinstance(judge, Judge)
    assert isinstance(judge, SyncJudge)
    assert judge.name == "some-model/judge@1"


def test_a_good_reply() -> None:
    writer = Scripted("Here:\n```json\n" + json.dumps(reply("supported", "It saves 35% of the time")) + "\n```")
    verdict = asyncio.run(LLMJudge(writer).ajudge("It saves {35%} of the time", PASSAGE))
    assert verdict.label == "supported"
    assert verdict.start is not None
    assert PASSAGE[verdict.start : verdict.end] == "It saves 35\\% of the time"
    assert PASSAGE in writer.prompts[0]
    assert "It saves {35%} of the time" in writer.prompts[0]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("yes, supported", "no JSON object"),
        ("{not json} [1]", "no JSON object"),
        ("[]", "no JSON object"),
        (reply("yes"), "is no label"),
        (reply("not supported"), "is no label"),
        (reply(["supported"]), "is no label"),
        (reply(None), "is no label"),
        (reply("supported", "overlaps twisting with cooling"), "not in the passage"),
        (reply("supported", ""), "without a quote"),
        (reply("contradicted", None), "without a quote"),
        ("{" * 5000, "no JSON object"),
    ],
)
def test_an_error_of_the_judge_is_unsure(answer: object, reason: str) -> None:
    verdict = LLMJudge(Scripted(answer)).judge("A claim.", PASSAGE)
    assert verdict.label == "unsure"
    assert verdict.reason.startswith("judge error")
    assert reason in verdict.reason


def test_unsupported_needs_no_quote_and_says_what_is_missing() -> None:
    verdict = LLMJudge(Scripted(reply("unsupported", "", "the price\nof oil"))).judge("Oil is dear.", PASSAGE)
    assert (verdict.label, verdict.reason) == ("unsupported", "missing: the price of oil")


def test_one_passage_per_call_then_all_together() -> None:
    writer = Scripted(reply("partial", "one rope"), reply("unsupported", ""), reply("supported", "two ropes"))
    verdict = LLMJudge(writer).judge("Both.", ["one rope", "two ropes"])
    assert verdict.label == "supported"
    assert verdict.reason.startswith("taken together")
    assert len(writer.prompts) == 3
    once = Scripted(reply("supported", "one rope"), reply("unsupported", ""))
    assert LLMJudge(once).judge("Both.", ["one rope", "two ropes"]).label == "supported"
    assert len(once.prompts) == 2


def test_nothing_to_ask() -> None:
    writer = Scripted()
    assert LLMJudge(writer).judge("", PASSAGE).label == "unsure"
    assert LLMJudge(writer).judge("A claim.", []).label == "unsupported"
    assert writer.prompts == []


def test_failures_of_the_model_are_passed_on() -> None:
    with pytest.raises(ModelTimeoutError):
        LLMJudge(Scripted(ModelTimeoutError("too slow"))).judge("A claim.", PASSAGE)


def test_it_may_be_asked_from_a_running_loop() -> None:
    async def inside() -> str:
        return LLMJudge(Scripted(reply("supported"))).judge("A claim.", PASSAGE).label

    assert asyncio.run(inside()) == "supported"


def test_a_huge_passage_is_cut_and_said_to_be() -> None:
    writer = Scripted(reply("supported"))
    verdict = LLMJudge(writer).judge("A claim.", PASSAGE + " x" * 1_000_000)
    assert "only the first" in verdict.reason
    assert len(writer.prompts[0]) < 30_000
