"""Turns with an assistant."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

from rag.answer import Answer, Event
from rag.asking import checked_filters, checked_question, last_answer
from rag.conversations.leaning import LibraryKnows
from rag.conversations.rewrite import Understood, understand
from rag.errors import ModelError

if TYPE_CHECKING:
    from rag.assistant import Assistant

# Begins the notice after which a follow-up is understood by rule.
NOT_CONDENSED = "the follow-up was understood without the model"


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
        most = filters.pop("max_claims", None) or self._assistant.settings.max_claims
        chosen = checked_filters(filters)
        understood, notices = self._understood(asked)
        events = self._assistant._stream(
            asked, understood.question if understood.question != asked else None, "answer", most, chosen, understood
        )
        return self._keep(understood.question, chain(notices, events))

    def _understood(self, question: str) -> tuple[Understood, list[Event]]:
        """The question on its own, and what is to be told: rewritten by the model where there is one, else by rule."""
        assistant = self._assistant
        assistant.library.refresh()
        by_rule = understand(question, self._turns, LibraryKnows(assistant.library, assistant._retriever))
        # A question that leans on nothing costs no call.
        model = assistant.model() if self._turns and by_rule != Understood(question) else None
        if model is None:
            return by_rule, []
        from rag.conversations.condense import condense

        try:
            return condense(model, question, self._turns, by_rule), []
        except ModelError as error:
            return by_rule, [Event(kind="notice", payload=f"{NOT_CONDENSED}: {error.message}")]

    def _keep(self, rewritten: str, events: Iterator[Event]) -> Iterator[Event]:
        for event in events:
            if event.kind == "answer":
                self._turns.append((rewritten, event.payload))
            yield event

    def ask(self, question: str, **filters: Any) -> Answer:
        """As :meth:`Assistant.ask`, with the earlier turns in mind."""
        return last_answer(self.stream(question, **filters))
