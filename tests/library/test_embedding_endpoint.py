"""Vectors from an endpoint in the form of OpenAI's, on loopback: what is sent, retried, refused and said."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag import Assistant, Settings
from rag.errors import EmbedderError
from rag.library import make_embedder
from tests.fakes.openai_server import FakeOpenAI, Request, _Handler, embed
from tests.library.build import BLANK, TEXTS, numbered

KEY = "sk-secret-of-the-test"


class _Embeddings(_Handler):
    """The fake's handler, with a key checked and a failure to be told for embeddings too."""

    def _embeddings(self, body: dict[str, Any]) -> None:
        fake = self.fake
        assert isinstance(fake, EmbeddingServer)
        sent = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if fake.failures:
            fake.failures -= 1
            self._json(fake.status, {"error": {"message": f"refused {sent}"}})
        elif fake.key is not None and sent != fake.key:
            self._json(401, {"error": {"message": f"Incorrect API key provided: {sent}", "code": "invalid_api_key"}})
        elif fake.raw is not None:
            self._send(200, fake.raw, "application/json", {})
        else:
            super()._embeddings(body)


class EmbeddingServer(FakeOpenAI):
    """The fake server, strict about embeddings too."""

    def __init__(self, *, key: str | None = None) -> None:
        super().__init__(key=key)
        self.failures, self.status, self.raw = 0, 500, None
        self._server.RequestHandlerClass = type("Handler", (_Embeddings,), {"fake": self})

    failures: int
    status: int
    raw: bytes | None

    @property
    def embeddings(self) -> list[Request]:
        return [r for r in self.requests if r.path == "/v1/embeddings"]


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    with EmbeddingServer(key=KEY) as running:
        yield running


def settings_for(server: FakeOpenAI, **more: Any) -> Settings:
    return Settings(**{"api_key": KEY, "base_url": server.base_url, "retries": 0, **more})


def test_what_is_sent_to_an_endpoint(server: EmbeddingServer) -> None:
    embedder = make_embedder("openai", settings_for(server, embedding_model="tiny-embedding"))
    vectors = embedder.documents(TEXTS)
    assert embedder.name == "openai:tiny-embedding"
    assert np.allclose(vectors[0], embed(TEXTS[0]), atol=1e-6)
    assert not vectors[BLANK].any()
    (request,) = server.embeddings
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.body["model"] == "tiny-embedding"
    assert request.body["input"] == ["." if i in BLANK else t for i, t in enumerate(TEXTS)]
    assert KEY not in str(request.body)
    assert KEY not in request.path
    assert [k for k, v in request.headers.items() if KEY in v] == ["authorization"]


def test_many_texts_go_in_batches(server: EmbeddingServer) -> None:
    vectors = make_embedder("openai", settings_for(server)).documents([f"text {i}" for i in range(150)])
    assert vectors.shape == (150, 64)
    assert [len(r.body["input"]) for r in server.embeddings] == [64, 64, 22]
    assert np.allclose(vectors[149], embed("text 149"), atol=1e-6)


def test_a_library_on_an_endpoint(server: EmbeddingServer, tmp_path: Path) -> None:
    settings = settings_for(server, llm="off")
    with Assistant.open(tmp_path, embedder="openai", settings=settings) as assistant:
        assistant.library.write([numbered(n) for n in range(3)])
        assert assistant.retrieve("Sentence 2 of subject1", 1)[0].paper.title == "Subject1 studied"
        asked = server.embeddings[-1].body["input"]
        assert asked == ["Sentence 2 of subject1"], "the question goes out as it was asked"
    with Assistant.open(tmp_path, settings=settings) as again:
        assert again.library.embedder.name == "openai:text-embedding-3-small"
    stored = b"".join(f.read_bytes() for f in tmp_path.rglob("*") if f.is_file())
    assert KEY.encode() not in stored


def test_a_wrong_key_is_said_without_saying_it(server: EmbeddingServer) -> None:
    embedder = make_embedder("openai", settings_for(server, api_key="sk-wrong-key", retries=2))
    with pytest.raises(EmbedderError, match="refused the key") as caught:
        embedder.query("a question")
    assert "OPENAI_API_KEY" in caught.value.remedy
    assert "sk-wrong" not in str(caught.value)
    assert len(server.embeddings) == 1, "a refused key is not tried again"


@pytest.mark.parametrize(("status", "retries", "requests"), [(500, 0, 1), (500, 2, 3), (429, 1, 2), (404, 2, 1)])
def test_there_is_one_retry_layer(server: EmbeddingServer, status: int, retries: int, requests: int) -> None:
    server.failures, server.status = 99, status
    with pytest.raises(EmbedderError, match="the embedding server failed") as caught:
        make_embedder("openai", settings_for(server, retries=retries)).query("a question")
    assert len(server.embeddings) == requests
    assert KEY not in str(caught.value)


def test_a_server_that_comes_back_is_no_failure(server: EmbeddingServer) -> None:
    server.failures, server.status = 1, 503
    assert make_embedder("openai", settings_for(server, retries=1)).query("a question").shape == (64,)


@pytest.mark.parametrize("raw", [b"{}", b'{"object": "list", "data": []}', b"<html>", b"[]", b'{"data": [{"x": 1}]}'])
def test_a_reply_that_holds_no_vectors(server: EmbeddingServer, raw: bytes) -> None:
    server.raw = raw
    embedder = make_embedder("openai", settings_for(server))
    for call in (lambda: embedder.query("a question"), lambda: embedder.documents(["a", "b"])):
        with pytest.raises(EmbedderError):
            call()


def test_a_server_that_is_not_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
        with pytest.raises(EmbedderError, match="APIConnectionError"):
            make_embedder("openai", Settings(api_key=KEY, base_url=address, retries=0)).query("a question")


def test_without_a_key_or_offline_nothing_is_asked() -> None:
    with pytest.raises(EmbedderError, match="needs a key"):
        make_embedder("openai", Settings())
    with pytest.raises(EmbedderError, match="needs the network"):
        make_embedder("openai", Settings(api_key=KEY, offline=True))


def test_a_key_alone_never_changes_the_embedder(
    server: EmbeddingServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    for library in (None, tmp_path):
        with Assistant.open(library, llm="off") as assistant:
            assert assistant.library.embedder.name == "wordllama-256"
            assistant.retrieve("a question", 1)
    assert server.requests == []
