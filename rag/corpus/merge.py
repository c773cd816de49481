"""Records of one paper become one paper, in one ingest and over the ingests of a library.

Records are one paper if they share a DOI, an arXiv id, or a title under which their abstracts do not clearly disagree.
No rule looks at the order of records inside a file: ties are settled by the values themselves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeVar

from rag.corpus.identity import is_arxiv_doi, normalise_arxiv_id, normalise_doi, paper_id, revision, title_key
from rag.corpus.record import RawRecord
from rag.corpus.similarity import content_words, disagree, overlap
from rag.paper import Origin, Paper

_T = TypeVar("_T")
# Comparing every text under one title with every other is quadratic; a title of more texts than this ("Editorial")
# joins equal texts only.
_MAX_COMPARED: Final = 200


class Merged(NamedTuple):
    """Papers in the order of their first record; pairs (place of a record, id of the paper it went into); remarks."""

    papers: list[Paper]
    duplicates: list[tuple[str, str]]
    notices: list[str]


@dataclass(frozen=True, slots=True)
class _Known:
    """A record with the rank of its file (later is higher) and its normalised identity."""

    record: RawRecord
    rank: int
    doi: str | None
    arxiv_id: str | None
    key: str

    @property
    def text_order(self) -> tuple[bool, int, int, str, str]:
        """Highest for the record whose text is kept: an abstract, of the latest file, the longest."""
        record = self.record
        return (record.text_kind == "abstract", self.rank, len(record.abstract), record.abstract, record.title)


def merge_records(records: Sequence[RawRecord]) -> Merged:
    """One paper per group of records that are the same; ``records`` in the order of the files they were read from."""
    ranks: dict[str, int] = {}
    known = [_know(record, ranks.setdefault(record.file, len(ranks))) for record in records]
    groups = _groups(known)
    shared = _contested_titles(known, groups)
    merged = Merged([], [], [])
    for members in groups:
        group = [known[index] for index in members]
        kept = max(group, key=lambda item: item.text_order)
        paper = _paper(group, kept, contested=kept.key in shared)
        merged.papers.append(paper)
        merged.duplicates.extend((item.record.where, paper.id) for item in group if item is not kept)
        merged.notices.extend(_odd_company(group, kept))
    return merged


def _know(record: RawRecord, rank: int) -> _Known:
    doi = normalise_doi(record.doi) or _doi_of_address(record.url)
    arxiv_id = normalise_arxiv_id(record.arxiv_id) or normalise_arxiv_id(doi) or normalise_arxiv_id(record.url)
    return _Known(record, rank, doi, arxiv_id, title_key(record.title))


def _doi_of_address(url: str | None) -> str | None:
    return normalise_doi(url) if url and "doi.org/" in url else None


def _groups(known: Sequence[_Known]) -> list[list[int]]:
    """Indexes of the records of each paper, groups in the order of their first record."""
    parent = list(range(len(known)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    def join(indexes: Sequence[int]) -> None:
        for other in indexes[1:]:
            low, high = sorted((root(indexes[0]), root(other)))
            parent[high] = low

    by_id: dict[str, list[int]] = defaultdict(list)
    by_title: dict[str, list[int]] = defaultdict(list)
    for index, item in enumerate(known):
        if item.doi is not None and not is_arxiv_doi(item.doi):
            by_id[f"doi:{item.doi}"].append(index)
        if item.arxiv_id is not None:
            by_id[f"arxiv:{item.arxiv_id}"].append(index)
        by_title[item.key].append(index)
    for same in by_id.values():
        join(same)
    for same in by_title.values():
        for cluster in _agreeing(known, same):
            join(cluster)
    groups: dict[int, list[int]] = defaultdict(list)
    for index in range(len(known)):
        groups[root(index)].append(index)
    return list(groups.values())


def _agreeing(known: Sequence[_Known], same_title: Sequence[int]) -> list[list[int]]:
    """The records under one title, parted where abstracts clearly disagree. A note goes to the nearest abstract."""
    abstracts: dict[str, list[int]] = defaultdict(list)
    notes: list[int] = []
    for index in same_title:
        record = known[index].record
        if record.text_kind == "note":
            notes.append(index)
        else:
            abstracts[record.abstract].append(index)
    clusters: list[tuple[list[frozenset[str]], list[int]]] = []
    compared = len(abstracts) <= _MAX_COMPARED
    for text in sorted(abstracts):
        words = content_words(text)
        near = [c for c in clusters if any(not disagree(words, other) for other in c[0])] if compared else []
        clusters = [c for c in clusters if c not in near]
        # Two clusters that one text agrees with are one: the result is the same in any order.
        clusters.append(
            ([w for c in near for w in c[0]] + [words], [index for c in near for index in c[1]] + abstracts[text])
        )
    if not clusters:
        return [notes]
    for index in notes:
        words = content_words(known[index].record.abstract)
        best = max(
            clusters,
            key=lambda c: (max(overlap(words, other) for other in c[0]), min(known[i].record.abstract for i in c[1])),
        )
        best[1].append(index)
    return [members for _, members in clusters]


def _contested_titles(known: Sequence[_Known], groups: Sequence[Sequence[int]]) -> set[str]:
    """Titles that several of these papers bear and that can therefore not be the identity of any."""
    bearers: dict[str, int] = defaultdict(int)
    for members in groups:
        for key in {known[index].key for index in members}:
            bearers[key] += 1
    return {key for key, count in bearers.items() if count > 1}


def _paper(group: Sequence[_Known], kept: _Known, *, contested: bool) -> Paper:
    doi = _best((not is_arxiv_doi(item.doi), item.rank, item.doi) for item in group if item.doi)
    arxiv_id = _best((item.rank, item.arxiv_id) for item in group if item.arxiv_id)
    record = kept.record
    identity = paper_id(record.title, doi, arxiv_id, disambiguator=record.abstract if contested else "")
    published = _best(
        (not r.published_inferred, len(r.published), item.rank, r.published)
        for item in group
        if (r := item.record).published
    )
    names = [item.record.authors for item in group if item.record.authors]
    counts = [len(authors) for authors in names] + [item.record.n_authors or 0 for item in group]
    ordered = sorted(group, key=lambda item: item.rank)
    paper = Paper(
        id=identity,
        revision=revision(record.title, record.abstract, record.text_kind),
        title=record.title,
        abstract=record.abstract,
        text_kind=record.text_kind,
        authors=_best((len(i.record.authors), i.rank, i.record.authors) for i in group if i.record.authors) or (),
        n_authors=max(counts) or None,
        organisation=_best((item.rank, item.record.organisation) for item in group if item.record.organisation),
        published=published,
        published_inferred=published is not None
        and all(item.record.published_inferred for item in group if item.record.published == published),
        venue=_best((item.rank, item.record.venue) for item in group if item.record.venue),
        url=_best((item.rank, item.record.url) for item in group if item.record.url),
        doi=doi,
        arxiv_id=arxiv_id,
        sources=tuple(dict.fromkeys(item.record.file for item in ordered)),
    )
    return paper.model_copy(update={"provenance": _provenance(paper, ordered)})


def _provenance(paper: Paper, group: Sequence[_Known]) -> tuple[Origin, ...]:
    """Where the paper's values were fetched, as far as they are still those that were fetched; the latest counts."""
    found = {
        origin.field: origin
        for item in group
        for origin in item.record.provenance
        if getattr(item.record, origin.field, None) == getattr(paper, origin.field, None)
    }
    return tuple(found[name] for name in sorted(found))


