"""Fixtures of the corpus tests: files to read, invented abstracts, and the user's pages where they are at hand."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

_SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "corpus"
_SYLLABLES = [a + b for a in "bdfgklmnprst" for b in ("a", "e", "i", "o", "u", "ar", "en", "il")]


@pytest.fixture
def put(tmp_path: Path) -> Callable[..., Path]:
    """Write text or bytes to a file in a fresh folder."""

    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return write


@pytest.fixture
def invent() -> Callable[..., str]:
    """An abstract of invented words, the same for the same seed; two seeds share practically no words."""

    def abstract(seed: int, n_words: int = 60) -> str:
        rng = random.Random(seed)
        words = ["".join(rng.choices(_SYLLABLES, k=4)) for _ in range(n_words)]
        sentences = [" ".join(words[start : start + 12]).capitalize() for start in range(0, n_words, 12)]
        return ". ".join(sentences) + "."

    return abstract


@pytest.fixture(scope="session")
def page_files() -> list[Path]:
    """The user's two pages: trending papers, daily papers."""
    files = sorted(_SHARED.glob("*.txt")) if _SHARED.is_dir() else []
    if len(files) != 2:
        pytest.skip(f"the user's pages are not at {_SHARED}")
    return files
