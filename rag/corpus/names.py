"""Authors' names out of the forms that files give them in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_BETWEEN: Final = re.compile(r"\s*;\s*|,?\s+and\s+|\s+&\s+")
_SUFFIX: Final = re.compile(r"(?:jr|sr|ii|iii|iv|ph\.?d|m\.?d)\.?", re.IGNORECASE)


def split_names(text: str) -> tuple[str, ...]:
    """Names, first name first, from one string: ``A. Doe and B. Roe``, ``Doe, Ann; Roe, Bob``, ``Ann Doe, Bob Roe``."""
    names: list[str] = []
    for part in _BETWEEN.split(" ".join(text.split())):
        names.extend(_split_at_commas(part))
    return tuple(name for name in names if name)


def _split_at_commas(text: str) -> list[str]:
    """Commas stand between persons or inside one name (``Doe, Ann``); single words on both sides mean the latter."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) == 3 and _SUFFIX.fullmatch(parts[1]):
        return [f"{parts[2]} {parts[0]} {parts[1]}"]
    if len(parts) == 2 and _SUFFIX.fullmatch(parts[1]):
        return [" ".join(parts)]
    if len(parts) == 2 and (" " not in parts[0] or _is_initials(parts[1])):
        return [f"{parts[1]} {parts[0]}"]
    if len(parts) % 2 == 0 and all(_is_initials(part) for part in parts[1::2]):
        return [f"{given} {family}" for family, given in zip(parts[::2], parts[1::2], strict=True)]
    return parts


def _is_initials(text: str) -> bool:
    return all(len(word.rstrip(".")) == 1 for word in re.split(r"[\s.-]+", text.rstrip(".")) if word)


def name_of(value: object) -> str:
    """One author out of a list: a string, an object with a name, or a list of last name, first name and suffix."""
    if isinstance(value, str):
        parts = _split_at_commas(value)
        return parts[0] if len(parts) == 1 else " ".join(value.split())
    if isinstance(value, Mapping):
        whole = value.get("name") or value.get("full_name") or value.get("author")
        if isinstance(whole, str):
            return " ".join(whole.split())
        given = value.get("given") or value.get("first") or value.get("firstname") or value.get("first_name")
        family = value.get("family") or value.get("last") or value.get("lastname") or value.get("last_name")
        return " ".join(part for part in (given, family) if isinstance(part, str)).strip()
    if isinstance(value, list):
        last, first, *rest = [part.strip() for part in [*value, "", ""] if isinstance(part, str)]
        return " ".join(part for part in (first, last, *rest) if part)
    return ""
