"""kill -9 between and inside the two stores' writes; the next open mends what was left."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import REPO
from tests.library.build import assert_whole, numbered, open_at

_START, _COUNT = 6, 12

# What the killed process does: open, then update half of the papers and add as many, dying at a chosen step.
_VICTIM = """
import os, signal, sys
from pathlib import Path
from rag.library.lexical import LexicalIndex
from rag.library.library import Library
from rag.library.store import ChromaStore
from tests.library.build import numbered, open_at

step, folder = sys.argv[1], Path(sys.argv[2])
library = open_at(folder)

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

def before(cls, name):
    setattr(cls, name, die)

def after(cls, name, calls=1):
    original, seen = getattr(cls, name), []
    def wrapped(self, *args, **kwargs):
        result = original(self, *args, **kwargs)
        seen.append(1)
        if len(seen) == calls:
            die()
        return result
    setattr(cls, name, wrapped)

def inside_upsert(self, ids, vectors, documents, metadatas):
    half = len(ids) // 2 + 1  # in the middle of a paper's passages
    self._collection.upsert(ids=list(ids[:half]), embeddings=vectors[:half], documents=list(documents[:half]),
                            metadatas=list(metadatas[:half]))
    die()

def inside_delete(self, ids):
    ids = list(ids)
    self._collection.delete(ids=ids[: len(ids) // 2])
    die()

{
    "before the rows": lambda: before(ChromaStore, "upsert"),
    "inside the rows": lambda: setattr(ChromaStore, "upsert", inside_upsert),
    "after the rows": lambda: after(ChromaStore, "upsert"),
    "inside the deletion": lambda: setattr(ChromaStore, "delete", inside_delete),
    "before the lexical index": lambda: before(LexicalIndex, "apply"),
    "after the lexical index": lambda: after(LexicalIndex, "apply"),
    "before the manifest": lambda: after(Library, "_write_rows"),
    "inside a reindex": lambda: before(LexicalIndex, "rebuild"),
    "inside a swap": lambda: before(ChromaStore, "_finish_replace"),
}[step]()
if step in ("inside a reindex", "inside a swap"):
    library.reindex(library.embedder, 512)
elif step == "inside the deletion":
    library.remove([numbered(n).id for n in range(3)])
else:
    library.write([numbered(n, version=2) for n in range(3)] + [numbered(n) for n in range(6, 12)])
raise SystemExit("it was not killed")
"""

_STEPS = (
    "before the rows",
    "inside the rows",
    "after the rows",
    "inside the deletion",
    "before the lexical index",
    "after the lexical index",
    "before the manifest",
    "inside a reindex",
    "inside a swap",
)


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(REPO)}


@pytest.mark.parametrize("step", _STEPS)
def test_a_killed_write_is_mended_by_the_next_open(tmp_path: Path, step: str) -> None:
    library = open_at(tmp_path)
    library.write([numbered(n) for n in range(_START)])
    library.close()
    killed = subprocess.run(
        [sys.executable, "-c", _VICTIM, step, str(tmp_path)], env=_environment(), capture_output=True, text=True
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr

    mended = open_at(tmp_path)
    assert_whole(mended)
    held = {p.id: p for p in mended.papers()}
    for n in range(3, _START):
        assert held[numbered(n).id] == numbered(n), "papers that were not touched are as they were"
    for n in range(3):
        if numbered(n).id in held:
            assert held[numbered(n).id] in (numbered(n), numbered(n, version=2)), "old or new, never a mixture"
    # And it goes on from there: the same write again completes.
    mended.write([numbered(n, version=2) for n in range(3)] + [numbered(n) for n in range(6, _COUNT)])
    assert len(mended.papers()) == _COUNT
    assert_whole(mended)


@pytest.mark.parametrize("step", _STEPS)
def test_a_process_that_stays_open_mends_what_another_left(tmp_path: Path, step: str) -> None:
    """Its next write would otherwise clear the mark of the torn one for good."""
    staying = open_at(tmp_path)
    staying.write([numbered(n) for n in range(_START)])
    killed = subprocess.run(
        [sys.executable, "-c", _VICTIM, step, str(tmp_path)], env=_environment(), capture_output=True, text=True
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    if step in ("inside the rows", "inside a swap"):  # in the other cases a write comes first
        staying.refresh()
        assert_whole(staying)
    staying.write([numbered(30)])
    assert_whole(staying)
    staying.close()
    again = open_at(tmp_path)
    assert numbered(30).id in {p.id for p in again.papers()}
    assert_whole(again)


_INGESTER = """
import sys
from pathlib import Path
from tests.library.build import numbered, open_at
library = open_at(Path(sys.argv[1]), wait=30)
print("open", flush=True)
for version in (2, 3):
    for at in range(0, 40, 8):
        library.write([numbered(n, version=version) for n in range(at, at + 8)])
"""


def test_kills_at_any_moment_leave_a_library_that_opens_whole(tmp_path: Path) -> None:
    """Random moments; the seed is printed so that a failure can be repeated roughly."""
    seed = int(time.time())
    print(f"seed {seed}")
    moments = random.Random(seed)
    open_at(tmp_path).close()
    for _ in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", _INGESTER, str(tmp_path)], env=_environment(), stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(moments.uniform(0.0, 0.6))
        process.kill()
        process.wait()
        process.stdout.close()
        library = open_at(tmp_path)
        assert_whole(library)
        library.close()
