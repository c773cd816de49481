"""What a model may write for one claim, brought into one shape; malformed parts become absent, never invented."""

from __future__ import annotations

import json
import re
from typing import Any, Final, NamedTuple

MAX_TEXT: Final = 2_000
"""Longest claim or reason taken, in characters."""
_MAX_CITATIONS: Final = 20
NO_SOURCE: Final = 0
"""The number given to a source that was named in a way that cannot be read; no source has it."""


class ParsedCitation(NamedTuple):
    """A source by its number in the prompt, and the words quoted from it, if any."""

    source: int
    quote: str | None


class ParsedClaim(NamedTuple):
    """One claim as the model wrote it; ``repairs`` is the number of the failed claim that it replaces."""

    text: str
    citations: tuple[ParsedCitation, ...]
    repairs: int | None = None


class CannotAnswer(NamedTuple):
    """The model says that the sources do not answer."""

    reason: str


class Malformed(NamedTuple):
    """A piece that was meant as a claim and cannot be read: why, and how it begins."""

    reason: str
    excerpt: str


Parsed = ParsedClaim | CannotAnswer | Malformed

_QUOTE_SCHEMA = {
    "type": "object",
    "properties": {"source": {"type": "integer"}, "quote": {"type": "string"}},
    "required": ["source", "quote"],
    "additionalProperties": False,
}
_CLAIM_SCHEMA = {
    "type": "object",
    "properties": {
        "text": {"type": "string"},
        "sources": {"type": "array", "items": {"type": "integer"}},
        "quotes": {"type": "array", "items": _QUOTE_SCHEMA},
    },
    "required": ["text", "sources", "quotes"],
    "additionalProperties": False,
}
REPLY_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "claims": {"type": "array", "items": _CLAIM_SCHEMA},
        "cannot_answer": {"type": ["string", "null"]},
    },
    "required": ["claims", "cannot_answer"],
    "additionalProperties": False,
}
"""The JSON schema of a whole reply, for servers that enforce one; the strict kind wants every field required."""

_UNSTORABLE = re.compile("[\ud800-\udfff\0]")
_NUMBER = r"\d{1,3}"
_LIST = rf"{_NUMBER}(?:\s*(?:[,;&]|[-–—]|and|to)\s*{_NUMBER})*"
_PREFIX = r"(?:\^|S|sources?\s+|refs?\.?\s+)?"
MARKER: Final = re.compile(rf"[\[【]\s*{_PREFIX}({_LIST})\s*[\]】]", re.I)
"""A citation in running text: [1], [1, 2], [1-3], [Source 2]; not [2020] and not [2020 study]."""
_BARE = re.compile(rf"[\[(]?\s*{_PREFIX}({_LIST})\s*[\])]?", re.I)
_RANGE = re.compile(rf"({_NUMBER})\s*(?:[-–—]|to)\s*({_NUMBER})|({_NUMBER})")


def expand(listing: str) -> list[int]:
    """Numbers of a listing in order: ``1, 3-5`` -> 1, 3, 4, 5.

    A range gives at most 20 numbers, one that falls its two ends.
    """
    found: list[int] = []
    for match in _RANGE.finditer(listing):
        if match.group(3):
            found.append(int(match.group(3)))
            continue
        low, high = int(match.group(1)), int(match.group(2))
        found += list(range(low, high + 1))[:_MAX_CITATIONS] if low <= high else [low, high]
    return list(dict.fromkeys(found))


def source_numbers(value: Any) -> list[int]:
    """Source numbers from what stands under "sources": 1, "1", "[1, 2]", "Source 1", {"source": 1}, or a list."""
    match value:
        case bool() | None:
            return []
        case int():
            return [value if 0 <= value < 1000 else NO_SOURCE]
        case float() if value.is_integer():
            return source_numbers(int(value))
        case str():
            match_ = _BARE.fullmatch(value.strip())
            return expand(match_.group(1)) if match_ else [NO_SOURCE]
        case dict():
            inner = next((value[k] for k in ("source", "id", "number", "n", "index") if k in value), None)
            return source_numbers(inner) or [NO_SOURCE]
        case list():
            return list(dict.fromkeys(n for item in value[:_MAX_CITATIONS] for n in source_numbers(item)))
        case _:
            return [NO_SOURCE]


def clean_text(text: str) -> str:
    """White space collapsed, and code points that no UTF-8 file can hold (half surrogate pairs, NUL) replaced."""
    return " ".join(_UNSTORABLE.sub("\ufffd", text).split())


def _clean_quote(text: str) -> str | None:
    # White space stays as it is: a quote must be found in its source sign for sign.
    return _UNSTORABLE.sub("\ufffd", text).strip() or None


