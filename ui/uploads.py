"""Files from a browser into the library: what is allowed, how far it has come, and the report line by line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from rag.corpus import read_sources
from rag.corpus.formats import FORMATS
from rag.errors import InputError
from rag.paper import IngestReport, Paper
from ui.markup import escape, isolated

ENDINGS: Final = tuple(sorted({".gz", *(s for reader in FORMATS for s in reader.suffixes if s)}))
MOST_BYTES: Final = 50_000_000
"""Size of one file."""
MOST_FILES: Final = 20
_MOST_LINES: Final = 200
Step = Callable[[float, str], None]
"""Called with a share from 0 to 1 and what is being done."""


class Line(NamedTuple):
    """One line of a report: what became of it, and what it was."""

    what: str
    text: str


def ingest(library: Any, files: Sequence[str], max_abstract_chars: int, step: Step) -> IngestReport:
    """Read uploaded files into a library. Papers and reports name them as the reader does, without our folders.

    Raises:
        InputError: too many files, one that is too large or of another kind, or the bundled notes.
        LibraryLockedError: another process is writing.
    """
    if library.location.kind == "notes":
        raise InputError("the bundled notes take no other papers", "Serve a library of your own: rag ui --library DIR")
    paths = [checked(Path(f)) for f in files]
    if not 0 < len(paths) <= MOST_FILES:
        raise InputError(f"{len(paths)} files at once", f"Choose 1 to {MOST_FILES}")
    names = {str(p): p.name for p in paths}

    def told(text: str) -> str:
        for path, name in names.items():
            text = text.replace(path, name)
        return text

    read = read_sources(
        paths,
        max_abstract_chars=max_abstract_chars,
        progress=lambda n, of, _: step(0.5 * n / of, f"read {n} of {of} files"),
    )
    papers = [p.model_copy(update={"sources": tuple(told(s) for s in p.sources)}) for p in read.papers]
    report = IngestReport()
    if papers:
        report = library.write(papers, lambda _, n, of: step(0.5 + 0.5 * n / max(of, 1), f"indexed {n} of {of} papers"))
    return report.model_copy(
        update={
            "duplicates": read.duplicates + report.duplicates,
            "rejected": [r.model_copy(update={"file": told(r.file), "reason": told(r.reason)}) for r in read.rejected],
            "notices": [told(n) for n in read.notices],
        }
    )


def checked(path: Path) -> Path:
    """A file that may be read; InputError for another kind, or one that is too large."""
    if path.suffix.lower() not in ENDINGS:
        raise InputError(f"{path.name} is of no kind we read", f"Choose {', '.join(ENDINGS)}")
    if path.stat().st_size > MOST_BYTES:
        raise InputError(f"{path.name} is larger than {MOST_BYTES // 1_000_000} MB", "Split it, or use: rag ingest")
    return path


def lines(report: IngestReport, papers: Sequence[Paper]) -> Iterator[Line]:
    """The report, what went wrong first."""
    titles = {p.id: p.title for p in papers}

    def title(paper_id: str) -> str:
        return titles.get(paper_id, paper_id)

    yield from (Line("rejected", str(r)) for r in report.rejected)
    yield from (Line("notice", n) for n in report.notices)
    yield from (Line("added", title(i)) for i in report.added)
    yield from (Line("updated", title(i)) for i in report.updated)
    yield from (Line("duplicate", f"{title(a)}, of {title(b)}") for a, b in report.duplicates)
    yield from (Line("unchanged", title(i)) for i in report.unchanged)


def shown_report(report: IngestReport, papers: Sequence[Paper], begun: str = "") -> str:
    """The report as HTML.

    Args:
        begun: the folder of a library that began with these files, and that the page has gone over to.
    """
    rows = list(lines(report, papers))
    items = "".join(
        f'<li class="gw-line-{escape(r.what)}"><b>{escape(r.what)}</b> {isolated(r.text)}</li>'
        for r in rows[:_MOST_LINES]
    )
    more = f"<li>and {len(rows) - _MOST_LINES:,} more</li>" if len(rows) > _MOST_LINES else ""
    told = f"<p>The page now asks this library of your own, in {isolated(begun)}.</p>" if begun else ""
    # Only where there is something to ask about.
    ask = (
        '<p><button type="button" class="gw-quiet gw-go" data-tab="Chat">Ask about them</button></p>' if papers else ""
    )
    return (
        f'<section class="gw-ingest" role="status"><p class="gw-label">{escape(report.summary())}</p>{told}'
        f"<ul>{items}{more}</ul>{ask}</section>"
    )
