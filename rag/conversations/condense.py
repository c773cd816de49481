"""Follow-ups made standalone by a model, from the last turns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import prompts
from rag.conversations.referents import Turn, earlier_papers, named
from rag.conversations.rewrite import Understood

if TYPE_CHECKING:
    from rag.llm import ModelClient

# What a model is told of earlier turns: how many, and how many characters of each answer.
_LAST_TURNS, _REMEMBERED = 4, 600


def condense(client: ModelClient, question: str, turns: Sequence[Turn], otherwise: Understood) -> Understood:
    """The question made standalone by a model; ``otherwise`` where its reply is no question.

    Papers that the reply names and earlier turns cited come first in the search.

    Raises:
        ModelError: the model failed.
    """
    history = "\n".join(
        f"Q: {asked}\nA: {' '.join(c.text for c in answer.claims)[:_REMEMBERED] or answer.reason or ''}"
        for asked, answer in turns[-_LAST_TURNS:]
    )
    reply = client.complete(prompts.load("condense").messages(history=history, question=question))
    line = " ".join(reply.strip().strip('"').split())
    if not any(c.isalnum() for c in line) or len(line) > 4 * len(question) + _REMEMBERED:
        return otherwise
    return Understood(line, tuple(named(line, earlier_papers(turns))), without=otherwise.without)
