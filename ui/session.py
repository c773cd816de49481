"""One reader's conversation with the library, and the boundary where failures become words."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any, Protocol, TypeVar

from rag.answer import Event
from rag.checking import CheckReport
from rag.errors import RagError
from rag.paper import Paper
from ui.turn import Problem, Turn

T = TypeVar("T")
_LOG = logging.getLogger(__name__)
_INTERNAL = Problem("InternalError", "internal error", "Ask again; if it stays, the server's log has the details")


class Conversing(Protocol):
    """What the page needs of a conversation."""

    def stream(self, question: str) -> Iterator[Event]:
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

    def conversation(self) -> Conversing:
        """A conversation that remembers its turns."""
        ...

    def check(self, text: str) -> CheckReport:
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

    def __init__(self, open_conversation: Callable[[], Conversing]) -> None:
        self._open = open_conversation
        self._conversation: Conversing | None = None
        self._count = 0
        self.turns: list[Turn] = []

    def ask(self, question: str) -> Iterator[Turn]:
        """Answer a question: its turn once at the start, and again after each event, until it is over."""
        self._count += 1
        turn = Turn(f"a{self._count}", question)
        self.turns.append(turn)
        yield turn
        for got in outcome(lambda: self._stream(question)):
            if turn.stopped:  # Stop cannot interrupt a step under way; its result is not shown any more
                return
            if isinstance(got, Problem):
                turn.problem = got
            else:
                turn.take(got)
            yield turn

    def _stream(self, question: str) -> Iterator[Event]:
        if self._conversation is None:
            self._conversation = self._open()
        yield from self._conversation.stream(question)

    def stop(self) -> Turn | None:
        """Stop the answer under way; returns the last turn."""
        last = self.turns[-1] if self.turns else None
        if last is not None and not last.over:
            last.stopped = True
        return last

    def clear(self) -> None:
        """Forget all turns; the next question begins a new conversation."""
        self.stop()
        self.turns.clear()
        # Numbering goes on, so that no anchor is ever used twice on one page.
        self._conversation = None
