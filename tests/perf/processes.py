"""What imports and the command line cost in fresh processes."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

REPO = Path(__file__).resolve().parents[2]
QUESTION = "which methods reduce all-reduce latency?"


@dataclass(frozen=True)
class Cost:
    """What a fresh process cost: medians over ``runs``."""

    what: str
    wall_s: float
    cpu_s: float
    runs: int


def process_costs(repeats: int, folder: Path) -> list[Cost]:
    """Imports and the command line in fresh processes."""
    cached = {**_environment(), "RAG_CACHE_DIR": str(folder / "cached")}
    rag = [sys.executable, "-m", "rag"]
    ask = [*rag, "ask", QUESTION]
    _spend(ask, cached)  # fills the cache, and the file cache of the machine
    fresh = (
        {**_environment(), "RAG_CACHE_DIR": str(path)} for path in (folder / f"fresh-{i}" for i in range(repeats + 1))
    )
    return [
        _cost("python, nothing imported", [sys.executable, "-c", "pass"], lambda: cached, repeats),
        *(
            _cost(f"import {name}", [sys.executable, "-c", f"import {name}"], lambda: cached, repeats)
            for name in ("rag", "chromadb", "llama_index.core", "gradio")
        ),
        _cost("rag --help", [*rag, "--help"], lambda: cached, repeats),
        _cost("rag ask, index cached", ask, lambda: cached, repeats),
        _cost("rag ask, the first ever", ask, lambda: next(fresh), repeats),
    ]


def _environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("RAG_", "OPENAI_"))}
    # A user's own library would be answered from in place of the notes.
    return {**kept, "PYTHONPATH": str(REPO), "XDG_DATA_HOME": "/nonexistent"}


def _cost(what: str, command: list[str], environment: Callable[[], dict[str, str]], repeats: int) -> Cost:
    spent = [_spend(command, environment()) for _ in range(repeats)]
    return Cost(what, median(w for w, _ in spent), median(c for _, c in spent), repeats)


def _spend(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Wall and CPU seconds of a process that has to succeed."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, env=environment, check=True, capture_output=True)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
