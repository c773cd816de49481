"""Conversations on disk: one folder per user, one JSON Lines file per conversation, for its owner's eyes only.

The first line of a file says what it is; each further line is a turn with its whole answer, so that its evidence
outlives the papers. A file is replaced at once, never written in place, and only by the holder of its lock: a kill
leaves the turns before, two processes that talk in one conversation keep the turns of both. A last line that breaks off
all the same (a full disk, a copy that stopped) is left out, and told.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import platformdirs
from filelock import FileLock, Timeout
from pydantic import ValidationError

from rag.answer import Answer
from rag.errors import ConversationError, InputError
from rag.library.location import APP
from rag.paper import Hit, Record
from rag.settings import Settings

SCHEMA: Final = 1
MOST_TURNS: Final = 1_000
"""Turns of one conversation; then it is full."""
MOST_HITS: Final = 30
"""Passages kept with one turn."""
MOST_BYTES: Final = 100_000_000
"""Size of one conversation's file."""
_WAIT = 10.0
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
# Names of devices on one system or another, whatever their ending.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|(?:com|lpt)\d)", re.I)
_TITLE = 120
_USERINFO = re.compile(r"(?<=://)[^/@\s\"]*@")


class StoredTurn(Record):
    """One turn: when it was asked (ISO 8601, UTC), its standalone question, its answer, and what was read for it.

    ``hits`` are the best passage of each paper, best first, at most :data:`MOST_HITS`; none in a turn that an earlier
    version kept.
    """

    at: str
    question: str
    answer: Answer
    hits: tuple[Hit, ...] = ()


class Stored(Record):
    """A conversation as it lies on disk. ``notices``: what could not be read of it."""

    id: str
    created: str
    library: str
    turns: tuple[StoredTurn, ...] = ()
    notices: tuple[str, ...] = ()


class Listed(Record):
    """One row of the list. ``title`` is the first question; ``readable`` is False where the file is damaged."""

    id: str
    title: str
    updated: str
    turns: int
    library: str
    readable: bool = True


def checked_id(id: str) -> str:
    """The id of a conversation that is to be kept, which names its file.

    Raises:
        InputError: it holds more than letters, digits, ``-`` and ``_``, or is longer than 64 of them.
    """
    if not _ID.fullmatch(id) or _DEVICES.fullmatch(id):
        raise InputError(
            f"{id[:80]!r} cannot name a conversation", "Use up to 64 letters, digits, - and _, beginning with no dash"
        )
    return id


def open_store(settings: Settings, user: str | None = None) -> ConversationStore:
    """The store of a user, where the settings say.

    Raises:
        ConversationError: the settings keep none.
    """
    if settings.conversations_dir == "off":
        raise ConversationError("conversations are kept nowhere", "Unset RAG_CONVERSATIONS_DIR, or set it to a folder")
    folder = settings.conversations_dir or str(Path(platformdirs.user_data_dir(APP)) / "conversations")
    return ConversationStore(folder, user, secret=settings.api_key)


