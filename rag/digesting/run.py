"""A digest from pages to record: what is new, what it says, how it stands to the shelf."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rag.answer import Claim
from rag.answering.compose import Numbering, drained
from rag.answering.naming import names_subject, short_name
from rag.corpus import Corpus, Shelf, link_near_duplicates, read_sources
from rag.digesting.compare import NEAREST, Comparer, Finding
from rag.digesting.kinship import Kinship
from rag.digesting.record import KINDS, Change, DigestPaper, DigestReport, KnownPaper, Relation, Theme
from rag.digesting.themes import OTHERS, group
from rag.errors import InputError, ModelError
from rag.grounding import Judge, RawCitation, RawClaim, check_claim
from rag.library import Library, Progress
from rag.paper import Paper, whole_hit
from rag.retrieval.analysis import Analyser
from rag.settings import Settings
from rag.tabling.columns import read_columns
from rag.tabling.extract import extract_cell
from rag.text import Sentence, display, split_sentences

if TYPE_CHECKING:
    from rag.llm import ModelClient

_SAYS: Final = read_columns("method, result")
_WRITTEN_CLAIMS: Final = 2
_WORTH_A_LOOK: Final = 0.15


class Sorted(NamedTuple):
    """The papers of some pages set beside a shelf: ``whole`` is the library as it will stand, by id."""

    new: list[Paper]
    known: list[KnownPaper]
    whole: dict[str, Paper]


def sort_papers(read: Iterable[Paper], shelf: Sequence[Paper]) -> Sorted:
    """Which papers are new, and what the others change of those that are there; nothing is written."""
    held = Shelf(shelf)
    there = {p.id for p in shelf}
    before = {p.id: p for p in shelf}
    touched = dict.fromkeys(held.put(paper)[0].id for paper in read)
    whole = {p.id: p for p in link_near_duplicates(list(held.papers.values()))}
    new = [whole[i] for i in touched if i not in there]
    known = [
        KnownPaper(paper_id=i, title=whole[i].title, change=_change(before[i], whole[i])) for i in touched if i in there
    ]
    return Sorted(new, known, whole)


def _change(before: Paper, after: Paper) -> Change:
    if before.text_kind == "note" and after.text_kind == "abstract":
        return "abstract in place of a note"
    if before.revision != after.revision:
        return "text changed"
    ignored = {"same_work": (), "sources": ()}
    return (
        "unchanged" if before.model_copy(update=ignored) == after.model_copy(update=ignored) else "other fields changed"
    )


class Digester:
    """Makes digests against one library; holds no state of any one digest."""

    def __init__(self, library: Library, analyser: Analyser, judge: Judge, settings: Settings) -> None:
        self._library, self._analyser, self._judge, self._settings = library, analyser, judge, settings

    def digest(
        self,
        sources: Iterable[str | Path],
        *,
        format: str | None = None,
        dry_run: bool = False,
        model: ModelClient | None = None,
        fallback: str | None = None,
        progress: Progress | None = None,
    ) -> DigestReport:
        """Read pages, compare them with the library as it stands, then take the new papers in (unless ``dry_run``).

        Raises:
            InputError: no source is given, or the library is the bundled notes, which take none in.
            UnknownFormatError, LibraryLockedError: as their names say.
        """
        started = time.perf_counter()
        paths = [sources] if isinstance(sources, str | Path) else list(sources)
        if not paths:
            raise InputError("there is nothing to digest", "Name at least one page")
        if self._library.location.kind == "notes" and not dry_run:
            raise InputError(
                "the bundled notes take no other papers",
                "Add --dry-run to compare only, or name a library of your own with --library",
            )
        read = read_sources(paths, format=format, max_abstract_chars=self._settings.max_abstract_chars)
        shelf = self._library.papers()
        papers = sort_papers(read.papers, shelf)
        said = _Said(self._analyser, self._library, self._judge, self._settings, model, fallback)
        entries = self._entries(papers, shelf, said)
        themes = [(name, [entries[i] for i in members]) for name, members in self._themes(papers.new)]
        if not dry_run and read.papers:
            self._library.write(read.papers, progress)
        return self._report(paths, read, shelf, papers, _ordered(themes), said, started, dry_run=dry_run)

    def _themes(self, new: Sequence[Paper]) -> list[tuple[str, list[int]]]:
        return group(new, self._analyser, self._library.embedder)

    def _entries(self, papers: Sorted, shelf: Sequence[Paper], said: _Said) -> list[DigestPaper]:
        kinship = Kinship(shelf, self._analyser, self._library.embedder)
        comparer = Comparer(shelf, papers.new, kinship, self._analyser, self._judge)
        entries = []
        for paper, near in zip(papers.new, kinship.nearest(papers.new, NEAREST), strict=True):
            relations = tuple(
                self._relation(paper, finding, kinship, said)
                for finding in comparer.findings(paper, near, paper.same_work)
            )
            entries.append(
                DigestPaper(
                    paper_id=paper.id,
                    number=0,
                    name=short_name(paper),
                    claims=said.of(paper),
                    relations=relations,
                    nearest=near[0].score if near else 0.0,
                    nearest_id=near[0].paper.id if near and near[0].score >= _WORTH_A_LOOK else None,
                )
            )
        return entries

    def _relation(self, paper: Paper, finding: Finding, kinship: Kinship, said: _Said) -> Relation:
        pair = None
        if finding.kind == "repeats":
            pair = kinship.closest_sentences(paper, finding.paper)
        new, shelf = pair or (finding.new, finding.shelf)
        return Relation(
            kind=finding.kind,
            paper_id=finding.paper.id,
            why=finding.why,
            new=said.side(paper, new),
            shelf=said.side(finding.paper, shelf),
            shared=finding.shared,
            score=finding.score,
        )

    def _report(
        self,
        paths: Sequence[str | Path],
        read: Corpus,
        shelf: Sequence[Paper],
        papers: Sorted,
        themes: Sequence[tuple[str, list[DigestPaper]]],
        said: _Said,
        started: float,
        *,
        dry_run: bool,
    ) -> DigestReport:
        numbering = Numbering()
        numbered = tuple(
            Theme(name=name, papers=tuple(_numbered(entry, papers.whole, numbering) for entry in entries))
            for name, entries in themes
        )
        return DigestReport(
            files=tuple(str(p) for p in paths),
            shelf=len(shelf),
            records=len(read.papers) + len(read.duplicates) + len(read.rejected),
            themes=numbered,
            known=tuple(papers.known),
            repeated=len(read.duplicates),
            rejected=tuple(read.rejected),
            notices=tuple(read.notices),
            ingested=not dry_run,
            mode="generative" if said.written else "extractive",
            fallback_from=said.fallback,
            dropped=tuple(said.dropped),
            sources=numbering.sources,
            usage=said.usage,
            models={"embedder": self._library.embedder.name, "judge": self._judge.name, **said.models},
            prompts=said.prompts,
            timings={"total_s": time.perf_counter() - started},
            library=self._library.describe(),
        )


class _Said:
    """What papers say of themselves, as checked claims: written by a model where there is one, else their sentences."""

    def __init__(
        self,
        analyser: Analyser,
        library: Library,
        judge: Judge,
        settings: Settings,
        model: ModelClient | None,
        fallback: str | None,
    ) -> None:
        self._analyser, self._library, self._judge, self._settings = analyser, library, judge, settings
        self._model = None if model is None else model.fresh()
        self.fallback = fallback
        self.written = False
        self.dropped: list[Claim] = []
        self.models: dict[str, str] = {}
        self.prompts: dict[str, str] = {}

    @property
    def usage(self) -> dict[str, Any]:
        """What the model has cost, nothing where there is none."""
        if self._model is None:
            return {"calls": 0, "prompt_tokens": 0, "completion_tokens": 0, "cost": None}
        return self._model.usage

    def of(self, paper: Paper) -> tuple[Claim, ...]:
        """One or two claims: what it does, and its main figure where it gives one."""
        if self._model is not None and self.fallback is None and (claims := self._write(paper, self._model)):
            return claims
        sentences: dict[int, Sentence] = {}
        for column in _SAYS:
            found = extract_cell(column, paper, paper.title, self._analyser, self._library.embedder)
            if found is not None:
                sentences.setdefault(found.sentence.start, found.sentence)
        chosen = list(sentences.values()) or split_sentences(paper.abstract)[:1]
        return tuple(c for s in chosen if (c := self._claim(paper, s)) is not None)

    def side(self, paper: Paper, sentence: Sentence | None) -> Claim | None:
        """A sentence of a paper as a claim; without one, the sentence that says what the paper does."""
        if sentence is None:
            found = extract_cell(_SAYS[0], paper, paper.title, self._analyser, self._library.embedder)
            sentence = found.sentence if found else None
        return None if sentence is None else self._claim(paper, sentence)

    def _claim(self, paper: Paper, sentence: Sentence) -> Claim | None:
        text, name = display(sentence.text), short_name(paper)
        if not names_subject(text, name):
            text = f"{name}: {text}"
        citation = RawCitation(1, paper, sentence.text, ("abstract", sentence.start, sentence.end))
        checked = check_claim(RawClaim(text, (citation,)), self._judge)
        if not checked.accepted:
            self.dropped.append(checked.claim)
            return None
        return checked.claim

    def _write(self, paper: Paper, model: ModelClient) -> tuple[Claim, ...]:
        from rag.answering.generative import GenerativeComposer

        composer = GenerativeComposer(model, self._settings, self._judge)
        asked = f"{short_name(paper)}: what it does, and its main result"
        steps = composer.stream(asked, [whole_hit(paper, 1.0)], max_claims=_WRITTEN_CLAIMS)
        try:
            draft = drained(steps)
        except ModelError as error:
            self.fallback = str(error)
            return ()
        self.dropped += draft.dropped
        self.models |= draft.models
        self.prompts |= draft.prompts
        self.written = self.written or bool(draft.claims)
        claims: tuple[Claim, ...] = draft.claims
        return claims


def _ordered(themes: Sequence[tuple[str, list[DigestPaper]]]) -> list[tuple[str, list[DigestPaper]]]:
    """Papers by the strength of their relations and nearness to the shelf; themes by their best three; others last."""
    inside = [(name, sorted(papers, key=_relevance, reverse=True)) for name, papers in themes]

    def weight(theme: tuple[str, list[DigestPaper]]) -> tuple[bool, float, str]:
        best = [_relevance(p)[1] + 0.2 * _relevance(p)[0] for p in theme[1][:3]]
        return theme[0] == OTHERS, -sum(best) / len(best), theme[0]

    return sorted(inside, key=weight)


def _relevance(entry: DigestPaper) -> tuple[int, float, str]:
    strength = max((len(KINDS) - KINDS.index(r.kind) for r in entry.relations), default=0)
    return strength, entry.nearest, entry.paper_id


def _numbered(entry: DigestPaper, papers: Mapping[str, Paper], numbering: Numbering) -> DigestPaper:
    """The entry with the numbers of this report on all its citations."""
    number = numbering.number(papers[entry.paper_id])

    def accept(claim: Claim | None) -> Claim | None:
        return None if claim is None else numbering.accept(claim, [papers[c.paper_id] for c in claim.citations])

    relations = []
    for r in entry.relations:
        numbering.number(papers[r.paper_id])
        relations.append(r.model_copy(update={"new": accept(r.new), "shelf": accept(r.shelf)}))
    claims = tuple(c for claim in entry.claims if (c := accept(claim)) is not None)
    if entry.nearest_id is not None and not relations:
        numbering.number(papers[entry.nearest_id])
    return entry.model_copy(update={"number": number, "claims": claims, "relations": tuple(relations)})


__all__ = ["Digester", "Sorted", "sort_papers"]
