"""Replies of models on disk, so that what was asked once is replayed, also without a network.

    client = resolve_llm("auto", settings).within(ResponseCache("replies"))

One file per request, named by :func:`request_key`. A file holds the reply, what it cost and who gave it; neither the
prompt (which holds the abstracts) nor a key. The same prompt always gets the same reply: for repeated runs of a model
that varies, give each run a folder of its own.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import threading
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from rag.errors import InputError, ModelContextError, ModelError, ModelRefusalError
from rag.llm_faults import FormatRefusedError
from rag.llm_request import ModelRequest, NotAskedError, Send
from rag.paper import Record

logger = logging.getLogger(__name__)

SCHEMA: Final = 1
# Shorter ones are placeholders for servers without keys ("none", "test"), words that any reply may hold.
_LEAST_SECRET: Final = 16
# Answers of the server to this very request; a connection that failed or a key that was refused is none.
_LASTING: Final[dict[str, type[ModelError]]] = {
    e.__name__: e for e in (FormatRefusedError, ModelRefusalError, ModelContextError)
}


class ReplayMissError(NotAskedError):
    """No reply to this request is in the cache, and the model may not be asked."""

    default_remedy = "Run once with the model (leave out --replay), with the same settings, prompts and library"


class Entry(Record):
    """One remembered reply.

    ``whole`` is False where the reader had enough before the reply was over; ``error`` is set where the server refused
    the request; ``usage`` is what the request cost then (calls, prompt_tokens, completion_tokens, cost, estimated);
    ``seconds`` how long it took; ``recorded`` when, in UTC.
    """

    schema_version: int = SCHEMA
    model: str
    host: str
    recorded: str
    seconds: float
    usage: dict[str, Any]
    text: str = ""
    whole: bool = True
    error: str | None = None
    message: str = ""


def request_key(request: ModelRequest) -> str:
    """sha256 in hex over all that decides a reply: model, messages (the evidence is in them), form and parameters.

    The host is not part of it: a reply recorded on one machine is replayed on another.
    """
    decides = {
        "schema": SCHEMA,
        "model": request.model,
        "messages": [list(message) for message in request.messages],
        "response_format": request.response_format,
        "parameters": request.parameters,
    }
    text = json.dumps(decides, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


class ResponseCache:
    """Stands around a client's requests (:class:`rag.llm_request.Around`). Safe to share between threads and processes.

    Args:
        folder: where the replies lie; made where it is absent.
        replay: never ask the model; a request without a recorded reply raises :class:`ReplayMissError`.
        secret: the key, so that a reply which repeats it is not written down.

    Raises:
        InputError: the folder cannot be used, or there is nothing in it to replay.
    """

    def __init__(self, folder: str | Path, *, replay: bool = False, secret: str | None = None) -> None:
        self.folder, self.replay = Path(folder), replay
        self._secret = secret if secret and len(secret) >= _LEAST_SECRET else None
        self._lock = threading.Lock()
        self._hits = self._misses = 0
        if replay and not self.folder.is_dir():
            raise InputError(f"there are no recorded replies at {self.folder}", ReplayMissError.default_remedy)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{self.folder} cannot hold replies: {error.strerror}", "Name another folder") from None

    @property
    def counts(self) -> tuple[int, int]:
        """(requests answered from the cache, requests that were not there)."""
        with self._lock:
            return self._hits, self._misses

    def __call__(self, request: ModelRequest, send: Send) -> Generator[str, None, None]:
        """The recorded reply, else the model's, which is recorded.

        Raises:
            ReplayMissError: ``replay``, and no reply was recorded (or only the beginning of one).
            ModelError: what the model raises, or once raised.
        """
        path = self._path(request)
        entry = self._read(path)
        if entry is not None and (self.replay or entry.error is None):
            self._count(hit=True)
            yield from self._replayed(entry, request, path)
            return
        self._count(hit=False)
        if self.replay:
            raise ReplayMissError(f"no reply of {request.model} to this prompt is recorded in {self.folder}")
        yield from self._recorded(request, send, path)

    def _path(self, request: ModelRequest) -> Path:
        key = request_key(request)
        return self.folder / key[:2] / f"{key}.json"

    def _count(self, *, hit: bool) -> None:
        with self._lock:
            self._hits += hit
            self._misses += not hit

    def _replayed(self, entry: Entry, request: ModelRequest, path: Path) -> Generator[str, None, None]:
        request.usage.add(
            calls=int(entry.usage.get("calls", 1)),
            prompt=int(entry.usage.get("prompt_tokens", 0)),
            completion=int(entry.usage.get("completion_tokens", 0)),
            estimated=bool(entry.usage.get("estimated", False)),
            replayed=int(entry.usage.get("calls", 1)),
        )
        if entry.error is not None:
            raise _LASTING.get(entry.error, ModelError)(entry.message, usage=request.usage.as_dict())
        if entry.text:
            yield entry.text
        if not entry.whole:
            # Its reader had enough here; another one that reads on cannot be given the rest, and must not take the
            # beginning for the whole.
            if not self.replay:
                path.unlink(missing_ok=True)
            raise ReplayMissError(f"only the beginning of this reply of {request.model} is recorded", "Run again")

    def _recorded(self, request: ModelRequest, send: Send, path: Path) -> Generator[str, None, None]:
        parts: list[str] = []
        began = perf_counter()
        reply = send()
        try:
            for piece in reply:
                parts.append(piece)
                yield piece
        except GeneratorExit:
            reply.close()  # hang up now, so that what it cost is known
            self._write(path, self._entry(request, began, text="".join(parts), whole=False))
            raise
        except ModelError as error:
            if type(error).__name__ in _LASTING and not parts:
                said = {"error": type(error).__name__, "message": error.message}
                self._write(path, self._entry(request, began, **said))
            raise
        self._write(path, self._entry(request, began, text="".join(parts)))

    @staticmethod
    def _entry(request: ModelRequest, began: float, **said: Any) -> Entry:
        return Entry(
            model=request.model,
            host=request.host,
            recorded=datetime.now(UTC).isoformat(timespec="seconds"),
            seconds=round(perf_counter() - began, 4),
            usage=request.usage.as_dict(),
            **said,
        )

    @staticmethod
    def _read(path: Path) -> Entry | None:
        """The entry; None where there is none that can be read, which is then asked for anew."""
        try:
            # By json, since pydantic's own parser refuses the half surrogate pairs that a reply may hold.
            entry = Entry.model_validate(json.loads(path.read_bytes()))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:  # pydantic's ValidationError is a ValueError
            logger.warning("%s is no recorded reply (%s); passed over", path, type(error).__name__)
            return None
        return entry if entry.schema_version == SCHEMA else None

    def _write(self, path: Path, entry: Entry) -> None:
        """Write an entry whole or not at all. A full disk costs the cache, never the answer."""
        # Half a surrogate pair can stand in a reply and not in a file.
        text = json.dumps(entry.model_dump(mode="json"), ensure_ascii=True)
        if self._secret is not None and (self._secret in entry.text or self._secret in text):
            logger.warning("a reply of %s repeats the key; it is not recorded", entry.model)
            return
        partial = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
        try:
            path.parent.mkdir(exist_ok=True)
            partial.write_text(text + "\n", encoding="ascii")
            partial.replace(path)
        except OSError as error:
            logger.warning("the reply is not recorded in %s: %s", self.folder, error.strerror)
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)


__all__ = ["Entry", "ReplayMissError", "ResponseCache", "request_key"]
