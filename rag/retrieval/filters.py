"""Filters on papers: years, organisations, sources, chosen papers. Undated papers are kept, and counted aloud."""

from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Final, NamedTuple

from rag.errors import InputError, UnknownPaperError
from rag.paper import Paper

# Below this likeness (0 to 1) a name is no slip of the pen.
_NEAR: Final = 0.6
_MOST_NEAR: Final = 5


class Filters(NamedTuple):
    """What to keep. ``since`` and ``until`` are years, inclusive; ``papers`` are ids; None filters nothing.

    ``organisation`` is a part of a name, whatever its case, ``source`` the name or path of a file that a paper came
    from, or a pattern of one (``*.bib``, ``2024/*``). Of several, one has to fit.
    """

    since: int | None = None
    until: int | None = None
    organisation: str | Sequence[str] | None = None
    papers: Sequence[str] | None = None
    dated_only: bool = False
    source: str | Sequence[str] | None = None

    @property
    def active(self) -> bool:
        """Whether anything is filtered at all."""
        return self != Filters()


class Selection(NamedTuple):
    """The papers that pass, by id (None: all of them), and how many of them carry no date though dates were asked.

    ``unmatched`` holds a line for each organisation or source that no paper of the library has, with near names.
    """

    ids: frozenset[str] | None
    undated: int
    unmatched: tuple[str, ...] = ()

    @property
    def notices(self) -> tuple[str, ...]:
        """What has to be said about the selection, in lines."""
        if not self.undated:
            return self.unmatched
        verb = "undated paper was" if self.undated == 1 else "undated papers were"
        return (*self.unmatched, f"{self.undated} {verb} kept; --dated-only leaves them out")


def select(papers: Iterable[Paper], filters: Filters) -> Selection:
    """Apply the filters.

    Raises:
        InputError: the years exclude everything, or a filter is blank.
        UnknownPaperError: a chosen paper is not in the library.
    """
    if not filters.active:
        return Selection(None, 0)
    if filters.since is not None and filters.until is not None and filters.since > filters.until:
        raise InputError(f"no year is from {filters.since} until {filters.until}", "Swap --since and --until")
    everything = list(papers)
    kept = everything
    if filters.papers is not None:
        by_id = {p.id: p for p in everything}
        unknown = [p for p in filters.papers if p not in by_id]
        if unknown:
            raise UnknownPaperError(f"the library holds no paper {unknown[0]!r}")
        kept = [by_id[p] for p in dict.fromkeys(filters.papers)]
    unmatched: list[str] = []
    for what, wanted, fits, names in (
        ("organisation", filters.organisation, _of_organisation, _organisations),
        ("source", filters.source, _from_source, _sources),
    ):
        asked = _several(what, wanted)
        if asked is None:
            continue
        kept = [p for p in kept if any(fits(p, one) for one in asked)]
        unmatched += [
            _nobody(what, one, names(everything)) for one in asked if not any(fits(p, one) for p in everything)
        ]
    kept = [p for p in kept if _in_time(p, filters)]
    dated = filters.since is not None or filters.until is not None
    undated = sum(p.year is None for p in kept) if dated else 0
    return Selection(frozenset(p.id for p in kept), undated, tuple(unmatched))


def _several(what: str, wanted: str | Sequence[str] | None) -> list[str] | None:
    if wanted is None:
        return None
    asked = [wanted] if isinstance(wanted, str) else list(wanted)
    if any(not one.strip() for one in asked):
        raise InputError(f"the {what} to filter by is blank", f"Name one, or leave --{what} out")
    return asked


def _of_organisation(paper: Paper, wanted: str) -> bool:
    return paper.organisation is not None and _folded(wanted) in _folded(paper.organisation)


def _from_source(paper: Paper, wanted: str) -> bool:
    return any(source_matches(source, wanted) for source in paper.sources)


def source_matches(source: str, wanted: str) -> bool:
    """Whether a file is meant by its path, its name, the end of its path, or a pattern of one of these."""
    pattern = wanted.strip().replace("\\", "/").removeprefix("./").casefold()
    path = PurePath(source).as_posix().casefold()
    parts = path.split("/")
    ends = ("/".join(parts[start:]) for start in range(len(parts)))
    return path == pattern or any(end == pattern or fnmatch.fnmatchcase(end, pattern) for end in ends)


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _in_time(paper: Paper, filters: Filters) -> bool:
    if paper.year is None:
        return not filters.dated_only
    return (filters.since or paper.year) <= paper.year <= (filters.until or paper.year)


def _organisations(papers: Iterable[Paper]) -> set[str]:
    return {p.organisation for p in papers if p.organisation}


def _sources(papers: Iterable[Paper]) -> set[str]:
    return {PurePath(source).name for p in papers for source in p.sources}


def _nobody(what: str, wanted: str, known: set[str]) -> str:
    """One line: nothing is of this name; near are these, else how many there are to choose from."""
    near = sorted((-likeness, name) for name in known if (likeness := _likeness(wanted, name)) >= _NEAR)
    if near:
        advice = "near: " + ", ".join(name for _, name in near[:_MOST_NEAR])
    elif known:
        advice = f"it knows {len(known)}, among them " + ", ".join(sorted(known)[:_MOST_NEAR])
    else:
        advice = f"none of its papers gives its {what}"
    return f"no paper of the library has the {what} {wanted!r}; {advice}"


def _likeness(wanted: str, name: str) -> float:
    """How alike two names are, or a name and the likest word of the other, from 0 to 1."""
    asked, whole = _folded(wanted), _folded(name)
    return max(difflib.SequenceMatcher(None, asked, part).ratio() for part in (whole, *whole.replace(",", " ").split()))
