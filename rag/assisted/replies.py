"""Small JSON replies: the one object that a step asks for, out of whatever the model wrote around it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from rag.errors import ModelResponseError
from rag.llm import ModelClient

_LONGEST: Final = 50_000


def ask_object(client: ModelClient, messages: tuple[tuple[str, str], ...], key: str) -> dict[str, Any]:
    """The first JSON object of the reply that holds ``key``.

    Raises:
        ModelResponseError: there is none.
        ModelError: the call failed.
    """
    found = next(objects_with(key, client.complete(messages)[:_LONGEST]), None)
    if found is None:
        raise ModelResponseError(f"{client.name} gave no {key}", usage=client.usage)
    return found


def objects_with(key: str, reply: str) -> Iterator[dict[str, Any]]:
    """The JSON objects of a reply that hold ``key``, however they are fenced, listed or nested in others."""
    decoder = json.JSONDecoder()
    at = reply.find("{")
    while at >= 0:
        try:
            found, end = decoder.raw_decode(reply, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            if key in found:
                yield found
            else:
                end = at + 1
        at = reply.find("{", end)