class ConversationStore:
    """The kept conversations of one user.

    Args:
        folder: where the conversations of all users lie; made on the first write, readable by its owner alone.
        user: whose they are; any text. None = the user of this machine's account.
        secret: a text that is never written, such as the key of the model's server.
    """

    def __init__(self, folder: str | Path, user: str | None = None, *, secret: str | None = None) -> None:
        # A name may hold anything, an address among others: the folder is called after its hash.
        own = "own" if user is None else "user-" + hashlib.sha256(user.encode()).hexdigest()[:32]
        self.folder = Path(folder).expanduser() / own
        self._secret = secret

    def list(self) -> list[Listed]:
        """All conversations, the latest first; what cannot be read is among them, and said to be unreadable."""
        files = sorted(self.folder.glob("*.jsonl")) if self.folder.is_dir() else []
        return sorted((self._row(f) for f in files), key=lambda r: (r.updated, r.id), reverse=True)

    def exists(self, id: str) -> bool:
        """Whether a conversation of this id is kept."""
        return self._file(id).exists()

    def load(self, id: str) -> Stored:
        """A conversation with its turns.

        Raises:
            InputError: none of this id is kept.
            ConversationError: its file cannot be read, or was written by a later version.
        """
        file = self._file(id)
        if not file.exists():
            raise InputError(f"no conversation {id!r} is kept", "List them with: rag chats list")
        return _parsed(self._bytes(file), id)

    def append(self, id: str, turns: Sequence[StoredTurn], seen: int, library: str) -> tuple[StoredTurn, ...]:
        """Add turns behind what is kept; returns the turns that others added since ``seen`` were.

        Args:
            id: the conversation, which is begun where there is none.
            turns: the new turns, oldest first.
            seen: how many turns the caller knows to be kept.
            library: the name of the library talked to, kept with a new conversation.

        Raises:
            ConversationError: it is full, another process holds it, or the folder cannot be written.
        """
        file = self._file(id)
        lines = b"".join(self._line(t.model_dump(mode="json")) for t in turns)
        with self._locked(file):
            head = {"conversation": id, "schema": SCHEMA, "created": now(), "library": library}
            before = self._bytes(file) if file.exists() else self._line(head)
            kept = _parsed(before, id)
            # What broke off was told when it was read; a new line has to begin a line.
            whole = before[: before.rfind(b"\n") + 1]
            if len(kept.turns) + len(turns) > MOST_TURNS or len(whole) + len(lines) > MOST_BYTES:
                raise ConversationError(f"the conversation {id} is full", "Begin a new one")
            _replace(file, whole + lines)
        return kept.turns[seen:]

    def delete(self, id: str) -> bool:
        """Delete a conversation; whether there was one.

        Raises:
            ConversationError: another process holds it, or the folder cannot be written.
        """
        file = self._file(id)
        if not file.exists():
            return False
        # The lock file stays: who waits for it would otherwise hold another one than who comes later.
        with self._locked(file), _told(file):
            file.unlink(missing_ok=True)
        return True

    # -- files

    def _file(self, id: str) -> Path:
        return self.folder / f"{checked_id(id)}.jsonl"

    def _line(self, record: dict[str, Any]) -> bytes:
        text = _USERINFO.sub("", json.dumps(record, ensure_ascii=False, allow_nan=False))
        if self._secret:
            text = text.replace(json.dumps(self._secret, ensure_ascii=False)[1:-1], "[removed]")
        return text.encode("utf-8", "surrogatepass") + b"\n"

    @staticmethod
    def _bytes(file: Path) -> bytes:
        with _told(file):
            if file.stat().st_size > MOST_BYTES:
                raise ConversationError(f"{file.name} is larger than any conversation", f"Delete {file}")
            return file.read_bytes()

    def _row(self, file: Path) -> Listed:
        try:
            found = _parsed(self._bytes(file), file.stem)
        except ConversationError as error:
            return Listed(id=file.stem, title=error.message, updated="", turns=0, library="", readable=False)
        first = found.turns[0].answer.question if found.turns else ""
        updated = found.turns[-1].at if found.turns else found.created
        title = first if len(first) <= _TITLE else first[: _TITLE - 1].rstrip() + "\u2026"
        return Listed(id=found.id, title=title, updated=updated, turns=len(found.turns), library=found.library)

    @contextmanager
    def _locked(self, file: Path) -> Iterator[None]:
        with _told(file):
            # Each by itself: a mode holds for the last folder only.
            self.folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.folder.mkdir(mode=0o700, exist_ok=True)
            lock = FileLock(file.with_suffix(".lock"), timeout=_WAIT, mode=0o600)
            try:
                lock.acquire()
            except Timeout:
                raise ConversationError(f"another process holds the conversation {file.stem}") from None
        try:
            yield
        finally:
            lock.release()


def best_of_each(hits: Iterable[Hit]) -> tuple[Hit, ...]:
    """The best passage of each paper, as :class:`StoredTurn` keeps them."""
    best: dict[str, Hit] = {}
    for hit in hits:
        best.setdefault(hit.paper.id, hit)
    return tuple(best.values())[:MOST_HITS]


def without_user(address: str) -> str:
    """An address without its user and password."""
    return _USERINFO.sub("", address)


def now() -> str:
    """The time, ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _replace(file: Path, content: bytes) -> None:
    """Put a file in another's place in one step; it is its owner's from its first byte on."""
    with _told(file):
        handle, name = tempfile.mkstemp(prefix=f".{file.stem}-", suffix=".tmp", dir=file.parent)
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            Path(name).replace(file)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def _parsed(content: bytes, id: str) -> Stored:
    """The conversation that a file holds; a turn that cannot be read is left out, with a notice."""
    lines = content.split(b"\n")
    broken_off = lines.pop()
    head = _head(lines[0] if lines else broken_off, id)
    turns, notices = [], []
    for number, line in enumerate(lines[1:], 2):
        try:
            turns.append(StoredTurn.model_validate_json(line))
        except (ValidationError, ValueError):
            notices.append(f"line {number} of the conversation {id} cannot be read; its turn is left out")
    if broken_off and lines:
        notices.append(f"the conversation {id} breaks off in its last turn, which is left out")
    return Stored(
        id=id, created=head["created"], library=head["library"], turns=tuple(turns), notices=tuple(notices)
    )  # fmt: skip


def _head(line: bytes, id: str) -> dict[str, str]:
    try:
        head = json.loads(line)
        schema, named = head["schema"], head["conversation"]
        found = {"created": str(head["created"]), "library": str(head["library"])}
    except (ValueError, KeyError, TypeError):
        raise ConversationError(f"the file of the conversation {id} cannot be read") from None
    if schema != SCHEMA or named != id:
        what = "is another's" if named != id else "was written by another version"
        raise ConversationError(f"the file of the conversation {id} {what}")
    return found


@contextmanager
def _told(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ConversationError(
            f"the conversation {file.stem} cannot be kept or read: {error.strerror or error}",
            f"Make {file.parent} a folder of yours, or set RAG_CONVERSATIONS_DIR",
        ) from None
