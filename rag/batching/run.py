"""The running of a batch: what was answered is passed over, what fails is recorded, the rest goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

from rag.answer import Answer
from rag.assistant import Assistant
from rag.batching.questions import BatchQuestion, digest
from rag.errors import RagError
from rag.library import Library
from rag.llm_request import NotAskedError
from rag.many import as_completed, asker
from rag.version import VERSION

# Settings that decide what an answer says; a change of one asks anew, a change of another (a timeout) does not.
_DECIDE: Final = (
    "pool", "lexical_weight", "k", "max_claims", "strictness", "claim_format", "temperature", "max_tokens",
    "context_window", "evidence_tokens", "evidence_papers", "reasoning_model",
)  # fmt: skip


@dataclass
class Tally:
    """What has come of a batch so far: numbers of questions, those answered by an earlier run in ``resumed``."""

    resumed: int = 0
    answered: int = 0
    abstained: int = 0
    failed: int = 0
    fallbacks: int = 0
    stopped: str | None = None
    """Why the rest was not asked (a budget is spent)."""

    @property
    def done(self) -> int:
        """Questions that are through."""
        return self.resumed + self.answered + self.failed

    @property
    def exit_code(self) -> int:
        """1 where a question failed or the rest was not asked, 3 where every answer abstains, else 0."""
        if self.failed or self.stopped:
            return 1
        return 3 if self.done and self.abstained == self.done else 0

    def line(self) -> str:
        """One line for people."""
        parts = [f"{self.answered} answered"]
        parts += [f"{self.resumed} answered before"] if self.resumed else []
        parts += [f"{self.abstained} of them abstained", f"{self.failed} failed"]
        parts += [f"{self.fallbacks} not written by the model"] if self.fallbacks else []
        return ", ".join(parts)


class Batch:
    """Answers questions of a batch with one assistant."""

    def __init__(self, assistant: Assistant, *, workers: int = 4) -> None:
        self._assistant, self._workers = assistant, workers
        client = assistant.model()
        self._writes = client is not None
        settings = {name: getattr(assistant.settings, name) for name in _DECIDE}
        self._fixed = {
            "version": VERSION,
            "model": None if client is None else client.name,
            "judge": assistant.judge.name,
            "settings": settings,
        }
        self._revision = ("", -1)

    def key(self, asked: BatchQuestion) -> str:
        """16 hexadecimal digits over what decides an answer: question, filters, papers, model, settings, version."""
        library = self._assistant.library
        if self._revision[1] != library.generation:
            self._revision = library_revision(library), library.generation
        question = {"question": " ".join(asked.question.split()), **asked.filters}
        return digest({**self._fixed, "library": self._revision[0], "asked": question})[:16]

    def run(
        self,
        questions: Iterable[BatchQuestion],
        write: Callable[[dict[str, Any]], None],
        *,
        before: Mapping[tuple[str, str], Mapping[str, Any]] | None = None,
        limit: int | None = None,
        progress: Callable[[Tally], None] | None = None,
    ) -> Tally:
        """Answer each question, in the order in which answers are done.

        Args:
            questions: taken a few ahead of the answers.
            write: given one record an answer: id, line, question, key, and ``answer`` or ``error``.
            before: answers of an earlier run by (id, key), which are not asked again unless they were not written by
                the model and one is here now.
            limit: most questions asked in this run.
            progress: called after every question.
        """
        tally = Tally()
        step = progress or (lambda _: None)
        todo = self._todo(questions, before or {}, limit, tally, step)
        with closing(as_completed(self._ask, todo, self._workers)) as outcomes:  # type: ignore[type-var]
            for (asked, key), outcome in outcomes:
                if isinstance(outcome, NotAskedError) and outcome.final:
                    tally.stopped = str(outcome)  # what is under way is still taken in: it is paid for
                    continue
                record: dict[str, Any] = {"id": asked.id, "line": asked.line, "question": asked.question, "key": key}
                if isinstance(outcome, Answer):
                    tally.answered += 1
                    tally.abstained += outcome.abstained
                    tally.fallbacks += self._writes and outcome.fallback_from is not None
                    write({**record, "answer": outcome.model_dump(mode="json")})
                else:
                    tally.failed += 1
                    write({**record, "error": described(outcome)})
                step(tally)
        return tally

    def _todo(
        self,
        questions: Iterable[BatchQuestion],
        before: Mapping[tuple[str, str], Mapping[str, Any]],
        limit: int | None,
        tally: Tally,
        step: Callable[[Tally], None],
    ) -> Iterator[tuple[BatchQuestion, str]]:
        """What is to be asked, with its key."""
        given = 0
        for asked in questions:
            if tally.stopped:
                return
            key = self.key(asked)
            known = before.get((asked.id, key))
            if known is not None and not (self._writes and known["fallback"] is not None):
                tally.resumed += 1
                tally.abstained += bool(known["abstained"])
                step(tally)
                continue
            if limit is not None and given >= limit:
                return
            given += 1
            yield asked, key

    def _ask(self, given: tuple[BatchQuestion, str], stopped: threading.Event) -> Answer:
        asked = given[0]
        if asked.error is not None:
            raise asked.error
        return asker(self._assistant.stream, **asked.filters)(asked.question, stopped)


def library_revision(library: Library) -> str:
    """16 hexadecimal digits over the papers' ids and revisions and the embedder: equal for copies of a library."""
    papers = sorted((p.id, p.revision) for p in library.papers())
    return digest([library.embedder.name, library.passage_tokens, papers])[:16]


def described(error: Exception) -> dict[str, str]:
    """An error as type, message and remedy; one that is none of ours is a defect and said to be."""
    if isinstance(error, RagError):
        return error.as_dict()
    message = f"internal error: {' '.join(str(error).split())}"
    return {"type": type(error).__name__, "message": message, "remedy": "Ask it alone with RAG_DEBUG=1 and report it"}


__all__ = ["Batch", "Tally", "described", "library_revision"]
