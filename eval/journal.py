"""What keeps a run while it is under way: an append-only file beside the record, so that a killed run is not lost.

``FILE.journal`` holds one JSON document per line: first the head of the run (its record without items), then each item
as it is scored. A line that a kill cut short is passed over. Once the record itself is written, the journal goes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, TypeVar

from pydantic import BaseModel, ValidationError

from eval.records import SCHEMA_VERSION, Item, NotRun, Run, differing, read_run, write_json
from rag.errors import InputError

_REMEDY: Final = "Delete it, or write to another file with --out"

Say = Callable[[str], None]
RecordT = TypeVar("RecordT", bound=BaseModel)


def journal_path(out: Path) -> Path:
    """Where the journal of a record lies."""
    return out.with_name(f"{out.name}.journal")


class Journal:
    """Records a run (:class:`eval.runner.Recorder`); a context manager.

    Args:
        out: the file of the finished record; the journal lies beside it.
        resume: keep the items of an earlier run of the same library, system and cases; else start anew.
        say: told in one line what is kept, and why not more.

    Raises:
        InputError: there is an unfinished run and ``resume`` was not asked for, or a file cannot be read or written.
    """

    def __init__(self, out: Path, *, resume: bool = False, say: Say | None = None) -> None:
        self.out, self.path = out, journal_path(out)
        self._resume, self._say = resume, say or (lambda _: None)
        self._file: BinaryIO | None = None
        if self.path.exists() and not resume:
            raise InputError(
                f"{self.path} holds an unfinished run",
                f"Go on with it: --resume. Or start anew: delete {self.path.name}",
            )
        if not out.parent.is_dir():
            raise InputError(f"there is no folder {out.parent}", "Make it, or name another file with --out")

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()

    def begin(self, head: Run) -> Mapping[str, Item]:
        """Open the journal for this run; returns earlier items, by case id, where they are of the same run."""
        kept = self._kept(head) if self._resume else {}
        try:
            # Written anew, so that what cannot be kept is gone and a line that was cut short is not written on.
            partial = self.path.with_name(f"{self.path.name}.partial")
            partial.write_bytes(b"".join(map(_line, (head, *kept.values()))))
            partial.replace(self.path)
            self._file = self.path.open("ab")
        except OSError as error:
            raise InputError(f"{self.path} cannot be written: {error.strerror}", _REMEDY) from None
        return kept

    def add(self, item: Item) -> None:
        """Append one item; it is on the disk when this returns.

        Raises:
            InputError: the disk is full, or the file is gone. What was recorded before is kept.
        """
        assert self._file is not None, "begin() opens the journal"
        try:
            self._file.write(_line(item))
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise InputError(f"{self.path} cannot be written: {error.strerror}", "Make room, then --resume") from None

    def finish(self, run: Run) -> None:
        """Write the record, then drop the journal.

        Raises:
            InputError: the record cannot be written; the journal stays.
        """
        write_json(run, self.out)
        self.path.unlink(missing_ok=True)

    def _kept(self, head: Run) -> dict[str, Item]:
        earlier = [read_run(self.out)] if self.out.exists() else []
        if self.path.exists():
            earlier.append(read_journal(self.path))
        if not earlier:
            self._say("nothing to resume: no earlier run is there")
        kept: dict[str, Item] = {}
        wanted = {n.case_id for n in head.not_run}
        for run in earlier:
            lines = differing(run.system, head.system)
            if run.library.digest != head.library.digest:
                lines.append("the library holds other papers or texts")
            if lines:
                self._say(f"{len(run.items)} earlier items are not kept: {'; '.join(lines)}")
                continue
            kept.update({i.case_id: i for i in run.items if i.case_id in wanted})
        if kept:
            failed = sum(i.failure is not None for i in kept.values())
            self._say(f"{len(kept)} of {len(wanted)} cases are kept from the earlier run ({failed} of them failed)")
        return kept


def read_journal(path: Path) -> Run:
    """The run so far; cases that it did not reach are listed as not run.

    Raises:
        InputError: no such file, or not a journal of this schema.
    """
    from eval.runner import finished

    try:
        first, *rest = path.read_bytes().split(b"\n")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", _REMEDY) from None
    head = _read(Run, first)
    if head is None or head.schema_version != SCHEMA_VERSION:
        raise InputError(f"{path} is not the journal of a run of schema {SCHEMA_VERSION}", _REMEDY)
    items = {i.case_id: i for line in rest if (i := _read(Item, line)) is not None}
    results: list[Item | NotRun] = [items.get(n.case_id, n) for n in head.not_run]
    return finished(head, results)


def read_any(path: Path) -> Run:
    """The record of a run, or of a killed one what its journal holds.

    Raises:
        InputError: neither is there, or it cannot be read.
    """
    if path.suffix == ".journal":
        return read_journal(path)
    beside = journal_path(path)
    # Where both are there, the journal belongs to a later run that was not finished; the record stands for itself.
    return read_journal(beside) if beside.exists() and not path.exists() else read_run(path)


def _line(record: BaseModel) -> bytes:
    return record.model_dump_json().encode("utf-8") + b"\n"


def _read(kind: type[RecordT], line: bytes) -> RecordT | None:
    try:
        return kind.model_validate_json(line)
    except ValidationError:
        return None
