"""One writer at a time, across processes: an operating-system lock that dies with its owner."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from rag.errors import LibraryLockedError


@contextmanager
def writer_lock(path: Path, *, wait: float) -> Iterator[None]:
    """Hold the writer's lock of a library.

    Args:
        path: the lock file; its folder must exist.
        wait: seconds to wait for another writer.

    Raises:
        LibraryLockedError: another process (or thread) still writes after ``wait`` seconds.
    """
    lock = FileLock(path, timeout=wait)
    try:
        lock.acquire()
    except Timeout:
        raise LibraryLockedError(f"another process is writing to {path.parent}") from None
    try:
        yield
    finally:
        lock.release()
