"""The assistant: composes the rooms and delegates; decides nothing itself."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rag.aio import asynchronous, asynchronous_stream
from rag.answer import Answer, Event
from rag.answering.compose import Composing, Draft
from rag.answering.extractive import ExtractiveComposer
from rag.answering.question import read_question
from rag.answering.shelf import Shelves
from rag.asking import Asking, checked_filters, checked_question, last_answer, read_bib
from rag.conversation import Conversation
from rag.errors import InputError, ModelError
from rag.grounding import Judge
from rag.grounding.choose import make_judge
from rag.library import Library, Progress, make_embedder, open_library
from rag.paper import Hit, IngestReport, Paper
from rag.retrieval import Filters, Found, Retriever
from rag.settings import Settings

if TYPE_CHECKING:
    from llama_index.core.base.base_query_engine import BaseQueryEngine
    from llama_index.core.base.base_retriever import BaseRetriever

    from rag.checking import CheckReport
    from rag.fetch import FetchReport
    from rag.fetch.run import OnItem
    from rag.llm import ModelClient

# The columns of a table where none are named.
DEFAULT_COLUMNS = "method, result, hardware, baseline"
# An answer reads this many passages; a survey has to see past the first page of hits.
_READ = 60
_QUERY_LIMIT = 50
# Begins the notice after which the papers' own sentences take the place of what a model has written so far.
NOT_WRITTEN = "no written answer, the papers' own sentences instead"


class Assistant:
    """Questions, summaries and papers over one library. Make one with :meth:`open`; use it as a context manager."""

    def __init__(self, library: Library, *, llm: Any, judge: Any, settings: Settings) -> None:
        self.library = library
        self.settings = settings
        self._llm = llm
        self._client: ModelClient | None = None
        self._client_lock = threading.Lock()
        if judge is not None:
            self.judge = make_judge(judge, settings, self.model)
        self._retriever = Retriever(library, settings)
        self._shelves = Shelves(self._retriever.analyser)

    @cached_property
    def judge(self) -> Judge:
        """What judges claims. The setting's is made when first needed: listing papers loads no weights."""
        return make_judge(None, self.settings, self.model)

    @classmethod
    def open(
        cls,
        library: str | Path | None = None,
        *,
        llm: Any = "auto",
        embedder: Any = None,
        judge: Any = None,
        settings: Settings | None = None,
        for_writing: bool = False,
        progress: Progress | None = None,
    ) -> Assistant:
        """Open an assistant.

        Args:
            library: folder (created if absent) or ``chroma+http://host:port/name``; None = the setting, else the
                default folder, else the bundled notes.
            llm: "off", a model name, or any LlamaIndex LLM; "auto" = the setting, by default a model where a key or a
                base URL is set.
            embedder: name or any LlamaIndex ``BaseEmbedding``; None = what the library was built with.
            judge: "offline", "llm", "onnx:FOLDER", or anything with ``judge(claim, evidence) -> Verdict``; None = the
                setting, by default the offline judge.
            settings: None = from the environment.
            for_writing: never fall back to the bundled notes.
            progress: called with (stage, done, total) while the bundled notes are indexed for the first time.

        Raises:
            LibraryError, EmbedderError, InputError: see :func:`rag.library.open_library`.
            SettingsError, InputError: the judge that is given cannot be had, see
                :func:`rag.grounding.choose.make_judge`; that of the setting fails when it is first needed.
        """
        settings = settings or Settings.from_env()
        opened = open_library(library, settings, embedder=embedder, for_writing=for_writing, progress=progress)
        chosen = settings.llm if llm is None or llm == "auto" else llm
        return cls(opened, llm=chosen, judge=judge, settings=settings)

    def __enter__(self) -> Assistant:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the library's files."""
        self.library.close()

    # -- papers

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

    # -- finding

    def retrieve(
        self,
        question: str,
        k: int | None = None,
        *,
        since: int | None = None,
        until: int | None = None,
        organisation: str | Sequence[str] | None = None,
        papers: Sequence[str] | None = None,
        dated_only: bool = False,
        source: str | Sequence[str] | None = None,
    ) -> list[Hit]:
        """The k best passages, best first; ``retrieve(q, 5)`` is a prefix of ``retrieve(q, 10)``.

        The filters are those of :class:`rag.retrieval.Filters`.

        Raises:
            EmptyQuestionError, InputError, UnknownPaperError: as their names say.
        """
        filters = Filters(since, until, organisation, papers, dated_only, source)
        return self.find(question, k, filters).hits

    def find(self, question: str, k: int | None = None, filters: Filters = Filters()) -> Found:
        """As :meth:`retrieve`, with what the filters did (``selection.notices``)."""
        if k is not None and k < 1:
            raise InputError(f"k is {k}", "Ask for at least one passage")
        self.library.refresh()
        return self._retriever.search(checked_question(question), self.settings.k if k is None else k, filters)

    # -- answering

    def stream(self, question: str, **filters: Any) -> Iterator[Event]:
        """Answer step by step: hits, then claims as they are verified, then the whole answer, always last.

        ``filters`` are those of :meth:`retrieve`; ``max_claims`` limits the claims. With ``exhaustive`` the model reads
        every paper that the filters leave, after saying what that takes.

        Raises:
            EmptyQuestionError, InputError, UnknownPaperError: before the first event.
        """
        most = filters.pop("max_claims", None) or self.settings.max_claims
        everything = bool(filters.pop("exhaustive", False))
        return self._stream(checked_question(question), None, "answer", most, checked_filters(filters), everything)

    def ask(self, question: str, **filters: Any) -> Answer:
        """Answer a question; see :meth:`stream`."""
        return last_answer(self.stream(question, **filters))

    aask = asynchronous(ask)
    astream = asynchronous_stream(stream)

    def ask_many(self, questions: Iterable[str], *, workers: int = 4) -> Iterator[Answer]:
        """Answers in the order of the questions, computed by several threads."""
        if workers < 1:
            raise InputError(f"workers is {workers}", "Use at least one")
        with ThreadPoolExecutor(workers) as pool:
            yield from pool.map(self.ask, list(questions))

    def summarize(self, topic: str, *, limit: int = 20, **filters: Any) -> Answer:
        """A summary of what the library says on a topic, of at most ``limit`` papers, every sentence cited."""
        return last_answer(self.stream_summary(topic, limit=limit, **filters))

    def stream_summary(self, topic: str, *, limit: int = 20, **filters: Any) -> Iterator[Event]:
        """As :meth:`summarize`, step by step."""
        if limit < 1:
            raise InputError(f"limit is {limit}", "Ask for at least one paper")
        return self._stream(checked_question(topic), None, "summary", limit, checked_filters(filters))

    asummarize = asynchronous(summarize)

    def table(
        self, topic: str, columns: str | Sequence[str] = DEFAULT_COLUMNS, *, limit: int = 20, **filters: Any
    ) -> Answer:
        """The papers on a topic against columns: the answer's ``table`` holds a row a paper, each cell a checked quote.

        Raises:
            EmptyQuestionError, InputError, UnknownPaperError: as their names say; a column that cannot be read.
        """
        return last_answer(self.stream_table(topic, columns, limit=limit, **filters))

    def stream_table(
        self, topic: str, columns: str | Sequence[str] = DEFAULT_COLUMNS, *, limit: int = 20, **filters: Any
    ) -> Iterator[Event]:
        """As :meth:`table`, with its notices as they come."""
        from rag.tabling.columns import read_columns
        from rag.tabling.run import Tabulator

        if limit < 1:
            raise InputError(f"limit is {limit}", "Ask for at least one paper")
        wanted, checked = read_columns(columns), checked_filters(filters)
        asked = checked_question(topic)
        self.library.refresh()
        maker = Tabulator(self.library, self._retriever, self.judge, self.settings)
        why = self._why_not_written()
        return maker.stream(asked, wanted, limit, checked, model=self.model(), fallback=why)

    atable = asynchronous(table)

    def check(self, text: str, *, judge: Any = None, bib: str | Path | None = None, **filters: Any) -> CheckReport:
        """Check a text (Markdown, plain or LaTeX) sentence by sentence: what the library supports, contradicts, does
        not say or does not cover, and whether the right papers are cited.

        Args:
            text: what was written; offsets in the report are into it.
            judge: as for :meth:`open`; None = this assistant's.
            bib: the .bib file that the text cites from.
            filters: as for :meth:`retrieve`; papers that they leave out count as not in the library.

        Raises:
            InputError: the text holds no words, or ``bib`` cannot be read.
            ModelError: the judge is a language model, and it fails.
        """
        from rag.checking.checker import Checker

        self.library.refresh()
        chosen = self.judge if judge is None else make_judge(judge, self.settings, self.model)
        checker = Checker(self.library, self._retriever, chosen, checked_filters(filters))
        return checker.check(text, bib=None if bib is None else read_bib(bib), bib_name=str(bib))

    acheck = asynchronous(check)

    def conversation(self, id: str | None = None) -> Conversation:
        """A conversation that remembers its turns."""
        return Conversation(self, id or uuid.uuid4().hex)

    def model(self) -> ModelClient | None:
        """The client of the language model, built on first use, or None where answers are extractive.

        Raises:
            InputError, SettingsError, ModelNotFoundError: see :func:`rag.llm.resolve_llm`.
        """
        if self.settings.offline or self._llm == "off":
            return None
        if self._llm == "auto" and not (self.settings.api_key or self.settings.base_url):
            return None  # the common case, decided without importing anything heavy
        from rag.llm import resolve_llm

        with self._client_lock:
            if self._client is None:
                self._client = resolve_llm(self._llm, self.settings)
            return self._client

    def _why_not_written(self) -> str | None:
        """Why an answer that was asked to be written by a model is not; None where nobody asked for one."""
        if self._llm == "off" or (self._llm == "auto" and not (self.settings.api_key or self.settings.base_url)):
            return None
        from rag.llm import why_extractive

        return why_extractive(self._llm, self.settings)

    # -- for LlamaIndex

    def as_retriever(self, k: int = 10) -> BaseRetriever:
        """This library as a LlamaIndex retriever."""
        from rag.llamaindex.retriever import GroundworkRetriever

        return GroundworkRetriever(self, k=k)

    def as_query_engine(self) -> BaseQueryEngine:
        """This assistant as a LlamaIndex query engine."""
        from rag.llamaindex.query_engine import GroundworkQueryEngine

        return GroundworkQueryEngine(self)

    # -- the one way of the data

    def _stream(
        self,
        question: str,
        standalone_question: str | None,
        task: Literal["answer", "summary"],
        most: int,
        filters: Filters,
        exhaustive: bool = False,
    ) -> Iterator[Event]:
        # Everything that can be wrong with the arguments is found before the first event is asked for.
        self.library.refresh()
        started = time.perf_counter()
        found = self._retriever.search(standalone_question or question, _READ, filters)
        asking = Asking(question, standalone_question, task, most, filters, exhaustive)
        return self._compose(asking, found, started)

    def _compose(self, asking: Asking, found: Found, started: float) -> Iterator[Event]:
        question, standalone_question, task, most, filters, exhaustive = asking
        hits, notices = found.hits, found.selection.notices
        timings = {"retrieve_s": time.perf_counter() - started}
        for notice in notices:
            yield Event(kind="notice", payload=notice)
        yield Event(kind="hits", payload=tuple(hits[: self.settings.k]))
        asked = standalone_question or question
        fallback = self._why_not_written()
        usage: dict[str, Any] = {"calls": 0, "prompt_tokens": 0, "completion_tokens": 0, "cost": None}
        model = self.model() if hits else None
        draft: Draft | None = None
        if model is not None:
            from rag.assisted.exhaustive import all_hits
            from rag.assisted.writing import Writing, answer_client, write

            client = answer_client(model, self.settings)
            given = all_hits(hits, self._selected(found)) if exhaustive else hits
            writing = Writing(
                client,
                self.settings,
                self.judge,
                self._is_related(asked),
                lambda query: self._retriever.search(query, _READ, filters).hits,
            )
            try:
                draft = yield from write(writing, asked, given, task=task, max_claims=most, exhaustive=exhaustive)
            except ModelError as error:
                fallback = str(error)
                yield Event(kind="notice", payload=f"{NOT_WRITTEN}: {fallback}")
            usage = client.usage
        elif exhaustive:
            yield Event(kind="notice", payload="reading every paper needs a model; the best matches were read instead")
        mode: Literal["extractive", "generative"] = "generative" if draft is not None else "extractive"
        if draft is None:
            draft = yield from self._extractive(asked, found, task, most)
        timings.update(draft.timings, total_s=time.perf_counter() - started)
        yield Event(
            kind="answer",
            payload=Answer(
                question=question,
                standalone_question=standalone_question,
                mode=mode,
                fallback_from=fallback,
                abstained=draft.abstained,
                reason=draft.reason,
                claims=draft.claims,
                dropped=draft.dropped,
                sources=draft.sources,
                nearest=draft.nearest,
                usage=usage,
                models={"embedder": self.library.embedder.name, **draft.models},
                prompts=draft.prompts,
                timings=timings,
                library={**self.library.describe(), **draft.library},
            ),
        )

    def _selected(self, found: Found) -> list[Paper]:
        """The papers that the filters leave."""
        ids = found.selection.ids
        return [p for p in self.library.papers() if ids is None or p.id in ids]

    def _is_related(self, question: str) -> Callable[[Paper], bool]:
        """Tells papers that lack what the question turns on."""
        focus = read_question(question, self.library, self._retriever.analyser).focus
        return lambda paper: not focus <= self._retriever.analyser.analysis(paper).terms

    def _extractive(self, asked: str, found: Found, task: str, most: int) -> Composing:
        composer = ExtractiveComposer(self.library, self._retriever, self.judge, self._shelves)
        within = found.selection.ids
        return composer.stream(asked, found.hits, max_claims=most, survey=task == "summary", within=within)


__all__ = ["Assistant", "Conversation"]
