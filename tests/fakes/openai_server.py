"""A scriptable OpenAI-compatible server on loopback, in this process.

    with FakeOpenAI() as server:
        server.enqueue(Reply("hello", tokens_per_s=40), Reply(status=429, headers={"Retry-After": "1"}))
        ... OpenAI(base_url=server.base_url, api_key="k") ...
        server.requests[0].body["model"]

Replies are used in order; with none left the ``default`` answers, a reply or a function of the request. Only chat
completions take replies from the queue. ``/embeddings`` gives deterministic hashed vectors, ``/models`` the names.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any


@dataclass(frozen=True)
class Request:
    """One request as it came: path, headers with lower-case names, and the JSON body."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def prompt(self) -> str:
        """The contents of all messages, joined by blank lines."""
        return "\n\n".join(str(m["content"]) for m in self.body.get("messages", ()))


@dataclass(frozen=True)
class Reply:
    """What to answer. Delays are seconds."""

    text: str = ""
    chunks: tuple[str, ...] | None = None
    """The pieces of the stream; None cuts ``text`` into words, about one token each."""
    delay: float = 0.0
    """Before the status line."""
    tokens_per_s: float | None = None
    """Pace of the pieces; None: at once."""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    error: dict[str, Any] | str | None = None
    """The ``error`` object of a failure, or a raw body."""
    stream_error: dict[str, Any] | None = None
    """An error event inside the stream, after the pieces."""
    cut_after: int | None = None
    """Pieces after which the connection breaks."""
    cut_cleanly: bool = False
    """A cut looks like an ordinary end: no error on the wire, only no finish_reason."""
    raw: bytes | None = None
    """Bytes sent in place of a completion."""
    silence: tuple[int, float] | None = None
    """After so many pieces nothing for so many seconds."""
    usage: dict[str, int] | None = None
    finish_reason: str = "stop"
    refusal: str | None = None

    def pieces(self) -> tuple[str, ...]:
        return self.chunks if self.chunks is not None else tuple(re.findall(r"\s*\S+|\s+$", self.text))


def context_overflow(limit: int = 8192) -> Reply:
    """The error of a prompt that is too long, as OpenAI words it."""
    message = f"This model's maximum context length is {limit} tokens. Please reduce the length of the messages."
    return Reply(status=400, error={"message": message, "code": "context_length_exceeded"})


def embed(text: str, dimension: int = 64) -> list[float]:
    """A deterministic vector of unit length: hashed words."""
    vector = [0.0] * dimension
    for word in re.findall(r"\w+", text.lower()) or [""]:
        digest = hashlib.sha256(word.encode()).digest()
        vector[digest[0] % dimension] += 1.0 if digest[1] % 2 else -1.0
    norm = sum(x * x for x in vector) ** 0.5 or 1.0
    return [x / norm for x in vector]


Default = Reply | Callable[[Request], Reply]


