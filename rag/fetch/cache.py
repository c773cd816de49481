"""What a service answered, kept on disk for a while, so that nothing is asked twice and a killed run goes on."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path
from typing import NamedTuple

from rag.library.manifest import write_atomically

_DAY = 86_400.0


class Kept(NamedTuple):
    """An answer and when it was given, in seconds since 1970."""

    text: str
    at: float


class AnswerCache:
    """Answers by address, one file each. A file that cannot be read is as good as none."""

    def __init__(self, folder: Path, days: float) -> None:
        self._folder = folder
        self._days = days

    def get(self, address: str) -> Kept | None:
        """The answer to a request, unless it is too old. One without papers counts for a day at most: papers appear."""
        try:
            kept = json.loads(self._path(address).read_text(encoding="utf-8"))
            found = Kept(str(kept["text"]), float(kept["at"]))
            days = self._days if kept["papers"] else min(self._days, 1.0)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return found if 0 <= time.time() - found.at < days * _DAY else None

    def put(self, address: str, text: str, *, papers: int) -> Kept:
        """Keep an answer with its number of papers."""
        kept = Kept(text, time.time())
        self._folder.mkdir(parents=True, exist_ok=True)
        record = {"address": address, "at": kept.at, "papers": papers, "text": text}
        write_atomically(self._path(address), json.dumps(record, ensure_ascii=False))
        return kept

    def _path(self, address: str) -> Path:
        return self._folder / f"{hashlib.sha256(address.encode()).hexdigest()[:32]}.json"
