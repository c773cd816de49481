"""A real Chroma server on loopback, and what is put into it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from rag import Assistant
from tests.fakes.embedder import HashingEmbedder

Opens = Callable[..., Assistant]


class Server:
    """A ``chroma run`` process that can be killed and started again on its port."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def url(self, name: str = "team") -> str:
        return f"chroma+http://127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        command = [str(Path(sys.executable).parent / "chroma"), "run", "--path", str(self._folder)]
        self._process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(self.port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            assert self._process.poll() is None, "chroma run ended"
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.5).close()
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError("chroma run does not answer")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def page(folder: Path, first: int, last: int) -> Path:
    """A file of papers; paper n tells of widget n and of nothing else."""
    path = folder / f"papers-{first}-{last}.jsonl"
    rows = [
        {
            "title": f"Widget{n}: polishing gear{n}",
            "abstract": f"We polish gear{n} with sand. Widget{n} lowers the friction of gear{n} by {n + 10} percent.",
        }
        for n in range(first, last)
    ]
    path.write_text("\n".join(json.dumps(r) for r in rows), encoding="utf-8")
    return path


def titles(assistant: Assistant, question: str) -> list[str]:
    """First words of the titles that the lexical leg finds: those which this machine's own index knows."""
    hits = assistant.retrieve(question, 20)
    return [h.paper.title.split(":")[0] for h in hits if h.explain["lexical"]["score"]]


class Slow(HashingEmbedder):
    """Stops in the middle of a write until it is let go."""

    def __init__(self) -> None:
        self.reached, self.go = threading.Event(), threading.Event()
        self.go.set()

    def documents(self, texts):  # type: ignore[no-untyped-def]
        if not self.go.is_set():
            self.reached.set()
            assert self.go.wait(60)
        return super().documents(texts)
