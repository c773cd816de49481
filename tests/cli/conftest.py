"""The command line run in this process, and small files of every format to ingest."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from rag.cli.main import main

RINGFOLD = "RingFold: Folding Collectives for Small Messages"
QUILT = "Quilt: Patchwise Caching for Long Prompts"
ABSTRACTS = {
    RINGFOLD: "Small collectives wait on latency rather than on bandwidth. RingFold folds the ring of an all-reduce in "
    "half. On 64 GPUs RingFold cuts all-reduce latency by 37% over the plain ring.",
    QUILT: "Long prompts repeat themselves. Quilt caches attention keys by patches and reuses them across requests. "
    "Quilt lowers time to first token by up to 2.4x on shared prompts.",
}


class Ran(NamedTuple):
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which has to be one JSON document and nothing else."""
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, str]:
        """The error document: exactly the contract's shape, and the same said on standard error."""
        document = self.json
        assert document.keys() == {"error"}
        error = document["error"]
        assert error.keys() == {"type", "message", "remedy"}
        assert all(isinstance(v, str) and v and "\n" not in v for v in error.values())
        assert self.code in {1, 2}
        assert self.err.strip()
        assert "Traceback" not in self.err
        return error


Run = Callable[..., Ran]


@pytest.fixture
def rag(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run ``rag`` with these arguments, in a folder of the test's own."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path, stdin: str = "") -> Ran:
        capsys.readouterr()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8"))
        code = main([str(a) for a in arguments])
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return run


@pytest.fixture
def jsonl(tmp_path: Path) -> Path:
    path = tmp_path / "own.jsonl"
    path.write_text("".join(json.dumps({"title": t, "abstract": a}) + "\n" for t, a in ABSTRACTS.items()))
    return path


@pytest.fixture
def library(rag: Run, jsonl: Path, tmp_path: Path) -> Path:
    """A library of two invented papers."""
    folder = tmp_path / "library"
    assert rag("ingest", jsonl, "--library", folder).code == 0
    return folder
