"""Turns with an assistant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rag.answer import Answer, Event
from rag.answering.conversation import condense, leans_on_context, standalone
from rag.asking import checked_filters, checked_question, last_answer
from rag.errors import ModelError

if TYPE_CHECKING:
    from rag.assistant import Assistant


class Conversation:
    """Turns with an assistant; follow-ups are made standalone from them."""

    def __init__(self, assistant: Assistant, id: str) -> None:
        self.id = id
        self._assistant = assistant
        self._turns: list[tuple[str, Answer]] = []

    @property
    def turns(self) -> tuple[tuple[str, Answer], ...]:
        """The finished turns: (standalone question, answer)."""
        return tuple(self._turns)

    def stream(self, question: str, **filters: Any) -> Iterator[Event]:
        """As :meth:`Assistant.stream`; the turn is kept once its answer has come."""
        asked = checked_question(question)
        rewritten = self._standalone(asked)
        most = filters.pop("max_claims", None) or self._assistant.settings.max_claims
        events = self._assistant._stream(
            asked, rewritten if rewritten != asked else None, "answer", most, checked_filters(filters)
        )
        return self._keep(rewritten, events)

    def _standalone(self, question: str) -> str:
        """The question on its own: rewritten by the model where there is one, else by naming what it leans on."""
        model = self._assistant.model() if self._turns and leans_on_context(question) else None
        if model is not None:
            try:
                return condense(model, question, self._turns)
            except ModelError:
                pass  # the same failure will be met, and told, when the answer is written
        return standalone(question, self._turns)

    def _keep(self, rewritten: str, events: Iterator[Event]) -> Iterator[Event]:
        for event in events:
            if event.kind == "answer":
                self._turns.append((rewritten, event.payload))
            yield event

    def ask(self, question: str, **filters: Any) -> Answer:
        """As :meth:`Assistant.ask`, with the earlier turns in mind."""
        return last_answer(self.stream(question, **filters))
