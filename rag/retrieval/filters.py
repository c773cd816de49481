"""Filters on papers: years, organisation, chosen papers. Undated papers are kept, and counted aloud."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rag.errors import InputError, UnknownPaperError
from rag.paper import Paper


class Filters(NamedTuple):
    """What to keep. ``since`` and ``until`` are years, inclusive; ``papers`` are ids; None filters nothing."""

    since: int | None = None
    until: int | None = None
    organisation: str | None = None
    papers: Sequence[str] | None = None
    dated_only: bool = False

    @property
    def active(self) -> bool:
        """Whether anything is filtered at all."""
        return self != Filters()


class Selection(NamedTuple):
    """The papers that pass, by id (None: all of them), and how many of them carry no date though dates were asked."""

    ids: frozenset[str] | None
    undated: int


def select(papers: Iterable[Paper], filters: Filters) -> Selection:
    """Apply the filters.

    Raises:
        InputError: the years exclude everything.
        UnknownPaperError: a chosen paper is not in the library.
    """
    if not filters.active:
        return Selection(None, 0)
    if filters.since is not None and filters.until is not None and filters.since > filters.until:
        raise InputError(f"no year is from {filters.since} until {filters.until}", "Swap --since and --until")
    by_id = {p.id: p for p in papers}
    if filters.papers is not None:
        unknown = [p for p in filters.papers if p not in by_id]
        if unknown:
            raise UnknownPaperError(f"the library holds no paper {unknown[0]!r}")
        by_id = {p: by_id[p] for p in filters.papers}
    kept = [p for p in by_id.values() if _passes(p, filters)]
    dated = filters.since is not None or filters.until is not None
    return Selection(frozenset(p.id for p in kept), sum(p.year is None for p in kept) if dated else 0)


def _passes(paper: Paper, filters: Filters) -> bool:
    if filters.organisation:
        wanted = filters.organisation.casefold()
        if not paper.organisation or wanted not in paper.organisation.casefold():
            return False
    if filters.since is None and filters.until is None:
        return not (filters.dated_only and paper.year is None)
    if paper.year is None:
        return not filters.dated_only
    return (filters.since or paper.year) <= paper.year <= (filters.until or paper.year)
