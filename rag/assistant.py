"""The assistant: composes the rooms and delegates; decides nothing itself."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.aio import asynchronous, asynchronous_stream
from rag.answer import Answer, Event
from rag.asking import Asking, checked_filters, checked_question, last_answer, read_bib, summary_asking
from rag.conversation import Conversation
from rag.conversations.store import ConversationStore, Listed, open_store
from rag.errors import InputError
from rag.grounding import Judge
from rag.grounding.choose import make_judge
from rag.keeping import Keeper
from rag.library import Library, Progress, open_library
from rag.many import Answers, asker
from rag.paper import Hit
from rag.pipeline import NOT_WRITTEN, Pipeline
from rag.retrieval import Filters, Found, Retriever
from rag.settings import Settings
from rag.writing import Writing

if TYPE_CHECKING:
    from llama_index.core.base.base_query_engine import BaseQueryEngine
    from llama_index.core.base.base_retriever import BaseRetriever

    from rag.checking import CheckReport
    from rag.digesting import DigestReport
    from rag.llm import ModelClient
    from rag.retrieval.analysis import Analyser

# The columns of a table where none are named.
DEFAULT_COLUMNS = "method, result, hardware, baseline"


class Assistant(Keeper):
    """Questions, summaries and papers over one library. Make one with :meth:`open`; use it as a context manager."""

    def __init__(
        self, library: Library, *, llm: Any, judge: Any, settings: Settings, analyser: Analyser | None = None
    ) -> None:
        super().__init__(library, settings)
        self._writing = Writing(llm, settings)
        if judge is not None:
            self.judge = make_judge(judge, settings, self.model)
        self._retriever = Retriever(library, settings, analyser)
        self._pipeline = Pipeline(library, self._retriever, settings, lambda: self.judge, self._writing.writer)

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

    def configured(self, *, llm: Any = None, judge: Any = None, **values: Any) -> Assistant:
        """Another assistant over the same open library, with settings changed; closing either closes the library.

        Args:
            llm, judge: as for :meth:`open`; None = as here.
            values: settings by name.

        Raises:
            SettingsError: a name is no setting, or a value is out of range.
        """
        settings = self.settings.with_values(**values)
        made = self.__dict__.get("judge") if judge is None else judge  # one that is not made yet is made there
        chosen = self._writing.llm if llm is None else llm
        # What has been analysed once need not be analysed again.
        return Assistant(self.library, llm=chosen, judge=made, settings=settings, analyser=self._retriever.analyser)

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
        return self.answer_events(
            Asking(checked_question(question), "answer", most, checked_filters(filters), everything)
        )

    def ask(self, question: str, **filters: Any) -> Answer:
        """Answer a question; see :meth:`stream`."""
        return last_answer(self.stream(question, **filters))

    aask = asynchronous(ask)
    astream = asynchronous_stream(stream)

    def ask_many(self, questions: Iterable[str], *, workers: int = 4, **filters: Any) -> Answers:
        """Answers in the order of the questions, computed by several threads; ``filters`` as for :meth:`ask`.

        Questions are taken as answers are read, so their source may be endless. One that fails raises at its place, and
        the answers after it are still there: see :class:`rag.many.Answers`.
        """
        return Answers(asker(self.stream, **filters), questions, workers)

    def summarize(self, topic: str | None, *, limit: int = 20, **filters: Any) -> Answer:
        """A summary of what the library says on a topic, of at most ``limit`` papers, by themes, every sentence cited.

        Without a topic (None) it is of all papers that the filters leave, or of a spread of them.
        """
        return last_answer(self.stream_summary(topic, limit=limit, **filters))

    def stream_summary(self, topic: str | None, *, limit: int = 20, **filters: Any) -> Iterator[Event]:
        """As :meth:`summarize`, step by step."""
        return self.answer_events(summary_asking(topic, limit, filters))

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
        model, why = self._writing.writer()
        return maker.stream(asked, wanted, limit, checked, model=model, fallback=why)

    atable = asynchronous(table)

    def digest(
        self,
        sources: Iterable[str | Path],
        *,
        format: str | None = None,
        dry_run: bool = False,
        progress: Progress | None = None,
    ) -> DigestReport:
        """What is new on some pages, and how it stands to the library; then takes them in, unless ``dry_run``.

        Raises:
            InputError, UnknownFormatError, LibraryLockedError: see :meth:`rag.digesting.run.Digester.digest`.
        """
        from rag.digesting.run import Digester

        self.library.refresh()
        digester = Digester(self.library, self._retriever.analyser, self.judge, self.settings)
        model, why = self._writing.writer()
        return digester.digest(sources, format=format, dry_run=dry_run, model=model, fallback=why, progress=progress)

    adigest = asynchronous(digest)

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

    def conversation(self, id: str | None = None, *, user: str | None = None) -> Conversation:
        """A conversation that remembers its turns. One with an id is kept, and reopened where it is kept already.

        Args:
            id: up to 64 letters, digits, ``-`` and ``_``; None = a new one, kept from its first ``save()`` on.
            user: whose it is; None = the account that this runs under.

        Raises:
            InputError: the id cannot name a file.
            ConversationError: what is kept of it cannot be read.
        """
        kept = id is not None and self.settings.conversations_dir != "off"
        return Conversation(self, id or uuid.uuid4().hex, self.conversation_store(user) if kept else None)

    def conversations(self, *, user: str | None = None) -> list[Listed]:
        """The kept conversations of a user, the latest first."""
        return self.conversation_store(user).list()

    def delete_conversation(self, id: str, *, user: str | None = None) -> bool:
        """Delete a kept conversation; whether there was one."""
        return self.conversation_store(user).delete(id)

    def conversation_store(self, user: str | None = None) -> ConversationStore:
        """Where a user's conversations are kept; ConversationError where the settings keep none."""
        return open_store(self.settings, user)

    def model(self) -> ModelClient | None:
        """The client of the language model, built on first use, or None where answers are extractive.

        Raises:
            InputError, SettingsError, ModelNotFoundError: see :func:`rag.llm.resolve_llm`.
        """
        return self._writing.model()

    # -- for LlamaIndex

    def as_retriever(self, k: int = 10) -> BaseRetriever:
        """This library as a LlamaIndex retriever."""
        from rag.llamaindex.retriever import GroundworkRetriever

        return GroundworkRetriever(self, k=k)

    def as_query_engine(self, *, streaming: bool = False, list_sources: bool = False) -> BaseQueryEngine:
        """This assistant as a LlamaIndex query engine; see :class:`rag.llamaindex.GroundworkQueryEngine`."""
        from rag.llamaindex.query_engine import GroundworkQueryEngine

        return GroundworkQueryEngine(self, streaming=streaming, list_sources=list_sources)

    # -- the one way of the data

    def answer_events(self, asking: Asking) -> Iterator[Event]:
        """The events of one question, which a conversation may have understood from its earlier turns."""
        return self._pipeline.stream(asking)


__all__ = ["NOT_WRITTEN", "Assistant", "Conversation"]
