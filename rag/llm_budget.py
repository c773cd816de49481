"""A cap in money around a client's requests.

The cap is kept by reserving, before every request, the most that it can cost: its prompt by tiktoken, the longest reply
the settings allow, once for each try. Where that no longer fits, the request is not sent; so the cap holds as far as
tiktoken counts as the provider does. Money is in the currency of the prices.
"""

from __future__ import annotations

import threading
from collections.abc import Generator
from typing import Any

from rag.errors import InputError, ModelBudgetError, RagError
from rag.llm import ModelClient
from rag.llm_request import ModelRequest, NotAskedError, Send, prompt_tokens
from rag.settings import Settings


class BudgetSpentError(NotAskedError):
    """The next request could cost more than is left of the cap of a whole run."""

    default_remedy = "Go on later with --resume and a higher --budget"
    final = True


class Budget:
    """A cap in money, standing around a client's requests. Safe to share between threads.

    ``per_question``: the cap is that of one question, so that a request which no longer fits is a
    :class:`rag.errors.ModelBudgetError`, after which an answer can be made without the model; else it ends the run
    with :class:`BudgetSpentError`.

    Raises:
        InputError: the cap is not positive, or the prices are not known, so that nothing could be held to it.
    """

    def __init__(self, cap: float, settings: Settings, *, per_question: bool = False) -> None:
        if not cap > 0:
            raise InputError(f"the budget is {cap:g}", "Give an amount above 0, or leave --budget out")
        if settings.price_in is None or settings.price_out is None:
            raise InputError(
                "a budget in money needs the model's prices, and they are not known",
                "Set RAG_PRICE_IN and RAG_PRICE_OUT (per million tokens; 0 for a server of your own)",
            )
        self.cap = cap
        self._per_question = per_question
        self._prices = settings.price_in, settings.price_out
        self._longest, self._tries = settings.max_tokens, 1 + settings.retries
        self._lock = threading.Lock()
        self._spent = self._reserved = 0.0

    @property
    def spent(self) -> float:
        """What the requests so far have cost."""
        with self._lock:
            return self._spent

    def __call__(self, request: ModelRequest, send: Send) -> Generator[str, None, None]:
        """The model's reply, if its cost is sure to fit.

        Raises:
            BudgetSpentError, ModelBudgetError: it is not.
            ModelError: as the model.
        """
        most = self._tries * self._cost(prompt_tokens(request.messages), self._longest)
        with self._lock:
            if self._spent + self._reserved + most > self.cap:
                raise self._refusal(most)
            self._reserved += most
        reply = send()
        try:
            yield from reply
        finally:
            reply.close()
            used = request.usage.as_dict()
            with self._lock:
                self._reserved -= most
                self._spent += self._cost(used["prompt_tokens"], used["completion_tokens"])

    def _refusal(self, most: float) -> RagError:
        if self._per_question:
            return ModelBudgetError(
                f"the next request could cost {most:.4f}, and of the {self.cap:g} for one question "
                f"{self._spent:.4f} is spent"
            )
        return BudgetSpentError(f"the budget of {self.cap:g} is spent ({self._spent:.4f} so far)")

    def _cost(self, prompt: int, written: int) -> float:
        return (prompt * self._prices[0] + written * self._prices[1]) / 1e6


def spent_line(client: ModelClient, budget: Budget | None, cached: tuple[int, int] | None) -> str:
    """What a run has cost, in one line."""
    usage: dict[str, Any] = client.usage
    replayed = usage.get("replayed", 0)
    parts = [f"{usage['calls'] - replayed} calls made"]
    if cached is not None:
        parts.append(f"{cached[0]} replies replayed")
    tokens = f"{usage['prompt_tokens']:,} tokens sent, {usage['completion_tokens']:,} written"
    parts.append(tokens + (" (replays included)" if replayed else ""))
    if budget is not None:
        parts.append(f"spent {budget.spent:.4f} of {budget.cap:g}")
    elif usage["cost"] is None:
        parts.append("cost unknown")
    else:
        parts.append(f"cost {usage['cost']:.4f}")
    return ", ".join(parts)


__all__ = ["Budget", "BudgetSpentError", "spent_line"]
