"""A library on a real Chroma server on loopback: the same verbs, other clients, and a server or client that dies."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from rag import Assistant, Settings
from rag.errors import EmbedderError, InputError, LibraryLockedError, LibraryMismatchError, StoreUnavailableError
from rag.library import manifest as manifests
from tests.conftest import REPO
from tests.fakes.embedder import HashingEmbedder
from tests.library.build import assert_whole, numbered


class Server:
    """A ``chroma run`` process that can be killed and started again on its port."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def url(self, name: str = "team") -> str:
        return f"chroma+http://127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        command = [str(Path(sys.executable).parent / "chroma"), "run", "--path", str(self._folder)]
        self._process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(self.port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            assert self._process.poll() is None, "chroma run ended"
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.5).close()
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError("chroma run does not answer")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
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


Opens = Callable[..., Assistant]


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


def page(folder: Path, first: int, last: int) -> Path:
    """A file of papers; paper n tells of widget n and of nothing else."""
    path = folder / f"papers-{first}-{last}.jsonl"
    rows = [
        {
            "title": f"Widget{n}: polishing gear{n}",
            "abstract": f"We polish gear{n} with sand. Widget{n} lowers the friction of gear{n} by {n + 10} percent.",
        }
        for n in range(first, last)
    ]
    path.write_text("\n".join(json.dumps(r) for r in rows), encoding="utf-8")
    return path


def titles(assistant: Assistant, question: str) -> list[str]:
    """First words of the titles that the lexical leg finds: those which this machine's own index knows."""
    hits = assistant.retrieve(question, 20)
    return [h.paper.title.split(":")[0] for h in hits if h.explain["lexical"]["score"]]


def test_ingest_ask_reopen_remove_reindex(server: Server, client: Opens, tmp_path: Path) -> None:
    assistant = client(server.url("verbs"))
    report = assistant.ingest([page(tmp_path, 0, 6)])
    assert len(report.added) == 6
    assert len(assistant.ingest([page(tmp_path, 0, 6)]).unchanged) == 6
    answer = assistant.ask("How much does Widget3 lower the friction of gear3?")
    assert not answer.abstained
    assert "13 percent" in answer.claims[0].text
    assert answer.library["kind"] == "server"
    assert_whole(assistant.library)
    assistant.close()

    again = client(server.url("verbs"))
    assert len(again.papers()) == 6
    assert titles(again, "gear4 friction")[0] == "Widget4"
    gone = next(p.id for p in again.papers() if p.title.startswith("Widget4"))
    assert again.remove([gone]) == 1
    assert again.remove([gone]) == 0
    assert "Widget4" not in titles(again, "gear4 friction")
    assert again.reindex() == 5
    assert_whole(again.library)
    assert titles(again, "gear5 friction")[0] == "Widget5"


@pytest.mark.parametrize("machine", ["one", "two"])
def test_a_second_client_notices(server: Server, client: Opens, tmp_path: Path, machine: str) -> None:
    """Both legs of it: on another machine the lexical index is that machine's own."""
    url = server.url(f"notices-{machine}")
    first, second = client(url), client(url, machine)
    first.ingest([page(tmp_path, 0, 4)])
    assert titles(second, "gear3 friction")[0] == "Widget3"
    assert_whole(second.library)
    second.ingest([page(tmp_path, 4, 8)])
    assert titles(first, "gear7 friction")[0] == "Widget7"
    first.remove([p.id for p in first.papers() if p.title.startswith("Widget1")])
    assert "Widget1" not in {p.title.split(":")[0] for p in second.papers()}
    second.reindex()
    assert titles(first, "gear7 friction")[0] == "Widget7"
    assert_whole(first.library)
    assert_whole(second.library)


def test_opening_writes_nothing(server: Server, client: Opens, tmp_path: Path) -> None:
    first = client(server.url("looks"))
    first.ingest([page(tmp_path, 0, 3)])
    before = first.library.generation
    assert client(server.url("looks"), "two").library.generation == before
    assert not first.library.refresh()


def test_the_collection_is_an_ordinary_one(server: Server, client: Opens, tmp_path: Path) -> None:
    import chromadb

    client(server.url("plain")).ingest([page(tmp_path, 0, 3)])
    theirs = chromadb.HttpClient(host="127.0.0.1", port=server.port).get_collection("plain", embedding_function=None)
    found = theirs.get(include=["documents", "metadatas"])
    assert theirs.count() == 3
    assert all("gear" in text for text in found["documents"] or [])
    assert {str(m["title"]).split(":")[0] for m in found["metadatas"] or []} == {"Widget0", "Widget1", "Widget2"}


