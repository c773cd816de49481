"""The JSON objects of a text: one per line, an array of them, pretty-printed or not, mended over at broken places."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from rag.corpus.record import line_at

_BETWEEN: Final = re.compile(r"[\s,\[\]\x1e\ufeff]*")
_WRAPPERS: Final = ("papers", "records", "entries", "results", "items", "data")
_DECODER: Final = json.JSONDecoder()


class JsonItem(NamedTuple):
    """An object and the line where it begins; or, where ``error`` says why, something that is none."""

    line: int
    value: Mapping[str, object]
    error: str | None = None


def iter_objects(text: str) -> Iterator[JsonItem]:
    """Every object at the top level or in an array there; after a broken one, on with the next line that opens one."""
    position = line = counted = 0
    line = 1
    while True:
        between = _BETWEEN.match(text, position)
        position = between.end() if between else position
        if position >= len(text):
            return
        line += line_at(text[counted:position], position - counted) - 1
        counted = position
        try:
            value, position = _DECODER.raw_decode(text, position)
        except RecursionError:
            yield JsonItem(line, {}, "the JSON is nested too deeply; correct this object, the others were read")
            position = _next_start(text, position)
            continue
        except ValueError as error:
            yield JsonItem(line, {}, _reason(error))
            position = _next_start(text, position)
            continue
        if isinstance(value, dict):
            yield from _unwrap(line, value)
        else:
            yield JsonItem(line, {}, "this is no JSON object; write one object with a title and an abstract per line")


def looks_like_json(head: str) -> bool:
    """Whether a text begins with an object, or an array of objects."""
    return re.match(r'[\s\ufeff]*(?:\[\s*)?\{\s*["}]', head) is not None


def _reason(error: ValueError) -> str:
    if not isinstance(error, json.JSONDecodeError):
        return "the JSON holds a number that is too long; correct this object, the others were read"
    return f"the JSON is broken ({error.msg[:1].lower()}{error.msg[1:]}); correct this object, the others were read"


def _next_start(text: str, broken: int) -> int:
    """Where to go on after the object that begins at ``broken``: a line that opens an object no deeper than it."""
    line_start = max(text.rfind("\n", 0, broken), text.rfind("\r", 0, broken)) + 1
    indent = broken - line_start if not text[line_start:broken].strip() else 0
    following = re.compile(rf"[\r\n][ \t]{{0,{indent}}}(?=\{{)").search(text, broken)
    return following.end() if following else len(text)


def _unwrap(line: int, value: dict[str, object]) -> Iterator[JsonItem]:
    """The object itself, or the objects of its list where it only wraps one: ``{"papers": [...]}``."""
    if "title" not in value:
        for name in _WRAPPERS:
            inner = value.get(name)
            if isinstance(inner, list) and inner and all(isinstance(item, dict) for item in inner):
                yield from (JsonItem(line, item) for item in inner)
                return
    yield JsonItem(line, value)
