"""Small JSON replies: the one object that a step asks for, out of whatever the model wrote around it."""

from __future__ import annotations

import json
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
    reply = client.complete(messages)[:_LONGEST]
    decoder = json.JSONDecoder()
    at = reply.find("{")
    while at >= 0:
        try:
            found, _ = decoder.raw_decode(reply, at)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict) and key in found:
            return found
        at = reply.find("{", at + 1)
    raise ModelResponseError(f"{client.name} gave no {key}", usage=client.usage)
