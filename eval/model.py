"""The model of a run: made from the settings, with what stands around it (recorded replies, a budget)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from eval.budget import Estimate, estimate
from eval.cases import Case
from rag.assistant import Assistant
from rag.errors import InputError
from rag.llm import ModelClient, resolve_llm, why_extractive
from rag.llm_budget import Budget, spent_line
from rag.llm_cache import ResponseCache
from rag.llm_open import open_client
from rag.settings import Settings


class Model(NamedTuple):
    """A client ready for a run. ``settings`` are those to open the assistant with."""

    client: ModelClient
    settings: Settings
    cache: ResponseCache | None
    budget: Budget | None

    @property
    def replaying(self) -> bool:
        """Whether nothing is ever sent."""
        return self.cache is not None and self.cache.replay

    def described(self) -> dict[str, str]:
        """What identifies the model, for the record of the run."""
        return {"llm": self.client.name, "host": "replayed" if self.replaying else self.client.host}

    def estimate(self, assistant: Assistant, cases: Sequence[Case]) -> Estimate:
        """What asking these cases is likely to need; sends nothing, and counts nothing as spent."""
        plain = resolve_llm(self.client.name, self.settings)
        assert plain is not None, "it was resolved before"
        known = None if self.cache is None else ResponseCache(self.cache.folder)
        return estimate(assistant, plain, cases, known)

    def spent(self) -> str:
        """What was used so far, in one line."""
        return spent_line(self.client, self.budget, None if self.cache is None else self.cache.counts)


def open_model(
    llm: str, settings: Settings, *, cache: Path | None = None, replay: bool = False, budget: float | None = None
) -> Model | None:
    """The model called ``llm`` (a name, or auto), or None for "off".

    Args:
        cache: folder of recorded replies.
        replay: answer from that folder alone; neither key nor network is needed.
        budget: cap in money.

    Raises:
        InputError: no model can be had, options contradict each other, or the cap cannot be held.
    """
    if llm == "off":
        if cache is not None or replay or budget is not None:
            raise InputError("there is no model to record, replay or hold to a budget", "Name one with --llm")
        return None
    opened = open_client(llm, settings, cache=cache, replay=replay, budget=budget)
    if opened is None:
        why = why_extractive(llm, settings)
        raise InputError(f"no model can be measured: {why}", "Set OPENAI_API_KEY or OPENAI_BASE_URL, or --llm off")
    return Model(*opened)
