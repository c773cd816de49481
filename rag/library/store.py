"""The Chroma store: every passage as a row (id, vector, document, metadata), legible to any Chroma client.

It is the truth of a library; the lexical index is a cache made from it. Embedded (``PersistentClient``) and served
(``HttpClient``) collections go through the same code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, NamedTuple, ParamSpec, TypeVar
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from rag.errors import InputError, LibraryBrokenError, StoreUnavailableError
from rag.paper import Paper, Passage

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

P = ParamSpec("P")
R = TypeVar("R")

COLLECTION = "papers"
# What Chroma takes as a collection's name.
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{1,510}[a-zA-Z0-9]")
_HNSW = {"space": "cosine", "ef_construction": 200, "max_neighbors": 32, "ef_search": 400}
_PAGE = 5_000
_NEW = "_new"


class Row(NamedTuple):
    """One passage as stored. ``generation`` is that of the write which stored it."""

    id: str
    paper_id: str
    revision: str
    ordinal: int
    n_passages: int
    generation: int


class DenseHit(NamedTuple):
    """A row found, with its cosine similarity in [-1, 1]."""

    id: str
    score: float


def row_id(paper: Paper, ordinal: int) -> str:
    """Rows of different revisions never share an id, so a new revision can be stored before the old one goes."""
    return f"{paper.id}:{paper.revision}:{ordinal}"


def passage_metadata(paper: Paper, passages: Sequence[Passage], ordinal: int, generation: int) -> dict[str, Any]:
    """Metadata of one row: our own keys, and LlamaIndex's node beside them so that its clients read the collection."""
    passage = passages[ordinal]
    shown = {"title": paper.title, "paper_id": paper.id, "text_kind": paper.text_kind}
    if paper.year is not None:
        shown["year"] = str(paper.year)
    node = {
        "id_": row_id(paper, ordinal),
        "metadata": shown,
        "text": "",
        "start_char_idx": passage.start,
        "end_char_idx": passage.end,
        "class_name": "TextNode",
    }
    metadata: dict[str, Any] = {
        "paper_id": paper.id,
        "revision": paper.revision,
        "title": paper.title,
        "text_kind": paper.text_kind,
        "ordinal": ordinal,
        "n_passages": len(passages),
        "start": passage.start,
        "end": passage.end,
        "generation": generation,
        "_node_content": json.dumps(node, ensure_ascii=False),
        "_node_type": "TextNode",
        "document_id": paper.id,
        "doc_id": paper.id,
        "ref_doc_id": paper.id,
    }
    if paper.year is not None:
        metadata["year"] = paper.year
    if ordinal == 0:
        # The whole record travels with the first passage, so the collection alone can rebuild the library.
        metadata["paper"] = paper.model_dump_json()
    return metadata


def _reaching(method: Callable[Concatenate[ChromaStore, P], R]) -> Callable[Concatenate[ChromaStore, P], R]:
    """Let a method say in one line that the server went away; an embedded store never does."""

    @wraps(method)
    def call(self: ChromaStore, /, *args: P.args, **kwargs: P.kwargs) -> R:
        import httpx

        try:
            return method(self, *args, **kwargs)
        except httpx.HTTPError as error:
            raise StoreUnavailableError(f"the Chroma server does not answer ({type(error).__name__})") from error

    return call


