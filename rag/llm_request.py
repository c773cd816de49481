"""What stands around a model's requests: the seam for caches, budgets and estimates. The client itself is rag.llm."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, Protocol

from rag import tokens
from rag.errors import RagError
from rag.usage import Usage


class NotAskedError(RagError):
    """The model was deliberately not asked. No ModelError, of which an answer without the model would be made.

    ``final``: later requests will not be sent either.
    """

    final: ClassVar[bool] = False


class ModelRequest(NamedTuple):
    """One prompt on its way to a model: all that decides the reply, and no key.

    ``messages`` are (role, content); ``response_format`` is what the server is told of the form of the reply, empty for
    plain text; ``parameters`` are the settings sent along; ``usage`` counts this request alone, whatever comes of it.
    """

    model: str
    host: str
    messages: tuple[tuple[str, str], ...]
    response_format: Mapping[str, Any]
    parameters: Mapping[str, Any]
    usage: Usage


Send = Callable[[], Generator[str, None, None]]


class Around(Protocol):
    """What stands around a client's requests: it may send one, answer in its place, or refuse by raising."""

    def __call__(self, request: ModelRequest, send: Send) -> Generator[str, None, None]:
        """The reply in pieces; ``send()`` asks the model itself (or what else stands around it)."""


def prompt_tokens(messages: Sequence[tuple[str, str]]) -> int:
    """Tokens of a prompt by tiktoken, with four for the frame of each message."""
    return sum(tokens.count(content) + 4 for _, content in messages)
