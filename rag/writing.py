"""Which language model writes for an assistant, or why none does."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from rag.settings import Settings

if TYPE_CHECKING:
    from rag.llm import ModelClient


class Writer(NamedTuple):
    """The model that writes, or None, and why none does where one was asked for."""

    model: ModelClient | None
    why_not: str | None


class Writing:
    """The choice of a model (``llm`` as for :func:`rag.llm.resolve_llm`), whose client is made once, on first use."""

    def __init__(self, llm: Any, settings: Settings) -> None:
        self.llm = llm
        self._settings = settings
        self._client: ModelClient | None = None
        self._lock = threading.Lock()

    def model(self) -> ModelClient | None:
        """The client, or None where answers are extractive.

        Raises:
            InputError, SettingsError, ModelNotFoundError: see :func:`rag.llm.resolve_llm`.
        """
        if self._settings.offline or self.llm == "off" or self._unasked():
            return None
        from rag.llm import resolve_llm

        with self._lock:
            if self._client is None:
                self._client = resolve_llm(self.llm, self._settings)
            return self._client

    def writer(self) -> Writer:
        """The client, and why there is none where somebody asked for one."""
        return Writer(self.model(), self._why_not())

    def _why_not(self) -> str | None:
        if self.llm == "off" or self._unasked():
            return None
        from rag.llm import why_extractive

        return why_extractive(self.llm, self._settings)

    def _unasked(self) -> bool:
        """The common case, decided without importing anything heavy."""
        return self.llm == "auto" and not (self._settings.api_key or self._settings.base_url)
