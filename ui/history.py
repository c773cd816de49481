"""Conversations that survive a reload: whose they are, the list of them, and one reopened with its evidence.

A browser is known by a long random name that it keeps itself; who does not know the name cannot list, open or delete.
The turns lie where ``rag chat`` keeps its own, each with its whole answer.
"""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, NamedTuple

from rag.errors import RagError
from ui.actions import button
from ui.markup import escape, isolated
from ui.session import Answering, Session, outcome
from ui.turn import Problem

STORAGE: Final = "groundwork"
# Gradio enciphers what a browser keeps; with a key of its own for each start, nothing would survive a restart.
CIPHER: Final = "groundwork-local"
_NAME = re.compile(r"[A-Za-z0-9_-]{32,64}")
_MOST = 100


class Browser(NamedTuple):
    """What a browser keeps: its name, and the conversation that was open last ("" = none)."""

    user: str
    open: str = ""

    @property
    def kept(self) -> dict[str, str]:
        """As it is kept."""
        return {"user": self.user, "open": self.open}


def browser(kept: Any) -> Browser:
    """What a browser says of itself; a new name where it has none that we gave."""
    given = kept if isinstance(kept, dict) else {}
    user, opened = given.get("user"), given.get("open")
    if not isinstance(user, str) or not _NAME.fullmatch(user):
        return Browser(secrets.token_urlsafe(24))
    return Browser(user, opened if isinstance(opened, str) else "")


def whose(session: Session | None, kept: Any) -> Browser:
    """The browser of a session, by what it says of itself where there is no session yet.

    A reader may ask before the page has told the browser its name: the session then goes by another, and it counts.
    """
    given = browser(kept)
    return given if session is None or not session.user else given._replace(user=session.user)


class History:
    """The kept conversations of the readers of one page.

    Args:
        keeps: False = nothing is kept, and there is nothing to list.
    """

    def __init__(self, assistant: Answering, *, keeps: bool) -> None:
        self._assistant = assistant
        self.keeps = keeps

    def session(self, who: Browser, *, can_judge: bool = False) -> Session:
        """A session whose conversations are kept under a reader's name."""
        return Session(lambda: self._begun(who.user), can_judge=can_judge, user=who.user)

    def _begun(self, user: str) -> Any:
        return (
            self._assistant.conversation(uuid.uuid4().hex, user=user) if self.keeps else self._assistant.conversation()
        )

    def reopen(self, session: Session, who: Browser, id: str) -> Problem | None:
        """Show a kept conversation in a session; what went wrong otherwise."""

        def opened() -> Iterator[None]:
            known = {row.id for row in self._assistant.conversations(user=who.user)}
            if id in known:
                session.reopen(self._assistant.conversation(id, user=who.user))
            yield None

        got = next(outcome(opened)) if self.keeps and id else None
        return got if isinstance(got, Problem) else None

    def delete(self, who: Browser, id: str) -> Problem | None:
        """Delete a kept conversation; what went wrong otherwise."""

        def deleted() -> Iterator[None]:
            self._assistant.delete_conversation(id, user=who.user)
            yield None

        got = next(outcome(deleted)) if self.keeps else None
        return got if isinstance(got, Problem) else None

    def listing(self, who: Browser, current: str | None) -> str:
        """The list as HTML, the latest first."""
        if not self.keeps:
            return '<p class="gw-why">Nothing is kept on this server: a conversation ends with its tab.</p>'
        try:
            rows = self._assistant.conversations(user=who.user)[:_MOST]
        except RagError as error:
            return f'<p class="gw-notice">{isolated(error.message)}</p>'
        if not rows:
            return '<p class="gw-why">What you ask is kept on this machine, and listed here.</p>'
        return f'<ul class="gw-conversations">{"".join(_row(r, current) for r in rows)}</ul>'


def _row(row: Any, current: str | None) -> str:
    turns = f"{row.turns} question{'' if row.turns == 1 else 's'}"
    here = ' aria-current="true"' if row.id == current else ""
    title = (
        f'<button type="button" class="gw-near" data-act="open" data-value="{escape(row.id)}"{here}>'
        f"{isolated(row.title or 'no questions yet')}</button>"
        if row.readable
        else isolated(row.title)
    )
    delete = button("Delete", "delete", value=row.id, label=f"Delete the conversation: {row.title[:60]}")
    return f'<li>{title}<p class="gw-meta">{escape(_when(row.updated))} · {turns} {delete}</p></li>'


def _when(moment: str) -> str:
    try:
        return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return ""
