"""The embedders: blanks, batches, weights that are missing, an endpoint that is asked, and vector spaces kept apart."""

from __future__ import annotations

import logging
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from llama_index.core.embeddings import BaseEmbedding

from rag import Assistant, Settings
from rag.errors import EmbedderError, InputError, LibraryMismatchError
from rag.library import make_embedder, open_library
from rag.library.embedders import Embedder, LlamaIndexEmbedder, MiniLMEmbedder, WordLlamaEmbedder
from tests.conftest import REPO
from tests.fakes.embedder import HashingEmbedder
from tests.library.build import BLANK, TEXTS, paper


def unit_or_zero(embedder: Embedder, texts: list[str], blank: list[int]) -> None:
    vectors = embedder.documents(texts)
    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()
    assert np.allclose(np.linalg.norm(vectors, axis=1), [i not in blank for i in range(len(texts))], atol=1e-4)
    assert np.allclose(embedder.query(texts[0]), vectors[0], atol=1e-4)
    assert not embedder.query(" ").any()


# -- wordllama


@pytest.fixture(scope="module")
def wordllama() -> WordLlamaEmbedder:
    return WordLlamaEmbedder()


def test_wordllama_gives_unit_rows_and_zeros_for_blanks(wordllama: WordLlamaEmbedder) -> None:
    unit_or_zero(wordllama, TEXTS, BLANK)
    assert wordllama.documents([]).shape == (0, 256)
    assert wordllama.documents(["", " "]).shape == (2, 256)


def test_wordllama_gives_a_text_the_same_vector_in_any_batch(wordllama: WordLlamaEmbedder) -> None:
    texts = [f"{t} {i}" for i in range(30) for t in TEXTS]
    together = wordllama.documents(texts)
    alone = np.concatenate([wordllama.documents([t]) for t in texts])
    assert np.array_equal(together, alone)
    assert np.array_equal(together[::-1], wordllama.documents(texts[::-1]))


