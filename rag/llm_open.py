"""A model with what stands around it: recorded replies, a cap on its cost."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from rag.errors import InputError
from rag.llm import ModelClient, resolve_llm
from rag.llm_budget import Budget, spent_line
from rag.llm_cache import ResponseCache
from rag.settings import Settings


class OpenedModel(NamedTuple):
    """A client and what was put around it. ``settings`` are those to open an assistant with."""

    client: ModelClient
    settings: Settings
    cache: ResponseCache | None
    budget: Budget | None

    def spent(self) -> str:
        """What was used so far, in one line."""
        return spent_line(self.client, self.budget, None if self.cache is None else self.cache.counts)


def open_client(
    llm: Any,
    settings: Settings,
    *,
    cache: Path | None = None,
    replay: bool = False,
    budget: float | None = None,
) -> OpenedModel | None:
    """The model ``llm`` (as for :func:`rag.llm.resolve_llm`), or None where none will write.

    Args:
        cache: folder of recorded replies, which are taken first and added to.
        replay: answer from that folder alone; neither key nor network is needed.
        budget: cap in money, in the currency of the prices.

    Raises:
        InputError: options contradict each other, or the cap cannot be held.
        SettingsError, ModelNotFoundError: see :func:`rag.llm.resolve_llm`.
    """
    if replay and cache is None:
        raise InputError("there is nothing to replay", "Name the folder of recorded replies with --cache")
    if replay:
        # Nothing is sent, so neither being offline nor having no key stands in the way.
        settings = settings.with_values(offline=False, api_key=settings.api_key or "none")
    client = resolve_llm(llm, settings)
    if client is None:
        return None
    cap = None if budget is None or replay else Budget(budget, settings)
    replies = None if cache is None else ResponseCache(cache, replay=replay, secret=settings.api_key)
    # Recorded replies come first: they cost nothing, so no budget holds them back.
    return OpenedModel(client.within(*(a for a in (replies, cap) if a is not None)), settings, replies, cap)


__all__ = ["OpenedModel", "open_client"]
