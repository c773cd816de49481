"""Semantic Scholar's papers: a search, a bulk search, a batch, citations or one paper of its Graph API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from rag.corpus.dates import parse_date
from rag.corpus.identity import normalise_arxiv_id
from rag.corpus.jsontext import iter_objects, looks_like_json
from rag.corpus.names import name_of
from rag.corpus.reader import Reader
from rag.corpus.record import RawRecord
from rag.paper import Rejection

_MARKS: Final = ('"paperId"', '"externalIds"', '"citationCount"', '"publicationVenue"', '"openAccessPdf"', '"corpusId"')
_NESTED: Final = ("citingPaper", "citedPaper", "paper")


def sniff(head: str, path: Path) -> int:
    """Sure of JSON with a paper's id and one more of the names that only Semantic Scholar uses."""
    if not looks_like_json(head) or '"paperId"' not in head:
        return 0
    return 91 if sum(mark in head for mark in _MARKS) >= 2 else 85


def read(text: str, file: str) -> Iterator[RawRecord | Rejection]:
    """One record per paper; a broken one costs itself alone."""
    for item in iter_objects(text):
        if item.error is not None:
            yield Rejection(file=file, line=item.line, reason=item.error)
            continue
        value = next((v for name in _NESTED if isinstance(v := item.value.get(name), Mapping)), item.value)
        title, abstract = value.get("title"), value.get("abstract")
        wrong = next(
            (n for n, v in (("title", title), ("abstract", abstract)) if v is not None and not isinstance(v, str)), None
        )
        if wrong is not None:
            yield Rejection(file=file, line=item.line, reason=f"{wrong} is not text; write it as one string")
        elif "error" in value and title is None:
            reason = f"the service answered with an error ({str(value['error'])[:100]}); correct the request"
            yield Rejection(file=file, line=item.line, reason=reason)
        else:
            yield _record(value, file, item.line)


def _record(paper: Mapping[str, object], file: str, line: int) -> RawRecord:
    ids = paper.get("externalIds")
    ids = {str(k).casefold(): v for k, v in ids.items()} if isinstance(ids, Mapping) else {}
    authors = paper.get("authors")
    people = [a for a in authors if isinstance(a, Mapping | str)] if isinstance(authors, list) else []
    affiliations = [
        name
        for person in people
        if isinstance(person, Mapping) and isinstance(given := person.get("affiliations"), list)
        for name in given
        if isinstance(name, str) and name.strip()
    ]
    written = next((str(v) for name in ("publicationDate", "year") if (v := paper.get(name))), "")
    published = parse_date(written)
    remarks = (f"the date {written[:40]!r} is not understood and was left out",) if written and not published else ()
    return RawRecord(
        title=_text(paper.get("title")),
        abstract=_text(paper.get("abstract")),
        file=file,
        line=line,
        authors=tuple(name for name in map(name_of, people) if name),
        organisation="; ".join(list(dict.fromkeys(affiliations))[:5]) or None,
        published=published,
        venue=_name(paper.get("publicationVenue")) or _text(paper.get("venue")) or _name(paper.get("journal")) or None,
        url=_text(paper.get("url")) or None,
        doi=_text(ids.get("doi")) or None,
        arxiv_id=normalise_arxiv_id(_text(ids.get("arxiv"))),
        remarks=remarks,
    )


def _name(value: object) -> str:
    return _text(value.get("name")) if isinstance(value, Mapping) else ""


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


READER: Final = Reader("semantic-scholar", "Semantic Scholar papers (JSON)", (".json", ".jsonl"), sniff, read)
