"""The questions of a batch: a JSON object a line, or plain text a line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rag.errors import InputError

_EXAMPLE = '{"id": "q1", "question": "which methods ...?", "since": 2024}'


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    id: str | int | None = None
    question: str
    since: int | None = None
    until: int | None = None
    organisation: str | None = None
    papers: list[str] | None = None
    dated_only: bool = False
    max_claims: int | None = Field(None, ge=1)


class BatchQuestion(NamedTuple):
    """One line of a batch. ``error`` says why it cannot be asked; ``filters`` are keyword arguments of ``ask``."""

    id: str
    line: int
    question: str
    filters: dict[str, Any]
    error: InputError | None = None


def read_questions(lines: Iterable[bytes | str]) -> Iterator[BatchQuestion]:
    """The questions, one by one as the lines come; blank lines are passed over.

    A line that opens with ``{`` is a JSON object with ``question`` and, if wanted, ``id``, ``since``, ``until``,
    ``organisation``, ``papers``, ``dated_only`` and ``max_claims``; any other line is a question itself. Without an id,
    one is made from the question, so that it stays the same where lines are moved. Equal ids get a ``-2``, ``-3``.
    """
    seen: dict[str, int] = {}
    for number, raw in enumerate(lines, 1):
        try:
            text = (raw.decode("utf-8-sig" if number == 1 else "utf-8") if isinstance(raw, bytes) else raw).strip()
        except UnicodeDecodeError:
            error = InputError(f"line {number} is not UTF-8", "Save the file as UTF-8")
            yield BatchQuestion(_distinct(f"line-{number}", seen), number, "", {}, error)
            continue
        if text:
            found = _read(text, number)
            yield found._replace(id=_distinct(found.id, seen))


def _read(text: str, number: int) -> BatchQuestion:
    if not text.startswith("{"):
        return BatchQuestion(_made_id(text, {}), number, text, {})
    record: Any = None
    try:
        record = json.loads(text)
        line = _Line.model_validate(record)
        line.model_dump_json()  # half a surrogate pair passes as a str, and could not be written down
    except (ValueError, RecursionError) as error:  # pydantic's ValidationError is a ValueError
        wrong = InputError(f"line {number} is no question: {_why(error)}", f"Write it as {_EXAMPLE}")
        named = record.get("id") if isinstance(record, dict) else None
        return BatchQuestion(named if isinstance(named, str) else f"line-{number}", number, "", {}, wrong)
    filters = line.model_dump(exclude={"id", "question"}, exclude_defaults=True)
    given = None if line.id is None else str(line.id)
    return BatchQuestion(given or _made_id(line.question, filters), number, line.question, filters)


def _why(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc'])) or 'the line'}: {first['msg']}"
    if isinstance(error, json.JSONDecodeError):
        return f"broken JSON ({error})"
    return "a question with half a surrogate pair" if isinstance(error, ValueError) else "nested too deeply"


def _made_id(question: str, filters: dict[str, Any]) -> str:
    return "q" + digest({"question": " ".join(question.split()), **filters})[:12]


def _distinct(name: str, seen: dict[str, int]) -> str:
    seen[name] = seen.get(name, 0) + 1
    return name if seen[name] == 1 else _distinct(f"{name}-{seen[name]}", seen)


def digest(value: Any) -> str:
    """sha256 in hex of a value's JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=True).encode("ascii")).hexdigest()


__all__ = ["BatchQuestion", "digest", "read_questions"]
