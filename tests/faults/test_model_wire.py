"""What may come over the wire from a model server that is none, or that never ends. Nothing hangs."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from rag.errors import (
    ModelError,
    ModelNotFoundError,
    ModelRateLimitError,
    ModelResponseError,
    ModelTimeoutError,
    ModelUnavailableError,
    SettingsError,
)
from rag.llm import ModelClient, resolve_llm
from rag.llm_bounds import MAX_BYTES
from rag.settings import Settings
from tests.fakes.openai_server import FakeOpenAI, Reply
from tests.fakes.raw_server import HEAD, OVER, RawServer, piece, status

KEY = "test-key-0123456789"


def client(base_url: str, waits: list[float] | None = None, **settings: Any) -> ModelClient:
    taken: list[float] = [] if waits is None else waits
    made = resolve_llm("auto", Settings(base_url=base_url, api_key=KEY, **settings), sleep=taken.append)
    assert made is not None
    return made


def failure(made: ModelClient) -> ModelError:
    with pytest.raises(ModelError) as caught:
        made.complete("Hello?")
    assert caught.value.usage["calls"] >= 1
    assert "\n" not in str(caught.value)
    assert KEY not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    "parts",
    [
        itertools.chain([HEAD], itertools.repeat(piece("a"))),
        itertools.chain([HEAD], itertools.repeat(b": the line is kept open\n\n")),
        itertools.chain([HEAD], itertools.repeat(piece(""))),
        itertools.chain([HEAD], itertools.repeat(b"x")),
        itertools.chain([HEAD], itertools.repeat(piece("hm", "reasoning_content"))),
        itertools.chain([status("500 Oops").replace(b"Length: 0", b"Length: 999")], itertools.repeat(b"x")),
    ],
    ids=["drip", "comments", "empty pieces", "bytes", "thoughts", "an error that never ends"],
)
def test_a_reply_that_never_falls_silent_ends_all_the_same(parts: Iterable[bytes]) -> None:
    with RawServer(parts, pause=0.05) as server:
        began = time.perf_counter()
        fault = failure(client(f"http://{server.address}/v1", timeout=2, reply_timeout=0.5, retries=0))
        took = time.perf_counter() - began
    assert isinstance(fault, ModelTimeoutError)
    assert "0.5 s" in fault.message
    assert "RAG_REPLY_TIMEOUT" in fault.remedy
    assert took < 20  # far from what it is without the limit, which is for ever
    assert server.connections == 1  # not tried again: it has cost the whole limit already


def test_an_endless_reply_ends_by_its_size() -> None:
    with RawServer(itertools.chain([HEAD], itertools.repeat(b"x" * 65_536))) as server:
        fault = failure(client(f"http://{server.address}/v1"))
    assert isinstance(fault, ModelResponseError)
    assert f"{MAX_BYTES:,} bytes" in fault.message


def test_time_that_the_reader_takes_does_not_count() -> None:
    with FakeOpenAI(Reply("one two three")) as server:
        got = []
        for text in client(server.base_url, reply_timeout=0.4).stream("Hello?"):
            got.append(text)
            time.sleep(0.3)
    assert "".join(got) == "one two three"


def test_ten_megabytes_on_one_line() -> None:
    with RawServer((HEAD, piece("x" * 10_000_000), OVER)) as server:
        assert len(client(f"http://{server.address}/v1").complete("Hello?")) == 10_000_000


@pytest.mark.parametrize(
    ("reply", "leaf", "words", "connections"),
    [
        (status("200 OK", "Content-Type: text/html", body=b"<html>Log in</html>"), ModelResponseError, "no chat", 1),
        (HEAD + piece("caf").replace(b"caf", b"caf\xe9\xff") + OVER, ModelResponseError, "no chat completion", 1),
        (HEAD + b"\0\0\0\n\n" * 9, ModelResponseError, "no chat completion", 1),
        (b"", ModelUnavailableError, "closed the connection without a reply", 3),
        (b"HTTP/1.1 200 O", ModelUnavailableError, "closed the connection without a reply", 3),
        (b"SSH-2.0-OpenSSH_9.6\r\n", ModelUnavailableError, "closed the connection without a reply", 3),
        (status("404 Not Found", body=b"<html>nothing here</html>"), ModelNotFoundError, "at this address", 1),
        (status("429 Slow", "Retry-After: 3600"), ModelRateLimitError, "asks to wait 3,600 s", 1),
        (status("503 Busy", "Retry-After: 3600"), ModelRateLimitError, "asks to wait 3,600 s", 1),
    ],
)
def test_what_is_no_reply_has_its_leaf(reply: bytes, leaf: type[ModelError], words: str, connections: int) -> None:
    with RawServer((reply,)) as server:
        fault = failure(client(f"http://{server.address}/v1"))
    assert type(fault) is leaf
    assert words in fault.message
    assert server.connections == connections


def test_an_address_without_v1_says_what_to_look_at() -> None:
    with RawServer((status("404 Not Found"),)) as server:
        assert "/v1" in failure(client(f"http://{server.address}")).remedy


def test_nul_bytes_in_a_reply_are_text() -> None:
    with RawServer((HEAD, piece("a\0b"), OVER)) as server:
        assert client(f"http://{server.address}/v1").complete("Hello?") == "a\0b"


@pytest.mark.parametrize("code", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_a_redirect_sends_nothing_elsewhere(code: str) -> None:
    with FakeOpenAI() as other:
        to = other.base_url.replace("http://", f"http://user:{KEY}@")
        with RawServer((status(code, f"Location: {to}/chat/completions?key={KEY}"),)) as server:
            fault = failure(client(f"http://{server.address}/v1"))
        assert other.requests == []
        assert other.base_url.removesuffix("/v1") in fault.message
    assert "OPENAI_BASE_URL" in fault.remedy


@pytest.mark.parametrize("location", [(), ("Location: http://[",), ("Location: /elsewhere",)])
def test_a_redirect_to_nowhere(location: tuple[str, ...]) -> None:
    with RawServer((status("302 Found", *location),)) as server:
        assert "another address" in failure(client(f"http://{server.address}/v1")).message


def test_tls_to_a_plain_port() -> None:
    with RawServer((status("400 Bad Request"),)) as server:
        fault = failure(client(f"https://{server.address}/v1"))
    assert isinstance(fault, ModelUnavailableError)
    assert "http:// instead of https://" in fault.remedy


def test_why_an_address_cannot_be_reached() -> None:
    assert "refused" in failure(client("http://127.0.0.1:9/v1")).message
    assert "http://" in failure(client("127.0.0.1:9/v1")).remedy


def test_two_questions_share_a_client_and_one_fails() -> None:
    def reply(request: Any) -> Reply:
        bad = "fails" in request.prompt
        return Reply("one two three four", tokens_per_s=40, cut_after=2 if bad else None)

    with FakeOpenAI(reply) as server, ThreadPoolExecutor(8) as pool:
        made = client(server.base_url)

        def ask(n: int) -> tuple[str, dict[str, Any]]:
            own = made.fresh()
            try:
                return own.complete("this fails" if n % 2 else "this does not"), own.usage
            except ModelUnavailableError as error:
                return error.message, error.usage

        got = list(pool.map(ask, range(8)))
    assert [text for text, _ in got[::2]] == ["one two three four"] * 4
    assert all("cut the reply off" in text for text, _ in got[1::2])
    assert all(usage["calls"] == 1 for _, usage in got)
    assert made.usage["calls"] == 8


def test_the_limit_is_a_positive_number() -> None:
    with pytest.raises(SettingsError, match="reply_timeout"):
        Settings(reply_timeout=0)
