"""A small arXiv on loopback: answers ids and title queries from papers of its own, and every fault that is queued.

with FakeArxiv([entry("2401.00001", "A title", "An abstract.")]) as server:
    server.enqueue(Fault(status=429, headers={"Retry-After": "1"}))
    ... Settings(arxiv_url=server.url, fetch_pause=0) ...
    server.requests[0].query["id_list"]
"""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n<title>arXiv Query</title>\n'
)


@dataclass(frozen=True)
class Entry:
    """A paper as the server gives it."""

    arxiv_id: str
    title: str
    abstract: str
    authors: tuple[str, ...] = ("Ann Doe", "Bob Roe")
    published: str = "2024-03-02"
    doi: str = ""

    def xml(self) -> str:
        people = "".join(f"<author><name>{escape(name)}</name></author>" for name in self.authors)
        doi = f'<a:doi xmlns:a="http://arxiv.org/schemas/atom">{self.doi}</a:doi>' if self.doi else ""
        return (
            f"<entry><id>http://arxiv.org/abs/{self.arxiv_id}v2</id><published>{self.published}T10:00:00Z</published>"
            f"<title>{escape(self.title)}</title><summary>{escape(self.abstract)}</summary>{people}{doi}"
            f'<link href="http://arxiv.org/abs/{self.arxiv_id}v2" rel="alternate"/></entry>\n'
        )


@dataclass(frozen=True)
class Fault:
    """What to do with one request instead of answering it. ``delay`` is in seconds; ``cut`` ends the body early."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None
    delay: float = 0.0
    cut: int | None = None
    drip: float | None = None
    """Seconds between single bytes of the body."""
    hang_up: bool = False


@dataclass(frozen=True)
class Request:
    """One request as it came, and when (monotonic seconds)."""

    query: dict[str, str]
    headers: dict[str, str]
    at: float


class FakeArxiv:
    """The server; ``url`` is that of its query page."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.entries = list(entries)
        self.requests: list[Request] = []
        self._faults: deque[Fault] = deque()
        self._closing = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer._handle(self)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/api/query"

    def __enter__(self) -> FakeArxiv:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def enqueue(self, *faults: Fault) -> None:
        """Faults for the next requests, one each."""
        self._faults.extend(faults)

    def feed(self, entries: Iterable[Entry]) -> str:
        """An answer with these papers."""
        return _HEAD + "".join(e.xml() for e in entries) + "</feed>\n"

    def _handle(self, handler: BaseHTTPRequestHandler) -> None:
        query = {k: v[0] for k, v in parse_qs(urlsplit(handler.path).query).items()}
        self.requests.append(Request(query, {k.lower(): v for k, v in handler.headers.items()}, time.monotonic()))
        fault = self._faults.popleft() if self._faults else Fault()
        self._closing.wait(fault.delay)
        if fault.hang_up:
            handler.connection.close()
            return
        data = (self.feed(self._found(query)) if fault.body is None else fault.body).encode()
        try:
            handler.send_response(fault.status)
            for name, value in fault.headers.items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(data)))
            handler.end_headers()
            for start in range(0, len(data), 1) if fault.drip else [0]:
                handler.wfile.write(data[start : start + 1] if fault.drip else data[: fault.cut])
                handler.wfile.flush()
                if fault.drip and self._closing.wait(fault.drip):
                    return
        except OSError:
            pass  # the client went away, as it should

    def _found(self, query: dict[str, str]) -> list[Entry]:
        start, count = int(query.get("start", 0)), int(query.get("max_results", 10))
        if "id_list" in query:
            wanted = query["id_list"].split(",")
            return [e for e in self.entries if e.arxiv_id in wanted][start : start + count]
        asked = query.get("search_query", "")
        phrases = re.findall(r'ti:"([^"]*)"', asked) or re.findall(r"ti:(\w+)", asked)
        found = [e for e in self.entries if all(_words(p) <= _words(e.title) for p in phrases)]
        return found[start : start + count]


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))
