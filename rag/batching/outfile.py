"""The file that the answers of a batch go into, one line each, only ever added to."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from rag.errors import InputError

SCHEMA: Final = 1
_HEAD: Final = b'{"batch": '
"""Every line begins so: a file whose lines do not is somebody else's, and is not touched."""


def line_of(record: dict[str, Any]) -> bytes:
    """A record as a line of the file."""
    return json.dumps({"batch": SCHEMA, **record}, ensure_ascii=False).encode("utf-8") + b"\n"


class OutFile:
    """Answers on disk. A process killed at any moment loses at most the line that it was writing.

    ``answered`` maps (id, key) of the answers that were there to whether they abstained; ``notices`` say what was
    mended. Of several lines with one id the last one counts.

    Raises:
        InputError: the file cannot be used, or holds anything but lines of a batch.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notices: list[str] = []
        self.answered: dict[tuple[str, str], dict[str, Any]] = {}
        try:
            size = self._read()
            self._handle = path.open("ab", buffering=0)
            if self._handle.tell() != size:
                self._handle.truncate(size)
        except OSError as error:
            raise InputError(f"{path} cannot be written: {error.strerror}", "Name another file with --out") from None

    def _read(self) -> int:
        """Take in what is there; returns the length that is whole."""
        if not self.path.exists():
            return 0
        whole = 0
        with self.path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if not line.endswith(b"\n"):
                    return self._torn(line, number, whole)
                self._take(line, number)
                whole += len(line)
        return whole

    def _torn(self, line: bytes, number: int, whole: int) -> int:
        if line[: len(_HEAD)] != _HEAD[: len(line)]:
            raise self._foreign(number)
        self.notices.append(f"line {number} of {self.path} was cut off; it is removed and its question asked again")
        return whole

    def _take(self, line: bytes, number: int) -> None:
        try:
            record = json.loads(line) if line.startswith(_HEAD) else None
            if not isinstance(record, dict) or record["batch"] != SCHEMA:
                raise self._foreign(number)
            name = (str(record["id"]), str(record["key"]))
            if isinstance(answer := record.get("answer"), dict):
                self.answered[name] = {"abstained": answer["abstained"], "fallback": answer["fallback_from"]}
            else:
                self.answered.pop(name, None)
        except (ValueError, KeyError, RecursionError):
            raise self._foreign(number) from None

    def _foreign(self, number: int) -> InputError:
        return InputError(
            f"line {number} of {self.path} is no answer of a batch; nothing was written", "Name another file with --out"
        )

    def write(self, record: dict[str, Any]) -> None:
        """Add one line, in one piece."""
        data = line_of(record)
        while data:
            data = data[self._handle.write(data) :]

    def close(self) -> None:
        """Put what was written on the disk, and close."""
        os.fsync(self._handle.fileno())
        self._handle.close()

    def __enter__(self) -> OutFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.close()


__all__ = ["OutFile", "line_of"]
