"""A server on loopback that sends whatever bytes a test wants, over one connection per request."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Iterable
from types import TracebackType

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
OVER = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'


def status(line: str, *headers: str, body: bytes = b"") -> bytes:
    """A whole response: ``status("404 Not Found", "Retry-After: 3")``."""
    fields = [f"HTTP/1.1 {line}", *headers, f"Content-Length: {len(body)}", "Connection: close", "", ""]
    return "\r\n".join(fields).encode() + body


def piece(text: str, key: str = "content") -> bytes:
    """One event of a streamed reply."""
    return b"data: " + json.dumps({"choices": [{"index": 0, "delta": {key: text}}]}).encode() + b"\n\n"


class RawServer:
    """The server; a context manager. Each request is answered with ``parts``, ``pause`` seconds between them."""

    def __init__(self, parts: Iterable[bytes], *, pause: float = 0.0) -> None:
        """``parts`` may be endless if one request is made; a tuple serves any number."""
        self._parts, self._pause = parts, pause
        self.connections = 0
        self._stopping = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> RawServer:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self._stopping.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def _serve(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            try:
                _read_request(connection)
                for part in self._parts:
                    if self._stopping.is_set():
                        return
                    connection.sendall(part)
                    time.sleep(self._pause)
            except OSError:
                pass  # the client has hung up


def _read_request(connection: socket.socket) -> None:
    """Read a request to its end, so that closing the connection resets nothing."""
    connection.settimeout(0.5)
    read = b""
    try:
        while b"\r\n\r\n" not in read and (more := connection.recv(65536)):
            read += more
        head, _, body = read.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.I)
        left = int(length.group(1)) - len(body) if length else 0
        while left > 0 and (more := connection.recv(65536)):
            left -= len(more)
    except TimeoutError:
        pass  # no HTTP, such as the greeting of TLS
    connection.settimeout(None)
