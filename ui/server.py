"""How the page is served: a free port, and headers that forbid the browser any request beyond this server."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import MutableMapping
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.errors import InputError

# Gradio boots from inline scripts and compiles its templates with `new Function`, so scripts cannot be locked to files;
# but inline event handlers (onerror=) it never needs, and those are what hostile markup brings.
POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "script-src-attr 'none'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "frame-src 'none'",
        "object-src 'none'",
        "form-action 'self'",
        "base-uri 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS: Final = {
    "content-security-policy": POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-dns-prefetch-control": "off",
}


class GuardHosts:
    """Middleware that answers only to names of this machine, and only to pages of its own.

    A page elsewhere can have a name of its own resolve to 127.0.0.1 (DNS rebinding) and would then read everything that
    this server says; but the browser still sends that name as ``Host``. And it can post here without reading the
    answer; but the browser then sends another ``Origin``.

    Args:
        hosts: the names that are answered, without port; None = any (a server that is open to the network).
    """

    def __init__(self, app: ASGIApp, hosts: frozenset[str] | None) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        if self._hosts is not None and not _is_named(host, self._hosts):
            reason = "this page answers to names of this machine alone; add others with --allow-host"
        elif origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            reason = "requests from other pages are refused"
        else:
            await self._app(scope, receive, send)
            return
        await PlainTextResponse(reason, status_code=403)(scope, receive, send)


def _is_named(host: str, names: frozenset[str]) -> bool:
    try:
        name = (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return False
    return name in names or is_loopback(name)


class GuardHeaders:
    """Middleware that puts :data:`HEADERS` on every response.

    A header rather than a ``<meta>`` tag: it holds from the first byte, also for what Gradio puts before ``head=``, and
    only a header can forbid framing.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and the response back with the headers."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add_headers(message)
            await send(message)

        await self._app(scope, receive, guarded if scope["type"] == "http" else send)


def _add_headers(message: MutableMapping[str, Any]) -> None:
    headers = MutableHeaders(scope=message)
    for name, value in HEADERS.items():
        headers[name] = value


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server bound to ``host``."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def free_port(host: str, wanted: int) -> int:
    """The wanted port, or any free one where it is taken or not ours to use.

    Raises:
        InputError: this machine has no such address.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    reason = ""
    for port in (wanted, 0):
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
                return int(probe.getsockname()[1])
            except OSError as error:
                reason = error.strerror or str(error)
    raise InputError(f"cannot listen on {host}: {reason}", "Use --host 127.0.0.1, or an address of this machine")
