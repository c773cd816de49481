"""What readers say of answers, kept in one file: ``rag eval cases`` makes draft cases of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import platformdirs

from rag.answer import Answer
from rag.errors import InputError
from rag.library.location import APP

FILE: Final = "feedback.jsonl"
MOST_BYTES: Final = 50_000_000
"""Size of the file from which on nothing more is kept."""
_LOCK = threading.Lock()


def default_file() -> Path:
    """Where feedback is kept: in the user's data folder."""
    return Path(platformdirs.user_data_dir(APP)) / FILE


class Feedback:
    """The file of feedback: a line ``{question, answer, thumbs, comment}`` each; the latest of a question wins.

    Args:
        file: None = nothing is kept.
    """

    def __init__(self, file: Path | None) -> None:
        self.file = file

    @property
    def kept(self) -> bool:
        """Whether anything is kept."""
        return self.file is not None

    def add(self, answer: Answer, thumbs: str, comment: str = "") -> None:
        """Keep a judgement.

        Raises:
            InputError: the file is full, or cannot be written.
        """
        if self.file is None:
            return
        row = {"question": answer.question, "answer": answer.model_dump(mode="json"), "thumbs": thumbs}
        line = json.dumps({**row, "comment": comment}, ensure_ascii=False) + "\n"
        try:
            with _LOCK:
                self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                if self.file.exists() and self.file.stat().st_size > MOST_BYTES:
                    raise InputError(f"{self.file} is full", "Draft cases of it, then move it away")
                with self.file.open("a", encoding="utf-8") as out:
                    out.write(line)
                self.file.chmod(0o600)
        except OSError as error:
            raise InputError(f"{self.file} cannot be written: {error.strerror}", "Check the data folder") from None

    def rows(self) -> list[Mapping[str, Any]]:
        """Every judgement that is kept, the latest of each question, the newest first; a torn line is passed over."""
        if self.file is None or not self.file.exists():
            return []
        latest: dict[str, Mapping[str, Any]] = {}
        for line in self.file.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                row = json.loads(line)
            except ValueError:
                continue
            if isinstance(row, dict) and isinstance(row.get("question"), str):
                latest.pop(row["question"], None)
                latest[row["question"]] = row
        return list(reversed(latest.values()))
