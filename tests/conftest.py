"""What every test stands on: no network beyond this machine, no keys, caches of its own."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

REPO = Path(__file__).resolve().parent.parent
SHARED = REPO.parent / "shared"

_SETTINGS_PREFIXES = ("RAG_", "OPENAI_")


def _is_local(address: Any) -> bool:
    if not isinstance(address, tuple):
        return True  # a Unix socket
    host = str(address[0])
    if host in {"localhost", ""}:
        return True
    try:
        return ipaddress.ip_address(host.split("%")[0]).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def _local_network_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections and name look-ups beyond this machine fail the test that tries them."""
    connect, connect_ex, look_up = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded(original: Any) -> Any:
        def call(self: socket.socket, address: Any) -> Any:
            if self.family != socket.AF_UNIX and not _is_local(address):
                raise AssertionError(f"a test reached for the network: {address}")
            return original(self, address)

        return call

    def guarded_look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name is not None and not _is_local((name, 0)):
            raise AssertionError(f"a test looked up a name: {name}")
        return look_up(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", guarded(connect))
    monkeypatch.setattr(socket.socket, "connect_ex", guarded(connect_ex))
    monkeypatch.setattr(socket, "getaddrinfo", guarded_look_up)


@pytest.fixture(scope="session")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for the whole run, so that the bundled notes are indexed once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, cache_folder: Path, tmp_path: Path) -> None:
    """No settings from outside, no home but the test's own."""
    for name in list(os.environ):
        if name.startswith(_SETTINGS_PREFIXES):
            monkeypatch.delenv(name)
    monkeypatch.setenv("RAG_CACHE_DIR", str(cache_folder))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of the user's pages and cases beside the repository; tests that need it skip without it."""
    if not SHARED.is_dir():
        pytest.skip("../shared is not here: the user's pages, cases and models are not part of the repository")
    return SHARED


@pytest.fixture
def notes(cache_folder: Path) -> Iterator[Any]:
    """An assistant over the bundled notes, without a model."""
    from rag import Assistant, Settings

    with Assistant.open(settings=Settings.from_env({}, cache_dir=str(cache_folder), llm="off")) as assistant:
        yield assistant


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Any]:
    """An assistant over the three invented papers, without a model."""
    from rag import Assistant
    from tests.fakes.shelf import PAPERS

    with Assistant.open(tmp_path / "library", llm="off") as assistant:
        assistant.library.write(list(PAPERS))
        yield assistant
