"""Everything that a model server can do wrong, through the real client."""

from __future__ import annotations

import email.utils
import logging
import socket
import time
import traceback
from collections.abc import Iterator
from typing import Any

import pytest

from rag.errors import (
    ModelAuthError,
    ModelContextError,
    ModelError,
    ModelNotFoundError,
    ModelRateLimitError,
    ModelRefusalError,
    ModelResponseError,
    ModelTimeoutError,
    ModelUnavailableError,
)
from rag.llm import ModelClient, resolve_llm
from rag.settings import Settings
from tests.fakes.openai_server import FakeOpenAI, Reply, context_overflow

KEY = "test-key-0123456789"


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(Reply("all is well")) as fake:
        yield fake


@pytest.fixture
def waits() -> list[float]:
    return []


def client(server: FakeOpenAI | str, waits: list[float], **settings: Any) -> ModelClient:
    url = server if isinstance(server, str) else server.base_url
    made = resolve_llm("auto", Settings(base_url=url, api_key=KEY, **settings), sleep=waits.append)
    assert made is not None
    return made


def failure(made: ModelClient, got: list[str] | None = None) -> ModelError:
    pieces = [] if got is None else got
    with pytest.raises(ModelError) as caught:
        pieces.extend(made.stream("Hello?"))
    assert caught.value.usage["calls"] >= 1
    assert caught.value.remedy
    assert "\n" not in str(caught.value)
    return caught.value


def test_retry_after_is_waited_for_and_then_tried_once(server: FakeOpenAI, waits: list[float]) -> None:
    server.enqueue(Reply(status=429, headers={"Retry-After": "3"}))
    made = client(server, waits)
    assert made.complete("Hello?") == "all is well"
    assert len(server.requests) == 2
    assert len(waits) == 1
    assert 3.0 <= waits[0] <= 3.25
    assert made.usage["calls"] == 2


@pytest.mark.parametrize(
    ("headers", "low", "high"),
    [
        ({"retry-after-ms": "1500"}, 1.5, 1.75),
        ({"Retry-After": "soon"}, 0.3, 0.7),
        ({}, 0.3, 0.7),
        ({"Retry-After": "20"}, 20.0, 20.0),
    ],
)
def test_how_long_to_wait(
    server: FakeOpenAI, waits: list[float], headers: dict[str, str], low: float, high: float
) -> None:
    server.enqueue(Reply(status=503, headers=headers))
    client(server, waits).complete("Hello?")
    assert low <= waits[0] <= high


def test_retry_after_as_a_date(server: FakeOpenAI, waits: list[float]) -> None:
    date = email.utils.formatdate(time.time() + 5, usegmt=True)
    server.enqueue(Reply(status=429, headers={"Retry-After": date}))
    client(server, waits).complete("Hello?")
    assert 3.5 <= waits[0] <= 5.25


def test_a_server_that_asks_for_more_than_the_cap_is_not_tried_again(server: FakeOpenAI, waits: list[float]) -> None:
    server.enqueue(Reply(status=429, headers={"Retry-After": "600"}))
    assert isinstance(failure(client(server, waits)), ModelRateLimitError)
    assert waits == []
    assert len(server.requests) == 1


def test_one_retry_layer_and_waits_that_grow(server: FakeOpenAI, waits: list[float]) -> None:
    server.enqueue(*[Reply(status=500)] * 9)
    made = client(server, waits, retries=3)
    assert isinstance(failure(made), ModelUnavailableError)
    assert len(server.requests) == made.usage["calls"] == 4
    assert len(waits) == 3
    assert waits[0] < waits[1] < waits[2]


