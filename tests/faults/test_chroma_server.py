"""A library on a real Chroma server on loopback: the same verbs, other clients, and what is refused."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from rag import Assistant, Settings
from rag.errors import EmbedderError, InputError, LibraryLockedError, LibraryMismatchError, StoreUnavailableError
from tests.faults.chroma import Opens, Server, Slow, page, titles
from tests.library.build import assert_whole


def test_ingest_ask_reopen_remove_reindex(chroma: Server, client: Opens, tmp_path: Path) -> None:
    assistant = client(chroma.url("verbs"))
    report = assistant.ingest([page(tmp_path, 0, 6)])
    assert len(report.added) == 6
    assert len(assistant.ingest([page(tmp_path, 0, 6)]).unchanged) == 6
    answer = assistant.ask("How much does Widget3 lower the friction of gear3?")
    assert not answer.abstained
    assert "13 percent" in answer.claims[0].text
    assert answer.library["kind"] == "server"
    assert_whole(assistant.library)
    assistant.close()

    again = client(chroma.url("verbs"))
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
def test_a_second_client_notices(chroma: Server, client: Opens, tmp_path: Path, machine: str) -> None:
    """Both legs of it: on another machine the lexical index is that machine's own."""
    url = chroma.url(f"notices-{machine}")
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


def test_opening_writes_nothing(chroma: Server, client: Opens, tmp_path: Path) -> None:
    first = client(chroma.url("looks"))
    first.ingest([page(tmp_path, 0, 3)])
    before = first.library.generation
    assert client(chroma.url("looks"), "two").library.generation == before
    assert not first.library.refresh()


def test_the_collection_is_an_ordinary_one(chroma: Server, client: Opens, tmp_path: Path) -> None:
    import chromadb

    client(chroma.url("plain")).ingest([page(tmp_path, 0, 3)])
    theirs = chromadb.HttpClient(host="127.0.0.1", port=chroma.port).get_collection("plain", embedding_function=None)
    found = theirs.get(include=["documents", "metadatas"])
    assert theirs.count() == 3
    assert all("gear" in text for text in found["documents"] or [])
    assert {str(m["title"]).split(":")[0] for m in found["metadatas"] or []} == {"Widget0", "Widget1", "Widget2"}


def test_a_write_on_another_machine_is_left_alone(chroma: Server, client: Opens, tmp_path: Path) -> None:
    """No lock reaches it; the manifest tells of it. Opening meanwhile must not take it for a killed one."""
    url, slow = chroma.url("elsewhere"), Slow()
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


def test_another_embedder_is_refused(chroma: Server, client: Opens, tmp_path: Path) -> None:
    client(chroma.url("embedder")).ingest([page(tmp_path, 0, 2)])
    with pytest.raises(LibraryMismatchError, match="hashing-32, not wordllama-256"):
        client(chroma.url("embedder"), "two", "wordllama")


def test_without_an_embedder_named_the_one_it_was_built_with_is_taken(chroma: Server, tmp_path: Path) -> None:
    """As for a folder; the setting is only for a new library."""
    settings = Settings(cache_dir=str(tmp_path / "one"), llm="off")
    with Assistant.open(chroma.url("built-with"), settings=settings, embedder="wordllama") as built:
        built.ingest([page(tmp_path, 0, 2)])
    with Assistant.open(chroma.url("built-with"), settings=settings.with_values(embedder="minilm")) as again:
        assert again.library.embedder.name == "wordllama-256"
        assert len(again.papers()) == 2


def test_an_embedder_that_keeps_a_model_in_a_folder_is_refused(chroma: Server, client: Opens) -> None:
    with pytest.raises(EmbedderError, match="keeps what it learned in a folder") as caught:
        client(chroma.url("latent"), "one", "latent")
    assert "pip install wordllama" in caught.value.remedy


@pytest.mark.parametrize("address", ["/ab", "/has space", "/a/b", "/.dots.", "/-"])
def test_a_name_that_chroma_does_not_take(chroma: Server, client: Opens, address: str) -> None:
    with pytest.raises(InputError, match="no address of a Chroma collection"):
        client(f"chroma+http://127.0.0.1:{chroma.port}{address}")


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