class FakeOpenAI:
    """The server; a context manager. ``key``: the only key it takes, None takes any."""

    def __init__(
        self,
        default: Default | None = None,
        *,
        key: str | None = None,
        models: tuple[str, ...] | None = None,
        refuse_response_format: int | None = None,
    ) -> None:
        self.requests: list[Request] = []
        self.hung_up = threading.Event()
        """Set once a client has closed its connection before the reply was over."""
        self.default: Default = default or Reply("ok")
        self.key, self.models, self.refuse_response_format = key, models, refuse_response_format
        self._queue: deque[Reply] = deque()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"fake": self}))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self.stopping = threading.Event()

    def __enter__(self) -> FakeOpenAI:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def base_url(self) -> str:
        """The address to give as base URL, ending in /v1."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def enqueue(self, *replies: Reply | str) -> None:
        """Add replies for the next chat completions; a str is a reply of that text."""
        with self._lock:
            self._queue.extend(Reply(r) if isinstance(r, str) else r for r in replies)

    def reply_to(self, request: Request) -> Reply:
        """The reply for a chat completion: a refused key, model or format first, then the queue, then the default."""
        if self.key is not None and request.headers.get("authorization") != f"Bearer {self.key}":
            sent = request.headers.get("authorization", "").removeprefix("Bearer ")
            # Real servers echo the key that they refuse.
            error = {"message": f"Incorrect API key provided: {sent}", "code": "invalid_api_key"}
            return Reply(status=401, error=error)
        if self.models is not None and request.body.get("model") not in self.models:
            return Reply(status=404, error={"message": "The model does not exist", "code": "model_not_found"})
        if self.refuse_response_format and "response_format" in request.body:
            return Reply(status=self.refuse_response_format, error={"message": "literal_error: response_format"})
        with self._lock:
            if self._queue:
                return self._queue.popleft()
        return self.default(request) if callable(self.default) else self.default


class _Handler(BaseHTTPRequestHandler):
    fake: FakeOpenAI
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        names = self.fake.models or ("fake-model",)
        self._json(200, {"object": "list", "data": [{"id": n, "object": "model"} for n in names]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        request = Request(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
        self.fake.requests.append(request)
        try:
            if self.path.endswith("/embeddings"):
                self._embeddings(body)
            elif self.path.endswith("/chat/completions"):
                self._chat(self.fake.reply_to(request), body)
            else:
                self._json(404, {"error": {"message": f"no such address: {self.path}"}})
        except (BrokenPipeError, ConnectionResetError):
            self.fake.hung_up.set()
            self.close_connection = True

    def _embeddings(self, body: dict[str, Any]) -> None:
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        data = [{"object": "embedding", "index": i, "embedding": embed(t)} for i, t in enumerate(texts)]
        usage = {"prompt_tokens": len(texts), "total_tokens": len(texts)}
        self._json(200, {"object": "list", "model": body.get("model"), "data": data, "usage": usage})

    def _chat(self, reply: Reply, body: dict[str, Any]) -> None:
        self._pause(reply.delay)
        if reply.raw is not None:
            self._send(reply.status, reply.raw, reply.headers.get("Content-Type", "text/event-stream"), reply.headers)
        elif reply.status != 200:
            error = {"message": f"status {reply.status}"} if reply.error is None else reply.error
            payload = error.encode() if isinstance(error, str) else json.dumps({"error": error}).encode()
            self._send(reply.status, payload, "application/json", reply.headers)
        elif body.get("stream"):
            self._stream(reply, body)
        else:
            message = {"role": "assistant", "content": "".join(reply.pieces()), "refusal": reply.refusal}
            choice = {"index": 0, "message": message, "finish_reason": reply.finish_reason}
            self._json(200, {**_envelope(body, "chat.completion"), "choices": [choice], "usage": reply.usage})

    def _stream(self, reply: Reply, body: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        if not reply.cut_cleanly:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.close_connection = True
        for event in self._events(reply, body):
            data = f"data: {event}\n\n".encode()
            self.wfile.write(data if reply.cut_cleanly else f"{len(data):x}\r\n".encode() + data + b"\r\n")
            self.wfile.flush()
        if reply.cut_after is None and not reply.cut_cleanly:
            self.wfile.write(b"0\r\n\r\n")

    def _events(self, reply: Reply, body: dict[str, Any]) -> Iterator[str]:
        envelope = _envelope(body, "chat.completion.chunk")
        for i, piece in enumerate(reply.pieces()):
            if reply.cut_after == i:
                return
            if reply.silence and reply.silence[0] == i:
                self._pause(reply.silence[1])
            if reply.tokens_per_s:
                self._pause(1 / reply.tokens_per_s)
            yield json.dumps({**envelope, "choices": [{"index": 0, "delta": {"content": piece}}]})
        if reply.cut_after is not None:
            return
        if reply.silence and reply.silence[0] >= len(reply.pieces()):
            self._pause(reply.silence[1])
        if reply.stream_error:
            yield json.dumps({"error": reply.stream_error})
            return
        delta = {"refusal": reply.refusal} if reply.refusal else {}
        yield json.dumps({**envelope, "choices": [{"index": 0, "delta": delta, "finish_reason": reply.finish_reason}]})
        if reply.usage and body.get("stream_options", {}).get("include_usage"):
            yield json.dumps({**envelope, "choices": [], "usage": reply.usage})
        yield "[DONE]"

    def _pause(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self.fake.stopping.is_set():
            time.sleep(min(left, 0.02))

    def _json(self, status: int, payload: dict[str, Any]) -> None:
        self._send(status, json.dumps(payload).encode(), "application/json", {})

    def _send(self, status: int, payload: bytes, kind: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)


def _envelope(body: dict[str, Any], kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-fake", "object": kind, "created": 0, "model": body.get("model", "fake-model")}
