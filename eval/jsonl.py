"""Records out of JSON lines; every fault is named with its file and line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from rag.errors import InputError

RecordT = TypeVar("RecordT", bound=BaseModel)

REMEDY: Final = "Correct the line; the fields are described in eval/data/README.md"


def read_lines(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """``file:line`` and the object of every line that is not empty.

    Raises:
        InputError: not UTF-8, not JSON, or not an object.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is not UTF-8 (byte {error.start})", "Save it as UTF-8") from None
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        where = f"{file}:{number}"
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise InputError(f"{where}: not JSON: {error.msg} at column {error.colno}", REMEDY) from None
        if not isinstance(record, dict):
            raise InputError(f"{where}: not a JSON object", REMEDY)
        yield where, record


def read_records(file: Path, kind: type[RecordT], remedy: str = REMEDY) -> Iterator[tuple[str, RecordT]]:
    """``file:line`` and the record of every line that is not empty.

    Raises:
        InputError: a line is no such record.
    """
    for where, found in read_lines(file):
        yield where, to_record(found, kind, where, remedy)


def to_record(found: dict[str, Any], kind: type[RecordT], where: str, remedy: str = REMEDY) -> RecordT:
    """One record.

    Raises:
        InputError: it is none; says ``where`` and the first fault.
    """
    try:
        return kind.model_validate(found)
    except ValidationError as error:
        raise InputError(f"{where}: {first_fault(error)}", remedy) from None


def first_fault(error: ValidationError) -> str:
    """The field that is wrong first, and why; a fault of the whole record has no field."""
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    return f"{field}: {first['msg']}" if field else first["msg"].removeprefix("Value error, ")
