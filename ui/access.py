"""Who may do what: on this machine everything; beyond it reading and asking only, unless readers sign in."""

from __future__ import annotations

from typing import Final, NamedTuple

from rag.errors import InputError
from ui.server import is_loopback

READ_ONLY: Final = (
    "This page is open to the network without a password, so it is read-only: nobody can add or remove papers, "
    "and nothing that you ask is kept."
)
_SHORTEST: Final = 8


class Access(NamedTuple):
    """How the page is reached.

    ``user`` and ``password`` are None where nobody signs in; ``hosts`` are further names by which a page on this
    machine is called.
    """

    local: bool = True
    user: str | None = None
    password: str | None = None
    hosts: tuple[str, ...] = ()

    @property
    def may_write(self) -> bool:
        """Whether readers may change the library, and have their conversations and judgements kept."""
        return self.local or self.user is not None

    @property
    def sign_in(self) -> tuple[str, str] | None:
        """User and password as Gradio takes them."""
        return None if self.user is None or self.password is None else (self.user, self.password)


def make_access(host: str, auth: str | None = None, hosts: tuple[str, ...] = ()) -> Access:
    """The access that a server bound to ``host`` gives.

    Args:
        auth: ``user:password``; None = nobody signs in.
        hosts: further names by which the page may be called (``Host`` header) on this machine.

    Raises:
        InputError: ``auth`` is not of this form, or its password is shorter than 8 characters.
    """
    if not auth:
        return Access(is_loopback(host), hosts=hosts)
    user, colon, password = auth.partition(":")
    if not (user and colon) or len(password) < _SHORTEST:
        raise InputError(
            "--auth is not of the form user:password, the password of 8 characters or more",
            "Set RAG_UI_AUTH rather than --auth, which other users of this machine can see",
        )
    return Access(is_loopback(host), user, password, hosts)
