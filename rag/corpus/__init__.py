"""From files to papers: one reader per format, identity, and duplicates.

``read_sources`` reads any number of files and loses nothing silently: every record becomes a paper, is merged into one
(``duplicates``) or is named in ``rejected``. ``Shelf`` and ``merge_into`` do so over a library's ingests, and
``link_near_duplicates`` links one work under two titles over its whole content.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from rag.corpus.duplicates import link_near_duplicates, near_duplicates
from rag.corpus.formats import FORMATS, format_names, reader_named
from rag.corpus.identity import normalise_arxiv_id, normalise_doi, paper_id, revision, title_key
from rag.corpus.merge import merge_into, merge_records
from rag.corpus.places import Place, expand
from rag.corpus.reader import Reader
from rag.corpus.record import DEFAULT_MAX_ABSTRACT_CHARS, MAX_TITLE_CHARS, RawRecord, clean_record
from rag.corpus.shelf import Shelf
from rag.corpus.similarity import words
from rag.corpus.sniff import format_suffix, load_stdin, load_text, sniff
from rag.errors import UnknownFormatError
from rag.paper import Paper, Rejection

__all__ = [
    "DEFAULT_MAX_ABSTRACT_CHARS",
    "FORMATS",
    "Corpus",
    "RawRecord",
    "Reader",
    "Shelf",
    "format_names",
    "link_near_duplicates",
    "merge_into",
    "merge_records",
    "near_duplicates",
    "normalise_arxiv_id",
    "normalise_doi",
    "paper_id",
    "read_sources",
    "read_text",
    "reader_named",
    "revision",
    "sniff",
    "title_key",
]

Progress = Callable[[int, int, str], None]


@dataclass(slots=True)
class Corpus:
    """What some files hold.

    ``duplicates`` pairs the place of each merged record (``file:line``) with the id of the paper it went into, so the
    records that were read number ``len(papers) + len(duplicates)``. ``notices`` are lines about what was changed.
    """

    papers: list[Paper] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    duplicates: list[tuple[str, str]] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


def read_sources(
    paths: Iterable[str | os.PathLike[str]],
    *,
    format: str | None = None,
    progress: Progress | None = None,
    max_abstract_chars: int = DEFAULT_MAX_ABSTRACT_CHARS,
) -> Corpus:
    """The papers of these files, in the order of their first records; a folder stands for all files below it in order
    of their names, ``-`` for standard input, and a file packed with gzip for what is in it.

    ``format`` names the reader for all files instead of sniffing (UnknownFormatError where there is none of this name);
    ``progress`` is called after each file with the number of files read, of all files, and the file's name. Whatever is
    wrong with a file or a record is one rejection and costs nothing else; a file of another kind in a
    folder is a notice.
    """
    reader = None if format is None else reader_named(format)
    corpus = Corpus()
    places = expand([paths] if isinstance(paths, str | os.PathLike) else paths)
    corpus.rejected.extend(places.rejected)
    corpus.notices.extend(places.notices)
    records: list[RawRecord] = []
    for done, place in enumerate(places.files, 1):
        records.extend(_read_place(place, reader, corpus, max_abstract_chars))
        if progress is not None:
            progress(done, len(places.files), place.name)
    merged = merge_records(records)
    corpus.papers = merged.papers
    corpus.duplicates = merged.duplicates
    corpus.notices.extend(merged.notices)
    return corpus


def _read_place(place: Place, reader: Reader | None, corpus: Corpus, max_abstract_chars: int) -> Iterator[RawRecord]:
    """The clean records of one file; what cannot be taken goes into the corpus's report."""

    def refuse(rejection: Rejection) -> None:
        if place.found:
            corpus.notices.append(f"{rejection.file}: skipped, {rejection.reason}")
        else:
            corpus.rejected.append(rejection)

    text = load_stdin(place.name) if place.is_stdin else load_text(place.path)
    if isinstance(text, Rejection):
        refuse(text)
        return
    try:
        reader = reader or sniff(text, format_suffix(place.path))
    except UnknownFormatError as error:
        refuse(Rejection(file=place.name, line=None, reason=str(error)))
        return
    yield from read_text(text, place.name, reader, corpus, max_abstract_chars)


def read_text(text: str, file: str, reader: Reader, corpus: Corpus, max_abstract_chars: int) -> Iterator[RawRecord]:
    """The clean records of a text, ``file`` being what reports call it; the rest goes into the corpus's report."""
    dropped = found = 0
    for item in reader.read(text, file):
        found += 1
        if isinstance(item, Rejection):
            corpus.rejected.append(item)
            continue
        record, count = clean_record(item)
        dropped += count
        corpus.notices.extend(f"{record.where}: {remark}" for remark in record.remarks)
        reason = _unfit(record, max_abstract_chars)
        if reason is None:
            yield record
        else:
            corpus.rejected.append(Rejection(file=file, line=record.line, reason=reason))
    if not found:
        reason = f"there are no papers in it, read as {reader.description}; name another format with --format"
        corpus.rejected.append(Rejection(file=file, line=None, reason=reason))
    if dropped:
        corpus.notices.append(f"{file}: {dropped} unprintable character{'s' * (dropped != 1)} dropped")


def _unfit(record: RawRecord, max_abstract_chars: int) -> str | None:
    """Why a clean record cannot be a paper, or None."""
    if not record.title:
        return "no title; a paper needs one"
    if len(record.title) > MAX_TITLE_CHARS:
        return f"the title has {len(record.title):,} characters (at most {MAX_TITLE_CHARS:,}); is it the abstract?"
    if not words(record.abstract):
        return f"no abstract under {record.title[:60]!r}; add it, or leave the record out"
    if len(record.abstract) > max_abstract_chars:
        size = f"{len(record.abstract):,} characters (at most {max_abstract_chars:,})"
        return f"the abstract of {record.title[:60]!r} has {size}; give the abstract, not the whole paper"
    return None
