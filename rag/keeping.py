"""The verbs of an assistant that look after the papers of its library."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from rag.aio import asynchronous
from rag.errors import InputError
from rag.library import Library, Progress, make_embedder
from rag.paper import IngestReport, Paper
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.fetch import FetchReport
    from rag.fetch.run import OnItem

_QUERY_LIMIT = 50


class Keeper:
    """Takes papers in, fetches, lists and removes them, and indexes them anew."""

    def __init__(self, library: Library, settings: Settings) -> None:
        self.library = library
        self.settings = settings

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the library's files."""
        self.library.close()

    def ingest(
        self, sources: Iterable[str | Path], *, format: str | None = None, progress: Progress | None = None
    ) -> IngestReport:
        """Read files into the library; idempotent; nothing is lost silently.

        Raises:
            InputError: the library is the bundled notes, or no source is given.
            UnknownFormatError: ``format`` names no reader.
            LibraryLockedError: another process is writing.
        """
        from rag.corpus import read_sources

        if self.library.location.kind == "notes":
            raise InputError(
                "the bundled notes take no other papers", "Open a library of your own: Assistant.open('FOLDER')"
            )
        paths = [sources] if isinstance(sources, str | Path) else list(sources)
        if not paths:
            raise InputError("there is nothing to ingest", "Name at least one file")
        read = read_sources(
            paths,
            format=format,
            max_abstract_chars=self.settings.max_abstract_chars,
            progress=None if progress is None else lambda done, total, _: progress("read", done, total),
        )
        report = self.library.write(read.papers, progress) if read.papers else IngestReport()
        return report.model_copy(
            update={
                "duplicates": read.duplicates + report.duplicates,
                "rejected": read.rejected,
                "notices": read.notices,
            }
        )

    def fetch(
        self,
        *,
        query: str | None = None,
        ids: Iterable[str] = (),
        titles: Iterable[str] = (),
        notes: bool = False,
        limit: int | None = None,
        refresh: bool = False,
        on_item: OnItem | None = None,
    ) -> FetchReport:
        """Ask arXiv, over the network: for a query, for ids, for titles, or else for what the library's papers lack.

        ``notes`` puts the bundled notes among them first; ``refresh`` passes over the cache. What the library's papers
        say stays; each field that is filled in is marked in ``Paper.provenance``.

        Raises:
            InputError: the settings are offline, the library is the bundled notes, or an id is none.
            LibraryLockedError: another process is writing.
        """
        from rag.fetch import ArxivClient, Fetching, bundled_notes

        if self.library.location.kind == "notes":
            raise InputError("the bundled notes take no papers", "Open a library of your own: Assistant.open('FOLDER')")
        wanted_ids, wanted_titles = list(ids), list(titles)
        self.library.refresh()
        with ArxivClient(self.settings, refresh=refresh) as client:
            run = Fetching(self.library, client, on_item=on_item, seeds=bundled_notes() if notes else ())
            if query is not None:
                return run.query(query, limit or _QUERY_LIMIT)
            if wanted_ids:
                return run.ids(wanted_ids[:limit])
            if wanted_titles:
                return run.titles(wanted_titles[:limit])
            return run.missing(limit)

    afetch = asynchronous(fetch)

    def papers(self) -> list[Paper]:
        """Every paper of the library, in order of title."""
        self.library.refresh()
        return self.library.papers()

    def remove(self, paper_ids: Iterable[str]) -> int:
        """Remove papers by id; returns how many there were."""
        if self.library.location.kind == "notes":
            raise InputError("the bundled notes cannot be changed", "Open a library of your own")
        return self.library.remove([paper_ids] if isinstance(paper_ids, str) else paper_ids)

    def reindex(self, *, embedder: Any = None, progress: Progress | None = None) -> int:
        """Rebuild the indexes from the stored papers, with the settings' passage size; returns how many papers."""
        chosen = self.library.embedder if embedder is None else make_embedder(embedder, self.settings)
        return self.library.reindex(chosen, self.settings.passage_tokens, progress)