def _quotes(value: Any, sources: list[int]) -> list[ParsedCitation]:
    """Quotes with their sources, from any of the shapes in which models write them."""
    match value:
        case str():
            return [ParsedCitation(sources[0] if len(sources) == 1 else NO_SOURCE, _clean_quote(value))]
        case dict() if any(k in value for k in ("quote", "text", "quotes")):
            inner = next(value[k] for k in ("quote", "text", "quotes") if k in value)
            named = source_numbers(value) if len(value) > 1 else sources[:1]
            texts = inner if isinstance(inner, list) else [inner]
            return [ParsedCitation(n, _clean_quote(t)) for n in named for t in texts if isinstance(t, str)]
        case dict():  # {"1": "the words"}
            return [c for key, inner in value.items() for c in _quotes(inner, source_numbers(key)) if c.quote]
        case list() if all(isinstance(v, str) for v in value):
            # Bare strings: one source has them all, or they run parallel to the sources.
            owners = sources * len(value) if len(sources) == 1 else sources
            if len(owners) != len(value):
                owners = [NO_SOURCE] * len(value)
            return [ParsedCitation(n, _clean_quote(v)) for n, v in zip(owners, value, strict=True)]
        case list():
            return [c for item in value[:_MAX_CITATIONS] for c in _quotes(item, sources)]
        case _:
            return []


def _citations(record: dict[str, Any], text: str) -> tuple[ParsedCitation, ...]:
    named = next((record[k] for k in ("sources", "source", "citations", "ids") if record.get(k) is not None), None)
    sources = source_numbers(named)
    if not sources:
        sources = list(dict.fromkeys(n for m in MARKER.finditer(text) for n in expand(m.group(1))))
    quoted = next((record[k] for k in ("quotes", "quote", "evidence", "citations") if record.get(k) is not None), None)
    found = [c for c in _quotes(quoted, sources) if c.quote is not None]
    have = {c.source for c in found}
    order = sources + [c.source for c in found if c.source not in sources]
    citations: list[ParsedCitation] = []
    for number in dict.fromkeys(order):
        citations += [c for c in found if c.source == number] if number in have else [ParsedCitation(number, None)]
    return tuple(dict.fromkeys(citations))[:_MAX_CITATIONS]


def without_markers(text: str) -> str:
    """The text without its [n] markers and the space before them."""
    bare = re.sub(rf"\s*{MARKER.pattern}", "", text, flags=re.I)
    return clean_text(re.sub(r"\s+([.,;:!?])", r"\1", bare))


_LATEX_NAMES = (
    "times|texttt|textbf|textit|textsc|text|tau|theta|tilde|nu|neq|nabla|beta|begin|bar|frac|forall|rho|rightarrow"
)
_LATEX = re.compile(rf"(\\\\)|\\(?=(?:{_LATEX_NAMES})(?![a-z]))")
_BAD_ESCAPE = re.compile(r'(\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))|\\')
_TRAILING_COMMA = re.compile(r'("(?:[^"\\]|\\.)*")|,(\s*[}\]])', re.S)


def load_object(raw: str) -> Any:
    """JSON as models write it: LaTeX copied without doubling its backslash, trailing commas, line breaks in strings.

    Raises:
        ValueError: it is still no JSON.
    """
    # First, as "\\times" would be read as a tab without complaint.
    raw = _LATEX.sub(lambda m: m.group(1) or r"\\", raw)
    try:
        return json.loads(raw, strict=False)
    except ValueError:
        raw = _BAD_ESCAPE.sub(lambda m: m.group(1) or r"\\", raw)
        return json.loads(_TRAILING_COMMA.sub(lambda m: m.group(1) or m.group(2), raw), strict=False)


def read_record(record: Any) -> Parsed | None:
    """A claim or a refusal to answer from one parsed object; None where it is neither."""
    if not isinstance(record, dict):
        return None
    reason = record.get("cannot_answer")
    text = next((record[k] for k in ("text", "claim", "sentence") if isinstance(record.get(k), str)), None)
    if text is None:
        if reason is None or reason is False:
            return None
        said = clean_text(reason)[:MAX_TEXT] if isinstance(reason, str) else ""
        return CannotAnswer(said or "the sources do not answer")
    shown = without_markers(text)
    if not shown:
        return Malformed("a claim without text", clean_text(str(record))[:80])
    if len(shown) > MAX_TEXT:
        return Malformed(f"a claim of {len(shown):,} characters", shown[:80])
    repairs = record.get("repairs")
    number = repairs if isinstance(repairs, int) and not isinstance(repairs, bool) else None
    return ParsedClaim(shown, _citations(record, text), number)
