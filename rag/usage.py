"""What model calls have cost so far: calls, tokens, money. Safe to share between threads."""

from __future__ import annotations

import threading
from typing import Any


class Usage:
    """A running count. What is added here is added to ``parent`` too, so an answer and its client both know their sum.

    Prices are per million tokens; cost is None unless both are known, as an unknown price is not a price of 0.
    """

    def __init__(
        self, price_in: float | None = None, price_out: float | None = None, parent: Usage | None = None
    ) -> None:
        self._prices = None if price_in is None or price_out is None else (price_in, price_out)
        self._parent = parent
        self._lock = threading.Lock()
        self._calls = self._prompt = self._completion = self._replayed = 0
        self._estimated = False

    def add(
        self, *, calls: int = 0, prompt: int = 0, completion: int = 0, estimated: bool = False, replayed: int = 0
    ) -> None:
        """Count calls and tokens; ``estimated``: the server did not say, tiktoken did.

        ``replayed``: so many of the calls were not made now but read from a cache; their tokens count as if they were.
        """
        with self._lock:
            self._calls += calls
            self._prompt += prompt
            self._completion += completion
            self._replayed += replayed
            self._estimated = self._estimated or estimated
        if self._parent is not None:
            self._parent.add(calls=calls, prompt=prompt, completion=completion, estimated=estimated, replayed=replayed)

    def as_dict(self) -> dict[str, Any]:
        """calls, prompt_tokens, completion_tokens, cost (in the currency of the prices, or None), estimated.

        And ``replayed`` where some calls were read from a cache: what the reply cost when it was recorded, not now.
        """
        with self._lock:
            cost = None
            if self._prices is not None:
                cost = round((self._prompt * self._prices[0] + self._completion * self._prices[1]) / 1e6, 8)
            counted = {
                "calls": self._calls,
                "prompt_tokens": self._prompt,
                "completion_tokens": self._completion,
                "cost": cost,
                "estimated": self._estimated,
            }
            return {**counted, "replayed": self._replayed} if self._replayed else counted

    def child(self) -> Usage:
        """A fresh count with the same prices whose sums flow into this one."""
        prices = self._prices or (None, None)
        return Usage(prices[0], prices[1], parent=self)