def test_wordllama_needs_no_network_and_no_home(tmp_path: Path) -> None:
    """In a fresh process whose sockets all fail, with an empty home."""
    program = (
        "import socket\n"
        "def refuse(*a, **k): raise AssertionError('reached for the network')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "from rag.library import make_embedder\n"
        "from rag.settings import Settings\n"
        "print(make_embedder('wordllama', Settings()).query('a question').shape)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(REPO), "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    told = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert told.stdout.strip() == "(256,)", told.stderr


# -- minilm


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Path:
    """A folder that holds onnx/ with the weights."""
    source = shared / "models" / "minilm-int8"
    if not (source / "model.onnx").exists():
        pytest.skip("../shared/models/minilm-int8 is not here: the weights are not part of the repository")
    folder = tmp_path_factory.mktemp("weights")
    shutil.copytree(source, folder / "onnx")
    return folder


def test_minilm_gives_unit_rows_and_zeros_for_blanks(weights: Path) -> None:
    embedder = MiniLMEmbedder(weights, offline=True)
    unit_or_zero(embedder, TEXTS, BLANK)
    assert embedder.documents([]).shape == (0, 384)


def test_minilm_gives_a_text_the_same_vector_in_any_batch(weights: Path) -> None:
    """Weights of 8 bits are scaled by all that is computed at once."""
    embedder = MiniLMEmbedder(weights, offline=True)
    together = embedder.documents(TEXTS)
    assert np.array_equal(together[::-1], embedder.documents(TEXTS[::-1]))
    assert np.array_equal(together[4], embedder.query(TEXTS[4]))


def test_minilm_answers_a_question_in_a_library_of_its_own(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_MINILM_PATH", str(weights))
    monkeypatch.setenv("RAG_EMBEDDER", "minilm")
    with Assistant.open(tmp_path, llm="off") as assistant:
        assistant.library.write(
            [
                paper("Quilt: reusing attention keys", "Quilt lowers time to first token by 2.4x on shared prompts."),
                paper("A study of oak trees", "Oaks grow slowly in shade. Their leaves fall in autumn."),
                paper("Bridges in winter", "Steel bridges shrink in the cold. We measured forty bridges."),
            ]
        )
        assert assistant.library.embedder.name == "minilm-l6-v2"
        # No word in common with the paper: the dense leg brings it first.
        hits = assistant.retrieve("trunk and foliage in the forest", 3)
        assert hits[0].paper.title == "A study of oak trees"
        assert hits[0].explain["dense"]["rank"] == 1
        answer = assistant.ask("How much does Quilt lower the time to first token?")
        assert not answer.abstained
        assert "2.4x" in answer.claims[0].text
        assert answer.models["embedder"] == "minilm-l6-v2"
    monkeypatch.delenv("RAG_EMBEDDER")
    with Assistant.open(tmp_path, llm="off") as again:
        assert again.library.embedder.name == "minilm-l6-v2", "what it was built with, whatever the setting says"
    with pytest.raises(LibraryMismatchError, match="built with the embedder minilm-l6-v2, not wordllama-256"):
        Assistant.open(tmp_path, llm="off", embedder="wordllama")


@pytest.mark.parametrize("offline", [True, False])
def test_a_folder_without_the_weights(tmp_path: Path, offline: bool) -> None:
    """A folder that is named is never filled by a download."""
    with pytest.raises(EmbedderError, match="no MiniLM weights in") as caught:
        make_embedder("minilm", Settings(minilm_path=str(tmp_path), offline=offline))
    assert "RAG_MINILM_PATH" in caught.value.remedy
    assert not list(tmp_path.iterdir())


def test_offline_without_the_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from chromadb.utils.embedding_functions.onnx_mini_lm_l6_v2 import ONNXMiniLM_L6_V2

    monkeypatch.setattr(ONNXMiniLM_L6_V2, "DOWNLOAD_PATH", tmp_path / "nothing")
    with pytest.raises(EmbedderError, match="no MiniLM weights") as caught:
        make_embedder("minilm", Settings(offline=True))
    assert "--offline" in caught.value.remedy


@pytest.mark.parametrize("lost", MiniLMEmbedder._FILES)
def test_one_file_lost_is_said_and_not_fetched(weights: Path, tmp_path: Path, lost: str) -> None:
    """Chroma's function would fetch all of it for one small file that it never reads."""
    (tmp_path / "onnx").mkdir()
    for file in MiniLMEmbedder._FILES:
        if file != lost:
            (tmp_path / "onnx" / file).symlink_to(weights / "onnx" / file)
    with pytest.raises(EmbedderError, match=lost):
        MiniLMEmbedder(tmp_path, offline=True)


def test_a_download_that_fails_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from chromadb.utils.embedding_functions.onnx_mini_lm_l6_v2 import ONNXMiniLM_L6_V2

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setattr(ONNXMiniLM_L6_V2, "DOWNLOAD_PATH", tmp_path / "nothing")
        monkeypatch.setattr(ONNXMiniLM_L6_V2, "MODEL_DOWNLOAD_URL", f"http://127.0.0.1:{free.getsockname()[1]}/onnx")
        with pytest.raises(EmbedderError, match=r"could not be loaded \(ConnectError\)") as caught:
            make_embedder("minilm", Settings()).documents(["a text"])
    assert "RAG_MINILM_PATH" in caught.value.remedy


# -- a caller's own


class Letters(BaseEmbedding):
    """Counts letters."""

    dimension: int = 26

    @classmethod
    def class_name(cls) -> str:
        return "Letters"

    def _get_text_embedding(self, text: str) -> list[float]:
        return [float(text.lower().count(chr(97 + i))) for i in range(self.dimension)]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)


def test_a_callers_embedding_carries_a_library(tmp_path: Path) -> None:
    with Assistant.open(tmp_path, llm="off", embedder=Letters(model_name="letters")) as assistant:
        assistant.library.write([paper("Buzz", "Fuzzy jazz puzzles dazzle."), paper("Moon", "A moon on a noon.")])
        assert assistant.library.embedder.name == "llamaindex:letters"
        assert assistant.retrieve("zzzz", 1)[0].paper.title == "Buzz"
        unit_or_zero(assistant.library.embedder, ["abc", "", "  "], [1, 2])
    with Assistant.open(tmp_path, llm="off", embedder=Letters(model_name="letters")) as again:
        assert again.retrieve("oooo", 1)[0].paper.title == "Moon"


def test_embeddings_without_a_name_go_by_their_class() -> None:
    assert LlamaIndexEmbedder(Letters()).name == "llamaindex:Letters"


@pytest.mark.parametrize("other", ["wordllama", Letters(model_name="more-letters"), HashingEmbedder()])
def test_a_library_built_with_one_embedder_refuses_another(tmp_path: Path, other: Any) -> None:
    Assistant.open(tmp_path, llm="off", embedder=Letters(model_name="letters")).close()
    with pytest.raises(LibraryMismatchError, match="built with the embedder llamaindex:letters") as caught:
        Assistant.open(tmp_path, llm="off", embedder=other)
    assert "rag reindex" in caught.value.remedy


class Broken(Letters):
    """Gives what no vector may hold."""

    def _get_text_embedding(self, text: str) -> list[float]:
        return [float("nan")] * self.dimension


def test_values_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EmbedderError, match="not finite"):
        LlamaIndexEmbedder(Broken()).documents(["a", "b"])
    with pytest.raises(EmbedderError, match="not finite"):
        Assistant.open(tmp_path, llm="off", embedder=Broken())


@pytest.mark.parametrize("choice", ["word2vec", "", 7, object()])
def test_what_is_no_embedder(choice: Any) -> None:
    with pytest.raises(InputError, match=r"no embedder"):
        make_embedder(choice, Settings())


def test_trying_another_embedder_on_the_notes_asks_for_no_rebuild(cache_folder: Path) -> None:
    """One index each, side by side."""
    settings = Settings(cache_dir=str(cache_folder))
    for embedder, name in (("wordllama", "wordllama-256"), (HashingEmbedder(), "hashing-32"), (None, "wordllama-256")):
        library = open_library(None, settings, embedder=embedder)
        assert library.embedder.name == name
        assert len(library.papers()) == 176
        library.close()


def test_the_callers_logging_stays_as_it_is() -> None:
    """Importing wordllama would make the root logger print every request of every library from INFO on."""
    code = (
        "import logging; from rag.library.embedders import WordLlamaEmbedder; WordLlamaEmbedder(); "
        "root = logging.getLogger(); print(root.handlers, root.level)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == f"[] {logging.WARNING}"
