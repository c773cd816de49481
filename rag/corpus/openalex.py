"""OpenAlex's works, from its API or its snapshot: a list, one work or one per line; the abstract is rebuilt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from rag.corpus.dates import parse_date
from rag.corpus.identity import normalise_arxiv_id
from rag.corpus.jsontext import iter_objects, looks_like_json
from rag.corpus.reader import Reader
from rag.corpus.record import RawRecord
from rag.paper import Rejection

_MARKS: Final = ('"abstract_inverted_index"', '"https://openalex.org/', '"authorships"', '"primary_location"')
# The longest abstract that any setting takes has fewer words than this.
_MOST_WORDS: Final = 200_000
_MOST_INSTITUTIONS: Final = 5


def sniff(head: str, path: Path) -> int:
    """Sure of JSON with two of the names that only OpenAlex uses."""
    return 91 if looks_like_json(head) and sum(mark in head for mark in _MARKS) >= 2 else 0


def read(text: str, file: str) -> Iterator[RawRecord | Rejection]:
    """One record per work; a broken one costs itself alone."""
    for item in iter_objects(text):
        if item.error is not None:
            yield Rejection(file=file, line=item.line, reason=item.error)
            continue
        abstract = abstract_of(item.value.get("abstract_inverted_index"))
        if abstract is None:
            reason = "abstract_inverted_index is no index of words and their places; download the work again"
            yield Rejection(file=file, line=item.line, reason=reason)
        else:
            yield _record(item.value, abstract, file, item.line)


def abstract_of(index: object) -> str | None:
    """The text of an inverted index (word to its places, from 0): "" for none, None where it is no such index."""
    if index is None:
        return ""
    if not isinstance(index, Mapping):
        return None
    words: dict[int, str] = {}
    for word, places in index.items():
        if not isinstance(places, list) or len(words) + len(places) > _MOST_WORDS:
            return None
        for place in places:
            if not isinstance(place, int) or isinstance(place, bool) or place < 0 or place in words:
                return None
            words[place] = str(word)
    return " ".join(words[place] for place in sorted(words))


def _record(work: Mapping[str, object], abstract: str, file: str, line: int) -> RawRecord:
    authorships = _mappings(work.get("authorships"))
    locations = [*_mappings([work.get("primary_location")]), *_mappings(work.get("locations"))]
    addresses = [address for place in locations if (address := _text(place.get("landing_page_url")))]
    names = [
        _text(_mapping(a.get("author")).get("display_name")) or _text(a.get("raw_author_name")) for a in authorships
    ]
    institutions = [
        name for a in authorships for i in _mappings(a.get("institutions")) if (name := _text(i.get("display_name")))
    ]
    written = _text(work.get("publication_date")) or _year(work.get("publication_year"))
    ids = _mapping(work.get("ids"))
    doi = _text(work.get("doi")) or _text(ids.get("doi"))
    record = RawRecord(
        title=_text(work.get("title")) or _text(work.get("display_name")),
        abstract=abstract,
        file=file,
        line=line,
        authors=tuple(name for name in names if name),
        organisation="; ".join(list(dict.fromkeys(institutions))[:_MOST_INSTITUTIONS]) or None,
        published=parse_date(written),
        venue=_venue(work, locations),
        url=addresses[0] if addresses else _text(work.get("id")) or None,
        doi=doi or None,
        arxiv_id=next(filter(None, map(normalise_arxiv_id, [doi, _text(ids.get("arxiv")), *addresses])), None),
    )
    if written and record.published is None:
        remark = f"the date {written[:40]!r} is not understood and was left out"
        return replace(record, remarks=(remark,))
    return record


def _venue(work: Mapping[str, object], locations: list[Mapping[str, object]]) -> str | None:
    sources = [_mapping(place.get("source")) for place in locations] + [_mapping(work.get("host_venue"))]
    return next((name for source in sources if (name := _text(source.get("display_name")))), None)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: object) -> list[Mapping[str, object]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _year(value: object) -> str:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else _text(value)


READER: Final = Reader("openalex", "OpenAlex works (JSON)", (".json", ".jsonl"), sniff, read)