@pytest.mark.parametrize(
    ("reply", "leaf", "words", "tries"),
    [
        (Reply(status=401, error={"message": "no"}), ModelAuthError, "refused the key", 1),
        (Reply(status=403, error="<html>no</html>"), ModelAuthError, "refused the key", 1),
        (Reply(status=404, error={"message": "no such"}), ModelNotFoundError, "no such", 1),
        (Reply(status=429), ModelRateLimitError, "429", 3),
        (Reply(status=429, error={"message": "m", "code": "insufficient_quota"}), ModelRateLimitError, "429", 1),
        (Reply(status=500), ModelUnavailableError, "500", 3),
        (Reply(status=529), ModelUnavailableError, "529", 3),
        (context_overflow(), ModelContextError, "8192", 1),
        (
            Reply(status=400, error={"message": "Requested tokens exceed context window of 2048"}),
            ModelContextError,
            "2048",
            1,
        ),
        (Reply(status=413), ModelContextError, "fit", 1),
        (Reply(status=400, error={"message": "odd field"}), ModelResponseError, "odd field", 1),
        (Reply(status=400, error={"message": "m", "code": "content_filter"}), ModelRefusalError, "refused", 1),
        (Reply(refusal="I will not."), ModelRefusalError, "I will not", 1),
        (Reply("some", finish_reason="content_filter"), ModelRefusalError, "content filter", 1),
        (Reply("", finish_reason="length"), ModelResponseError, "used up its tokens", 1),
        (Reply("a b c", cut_after=2), ModelUnavailableError, "cut", 1),
        (Reply("a b c", cut_after=0), ModelUnavailableError, "cut", 3),
        (Reply("a b c", cut_after=2, cut_cleanly=True), ModelUnavailableError, "cut", 1),
        (Reply("a b", stream_error={"message": "boom"}), ModelUnavailableError, "boom", 1),
        (
            Reply("a", stream_error={"message": "slow down", "code": "rate_limit_exceeded"}),
            ModelRateLimitError,
            "slow",
            1,
        ),
        (Reply(raw=b"data: {not json\n\n"), ModelResponseError, "no chat completion", 1),
        (Reply(raw=b"data: [1, 2]\n\n"), ModelResponseError, "no chat completion", 1),
        (Reply(raw=b"\xff\xfe\x00\x80" * 50), ModelResponseError, "no chat completion", 1),
        (Reply(raw=b"<html>It works!</html>"), ModelResponseError, "no chat completion", 1),
        (Reply(raw=b""), ModelResponseError, "no chat completion", 1),
        (Reply(raw=b"{}", headers={"Content-Type": "application/json"}), ModelResponseError, "no chat completion", 1),
    ],
)
def test_every_failure_has_its_leaf(
    server: FakeOpenAI, waits: list[float], reply: Reply, leaf: type[ModelError], words: str, tries: int
) -> None:
    server.enqueue(*[reply] * 3)
    fault = failure(client(server, waits))
    assert type(fault) is leaf
    assert words in fault.message
    assert len(server.requests) == tries


@pytest.mark.parametrize("before", [0, 1])
def test_silence_past_the_limit(server: FakeOpenAI, waits: list[float], before: int) -> None:
    server.enqueue(Reply("a late reply", silence=(before, 5)))
    began, got = time.perf_counter(), list[str]()
    fault = failure(client(server, waits, timeout=0.3), got)
    assert isinstance(fault, ModelTimeoutError)
    assert "0.3 s" in fault.message
    assert time.perf_counter() - began < 2.5
    assert len(got) == before
    assert len(server.requests) == 1
    assert fault.usage["prompt_tokens"] > 0  # the server may charge for what it had received


def test_a_slow_reply_that_keeps_coming_is_no_silence(server: FakeOpenAI, waits: list[float]) -> None:
    server.enqueue(Reply("one two three four five six seven", tokens_per_s=10))
    assert client(server, waits, timeout=0.4).complete("Hello?").endswith("seven")


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/v1", "127.0.0.1:{port}/v1", "http://"])
def test_an_address_where_nobody_answers(waits: list[float], url: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    fault = failure(client(url.format(port=port), waits))
    assert isinstance(fault, ModelUnavailableError)
    assert "OPENAI_BASE_URL" in fault.remedy


def test_nothing_is_repeated_once_something_was_passed_on(server: FakeOpenAI, waits: list[float]) -> None:
    server.enqueue(Reply("first part then cut", cut_after=2), Reply("second"))
    got: list[str] = []
    failure(client(server, waits), got)
    assert got == ["first", " part"]
    assert waits == []
    assert len(server.requests) == 1


def test_usage_counts_what_was_cut(server: FakeOpenAI, waits: list[float]) -> None:
    server.enqueue(Reply("one two three four", cut_after=3))
    made = client(server, waits, price_in=1.0, price_out=1.0)
    usage = failure(made).usage
    assert usage == made.usage
    assert usage["completion_tokens"] == 3
    assert usage["estimated"] is True
    assert usage["cost"] > 0


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=401, error={"message": f"Incorrect API key provided: {KEY}"}),
        Reply(status=500, error=f"Authorization: Bearer {KEY} and sk-abcdef123456"),
        Reply("a", stream_error={"message": f"key {KEY} expired"}),
        Reply(refusal=f"Not with {KEY}."),
        Reply(status=400, error={"message": f"odd {KEY}"}),
    ],
)
def test_the_key_is_in_no_error_no_log_and_no_traceback(
    server: FakeOpenAI, waits: list[float], caplog: pytest.LogCaptureFixture, reply: Reply
) -> None:
    caplog.set_level(logging.DEBUG)
    server.enqueue(reply, reply, reply)
    fault = failure(client(server, waits))
    told = [str(fault), repr(fault), str(fault.as_dict()), str(fault.usage), caplog.text]
    told += traceback.format_exception(fault)
    told += [repr(r.__dict__) for r in caplog.records if r.name.startswith("rag")]
    assert fault.__cause__ is None
    assert not [text for text in told if KEY in text or "sk-abcdef" in text]


def test_a_key_that_no_header_can_hold(server: FakeOpenAI, waits: list[float]) -> None:
    made = resolve_llm("auto", Settings(base_url=server.base_url, api_key="kéy-ünïcode"), sleep=waits.append)
    assert made is not None
    assert isinstance(failure(made), ModelAuthError)
