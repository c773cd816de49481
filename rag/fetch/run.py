"""The runs of a fetch: fill what a library lacks, or bring papers by id, by title or by a query.

Papers are written in small batches, also where the run is stopped, and every answer is in the cache first: a killed run
goes on where it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from rag.corpus import Corpus, RawRecord, Shelf, merge_records, normalise_arxiv_id, read_sources, title_key
from rag.corpus.similarity import words
from rag.errors import FetchError, InputError
from rag.fetch.arxiv import PAGE, SOURCE, ArxivClient, Found
from rag.fetch.fill import FIELDS, fill, origins_of, wants
from rag.fetch.matching import SAME_TITLE, Candidate, decide, title_score
from rag.fetch.report import FetchItem, FetchReport
from rag.library import Library
from rag.library.location import notes_file
from rag.paper import Paper

OnItem = Callable[[FetchItem, int, int], None]
"""Called with an item, the number of items so far, and how many there will be at most."""

_BATCH: Final = 10
_CANDIDATES: Final = 5
_IDS_AT_ONCE: Final = 50
# After so many papers in a row that arXiv gave no answer for, the others are not tried.
_GIVE_UP: Final = 2
# A second, wider question takes this many of the title's longest words.
_TELLING_WORDS: Final = 6
_PLAIN: Final = re.compile(r"[a-z0-9]+")


class Fetching:
    """One fetch into a library. ``seeds`` are papers to be put into it before the first that is fetched."""

    def __init__(
        self, library: Library, client: ArxivClient, *, on_item: OnItem | None = None, seeds: Sequence[Paper] = ()
    ) -> None:
        self._library = library
        self._client = client
        self._on_item = on_item
        self._seeds = list(seeds)
        self._shelf = Shelf(library.papers())
        for seed in seeds:
            self._shelf.put(seed)  # merges: a note never takes the place of an abstract that is there
        self._pending: dict[str, Paper] = {}
        self._expected = 0
        self._failures = 0
        self.report = FetchReport()

    # -- the runs

    def missing(self, limit: int | None = None) -> FetchReport:
        """Fill in what the library's papers lack, those of known id first; at most ``limit`` papers are tried."""
        wanting = sorted((p for p in self._shelf.papers.values() if wants(p)), key=lambda p: (p.title.casefold(), p.id))
        wanting = wanting[:limit]
        known = [p for p in wanting if p.arxiv_id]
        with self._run(len(wanting)):
            self._by_id([(str(p.arxiv_id), p) for p in known])
            for paper in wanting:
                if not paper.arxiv_id:
                    self._by_title(paper.title, paper)
        return self.report

    def ids(self, ids: Iterable[str]) -> FetchReport:
        """Bring the papers of these arXiv ids.

        Raises:
            InputError: one of them is no arXiv id.
        """
        wanted: dict[str, Paper | None] = {}
        for given in ids:
            normal = normalise_arxiv_id(given)
            if normal is None:
                raise InputError(f"{given[:60]!r} is no arXiv id", "Write it as 2401.01234 or math/0309136")
            wanted[normal] = None
        with self._run(len(wanted)):
            self._by_id(list(wanted.items()))
        return self.report

    def titles(self, titles: Iterable[str]) -> FetchReport:
        """Bring the papers of these titles. One that the library has under its title is filled in."""
        wanted = {title_key(t): " ".join(t.split()) for t in titles if words(t)}
        held = {title_key(p.title): p for p in self._shelf.papers.values()}
        with self._run(len(wanted)):
            for key, title in wanted.items():
                self._by_title(title, held.get(key))
        return self.report

    def query(self, query: str, limit: int) -> FetchReport:
        """Bring the first ``limit`` papers of a query in arXiv's own language."""
        start = 0
        with self._run(limit):
            while start < limit:
                page = min(PAGE, limit - start)
                found = self._asked(lambda at=start, n=page: self._client.search(query, at, n), [query])  # type: ignore[misc]
                if found is None:
                    break
                for record in found.records:
                    self._take(record, found.day, None, asked=record.title)
                self._refused(found)
                start += page
                if len(found.records) + len(found.rejected) < page:
                    break
        if not self.report.items:
            self._note(FetchItem(asked=query, outcome="not found", reason="arXiv has no paper for this query"))
        return self.report

    # -- asking

    def _by_id(self, wanted: Sequence[tuple[str, Paper | None]]) -> None:
        for at in range(0, len(wanted), _IDS_AT_ONCE):
            part = wanted[at : at + _IDS_AT_ONCE]
            asked = [paper.title if paper else arxiv_id for arxiv_id, paper in part]
            found = self._asked(lambda p=part: self._client.by_ids([i for i, _ in p]), asked)  # type: ignore[misc]
            if found is None:
                continue
            # What was not asked for is not taken, whatever else an answer holds.
            by_id = {record.arxiv_id: record for record in found.records}
            for (arxiv_id, paper), name in zip(part, asked, strict=True):
                record = by_id.get(arxiv_id)
                if record is None:
                    reason = _why_not(found) or f"arXiv gives no paper for the id {arxiv_id}"
                    self._note(FetchItem(asked=name, outcome="not found", paper_id=_id(paper), reason=reason))
                elif paper is None:
                    self._take(record, found.day, None, asked=name)
                else:
                    self._take_if_same(paper, record, found.day)

    def _by_title(self, title: str, paper: Paper | None) -> None:
        found = self._asked(lambda: self._search_title(title), [title])
        if found is None:
            return
        decision = decide(title, paper.abstract if paper else None, found.records)
        if decision.outcome == "matched" and decision.best is not None:
            self._take(decision.best.record, found.day, paper, asked=title, candidate=decision.best)
            return
        best = decision.best
        self._note(
            FetchItem(
                asked=title,
                outcome=decision.outcome,
                paper_id=_id(paper),
                score=None if best is None else round(best.title, 3),
                text_score=None if best is None or best.text is None else round(best.text, 3),
                candidates=tuple(map(_described, decision.near)),
                reason=decision.reason if found.records else _why_not(found) or decision.reason,
            )
        )

    def _search_title(self, title: str) -> Found:
        """Papers of a title: as a phrase, and where that finds none alike, by its longest words."""
        plain = _PLAIN.findall(title_key(title))
        found = self._client.search(f'ti:"{" ".join(plain)}"', 0, _CANDIDATES) if plain else Found([], [], "")
        if any(title_score(title, record.title) >= SAME_TITLE for record in found.records):
            return found
        telling = sorted({w for w in plain if len(w) > 2}, key=lambda w: (-len(w), w))[:_TELLING_WORDS]
        if len(telling) < 2:
            return found
        wider = self._client.search(" AND ".join(f"ti:{w}" for w in telling), 0, _CANDIDATES)
        known = {record.arxiv_id for record in found.records}
        records = [*found.records, *(r for r in wider.records if r.arxiv_id not in known)]
        return Found(records, [*found.rejected, *wider.rejected], wider.day)

    def _asked(self, ask: Callable[[], Found], asked: Sequence[str]) -> Found | None:
        """What arXiv answers, or None where it does not; then each that was asked for is noted."""
        if self._failures >= _GIVE_UP:
            for name in asked:
                self._note(FetchItem(asked=name, outcome="not tried", reason="arXiv did not answer before"))
            return None
        try:
            found = ask()
        except FetchError as error:
            self._failures += 1
            for name in asked:
                self._note(FetchItem(asked=name, outcome="failed", reason=error.message))
            return None
        self._failures = 0
        return found

    # -- taking

    def _take_if_same(self, paper: Paper, record: RawRecord, day: str) -> None:
        """An id may be mistyped in a file: the paper behind it has to be the one of this title or text."""
        decision = decide(paper.title, paper.abstract, [record])
        if decision.outcome == "matched" and decision.best is not None:
            self._take(record, day, paper, asked=paper.title, candidate=decision.best)
            return
        reason = f"arXiv has another paper under the id {paper.arxiv_id}; correct the id"
        shown = tuple(map(_described, decision.near)) or (f"{record.title} (arXiv:{record.arxiv_id})",)
        item = FetchItem(asked=paper.title, outcome="ambiguous", paper_id=paper.id, candidates=shown, reason=reason)
        self._note(item.model_copy(update={"score": decision.best and round(decision.best.title, 3)}))

    def _take(
        self, record: RawRecord, day: str, paper: Paper | None, *, asked: str, candidate: Candidate | None = None
    ) -> None:
        """Fill in the paper, or the one of the library that this is; else it is new."""
        record = replace(record, file=SOURCE, url=f"https://arxiv.org/abs/{record.arxiv_id}", line=None)
        [fresh] = merge_records([record]).papers
        held = self._shelf.match(fresh)
        if paper is not None and held is not None and held.id != paper.id:
            reason = f"arXiv:{record.arxiv_id} is {held.id} of the library already; remove one of the two"
            self._note(FetchItem(asked=asked, outcome="ambiguous", paper_id=paper.id, reason=reason))
            return
        held, conflicts = paper or held, tuple[str, ...]()
        if held is None:
            names = ("title", "abstract", *(name for name in FIELDS if getattr(fresh, name)))
            whole = fresh.model_copy(update={"provenance": origins_of(record, tuple(sorted(names)), day)})
            taken = names
            self.report.added.append(whole.id)
        else:
            whole, taken, conflicts = fill(held, record, day)
            if taken and held.id not in self.report.added:
                self.report.updated.append(whole.id)
        if taken:
            self._shelf.put(whole)
            self._pending[whole.id] = whole
        self._note(
            FetchItem(
                asked=asked,
                outcome="matched",
                paper_id=whole.id,
                arxiv_id=record.arxiv_id,
                score=round(candidate.title, 3) if candidate else None,
                text_score=round(candidate.text, 3) if candidate and candidate.text is not None else None,
                taken=taken,
                conflicts=conflicts,
            )
        )
        if len(self._pending) >= _BATCH:
            self._save()

    def _refused(self, found: Found) -> None:
        for rejection in found.rejected:
            self._note(FetchItem(asked=SOURCE, outcome="failed", reason=rejection.reason))

    def _note(self, item: FetchItem) -> None:
        self.report.items.append(item)
        if self._on_item is not None:
            self._on_item(item, len(self.report.items), max(self._expected, len(self.report.items)))

    @contextmanager
    def _run(self, expected: int) -> Iterator[None]:
        """Count, and write what is left also where the run is stopped."""
        self._expected = expected
        try:
            yield
            if self._seeds and not self.report.count("failed"):
                self._pending |= {p.id: p for p in self._seeds if p.id not in self._pending}
        finally:
            self._save()
            counts = {"requests": self._client.requests, "cached": self._client.cached}
            self.report = self.report.model_copy(update=counts)

    def _save(self) -> None:
        if self._pending:
            # First what the library shall hold anyway: a filled paper then takes the place of its note.
            self._library.write([*self._seeds, *self._pending.values()])
            self._seeds.clear()
            self._pending.clear()


def bundled_notes() -> list[Paper]:
    """The bundled notes as papers."""
    corpus: Corpus = read_sources([notes_file()])
    return [p.model_copy(update={"sources": ("bundled notes",)}) for p in corpus.papers]


def _id(paper: Paper | None) -> str | None:
    return None if paper is None else paper.id


def _described(candidate: Candidate) -> str:
    return f"{candidate.record.title} (arXiv:{candidate.record.arxiv_id}, {candidate.title:.2f})"


def _why_not(found: Found) -> str:
    """What was wrong with the papers of an answer, where that explains why none was taken."""
    return found.rejected[0].reason if found.rejected else ""
