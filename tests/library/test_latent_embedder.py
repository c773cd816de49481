"""The embedder that learns from the library: kept with it, learned anew in time, the same for every reader."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rag import Assistant, Settings
from rag.errors import LibraryBrokenError, LibraryMismatchError
from rag.library import Library, open_library
from rag.library.latent_embedder import NAME, Fitted, LatentEmbedder
from rag.library.library import embedding_text
from tests.conftest import REPO
from tests.library.build import assert_whole, numbered, open_at, paper

SEA = [
    paper(
        f"Harbour study {n}", f"The {a} needs wind. A {a} with a {b} leaves the harbour under sail. Wind fills the {b}."
    )
    for n, (a, b) in enumerate(
        [("boat", "mast"), ("ship", "mast"), ("boat", "keel"), ("ship", "keel"), ("raft", "mast")]
    )
]
OVEN = [
    paper(f"Bakery study {n}", f"The {a} needs an oven. Flour and {b} make a {a}. The oven bakes the {a} with {b}.")
    for n, (a, b) in enumerate(
        [("bread", "yeast"), ("cake", "sugar"), ("cake", "yeast"), ("bread", "sugar"), ("pie", "salt")]
    )
]


def reopen(folder: Path) -> Library:
    return open_at(folder, embedder=LatentEmbedder())


def agree(library: Library) -> None:
    """Every stored vector is what the library's embedder makes of its passage."""
    for p in library.papers():
        rows = library.rows_of([p.id])
        stored = library.store.vectors(rows)
        fresh = library.embedder.documents([embedding_text(p, q) for q in library.passages(p.id)])
        for row, vector in zip(rows, fresh, strict=True):
            assert np.allclose(stored[row], vector, atol=1e-6)


def models(folder: Path) -> set[str]:
    return {p.stem for p in folder.glob("*.npz")}


def test_it_learns_at_the_first_ingest_and_is_kept(tmp_path: Path) -> None:
    library = reopen(tmp_path)
    assert not library.embedder.query("boat").any(), "nothing learned yet"
    library.write(SEA + OVEN)
    assert_whole(library)
    agree(library)
    query = library.embedder.query("ship sail")
    assert query.shape == (256,) and np.isclose(np.linalg.norm(query), 1, atol=1e-6)
    nearest = [h.id.split(":")[0] for h in library.store.query(query, 5)]
    assert set(nearest) <= {p.id for p in SEA}
    library.close()
    again = reopen(tmp_path)
    assert isinstance(again.embedder, Fitted)
    assert {again.embedder.model} == models(tmp_path)
    assert np.array_equal(again.embedder.query("ship sail"), query)
    agree(again)
    again.close()


def test_words_that_the_library_lacks_make_a_question_far_from_all(tmp_path: Path) -> None:
    library = reopen(tmp_path)
    library.write(SEA + OVEN)
    near, half, far = (library.embedder.query(q) for q in ("ship", "ship glacier", "ship glacier tundra moss"))
    assert all(np.isclose(np.linalg.norm(q), 1, atol=1e-6) for q in (near, half, far))
    best = [max(h.score for h in library.store.query(q, 5)) for q in (near, half, far)]
    assert best[0] > best[1] > best[2]
    assert not library.embedder.query("glacier tundra").any()
    library.close()


def test_the_same_papers_give_the_same_model_in_any_order(tmp_path: Path) -> None:
    made = []
    for name, papers in (("a", SEA + OVEN), ("b", OVEN[::-1] + SEA)):
        library = reopen(tmp_path / name)
        library.write(papers)
        made.append(library.embedder.query("cake with sugar"))
        library.close()
    assert np.array_equal(made[0], made[1])


def test_a_few_papers_are_folded_in_and_many_make_it_learn_anew(tmp_path: Path) -> None:
    library = reopen(tmp_path)
    library.write([numbered(n) for n in range(20)])
    first = library.embedder
    library.write([numbered(20)])
    assert library.embedder is first, "folded in"
    agree(library)
    library.write([numbered(21)])
    library.write([numbered(n, version=2) for n in range(4)])
    assert library.embedder is not first, "a fifth of the rows is new"
    agree(library)
    assert_whole(library)
    library.write([numbered(n) for n in range(30, 50)])
    library.write([numbered(n) for n in range(50, 90)])
    assert len(models(tmp_path)) == 2, "old models go"
    agree(library)
    library.close()


def test_another_reader_follows(tmp_path: Path) -> None:
    writer = reopen(tmp_path)
    writer.write(SEA)
    reader = reopen(tmp_path)
    writer.write(OVEN)
    assert reader.refresh()
    assert np.array_equal(reader.embedder.query("oven"), writer.embedder.query("oven"))
    agree(reader)
    reader.close()
    writer.close()


_VICTIM = """
import os, signal, sys
from pathlib import Path
from rag.library.latent_embedder import LatentEmbedder
from rag.library.lexical import LexicalIndex
from rag.library.store import ChromaStore
from tests.library.build import numbered, open_at
step, folder = sys.argv[1], Path(sys.argv[2])
library = open_at(folder, embedder=LatentEmbedder())
def die(*a, **k): os.kill(os.getpid(), signal.SIGKILL)
cls, name = {"model": (LatentEmbedder, "save"), "rows": (ChromaStore, "upsert"), "swap": (ChromaStore, "_finish_replace"),
             "lexical": (LexicalIndex, "rebuild")}[step]
setattr(cls, name, die)
library.write([numbered(n) for n in range(6, 16)])
raise SystemExit("it was not killed")
"""


