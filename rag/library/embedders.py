"""Embedders of the dense leg, behind one small protocol.

Every embedder returns float32 arrays of shape (n, dimension) with rows of unit length; a blank text gives a row of
zeros, never NaN. A key in the environment never changes which embedder is used.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from rag.errors import EmbedderError, InputError, MissingDependencyError
from rag.settings import Settings

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding

Vectors = NDArray[np.float32]


@runtime_checkable
class Embedder(Protocol):
    """What the library needs of an embedder. ``name`` identifies the vector space and goes into the manifest."""

    name: str
    lexical_weight: float

    def documents(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts to be stored, shape (len(texts), dimension)."""

    def query(self, text: str) -> Vectors:
        """Vector of a question, shape (dimension,)."""


def _unit(vectors: Any, blank: Sequence[bool]) -> Vectors:
    array = np.asarray(vectors, dtype=np.float32)
    array[np.asarray(blank, dtype=bool)] = 0.0
    if not np.isfinite(array).all():
        raise EmbedderError("the embedder returned values that are not finite", "Use another embedder")
    norms = np.linalg.norm(array, axis=1, keepdims=True)
    unit: Vectors = np.divide(array, norms, out=np.zeros_like(array), where=norms > 0)
    return unit


@contextmanager
def _own_logging() -> Iterator[None]:
    """Keep the caller's logging as it is: importing wordllama sets the root logger to print everything from INFO on."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


class WordLlamaEmbedder:
    """WordLlama's static token vectors (256 dimensions); the weights are inside its wheel."""

    name = "wordllama-256"
    # Swept from 0 to 1 in tenths on two corpora: .5 to .9 differ by less than their intervals.
    lexical_weight = 0.6

    def __init__(self) -> None:
        try:
            with _own_logging():
                import wordllama
        except ImportError as error:
            # Not installed, or its native part does not load here.
            raise MissingDependencyError("wordllama", "the embedder wordllama") from error
        # load() looks for the tokenizer in the wrong folder and would download it; the cache_dir given here is right.
        self._model = wordllama.WordLlama.load(
            cache_dir=Path(wordllama.__file__).parent, disable_download=True, trunc_dim=None
        )

    def documents(self, texts: Sequence[str]) -> Vectors:
        """See :class:`Embedder`."""
        if not texts:
            return np.zeros((0, 256), dtype=np.float32)
        blank = [not t.strip() for t in texts]
        safe = ["." if b else t for t, b in zip(texts, blank, strict=True)]
        return _unit(self._model.embed(safe, norm=False, batch_size=32), blank)

    def query(self, text: str) -> Vectors:
        """See :class:`Embedder`."""
        return np.asarray(self.documents([text])[0], dtype=np.float32)

    def pieces(self, word: str) -> int:
        """Into how many pieces the vocabulary cuts a word that stands behind a space."""
        # The first piece is the space before the word that the tokenizer adds.
        return len(self._model.tokenizer.encode(f" {word}", add_special_tokens=False).ids) - 1


class MiniLMEmbedder:
    """all-MiniLM-L6-v2 through onnxruntime (384 dimensions), with Chroma's files for it.

    Chroma downloads them once when asked to; with ``offline`` or a ``folder`` they must be there already.
    """

    name = "minilm-l6-v2"
    lexical_weight = 0.5
    # Chroma's function downloads where one of these is missing, the ones that it never reads included.
    _FILES = (
        "config.json", "model.onnx", "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt",
    )  # fmt: skip

    def __init__(self, folder: str | Path | None = None, *, offline: bool = False) -> None:
        from chromadb.utils.embedding_functions.onnx_mini_lm_l6_v2 import ONNXMiniLM_L6_V2

        self._ready = False
        self._function = ONNXMiniLM_L6_V2(preferred_providers=["CPUExecutionProvider"])
        if folder is not None:
            # An instance attribute shadows the class's, so that two assistants can use two folders.
            self._function.DOWNLOAD_PATH = Path(folder)
        place = Path(self._function.DOWNLOAD_PATH) / "onnx"
        missing = [f for f in self._FILES if not (place / f).exists()]
        if missing and (offline or folder is not None):
            raise EmbedderError(
                f"no MiniLM weights in {place} ({missing[0]} is missing)",
                f"Point RAG_MINILM_PATH at a folder that holds onnx/ with {', '.join(self._FILES)}, "
                "or allow the download (neither --offline nor RAG_MINILM_PATH)",
            )

    def documents(self, texts: Sequence[str]) -> Vectors:
        """See :class:`Embedder`."""
        if not texts:
            return np.zeros((0, 384), dtype=np.float32)
        blank = [not t.strip() for t in texts]
        try:
            # One by one and not padded to 256 tokens: 30 times faster for a question, and weights of 8 bits give a text
            # another vector in other company.
            self._unpadded()
            vectors = [self._function(["." if b else t])[0] for t, b in zip(texts, blank, strict=True)]
        except Exception as error:  # the download inside Chroma's function raises whatever its transport raises
            raise EmbedderError(
                f"the MiniLM weights could not be loaded ({type(error).__name__})",
                "Check the network, or point RAG_MINILM_PATH at a folder that holds onnx/model.onnx",
            ) from error
        return _unit(vectors, blank)

    def query(self, text: str) -> Vectors:
        """See :class:`Embedder`."""
        return np.asarray(self.documents([text])[0], dtype=np.float32)

    def _unpadded(self) -> None:
        if not self._ready:
            self._function(["."])  # downloads where it may
            self._function.tokenizer.no_padding()
            self._ready = True