class _Slow(HashingEmbedder):
    """Stops in the middle of a write until it is let go."""

    def __init__(self) -> None:
        self.reached, self.go = threading.Event(), threading.Event()
        self.go.set()

    def documents(self, texts):  # type: ignore[no-untyped-def]
        if not self.go.is_set():
            self.reached.set()
            assert self.go.wait(60)
        return super().documents(texts)


def test_a_write_on_another_machine_is_left_alone(server: Server, client: Opens, tmp_path: Path) -> None:
    """No lock reaches it; the manifest tells of it. Opening meanwhile must not take it for a killed one."""
    url, slow = server.url("elsewhere"), _Slow()
    writer = client(url, "one", slow)
    writer.ingest([page(tmp_path, 0, 3)])
    slow.go.clear()
    slow.reached.clear()
    write = threading.Thread(target=writer.ingest, args=([page(tmp_path, 3, 6)],))
    write.start()
    try:
        assert slow.reached.wait(60)
        other = client(url, "two")
        assert titles(other, "gear2 friction")[0] == "Widget2"
        with pytest.raises(LibraryLockedError, match="another client"):
            other.ingest([page(tmp_path, 6, 9)])
    finally:
        slow.go.set()
        write.join(60)
    assert len(other.papers()) == 6
    assert len(other.ingest([page(tmp_path, 6, 9)]).added) == 3
    assert len(writer.papers()) == 9
    assert_whole(writer.library)
    assert_whole(other.library)


# -- what is refused


def test_another_embedder_is_refused(server: Server, client: Opens, tmp_path: Path) -> None:
    client(server.url("embedder")).ingest([page(tmp_path, 0, 2)])
    with pytest.raises(LibraryMismatchError, match="hashing-32, not wordllama-256"):
        client(server.url("embedder"), "two", "wordllama")


def test_without_an_embedder_named_the_one_it_was_built_with_is_taken(server: Server, tmp_path: Path) -> None:
    """As for a folder; the setting is only for a new library."""
    settings = Settings(cache_dir=str(tmp_path / "one"), llm="off")
    with Assistant.open(server.url("built-with"), settings=settings, embedder="wordllama") as built:
        built.ingest([page(tmp_path, 0, 2)])
    with Assistant.open(server.url("built-with"), settings=settings.with_values(embedder="minilm")) as again:
        assert again.library.embedder.name == "wordllama-256"
        assert len(again.papers()) == 2


def test_an_embedder_that_keeps_a_model_in_a_folder_is_refused(server: Server, client: Opens) -> None:
    with pytest.raises(EmbedderError, match="keeps what it learned in a folder") as caught:
        client(server.url("latent"), "one", "latent")
    assert "pip install wordllama" in caught.value.remedy


@pytest.mark.parametrize("address", ["/ab", "/has space", "/a/b", "/.dots.", "/-"])
def test_a_name_that_chroma_does_not_take(server: Server, client: Opens, address: str) -> None:
    with pytest.raises(InputError, match="no address of a Chroma collection"):
        client(f"chroma+http://127.0.0.1:{server.port}{address}")


@pytest.mark.parametrize("url", ["chroma+http:///team", "chroma+http://127.0.0.1:99999/team", "chroma+http://h:x/team"])
def test_an_address_that_is_none(client: Opens, url: str) -> None:
    with pytest.raises(InputError, match=r"chroma\+http://host:port/name"):
        client(url)


def test_nothing_listens_there(client: Opens) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(StoreUnavailableError, match=r"no Chroma server answers at 127\.0\.0\.1") as caught:
            client(f"chroma+http://127.0.0.1:{free.getsockname()[1]}/team")
    assert "chroma run" in str(caught.value)


@pytest.mark.parametrize("status", [200, 404, 500])
def test_something_else_listens_there(client: Opens, status: int) -> None:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "5")
            self.end_headers()
            self.wfile.write(b"<p>hi")

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:
            pass

    web = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=web.serve_forever, args=(0.02,), daemon=True).start()
    try:
        with pytest.raises(StoreUnavailableError, match="no Chroma server answers"):
            client(f"chroma+http://127.0.0.1:{web.server_address[1]}/team")
    finally:
        web.shutdown()
        web.server_close()


# -- what dies


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
    slow = _Slow()
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
    server: Server, tmp_path: Path, step: str, machine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = server.url(f"{step}-{machine}".replace(" ", "-"))
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
