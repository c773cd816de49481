"""A server for the tests that leave it alive, one to be killed, and clients of either."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag import Assistant, Settings
from tests.fakes.embedder import HashingEmbedder
from tests.faults.chroma import Opens, Server


@pytest.fixture(scope="module")
def chroma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the tests that leave it alive; each takes a collection of its own."""
    running = Server(tmp_path_factory.mktemp("chroma"))
    yield running
    running.kill()


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Server]:
    """A server to be killed."""
    running = Server(tmp_path / "chroma")
    yield running
    running.kill()


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Opens]:
    """Opens assistants; ``machine`` names a cache folder, so two machines share nothing but the server."""
    opened: list[Assistant] = []

    def make(url: str, machine: str = "one", embedder: object = None) -> Assistant:
        settings = Settings(cache_dir=str(tmp_path / machine), llm="off")
        opened.append(Assistant.open(url, settings=settings, embedder=embedder or HashingEmbedder()))
        return opened[-1]

    yield make
    for assistant in opened:
        assistant.close()
