"""One reader's conversation with the library, and the boundary where failures become words."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol, TypeVar

from rag.answer import Answer, Event
from rag.checking import CheckReport
from rag.conversations.evidence import Outdated
from rag.conversations.store import Listed
from rag.errors import RagError
from rag.paper import Hit, Paper
from ui.turn import Problem, Turn

T = TypeVar("T")
_LOG = logging.getLogger(__name__)
_INTERNAL = Problem("InternalError", "internal error", "Ask again; if it stays, the server's log has the details")


class Conversing(Protocol):
    """What the page needs of a conversation."""

    @property
    def id(self) -> str:
        """Its name, under which it is kept."""
        ...

    @property
    def notices(self) -> tuple[str, ...]:
        """What is to be told on reopening."""
        ...

    @property
    def turns(self) -> tuple[tuple[str, Answer], ...]:
        """The finished turns: (standalone question, answer)."""
        ...

    @property
    def read(self) -> tuple[tuple[Hit, ...], ...]:
        """What was read for each turn: the best passage of each paper, best first."""
        ...

    def outdated(self) -> list[tuple[int, Outdated]]:
        """(place of the turn from 1, source) of evidence that no longer stands in the library."""
        ...

    def answered_by(self, assistant: Any) -> None:
        """Let another assistant answer from now on."""
        ...

    def stream(self, question: str, **filters: Any) -> Iterator[Event]:
        """Events of one answer, the earlier turns in mind."""
        ...


class Answering(Protocol):
    """What the page needs of an assistant."""

    @property
    def library(self) -> Any:
        """The library, with ``describe()``."""
        ...

    def papers(self) -> list[Paper]:
        """Every paper of the library."""
        ...

    def model(self) -> Any:
        """The language model's client, with ``name`` and ``host``, or None."""
        ...

    def stream(self, question: str) -> Iterator[Event]:
        """Events of one answer."""
        ...

    def remove(self, paper_ids: Iterable[str]) -> int:
        """Remove papers; how many there were."""
        ...

    def retrieve(self, question: str, k: int) -> list[Hit]:
        """The k best passages, best first."""
        ...

    def stream_summary(self, topic: str, *, limit: int, **filters: Any) -> Iterator[Event]:
        """Events of a summary."""
        ...

    def stream_table(self, topic: str, columns: str, *, limit: int, **filters: Any) -> Iterator[Event]:
        """Events of a table."""
        ...

    def summarize(self, topic: str, *, limit: int) -> Answer:
        """One whole summary."""
        ...

    def ask(self, question: str) -> Answer:
        """One whole answer."""
        ...

    def configured(self, *, llm: Any = None, judge: Any = None, **values: Any) -> Answering:
        """Another assistant over the same library, with settings changed."""
        ...

    def conversation(self, id: str | None = None, *, user: str | None = None) -> Conversing:
        """A conversation that remembers its turns; one with an id is kept, or reopened."""
        ...

    def conversations(self, *, user: str | None = None) -> list[Listed]:
        """The kept conversations of a user, the latest first."""
        ...

    def delete_conversation(self, id: str, *, user: str | None = None) -> bool:
        """Delete a kept conversation."""
        ...

    def check(self, text: str, **filters: Any) -> CheckReport:
        """What the library says of each sentence of a text."""
        ...


def outcome(ask: Callable[[], Iterator[T]]) -> Iterator[T | Problem]:
    """The events of an answer (or whatever is asked for), and in the place of an exception what the reader is told.

    This is the one boundary of the app. An expected failure is told with its remedy; of any other the reader learns
    only that it happened, and the log everything.
    """
    try:
        yield from ask()
    except RagError as error:
        yield Problem(type(error).__name__, error.message, error.remedy)
    except Exception:  # noqa: BLE001 - the boundary
        _LOG.exception("a question could not be answered")
        yield _INTERNAL


class Session:
    """The turns of one browser tab. Each tab has its own; nothing is shared between them."""

    def __init__(self, open_conversation: Callable[[], Conversing], *, can_judge: bool = False, user: str = "") -> None:
        self._open = open_conversation
        self.user = user
        """Whose conversations these are; "" = nobody's in particular."""
        self._can_judge = can_judge
        self._conversation: Conversing | None = None
        self._count = 0
        self.turns: list[Turn] = []

    @property
    def id(self) -> str:
        """The name of the conversation; "" before the first question."""
        return "" if self._conversation is None else self._conversation.id

    def reopen(self, conversation: Conversing) -> None:
        """Show the turns of a conversation that was kept, and go on with it. Their evidence is that of their day."""
        self.clear()
        self._conversation = conversation
        for (_, answer), hits in zip(conversation.turns, conversation.read, strict=True):
            self._count += 1
            turn = Turn(f"a{self._count}", answer.question, can_judge=self._can_judge)
            turn.take(Event(kind="hits", payload=hits))
            turn.take(Event(kind="answer", payload=answer))
            self.turns.append(turn)
        told = {str(o): place for place, o in conversation.outdated()}
        for notice in conversation.notices:
            if self.turns:
                self.turns[told.get(notice, len(self.turns)) - 1].notices.append(notice)

    def ask(
        self, question: str, answering: Callable[[], Any] | None = None, filters: Callable[[], Mapping[str, Any]] = dict
    ) -> Iterator[Turn]:
        """Answer a question: its turn once at the start, and again after each event, until it is over.

        Args:
            answering: gives the assistant that answers; None = the one that answered last.
            filters: gives the filters, as of the assistant's verbs.
        """
        self._count += 1
        turn = Turn(f"a{self._count}", question, can_judge=self._can_judge)
        self.turns.append(turn)
        yield turn
        for got in outcome(lambda: self._stream(question, answering, filters)):
            if turn.stopped:  # Stop cannot interrupt a step under way; its result is not shown any more
                return
            if isinstance(got, Problem):
                turn.problem = got
            else:
                turn.take(got)
            yield turn

    def _stream(
        self, question: str, answering: Callable[[], Any] | None, filters: Callable[[], Mapping[str, Any]]
    ) -> Iterator[Event]:
        if self._conversation is None:
            self._conversation = self._open()
        if answering is not None:
            self._conversation.answered_by(answering())
        yield from self._conversation.stream(question, **filters())

    def stop(self) -> Turn | None:
        """Stop the answer under way; returns the last turn."""
        last = self.turns[-1] if self.turns else None
        if last is not None and not last.over:
            last.stopped = True
        return last

    def turn(self, turn_id: str) -> Turn | None:
        """A turn by its id; None for one that this tab never had."""
        return next((t for t in self.turns if t.id == turn_id), None)

    def again(self, question: str) -> None:
        """Make room for a question that is asked again: an attempt without an answer gives way to the next."""
        self.stop()
        if self.turns and self.turns[-1].answer is None and self.turns[-1].question == question:
            self.turns.pop()

    def clear(self) -> None:
        """Forget all turns; the next question begins a new conversation."""
        self.stop()
        self.turns.clear()
        # Numbering goes on, so that no anchor is ever used twice on one page.
        self._conversation = None