class ChromaStore:
    """One collection. Not safe for two writers; the library's lock sees to that."""

    def __init__(self, client: ClientAPI, *, name: str = COLLECTION, create: bool) -> None:
        self._client = client
        self._name = name
        self._collection = self._open(create)

    @_reaching
    def _open(self, create: bool) -> Collection:
        import chromadb.errors

        names = {c.name for c in self._client.list_collections()}
        try:
            if create and self._name not in names and self._name + _NEW not in names:
                return self._make(self._name, None)
            return self._client.get_collection(self._name, embedding_function=None)
        except chromadb.errors.NotFoundError:
            return self._finish_replace()

    def _finish_replace(self) -> Collection:
        """A replace killed between its last two steps left the new collection under its provisional name."""
        import chromadb.errors

        try:
            collection = self._client.get_collection(self._name + _NEW, embedding_function=None)
        except chromadb.errors.NotFoundError:
            # Another client of the server may have finished it between our two steps.
            if self._name in {c.name for c in self._client.list_collections()}:
                return self._client.get_collection(self._name, embedding_function=None)
            raise LibraryBrokenError(f"the store holds no collection {self._name!r}") from None
        collection.modify(name=self._name)
        return collection

    def _make(self, name: str, note: str | None) -> Collection:
        return self._client.get_or_create_collection(
            name,
            embedding_function=None,
            metadata={"groundwork": note} if note else None,
            configuration={"hnsw": dict(_HNSW)},  # type: ignore[arg-type]
        )

    @property
    def collection(self) -> Collection:
        """The Chroma collection itself."""
        return self._collection

    def close(self) -> None:
        """Release the files."""
        # Every concrete client has it; the interface that chromadb declares does not.
        self._client.close()  # type: ignore[attr-defined]

    # -- reading

    @_reaching
    def count(self) -> int:
        """Rows stored."""
        return int(self._collection.count())

    def rows(self) -> Iterator[Row]:
        """Every row's key fields; read page by page with ``get``, because a query may miss rows."""
        for page in self._pages(["metadatas"]):
            for rid, m in zip(page["ids"], page["metadatas"] or [], strict=True):
                yield Row(
                    rid,
                    str(m["paper_id"]),
                    str(m["revision"]),
                    int(str(m["ordinal"])),
                    int(str(m["n_passages"])),
                    int(str(m["generation"])),
                )

    def papers(self) -> list[Paper]:
        """Every paper, in order of id."""
        found: dict[str, Paper] = {}
        for page in self._pages(["metadatas"], where={"ordinal": 0}):
            for metadata in page["metadatas"] or []:
                paper = Paper.model_validate_json(str(metadata["paper"]))
                found[paper.id] = paper
        return [found[key] for key in sorted(found)]

    def texts(self) -> Iterator[tuple[str, str, str]]:
        """Every row as (id, title, text), for rebuilding the lexical index."""
        for page in self._pages(["metadatas", "documents"]):
            for rid, m, text in zip(page["ids"], page["metadatas"] or [], page["documents"] or [], strict=True):
                yield rid, str(m["title"]), text

    def _pages(self, include: list[str], where: Any = None) -> Iterator[Any]:
        offset = 0
        while True:
            page = self._page(where, include, offset)
            if not page["ids"]:
                return
            yield page
            offset += _PAGE

    @_reaching
    def _page(self, where: Any, include: list[str], offset: int) -> Any:
        return self._collection.get(where=where, include=include, limit=_PAGE, offset=offset)  # type: ignore[arg-type]

    @_reaching
    def query(self, vector: NDArray[np.float32], n: int, allowed: Sequence[str] | None = None) -> list[DenseHit]:
        """The n nearest rows to a vector, best first; ties in order of id. ``allowed`` limits the papers, by id."""
        n = min(n, self.count())
        if n < 1 or not np.any(vector):
            return []
        where: Any = None if allowed is None else {"paper_id": {"$in": list(allowed)}}
        result = self._collection.query(
            query_embeddings=[vector.tolist()], n_results=n, where=where, include=["distances"]
        )
        distances = (result["distances"] or [[]])[0]
        hits = [DenseHit(i, 1.0 - float(d)) for i, d in zip(result["ids"][0], distances, strict=True)]
        return sorted(hits, key=lambda h: (-h.score, h.id))

    @_reaching
    def vectors(self, ids: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """The stored vectors of some rows, by id."""
        if not ids:
            return {}
        page = self._collection.get(ids=list(ids), include=["embeddings"])
        return {
            i: np.asarray(v, dtype=np.float32)
            for i, v in zip(page["ids"], page["embeddings"] if page["embeddings"] is not None else [], strict=True)
        }

    # -- writing

    @_reaching
    def upsert(
        self,
        ids: Sequence[str],
        vectors: NDArray[np.float32],
        documents: Sequence[str],
        metadatas: Sequence[dict[str, Any]],
    ) -> None:
        """Store rows in batches; each batch is stored whole or not at all, also when the process is killed."""
        size = min(self._client.get_max_batch_size(), 1_000)
        for at in range(0, len(ids), size):
            self._collection.upsert(
                ids=list(ids[at : at + size]),
                embeddings=vectors[at : at + size],
                documents=list(documents[at : at + size]),
                metadatas=list(metadatas[at : at + size]),
            )

    @_reaching
    def delete(self, ids: Iterable[str]) -> None:
        """Delete rows by id, in batches."""
        pending = list(ids)
        size = min(self._client.get_max_batch_size(), 1_000)
        for at in range(0, len(pending), size):
            self._collection.delete(ids=pending[at : at + size])

    @_reaching
    def replace(self, fill: Callable[[ChromaStore], object], note: str | None) -> None:
        """Swap the whole collection for one that ``fill`` writes; until the swap the old one stays as it is."""
        import chromadb.errors

        new_name = self._name + _NEW
        with suppress(chromadb.errors.NotFoundError):
            self._client.delete_collection(new_name)
        self._make(new_name, note)
        fill(ChromaStore(self._client, name=new_name, create=False))
        self._client.delete_collection(self._name)
        self._collection = self._finish_replace()

    # -- the manifest of a served collection lives in its metadata

    @_reaching
    def read_note(self) -> str | None:
        """The manifest text kept in the collection's metadata, read afresh from the server."""
        self._collection = self._open(create=False)
        value = (self._collection.metadata or {}).get("groundwork")
        return str(value) if value is not None else None

    @_reaching
    def write_note(self, text: str) -> None:
        """Keep the manifest text in the collection's metadata."""
        self._collection.modify(metadata={"groundwork": text})


def _chroma_settings() -> Any:
    from chromadb.config import Settings as ChromaSettings

    # _env_file: a stray .env in the working folder would otherwise change Chroma's settings.
    return ChromaSettings(anonymized_telemetry=False, _env_file=None)  # type: ignore[call-arg]


def embedded_client(folder: Path, generation: int) -> ClientAPI:
    """A client for a folder as it stands at a generation.

    Chroma shares one open system per path string and process, and an open system never sees what another process
    wrote. A different spelling of the same path (one per generation) therefore opens it anew.

    Raises:
        LibraryBrokenError: Chroma cannot open the folder.
    """
    import chromadb

    spelling = str(folder) + "".join("/." if bit == "1" else "/" for bit in f"{generation:b}")
    try:
        return chromadb.PersistentClient(path=spelling, settings=_chroma_settings())
    except Exception as error:  # Chroma's Rust core raises plain exceptions of many kinds
        raise LibraryBrokenError(f"Chroma cannot open {folder} ({type(error).__name__}: {error})") from error


def served_client(url: str) -> tuple[ClientAPI, str]:
    """A client for ``chroma+http://host:port/name``, and the collection's name.

    Raises:
        InputError: the address is not of that form.
        StoreUnavailableError: nothing answers there.
    """
    import chromadb
    import httpx

    parts = urlsplit(url.removeprefix("chroma+"))
    name = parts.path.strip("/") or COLLECTION
    try:
        port = parts.port or (443 if parts.scheme == "https" else 8000)
    except ValueError:
        port = 0
    if not parts.hostname or not port or not _NAME.fullmatch(name):
        raise InputError(
            f"{url!r} is no address of a Chroma collection",
            "Write chroma+http://host:port/name, the name of 3 or more letters, digits and . _ -",
        )
    try:
        client = chromadb.HttpClient(
            host=parts.hostname, port=port, ssl=parts.scheme == "https", settings=_chroma_settings()
        )
        client.heartbeat()
    except (httpx.HTTPError, ValueError, OSError) as error:
        raise StoreUnavailableError(f"no Chroma server answers at {parts.hostname}:{port}") from error
    return client, name


def served_note(url: str) -> str | None:
    """The manifest text of a served collection, or None where there is no such collection yet.

    Raises:
        InputError, StoreUnavailableError: see :func:`served_client`.
    """
    client, name = served_client(url)
    if {name, name + _NEW}.isdisjoint(c.name for c in client.list_collections()):
        return None
    return ChromaStore(client, name=name, create=False).read_note()
