"""Answers over the bundled notes that a model writes, fails to write, or is kept from writing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rag import Assistant, Settings
from tests.fakes.openai_server import FakeOpenAI, Reply
from tests.fakes.scripted import quoting_model

QUESTION = "which methods reduce all-reduce latency?"
KEY = "test-key-0123456789"


def written(server: FakeOpenAI, cache: Path, **more: Any) -> Assistant:
    given = {"base_url": server.base_url, "api_key": KEY, "cache_dir": str(cache), "retries": 0, **more}
    return Assistant.open(settings=Settings.from_env({}, **given))


def test_a_model_rewrites_the_follow_up(cache_folder: Path) -> None:
    with FakeOpenAI(quoting_model()) as server, written(server, cache_folder) as assistant:
        talk = assistant.conversation()
        talk.ask("what does NVRAR do?")
        server.enqueue("How much faster than NCCL is NVRAR?")
        answer = talk.ask("how much faster than NCCL is it?")
    assert answer.standalone_question == "How much faster than NCCL is NVRAR?"
    assert answer.mode == "generative"
    assert answer.usage["calls"] == 2, "what the rewriting took is the answer's"
    assert any("1.9x-3.6x" in c.text for c in answer.claims)


def test_a_model_that_fails_to_rewrite_leaves_it_to_the_rule_and_says_so(cache_folder: Path) -> None:
    with FakeOpenAI(quoting_model()) as server, written(server, cache_folder) as assistant:
        talk = assistant.conversation()
        talk.ask("what does NVRAR do?")
        server.enqueue(Reply(status=500))
        events = list(talk.stream("how much faster than NCCL is it?"))
    assert any(e.kind == "notice" and "understood without the model" in e.payload for e in events)
    assert events[-1].payload.standalone_question == "how much faster than NCCL is NVRAR?"
    assert events[-1].payload.mode == "generative", "the answer itself is asked of the model again"
    assert events[-1].payload.usage["calls"] == 2, "also where it failed"


def test_a_stream_that_breaks_after_a_claim_becomes_an_extractive_answer(notes: Assistant, cache_folder: Path) -> None:
    whole = quoting_model()

    def two_lines_and_gone(request: Any) -> Reply:
        lines = tuple(line + "\n" for line in whole(request).text.splitlines())
        return Reply(chunks=lines, cut_after=2)

    with (
        FakeOpenAI(two_lines_and_gone) as server,
        written(server, cache_folder, price_in=1.0, price_out=2.0) as assistant,
    ):
        events = list(assistant.stream(QUESTION))
    kinds = [e.kind for e in events]
    answer = events[-1].payload
    plain = notes.ask(QUESTION)
    assert kinds[:3] == ["hits", "claim", "claim"], "what the model had finished was given at once"
    assert kinds[3] == "notice"
    assert answer.mode == "extractive"
    assert "cut the reply off" in answer.fallback_from
    assert answer.claims == plain.claims, "nothing of the broken answer is left in it"
    assert answer.sources == plain.sources
    assert answer.usage["calls"] == 1
    assert answer.usage["prompt_tokens"] > 500
    assert answer.usage["completion_tokens"] > 20
    assert answer.usage["cost"] > 0
    assert "writer" not in answer.models


@pytest.mark.parametrize("status", [401, 404, 429, 500])
def test_a_server_that_refuses_gives_an_extractive_answer_that_says_why(
    notes: Assistant, cache_folder: Path, status: int
) -> None:
    with FakeOpenAI(Reply(status=status)) as server, written(server, cache_folder) as assistant:
        answer = assistant.ask(QUESTION)
    assert answer.mode == "extractive"
    assert str(status) in answer.fallback_from or "key" in answer.fallback_from or "model" in answer.fallback_from
    assert answer.claims == notes.ask(QUESTION).claims
    assert answer.usage["calls"] == 1
    assert answer.usage["cost"] is None, "an unknown price is not 0"


def test_offline_wins_over_a_key(cache_folder: Path) -> None:
    with FakeOpenAI(quoting_model()) as server, written(server, cache_folder, offline=True) as assistant:
        answer = assistant.ask(QUESTION)
        assert assistant.model() is None
        assert server.requests == []
    assert answer.mode == "extractive"
    assert "--offline" in answer.fallback_from


def test_auto_and_none_are_the_setting_and_a_name_is_a_name(cache_folder: Path) -> None:
    with FakeOpenAI(quoting_model()) as server:
        given = {"base_url": server.base_url, "cache_dir": str(cache_folder)}
        for llm, setting, model in (
            ("auto", "off", None),
            ("tiny-7b", "off", "tiny-7b"),
            ("auto", "auto", "gpt-4o-mini"),
        ):
            with Assistant.open(llm=llm, settings=Settings.from_env({}, llm=setting, **given)) as assistant:
                client = assistant.model()
                assert (client and client.name) == model, (llm, setting)
