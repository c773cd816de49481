"""A paper with what it lacked filled in. What the user's files say stays; where arXiv says otherwise, that is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from rag.corpus import RawRecord, normalise_doi, revision, title_key
from rag.corpus.similarity import content_words, overlap
from rag.paper import Origin, Paper

# Two versions of one abstract share 70 % or more of their words.
_SAME_ABSTRACT: Final = 0.7
FIELDS: Final = ("authors", "n_authors", "organisation", "published", "venue", "url", "doi", "arxiv_id")


class Filled(NamedTuple):
    """The paper, the names of the fields that were taken, and a line for each that says otherwise."""

    paper: Paper
    taken: tuple[str, ...]
    conflicts: tuple[str, ...]


def wants(paper: Paper) -> tuple[str, ...]:
    """What a paper lacks that arXiv may have: its abstract, authors, date or link."""
    lacking = {
        "abstract": paper.text_kind == "note",
        "authors": not paper.authors,
        "published": paper.published is None or paper.published_inferred,
        "url": not paper.url,
    }
    return tuple(name for name, lacks in lacking.items() if lacks)


def fill(paper: Paper, record: RawRecord, day: str) -> Filled:
    """The paper with the fields of the record that it lacks, each marked with where and when it was fetched."""
    taken: dict[str, Any] = {}
    normal = {"doi": normalise_doi(record.doi), "n_authors": len(record.authors) or None}
    for name in FIELDS:
        theirs = normal.get(name, getattr(record, name))
        ours = getattr(paper, name)
        guessed = name == "published" and paper.published_inferred
        if theirs and (not ours or guessed):
            taken[name] = theirs
    if "published" in taken:
        taken["published_inferred"] = False
    if paper.text_kind == "note" and record.abstract:
        taken |= {"abstract": record.abstract, "text_kind": "abstract"}
        taken["revision"] = revision(paper.title, record.abstract, "abstract")
    names = tuple(name for name in ("abstract", *FIELDS) if name in taken)
    origins = {o.field: o for o in paper.provenance} | {o.field: o for o in origins_of(record, names, day)}
    provenance = tuple(origins[name] for name in sorted(origins))
    filled = paper.model_copy(update={**taken, "provenance": provenance})
    return Filled(filled, names, _conflicts(paper, record, names))


def origins_of(record: RawRecord, names: tuple[str, ...], day: str) -> tuple[Origin, ...]:
    """Where and when these fields were fetched."""
    return tuple(Origin(field=name, source=f"arXiv:{record.arxiv_id}", at=day) for name in names)


def _conflicts(paper: Paper, record: RawRecord, taken: tuple[str, ...]) -> tuple[str, ...]:
    told = []
    for name, differs in _DIFFER.items():
        ours, theirs = getattr(paper, name), getattr(record, name)
        if name not in taken and ours and theirs and differs(ours, theirs):
            told.append(f"{name}: kept {_short(ours)}, arXiv says {_short(theirs)}")
    if paper.n_authors and record.authors and paper.n_authors != len(record.authors):
        told.append(f"n_authors: kept {paper.n_authors}, arXiv names {len(record.authors)}")
    return tuple(told)


def _other_names(ours: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    return [title_key(n).split()[-1:] for n in ours] != [title_key(n).split()[-1:] for n in theirs]


def _other_date(ours: str, theirs: str) -> bool:
    shared = min(len(ours), len(theirs))
    return ours[:shared] != theirs[:shared]


def _other_text(ours: str, theirs: str) -> bool:
    return overlap(content_words(ours), content_words(theirs)) < _SAME_ABSTRACT


_DIFFER: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "title": lambda ours, theirs: title_key(ours) != title_key(theirs),
    "abstract": _other_text,
    "authors": _other_names,
    "published": _other_date,
    "doi": lambda ours, theirs: ours != normalise_doi(theirs),
    "arxiv_id": lambda ours, theirs: ours != theirs,
}


def _short(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
