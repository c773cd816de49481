"""One record out of named values, whatever the file calls them: for JSON objects and table rows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from pydantic import ValidationError

from rag.corpus.dates import parse_date
from rag.corpus.identity import normalise_arxiv_id
from rag.corpus.names import name_of, split_names
from rag.corpus.record import RawRecord
from rag.paper import Origin, Rejection, TextKind

# Our name of a field to the names that files use, the most telling first. Compared without case, blanks and signs.
ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "title": ("title", "paper_title", "article_title", "document_title"),
    "abstract": ("abstract", "abstract_note", "abstract_text", "note", "summary", "description", "text"),
    "text_kind": ("text_kind",),
    "authors": ("authors", "author", "author_names", "creators", "authors_parsed"),
    "n_authors": ("n_authors", "num_authors", "number_of_authors", "author_count"),
    "organisation": ("organisation", "organization", "affiliation", "institution"),
    "published": ("published", "publication_date", "date", "year", "publication_year", "update_date"),
    "published_inferred": ("published_inferred",),
    "venue": ("venue", "journal", "journal_ref", "booktitle", "conference", "publication_title", "source_title"),
    "url": ("url", "link", "pdf_url"),
    "doi": ("doi",),
    "provenance": ("provenance",),
    "arxiv_id": ("arxiv_id", "arxiv", "eprint", "id"),
}
_OURS: Final = {alias.replace("_", ""): ours for ours, aliases in ALIASES.items() for alias in aliases}
_KINDS: Final[Mapping[str, TextKind]] = {"abstract": "abstract", "note": "note", "": "abstract"}


def field_named(name: str) -> str | None:
    """Our name for a column or key, or None where we have no use for it."""
    return _OURS.get(re.sub(r"[\W_]+", "", name).casefold())


def read_fields(values: Mapping[str, object], file: str, line: int | None) -> RawRecord | Rejection:
    """The record that the values describe; a rejection only where one of them cannot be what its name says."""
    chosen = _choose(values)
    texts: dict[str, str] = {}
    for name in ("title", "abstract"):
        text = _text(chosen.get(name, (name, ""))[1])
        if text is None:
            return Rejection(file=file, line=line, reason=f"{name} is not text; write it as one string")
        texts[name] = text
    kind = (_text(_value(chosen, "text_kind")) or "").strip().lower()
    if kind not in _KINDS:
        return Rejection(file=file, line=line, reason=f"text_kind {kind!r} is unknown; use abstract or note")
    if not kind and _bare(chosen.get("abstract", ("", ""))[0]) == "note":
        kind = "note"
    authors, remarks = _authors(_value(chosen, "authors")), []
    written = (_text(_value(chosen, "published")) or "").strip()
    published = parse_date(written) if written else None
    if written and published is None:
        remarks.append(f"the date {written[:40]!r} is not understood and was left out; write it as 2024-03-07")
    return RawRecord(
        title=texts["title"],
        abstract=texts["abstract"],
        file=file,
        line=line,
        text_kind=_KINDS[kind],
        authors=authors,
        n_authors=_count(_value(chosen, "n_authors")),
        organisation=_text(_value(chosen, "organisation")) or None,
        published=published,
        published_inferred=published is not None and _is_true(_value(chosen, "published_inferred")),
        venue=_text(_value(chosen, "venue")) or None,
        url=_text(_value(chosen, "url")) or None,
        doi=_text(_value(chosen, "doi")) or None,
        arxiv_id=normalise_arxiv_id(_text(_value(chosen, "arxiv_id"))),
        provenance=_provenance(_value(chosen, "provenance")),
        remarks=tuple(remarks),
    )


def _choose(values: Mapping[str, object]) -> dict[str, tuple[str, object]]:
    """For each of our fields the name and value given by the most telling alias that holds something."""
    by_name = {_bare(name): (name, value) for name, value in values.items() if not _is_missing(value)}
    chosen: dict[str, tuple[str, object]] = {}
    for ours, aliases in ALIASES.items():
        for alias in aliases:
            found = by_name.get(alias.replace("_", ""))
            if found is not None and not (alias == "id" and normalise_arxiv_id(_text(found[1])) is None):
                chosen[ours] = found
                break
    return chosen


def _bare(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


def _value(chosen: Mapping[str, tuple[str, object]], name: str) -> object:
    return chosen[name][1] if name in chosen else None


def _is_missing(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip()) or value == []


def _text(value: object) -> str | None:
    """The value as text: "" for nothing, None for what is no text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and all(isinstance(part, str) for part in value):
        return " ".join(value)
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _authors(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return split_names(value)
    return tuple(name for name in map(name_of, value) if name) if isinstance(value, list) else ()


def _count(value: object) -> int | None:
    text = (_text(value) or "").strip().removesuffix(".0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


def _provenance(value: object) -> tuple[Origin, ...]:
    """What an export of ours says was fetched; anything else of that name is not ours."""
    try:
        return tuple(map(Origin.model_validate, value)) if isinstance(value, list) else ()
    except ValidationError:
        return ()


def _is_true(value: object) -> bool:
    return value is True or (isinstance(value, str) and value.strip().lower() in ("true", "yes", "1"))
