"""A Chroma server, or one of its clients, that is killed: what is said, and what the next open mends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from rag import Assistant, Settings
from rag.errors import LibraryLockedError, StoreUnavailableError
from rag.library import manifest as manifests
from tests.conftest import REPO
from tests.fakes.embedder import HashingEmbedder
from tests.faults.chroma import Opens, Server, Slow, page, titles
from tests.library.build import assert_whole, numbered


def test_a_killed_server_is_one_clear_line_and_its_return_is_noticed(
    mortal: Server, client: Opens, tmp_path: Path
) -> None:
    assistant = client(mortal.url())
    assistant.ingest([page(tmp_path, 0, 4)])
    more = page(tmp_path, 4, 6)
    mortal.kill()
    attempts: dict[str, Callable[[], object]] = {
        "ask": lambda: assistant.ask("gear2 friction"),
        "retrieve": lambda: assistant.retrieve("gear2 friction"),
        "papers": assistant.papers,
        "ingest": lambda: assistant.ingest([more]),
        "remove": lambda: assistant.remove(["unknown"]),
        "reindex": assistant.reindex,
        "open": lambda: client(mortal.url()),
    }
    for verb, attempt in attempts.items():
        with pytest.raises(StoreUnavailableError) as caught:
            attempt()
        assert "\n" not in str(caught.value), verb
        assert "chroma run" in caught.value.remedy, verb
    mortal.start()
    assert titles(assistant, "gear2 friction")[0] == "Widget2"
    assert len(assistant.ingest([more]).added) == 2
    assert_whole(assistant.library)


def test_a_killed_server_on_the_command_line(mortal: Server, client: Opens, tmp_path: Path) -> None:
    with Assistant.open(mortal.url(), settings=Settings(cache_dir=str(tmp_path / "cli"), llm="off")) as assistant:
        assistant.ingest([page(tmp_path, 0, 2)])
    mortal.kill()
    environment = {**os.environ, "PYTHONPATH": str(REPO), "RAG_CACHE_DIR": str(tmp_path / "cli")}
    told = subprocess.run(
        [sys.executable, "-m", "rag", "ask", "gear1?", "--library", mortal.url(), "--json"],
        env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert told.returncode == 1
    assert json.loads(told.stdout)["error"]["type"] == "StoreUnavailableError"
    assert len(told.stderr.strip().splitlines()) == 1
    assert "Traceback" not in told.stderr


def test_a_server_killed_in_the_middle_of_an_ingest(mortal: Server, client: Opens, tmp_path: Path) -> None:
    slow = Slow()
    assistant = client(mortal.url(), "one", slow)
    assistant.ingest([page(tmp_path, 0, 3)])
    slow.go.clear()
    slow.reached.clear()
    failed: list[Exception] = []

    def ingest() -> None:
        try:
            assistant.ingest([page(tmp_path, 3, 6)])
        except Exception as error:  # noqa: BLE001
            failed.append(error)

    write = threading.Thread(target=ingest)
    write.start()
    assert slow.reached.wait(60)
    mortal.kill()
    slow.go.set()
    write.join(60)
    assert [type(e) for e in failed] == [StoreUnavailableError]
    mortal.start()
    assert len(assistant.ingest([page(tmp_path, 3, 6)]).added) == 3
    assert_whole(assistant.library)
    assert len(client(mortal.url(), "two").papers()) == 6


# A client that dies in the middle of an ingest, at a chosen step.
_VICTIM = """
import os, signal, sys
from rag import Assistant, Settings
from rag.library.lexical import LexicalIndex
from rag.library.library import Library
from rag.library.store import ChromaStore
from tests.fakes.embedder import HashingEmbedder
from tests.library.build import numbered

step, url, cache = sys.argv[1:]
library = Assistant.open(url, settings=Settings(cache_dir=cache, llm="off", passage_tokens=32), embedder=HashingEmbedder()).library

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

def inside_upsert(self, ids, vectors, documents, metadatas):
    half = len(ids) // 2 + 1  # in the middle of a paper's passages
    self._collection.upsert(ids=list(ids[:half]), embeddings=vectors[:half], documents=list(documents[:half]),
                            metadatas=list(metadatas[:half]))
    die()

place, name, action = {
    "inside the rows": (ChromaStore, "upsert", inside_upsert),
    "after the rows": (ChromaStore, "delete", die),
    "before the manifest": (LexicalIndex, "apply", die),
    "inside a swap": (ChromaStore, "_finish_replace", die),
}[step]
setattr(place, name, action)
if step == "inside a swap":
    library.reindex(library.embedder, 512)
else:
    library.write([numbered(n, version=2) for n in range(2)] + [numbered(n) for n in range(4, 8)])
raise SystemExit("it was not killed")
"""


@pytest.mark.parametrize("step", ["inside the rows", "after the rows", "before the manifest", "inside a swap"])
@pytest.mark.parametrize("machine", ["one", "two"])
def test_a_killed_client_is_mended_by_the_next_open(
    chroma: Server, tmp_path: Path, step: str, machine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = chroma.url(f"{step}-{machine}".replace(" ", "-"))
    settings = Settings(cache_dir=str(tmp_path / "one"), llm="off", passage_tokens=32)
    with Assistant.open(url, settings=settings, embedder=HashingEmbedder()) as assistant:
        assistant.library.write([numbered(n) for n in range(4)])
    killed = subprocess.run(
        [sys.executable, "-c", _VICTIM, step, url, str(tmp_path / "one")],
        env={**os.environ, "PYTHONPATH": str(REPO)}, capture_output=True, text=True,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stderr

    if machine == "two":
        # Nobody on another machine can tell a dead writer from a slow one at once; after a while it counts as dead.
        settings = settings.with_values(cache_dir=str(tmp_path / "two"))
        waiting = Assistant.open(url, settings=settings, embedder=HashingEmbedder())
        with waiting, pytest.raises(LibraryLockedError):
            waiting.library.write([numbered(9)])
        monkeypatch.setattr(manifests, "_PATIENCE", 0.0)
    with Assistant.open(url, settings=settings, embedder=HashingEmbedder()) as mended:
        assert_whole(mended.library)
        held = {p.id: p for p in mended.papers()}
        for n in (2, 3):
            assert held[numbered(n).id] == numbered(n), "papers that were not touched are as they were"
        for n in (0, 1):
            assert held[numbered(n).id] in (numbered(n), numbered(n, version=2)), "old or new, never a mixture"
        mended.library.write([numbered(n, version=2) for n in range(2)] + [numbered(n) for n in range(4, 8)])
        assert len(mended.papers()) == 8
        assert_whole(mended.library)