def _best(candidates: Iterable[tuple[*tuple[object, ...], _T]]) -> _T | None:
    """The value of the highest candidate, a candidate being its reasons, the weightiest first, and then the value."""
    ordered = sorted(candidates)
    return ordered[-1][-1] if ordered else None


def _odd_company(group: Sequence[_Known], kept: _Known) -> list[str]:
    """A line for each record that only a shared DOI or arXiv id joins to a text about something else."""
    words = content_words(kept.record.abstract)
    return [
        f"{item.record.where}: the same DOI or arXiv id as {kept.record.where}, but another title and text; "
        "taken as one paper; correct the id if they are two"
        for item in group
        if item.key != kept.key and disagree(words, content_words(item.record.abstract))
    ]


def merge_into(existing: Paper, new: Paper) -> Paper:
    """The paper of a library after a new ingest of it: its id stays, metadata and sources are united.

    The new text takes the place of the old one, except that a note never takes that of an abstract. Dates, authors and
    counts follow the rules of one ingest, the new file counting as the later one. ``same_work`` stays.
    """
    text = existing if new.text_kind == "note" and existing.text_kind == "abstract" else new
    known = [_know(_as_record(paper), rank) for rank, paper in enumerate((existing, new))]
    united = _paper(known, known[0] if text is existing else known[1], contested=False)
    return united.model_copy(
        update={
            "id": existing.id,
            "same_work": existing.same_work,
            "sources": tuple(dict.fromkeys(existing.sources + new.sources)),
        }
    )


def _as_record(paper: Paper) -> RawRecord:
    shared: Mapping[str, object] = paper.model_dump(exclude={"id", "revision", "sources", "same_work", "provenance"})
    return RawRecord(file=paper.id, provenance=paper.provenance, **shared)  # type: ignore[arg-type]