@pytest.mark.parametrize("step", ["model", "rows", "swap", "lexical"])
def test_killed_while_learning_it_is_whole_at_the_next_open(tmp_path: Path, step: str) -> None:
    library = reopen(tmp_path)
    library.write([numbered(n) for n in range(6)])
    library.close()
    environment = {**os.environ, "PYTHONPATH": str(REPO)}
    done = subprocess.run(
        [sys.executable, "-c", _VICTIM, step, str(tmp_path)], env=environment, capture_output=True, text=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    again = reopen(tmp_path)
    assert {p.id for p in again.papers()} >= {numbered(n).id for n in range(6)}
    assert_whole(again)
    agree(again)
    again.write([numbered(n) for n in range(16)])
    assert len(again.papers()) == 16
    agree(again)
    again.close()


@pytest.mark.parametrize("broken", [None, b"", b"PK\x03\x04 not quite"])
def test_a_lost_model_has_one_line_and_reindex_mends_it(tmp_path: Path, broken: bytes | None) -> None:
    settings = Settings(llm="off")
    with Assistant.open(tmp_path, settings=settings, embedder="latent") as assistant:
        assistant.library.write(SEA)
    [kept] = tmp_path.glob("*.npz")
    kept.unlink() if broken is None else kept.write_bytes(broken)
    with pytest.raises(LibraryBrokenError, match=r"model latent-256-[0-9a-f]{16} cannot be read") as caught:
        Assistant.open(tmp_path, settings=settings)
    assert "rag reindex" in caught.value.remedy
    opened = open_library(tmp_path, settings, rebuilding=True)
    assert opened.reindex(opened.embedder, 512) == len(SEA)
    opened.close()
    with Assistant.open(tmp_path, settings=settings) as again:
        agree(again.library)


def test_a_model_s_name_leads_nowhere_else(tmp_path: Path) -> None:
    with pytest.raises(LibraryBrokenError, match="names no model"):
        LatentEmbedder().load(tmp_path, "../../etc/passwd")


def test_other_embedders_are_told_apart(tmp_path: Path) -> None:
    settings = Settings(llm="off")
    with Assistant.open(tmp_path, settings=settings, embedder="latent") as assistant:
        assistant.library.write(SEA)
    with pytest.raises(LibraryMismatchError, match=f"built with the embedder {NAME}, not wordllama-256"):
        Assistant.open(tmp_path, settings=settings, embedder="wordllama")
    with Assistant.open(tmp_path, settings=settings, embedder="auto") as again:
        assert again.library.embedder.name == NAME, "what it was built with"
        assert again.reindex(embedder="wordllama") == len(SEA)
        assert again.retrieve("what does a ship need?")[0].paper in again.papers()
    with Assistant.open(tmp_path, settings=settings) as again:
        assert again.library.embedder.name == "wordllama-256"


def test_answers_come_from_it(tmp_path: Path) -> None:
    with Assistant.open(tmp_path, settings=Settings(llm="off"), embedder="latent") as assistant:
        assistant.library.write(SEA + OVEN)
        answer = assistant.ask("what does a pie need?")
        assert not answer.abstained
        assert "pie" in answer.claims[0].text
        assert answer.models["embedder"] == NAME
        assert assistant.ask("how do glaciers form?").abstained


# -- where WordLlama cannot be installed

_WITHOUT = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "wordllama":
            raise ImportError("no wheel for this platform")
sys.meta_path.insert(0, Refuse())
from rag.cli.main import main
raise SystemExit(main(sys.argv[1:]))
"""


def without(home: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(REPO),
        "RAG_CACHE_DIR": str(home / "cache"),
        "XDG_DATA_HOME": str(home),
    }
    command = [sys.executable, "-c", _WITHOUT, *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, cwd=home)


def test_without_wordllama_the_bundled_notes_answer(tmp_path: Path) -> None:
    told = without(tmp_path, "ask", "which methods reduce all-reduce latency?")
    assert told.returncode == 0, told.stderr
    assert all(name in told.stdout for name in ("Single Node", "TPI-LLM", "TokenWeave"))
    doctor = without(tmp_path, "doctor")
    assert doctor.returncode == 0, doctor.stdout + doctor.stderr
    assert (
        "latent-256: latent semantics of the library's own texts, because WordLlama cannot be imported" in doctor.stdout
    )
    assert "no wheel for this platform" in doctor.stdout


def test_without_wordllama_a_library_built_with_it_says_how_to_go_on(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    with Assistant.open(folder, settings=Settings(llm="off"), embedder="wordllama") as assistant:
        assistant.library.write(SEA + OVEN)
    told = without(tmp_path, "search", "ship", "--library", folder)
    assert told.returncode == 1
    [line] = told.stderr.strip().splitlines()
    assert "built with the embedder wordllama-256, which is not installed here" in line and "rag reindex" in line
    assert without(tmp_path, "search", "ship", "--embedder", "wordllama").stderr.count("pip install wordllama") == 1
    done = without(tmp_path, "reindex", "--library", folder)
    assert done.returncode == 0, done.stderr
    assert f"10 papers indexed again with {NAME}" in done.stdout
    assert "Harbour study" in without(tmp_path, "search", "ship", "--library", folder).stdout