class LlamaIndexEmbedder:
    """Any LlamaIndex ``BaseEmbedding`` (OpenAI's among them) as an embedder."""

    def __init__(self, model: BaseEmbedding, *, name: str | None = None, lexical_weight: float = 0.5) -> None:
        self._model = model
        # "unknown" is what LlamaIndex calls a model without a name; two of those are not one vector space.
        own = model.model_name if model.model_name != "unknown" else model.class_name()
        self.name = name or f"llamaindex:{own}"
        self.lexical_weight = lexical_weight

    def documents(self, texts: Sequence[str]) -> Vectors:
        """See :class:`Embedder`."""
        if not texts:
            return np.zeros((0, 0), dtype=np.float32)
        blank = [not t.strip() for t in texts]
        safe = ["." if b else t for t, b in zip(texts, blank, strict=True)]
        return _unit(self._guard(lambda: self._model.get_text_embedding_batch(safe)), blank)

    def query(self, text: str) -> Vectors:
        """See :class:`Embedder`."""
        vector = self._guard(lambda: self._model.get_query_embedding(text or "."))
        return np.asarray(_unit([vector], [not text.strip()])[0], dtype=np.float32)

    def _guard(self, call: Any) -> Any:
        import openai

        try:
            return call()
        except openai.AuthenticationError as error:
            raise EmbedderError("the embedding server refused the key", "Set OPENAI_API_KEY to a valid key") from error
        except openai.OpenAIError as error:
            raise EmbedderError(
                f"the embedding server failed ({type(error).__name__})", "Try again, or use --embedder wordllama"
            ) from error
        except (ValueError, AttributeError, TypeError) as error:  # what LlamaIndex makes of a reply of another shape
            raise EmbedderError(
                f"the embedding server's reply is no list of vectors ({type(error).__name__})",
                "Check OPENAI_BASE_URL, or use --embedder wordllama",
            ) from error


def _openai(settings: Settings) -> Embedder:
    if settings.offline:
        raise EmbedderError("the openai embedder needs the network", "Use --embedder wordllama, or drop --offline")
    if not settings.api_key and not settings.base_url:
        raise EmbedderError("the openai embedder needs a key", "Set OPENAI_API_KEY, or use --embedder wordllama")
    from llama_index.embeddings.openai import OpenAIEmbedding

    model = OpenAIEmbedding(
        # `model_name` takes any name; `model` admits only OpenAI's own.
        model_name=settings.embedding_model,
        api_key=settings.api_key or "none",
        api_base=settings.base_url,
        timeout=settings.timeout,
        max_retries=0,
        embed_batch_size=64,
    )
    # One retry layer: LlamaIndex would hand its number to the client and try that often again around it.
    model._client = model._get_client().with_options(max_retries=settings.retries)
    return LlamaIndexEmbedder(model, name=f"openai:{settings.embedding_model}")


def _latent() -> Embedder:
    from rag.library.latent_embedder import LatentEmbedder

    return LatentEmbedder()


def make_embedder(choice: Any, settings: Settings) -> Embedder:
    """The embedder for a name, a LlamaIndex ``BaseEmbedding`` or an :class:`Embedder`.

    ``auto`` is WordLlama where it can be imported, else latent semantics of the library's own texts.

    Raises:
        EmbedderError: weights or a key are missing.
        MissingDependencyError: WordLlama was asked for by name and cannot be imported.
        InputError: the choice is none of these.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    match choice:
        case "auto":
            try:
                return WordLlamaEmbedder()
            except MissingDependencyError:
                return _latent()
        case "latent" | "latent-256":
            return _latent()
        case "wordllama" | WordLlamaEmbedder.name:
            return WordLlamaEmbedder()
        case "minilm" | MiniLMEmbedder.name:
            return MiniLMEmbedder(settings.minilm_path, offline=settings.offline)
        case str() if choice == "openai" or choice.startswith("openai:"):
            model = choice.removeprefix("openai").removeprefix(":") or settings.embedding_model
            return _openai(settings.with_values(embedding_model=model))
        case str():
            raise InputError(f"no embedder is called {choice!r}", "Use auto, wordllama, minilm, openai or latent")
        case Embedder():
            return choice
        case _ if hasattr(choice, "get_text_embedding_batch"):
            return LlamaIndexEmbedder(choice)
        case _:
            raise InputError(f"{type(choice).__name__} is no embedder", "Give a name or a LlamaIndex BaseEmbedding")
