"""Turns with an assistant."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

from rag.answer import Answer, Event
from rag.asking import Asking, checked_filters, checked_question, last_answer
from rag.conversations.evidence import Outdated, outdated
from rag.conversations.leaning import LibraryKnows
from rag.conversations.rewrite import Understood, understand
from rag.conversations.store import ConversationStore, StoredTurn, best_of_each, now, without_user
from rag.errors import ConversationError, ModelError
from rag.paper import Hit

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.llm import ModelClient

# Begins the notice after which a follow-up is understood by rule.
NOT_CONDENSED = "the follow-up was understood without the model"


class Conversation:
    """Turns with an assistant; follow-ups are made standalone from them.

    With a store the turns of its id are there again, and each new one is kept before its answer is given. A turn that
    cannot be kept is told in a notice and kept with the next one that can.
    """

    def __init__(self, assistant: Assistant, id: str, store: ConversationStore | None = None) -> None:
        self.id = id
        self._assistant = assistant
        self._turns: list[StoredTurn] = []
        self._store: ConversationStore | None = None
        self._kept = 0
        self._unkept: list[StoredTurn] = []
        self._notices: list[str] = []
        self.understood: str | None = None
        """The standalone form of the question asked last, known as soon as its stream is there."""
        if store is not None:
            self._reopen(store)

    def _reopen(self, store: ConversationStore) -> None:
        if store.exists(self.id):
            found = store.load(self.id)
            self._turns = list(found.turns)
            self._kept = len(found.turns)
            name = self._assistant.library.location.name
            if found.library != without_user(name):
                self._notices.append(f"this conversation was held over another library: {found.library}")
            self._notices += [*found.notices, *(str(o) for _, o in self.outdated())]
        self._store = store

    @property
    def notices(self) -> tuple[str, ...]:
        """What is to be told on reopening: what could not be read, and evidence that has changed or gone."""
        return tuple(self._notices)

    def outdated(self) -> list[tuple[int, Outdated]]:
        """(place of the turn from 1, source) of all evidence that no longer stands in the library as it was quoted."""
        held = {p.id: p for p in self._assistant.library.papers()}
        return [(place, o) for place, t in enumerate(self._turns, 1) for o in outdated(t.answer, held)]

    def save(self, *, user: str | None = None) -> None:
        """Keep this conversation from now on, and what has been said so far; nothing to do where it is kept already.

        Raises:
            ConversationError: it cannot be written, or the settings keep no conversations.
            InputError: its id cannot name a file.
        """
        if self._store is None:
            store = self._assistant.conversation_store(user)
            if store.exists(self.id):
                raise ConversationError(f"another conversation {self.id} is kept", "Give this one another id")
            self._store = store
            self._unkept = list(self._turns)
        self._write()

    def _write(self) -> str | None:
        """Keep the turns that are not yet kept; what to tell of turns that another process has added meanwhile."""
        if self._store is None or not self._unkept:
            return None
        added = self._store.append(
            self.id, self._unkept, self._kept, without_user(self._assistant.library.location.name)
        )
        self._kept += len(added) + len(self._unkept)
        if added:
            place = len(self._turns) - len(self._unkept)
            self._turns[place:place] = added
        self._unkept = []
        return f"another window has added {len(added)} turns to this conversation" if added else None

    def answered_by(self, assistant: Assistant) -> None:
        """Let another assistant over the same library answer from now on, one with other settings for example."""
        self._assistant = assistant

    @property
    def turns(self) -> tuple[tuple[str, Answer], ...]:
        """The finished turns: (standalone question, answer)."""
        return tuple((t.question, t.answer) for t in self._turns)

    @property
    def read(self) -> tuple[tuple[Hit, ...], ...]:
        """What was read for each turn: the best passage of each paper; nothing for turns of an earlier version."""
        return tuple(t.hits for t in self._turns)

    def stream(self, question: str, **filters: Any) -> Iterator[Event]:
        """As :meth:`Assistant.stream`; the turn is kept once its answer has come."""
        asked = checked_question(question)
        most = filters.pop("max_claims", None) or self._assistant.settings.max_claims
        everything = bool(filters.pop("exhaustive", False))
        chosen = checked_filters(filters)
        understood, notices, client = self._understood(asked)
        self.understood = understood.question
        events = self._assistant.answer_events(
            Asking(asked, "answer", most, chosen, everything, understood=understood, client=client)
        )
        return self._keep(understood.question, chain(notices, events))

    def _understood(self, question: str) -> tuple[Understood, list[Event], ModelClient | None]:
        """The question on its own, what is to be told, and the client that was asked.

        It is rewritten by the model where there is one, else by rule.
        """
        assistant = self._assistant
        assistant.library.refresh()
        by_rule = understand(question, self.turns, LibraryKnows(assistant.library, assistant._retriever))
        # A question that leans on nothing costs no call.
        model = assistant.model() if self._turns and by_rule != Understood(question) else None
        if model is None:
            return by_rule, [], None
        from rag.assisted.writing import answer_client
        from rag.conversations.condense import condense

        client = answer_client(model, assistant.settings)

        try:
            return condense(client, question, self.turns, by_rule), [], client
        except ModelError as error:
            return by_rule, [Event(kind="notice", payload=f"{NOT_CONDENSED}: {error.message}")], client

    def _keep(self, rewritten: str, events: Iterator[Event]) -> Iterator[Event]:
        hits: tuple[Hit, ...] = ()
        for event in events:
            if event.kind == "hits":
                hits = best_of_each(event.payload)
            if event.kind == "answer":
                turn = StoredTurn(at=now(), question=rewritten, answer=event.payload, hits=hits)
                self._turns.append(turn)
                told = self._keep_turn(turn)
                if told is not None:
                    yield Event(kind="notice", payload=told)
            yield event

    def _keep_turn(self, turn: StoredTurn) -> str | None:
        """Keep a turn; what to tell of it. An answer is not lost because it cannot be kept."""
        if self._store is None:
            return None
        self._unkept.append(turn)
        try:
            return self._write()
        except ConversationError as error:
            return f"this turn is not kept: {error}"

    def ask(self, question: str, **filters: Any) -> Answer:
        """As :meth:`Assistant.ask`, with the earlier turns in mind."""
        return last_answer(self.stream(question, **filters))
