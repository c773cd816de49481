"""The JSON objects of a text: one per line, an array of them, pretty-printed or not, mended over at broken places.

A service wraps its answer in one object (``{"meta": ..., "results": [...]}``); the objects of its list are read one by
one, so that each has its own line, and those before a break are not lost with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from rag.corpus.record import line_at

_BETWEEN: Final = re.compile(r"[\s,\[\]\x1e\ufeff]*")
_WRAPPERS: Final = ("papers", "records", "entries", "results", "items", "data", "works", "recommendedPapers")
# The key of such a list. Inside a string of JSON its quotes would be escaped.
_LIST: Final = re.compile(rf'"(?:{"|".join(_WRAPPERS)})"\s*:\s*\[(?=\s*\{{)')
# A service tells of its answer before the list, in less than this.
_LIST_WITHIN: Final = 20_000
_OWN_TITLE: Final = re.compile(r'"title"\s*:')
_IN_LIST: Final = re.compile(r"[\s,]*")
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
            if (inner := _inner_list(text, position)) is not None:
                yield from _listed(text, inner, whole=False)
                return
            following = _next_start(text, position)
            yield JsonItem(line, {}, _reason(error, last=following == len(text)))
            position = following
            continue
        if isinstance(value, dict):
            inner = _inner_list(text, counted) if _wraps(value) else None
            yield from [JsonItem(line, value)] if inner is None else _listed(text, inner, whole=True)
        else:
            yield JsonItem(line, {}, "this is no JSON object; write one object with a title and an abstract per line")


def looks_like_json(head: str) -> bool:
    """Whether a text begins with an object, or an array of objects."""
    return re.match(r'[\s\ufeff]*(?:\[\s*)?\{\s*["}]', head) is not None


def _reason(error: ValueError, *, last: bool) -> str:
    rest = "nothing after it was read" if last else "the others were read"
    if not isinstance(error, json.JSONDecodeError):
        return f"the JSON holds a number that is too long; correct this object, {rest}"
    return f"the JSON is broken ({error.msg[:1].lower()}{error.msg[1:]}); correct this object, {rest}"


def _next_start(text: str, broken: int) -> int:
    """Where to go on after the object that begins at ``broken``: a line that opens an object no deeper than it."""
    line_start = max(text.rfind("\n", 0, broken), text.rfind("\r", 0, broken)) + 1
    indent = broken - line_start if not text[line_start:broken].strip() else 0
    following = re.compile(rf"[\r\n][ \t]{{0,{indent}}}(?=\{{)").search(text, broken)
    return following.end() if following else len(text)


def _wraps(value: dict[str, object]) -> bool:
    """Whether an object is no paper itself and holds a list of objects under one of the usual names."""
    return "title" not in value and any(
        isinstance(inner := value.get(name), list) and bool(inner) and isinstance(inner[0], dict) for name in _WRAPPERS
    )


def _inner_list(text: str, start: int) -> int | None:
    """Where the list begins inside the object that begins at ``start``, behind its bracket; None without one."""
    found = _LIST.search(text, start, start + _LIST_WITHIN)
    if found is None or not text.startswith("{", start) or _OWN_TITLE.search(text, start, found.start()):
        return None
    return found.end()


def _listed(text: str, position: int, *, whole: bool) -> Iterator[JsonItem]:
    """The objects of a list, from behind its bracket on; ``whole``: the text around it is known to be sound."""
    counted, line = 0, 1
    while True:
        between = _IN_LIST.match(text, position)
        position = between.end() if between else position
        line += line_at(text[counted:position], position - counted) - 1
        counted = position
        if text.startswith("]", position) or (whole and position >= len(text)):
            return
        try:
            value, position = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError):
            reason = "the JSON breaks off or is broken here; nothing after it was read; download it again"
            yield JsonItem(line, {}, reason)
            return
        if isinstance(value, dict):
            yield JsonItem(line, value)
        else:
            yield JsonItem(line, {}, "this entry is no JSON object (a service answers so for a paper it does not know)")
