"""What a library compares and counts when it writes and mends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag.corpus import Shelf
from rag.library.embedders import Embedder
from rag.library.manifest import parse_manifest
from rag.library.store import Row
from rag.paper import IngestReport, Paper


def dimension(embedder: Embedder) -> int:
    """Length of an embedder's vectors."""
    return int(embedder.query("dimension").shape[0])


def built_model(note: str | None, embedder: Embedder, where: str) -> str:
    """The model that the rows of a collection were embedded with, as its note tells; "" for none.

    The note is swapped together with the rows, so it is right also while the manifest is ahead of them.
    """
    told = None if note is None else parse_manifest(note, where)
    return told.model if told is not None and told.embedder == embedder.name else ""


def content(paper: Paper) -> Paper:
    """A paper without what changes although it does not: links to near duplicates, and the files it came from."""
    return paper.model_copy(update={"same_work": (), "sources": ()})


def merge(held: Iterable[Paper], new: Iterable[Paper], report: IngestReport) -> dict[str, Paper]:
    """The held papers with the new ones put among them, by id; fills the report."""
    shelf = Shelf(held)
    touched: dict[str, Paper | None] = {}
    for paper in new:
        after, before = shelf.put(paper)
        touched.setdefault(after.id, before)
    for paper_id, before in touched.items():
        if before is None:
            report.added.append(paper_id)
        elif content(shelf.papers[paper_id]) != content(before):
            report.updated.append(paper_id)
        else:
            report.unchanged.append(paper_id)
    return shelf.papers


def report_links(before: dict[str, Paper], after: dict[str, Paper], report: IngestReport) -> None:
    """Put newly found near duplicates into the report, each pair once."""
    for paper in after.values():
        old = before.get(paper.id)
        for other in paper.same_work:
            if paper.id > other and (old is None or other not in old.same_work):
                report.duplicates.append((paper.id, other))


def stale_rows(rows: Sequence[Row]) -> set[str]:
    """Rows that are not of the newest complete revision of their paper."""
    revisions: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        revisions.setdefault((row.paper_id, row.revision), []).append(row)
    newest: dict[str, tuple[int, str]] = {}
    for (paper_id, revision), found in revisions.items():
        if len({r.ordinal for r in found}) == found[0].n_passages:
            newest[paper_id] = max(newest.get(paper_id, (-1, "")), (max(r.generation for r in found), revision))
    return {r.id for r in rows if newest.get(r.paper_id, (0, ""))[1] != r.revision}
