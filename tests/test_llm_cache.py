"""Recorded replies: what is asked once is replayed, and nothing secret is written down."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from rag.errors import InputError, ModelError, ModelRefusalError, ModelUnavailableError
from rag.llm import ModelClient, resolve_llm
from rag.llm_cache import Entry, ReplayMissError, ResponseCache, request_key
from rag.llm_faults import FormatRefusedError
from rag.llm_request import ModelRequest
from rag.settings import Settings
from rag.usage import Usage
from tests.fakes.openai_server import FakeOpenAI, Reply

KEY = "test-key-0123456789"
PROMPT = "How fast is FastRing, says the abstract?"
USAGE = {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500}


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(key=KEY, default=Reply("3.5x as fast", usage=USAGE)) as fake:
        yield fake


def client(server: FakeOpenAI, folder: Path, *, replay: bool = False, **settings: Any) -> ModelClient:
    known = {"base_url": server.base_url, "api_key": KEY, "price_in": 2.0, "price_out": 8.0, "retries": 0}
    made = resolve_llm("auto", Settings(**(known | settings)), sleep=lambda _: None)
    assert made is not None
    return made.within(ResponseCache(folder, replay=replay, secret=KEY))


def entries(folder: Path) -> list[Path]:
    return [p for p in folder.rglob("*") if p.is_file()]


def test_the_second_time_nothing_is_sent_and_the_cost_of_then_is_shown(server: FakeOpenAI, tmp_path: Path) -> None:
    first = client(server, tmp_path)
    assert first.complete(PROMPT) == "3.5x as fast"
    assert first.usage == {
        "calls": 1, "prompt_tokens": 1000, "completion_tokens": 500, "cost": 0.006, "estimated": False
    }  # fmt: skip
    second = client(server, tmp_path).fresh()
    assert second.complete(PROMPT) == "3.5x as fast"
    assert len(server.requests) == 1
    assert second.usage == {**first.usage, "replayed": 1}
    (path,) = entries(tmp_path)
    entry = Entry.model_validate_json(path.read_bytes())
    assert (entry.text, entry.whole, entry.usage["cost"], entry.host) == ("3.5x as fast", True, 0.006, first.host)


def test_neither_key_nor_prompt_is_written_down(server: FakeOpenAI, tmp_path: Path) -> None:
    made = client(server, tmp_path)
    made.complete([("system", "Be brief."), ("user", PROMPT)])
    server.enqueue(f"Your key is {KEY}!")
    assert KEY in made.complete("Which key do I use?")
    server.enqueue(Reply(status=400, error={"message": f"content_filter for {KEY}", "code": "content_filter"}))
    with pytest.raises(ModelRefusalError):
        made.complete("Something refused")
    written = "".join(p.read_text() for p in entries(tmp_path))
    assert len(entries(tmp_path)) == 2  # the reply that repeats the key is not among them
    assert KEY not in written
    assert "FastRing" not in written
    assert "Be brief" not in written


def request(**changes: Any) -> ModelRequest:
    known: dict[str, Any] = {
        "model": "m", "host": "h", "messages": (("user", PROMPT),), "response_format": {},
        "parameters": {"temperature": 0.0, "max_tokens": 2000}, "usage": Usage(),
    }  # fmt: skip
    return ModelRequest(**(known | changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"model": "n"},
        {"messages": (("user", PROMPT + " "),)},
        {"messages": (("system", PROMPT),)},
        {"messages": (("user", PROMPT), ("user", ""))},
        {"response_format": {"type": "json_object"}},
        {"parameters": {"temperature": 0.7, "max_tokens": 2000}},
        {"parameters": {"temperature": 0.0, "max_tokens": 100}},
    ],
)
def test_whatever_decides_a_reply_decides_the_key(changes: dict[str, Any]) -> None:
    assert request_key(request(**changes)) != request_key(request())


def test_another_host_and_another_usage_are_the_same_request() -> None:
    assert request_key(request(host="elsewhere", usage=Usage(1.0, 2.0))) == request_key(request())


def test_a_replay_never_calls_and_a_miss_is_no_model_failure(server: FakeOpenAI, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no recorded replies"):
        client(server, tmp_path / "none", replay=True)
    made = client(server, tmp_path, replay=True)
    with pytest.raises(ReplayMissError) as missed:
        made.complete(PROMPT)
    # A ModelError would be answered in the papers' own words, and scored as the model's answer.
    assert not isinstance(missed.value, ModelError)
    assert server.requests == []
    assert made.usage["calls"] == 0


def test_a_replay_works_when_the_server_is_gone(tmp_path: Path) -> None:
    with FakeOpenAI(default=Reply("still here")) as server:
        client(server, tmp_path).complete(PROMPT)
    assert client(server, tmp_path, replay=True, api_key="another-key").complete(PROMPT) == "still here"


def test_a_reply_that_its_reader_cut_is_no_whole_reply(server: FakeOpenAI, tmp_path: Path) -> None:
    server.enqueue(Reply("one two three " * 500, tokens_per_s=400))
    stream = client(server, tmp_path).stream(PROMPT)
    begun = next(stream)
    stream.close()
    assert server.hung_up.wait(3)
    (path,) = entries(tmp_path)
    assert json.loads(path.read_text())["whole"] is False
    again = client(server, tmp_path, replay=True).stream(PROMPT)
    assert next(again) == begun  # the same reader, who had enough here, gets the same
    with pytest.raises(ReplayMissError, match="only the beginning"):
        next(again)
    assert path.exists()
    with pytest.raises(ReplayMissError, match="only the beginning"):
        client(server, tmp_path).complete(PROMPT)
    assert client(server, tmp_path).complete(PROMPT) == "3.5x as fast"  # and the next one asks anew


def test_what_the_server_says_of_a_request_is_replayed_and_an_outage_is_not(tmp_path: Path) -> None:
    with FakeOpenAI(refuse_response_format=400) as server:
        live = client(server, tmp_path)
        for _ in range(2):  # while the model may be asked, it is asked: the server may have learnt since
            with pytest.raises(FormatRefusedError):
                live.complete(PROMPT, json_mode=True)
        assert len(server.requests) == 2
        server.enqueue(Reply(status=503))
        with pytest.raises(ModelUnavailableError):
            live.complete(PROMPT)
    replayed = client(server, tmp_path, replay=True)
    with pytest.raises(FormatRefusedError):
        replayed.complete(PROMPT, json_mode=True)
    with pytest.raises(ReplayMissError):
        replayed.complete(PROMPT)


@pytest.mark.parametrize("damage", ["", "{", '{"schema_version": 99, "model": "m"}', "\x00\x01"])
def test_a_damaged_entry_is_asked_for_anew(server: FakeOpenAI, tmp_path: Path, damage: str) -> None:
    client(server, tmp_path).complete(PROMPT)
    (path,) = entries(tmp_path)
    path.write_text(damage)
    assert client(server, tmp_path).complete(PROMPT) == "3.5x as fast"
    assert len(server.requests) == 2
    assert Entry.model_validate_json(path.read_bytes()).text == "3.5x as fast"


def test_odd_signs_survive(server: FakeOpenAI, tmp_path: Path) -> None:
    odd = 'ünï "quoted"\n\u2028 \U0001f600 \ud800 end'
    server.enqueue(Reply(chunks=(odd,)))
    first = client(server, tmp_path).complete(PROMPT)
    assert client(server, tmp_path, replay=True).complete(PROMPT) == first
    assert first.startswith('ünï "quoted"')


def test_a_full_disk_costs_the_cache_and_not_the_answer(
    server: FakeOpenAI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    made = client(server, tmp_path)
    monkeypatch.setattr(Path, "replace", full)
    assert made.complete(PROMPT) == "3.5x as fast"
    assert entries(tmp_path) == []


def test_many_threads_share_one_cache(server: FakeOpenAI, tmp_path: Path) -> None:
    made = client(server, tmp_path)
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda n: made.fresh().complete(f"{PROMPT} {n % 4}"), range(32)))
    assert found == {"3.5x as fast"}
    assert len(entries(tmp_path)) == 4
    hits, misses = next(a for a in made.around if isinstance(a, ResponseCache)).counts
    assert hits + misses == 32
    assert misses == len(server.requests)
    assert made.usage["calls"] - made.usage.get("replayed", 0) == misses
