"""Folders, standard input and packed files: what is read in which order, and what is passed over aloud."""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
from pathlib import Path

import pytest

from rag.corpus import Corpus, read_sources


def paper(name: str) -> str:
    return json.dumps({"title": f"Title {name}", "abstract": f"Words about {name} alone."})


def titles(corpus: Corpus) -> list[str]:
    return [p.title.removeprefix("Title ") for p in corpus.papers]


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    root = tmp_path / "shelf"
    for name in ("b/two.jsonl", "a/one.jsonl", "c.jsonl", ".git/hidden.jsonl"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(paper(Path(name).stem))
    (root / "figure.pdf").write_bytes(b"%PDF-1.7")
    (root / "b" / "code.py").write_text("import os\nprint(os)\n")
    return root


def test_a_folder_is_read_in_order_and_what_is_skipped_is_said(shelf: Path) -> None:
    corpus = read_sources([shelf])
    assert titles(corpus) == ["one", "two", "c"]
    assert corpus.rejected == []
    said = "\n".join(corpus.notices)
    assert f"{shelf}: 1 hidden entry skipped" in said
    assert f"{shelf / 'figure.pdf'}: skipped, this is a PDF file" in said
    assert f"{shelf / 'b' / 'code.py'}: skipped, line 1" in said
    assert len(corpus.notices) == 3


def test_a_broken_record_in_a_folder_is_rejected_not_skipped(shelf: Path) -> None:
    (shelf / "a" / "one.jsonl").write_text(paper("one") + '\n{"title": "Bare"}\n')
    corpus = read_sources([shelf])
    assert [(r.file, r.line) for r in corpus.rejected] == [(str(shelf / "a" / "one.jsonl"), 2)]


def test_a_file_named_and_met_in_its_folder_is_read_once(shelf: Path) -> None:
    corpus = read_sources([shelf / "c.jsonl", shelf, shelf])
    assert titles(corpus) == ["c", "one", "two"]
    assert corpus.duplicates == []
    assert f"{shelf}: all of its files were named before; read once" in corpus.notices


def test_links_do_not_lead_in_circles(shelf: Path) -> None:
    (shelf / "a" / "loop").symlink_to(shelf, target_is_directory=True)
    (shelf / "linked.jsonl").symlink_to(shelf / "c.jsonl")
    os.mkfifo(shelf / "pipe")
    corpus = read_sources([shelf])
    assert titles(corpus) == ["one", "two", "c"]
    assert any("loop: skipped, a link to a folder" in n for n in corpus.notices)
    assert any("pipe: skipped, no regular file" in n for n in corpus.notices)


def test_an_empty_folder_and_a_library_say_so(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("library/chroma", "library/lexical"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "library" / "manifest.json").write_text("{}")
    corpus = read_sources([tmp_path / "empty", tmp_path / "library"])
    assert [r.reason for r in corpus.rejected] == ["the folder holds no files to read; name another one"] * 2
    assert corpus.notices == [
        f"{tmp_path / 'library'}: skipped, it is a library; its papers come from rag papers export"
    ]


class _Stdin:
    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)


@pytest.mark.parametrize("pack", [lambda b: b, gzip.compress])
def test_standard_input_is_sniffed(monkeypatch: pytest.MonkeyPatch, pack: object) -> None:
    monkeypatch.setattr(sys, "stdin", _Stdin(pack(paper("one").encode())))  # type: ignore[operator]
    corpus = read_sources(["-", "-"])
    assert titles(corpus) == ["one"]
    assert corpus.papers[0].sources == ("standard input",)
    assert corpus.notices == ["standard input: named twice; read once"]


@pytest.mark.parametrize(
    ("data", "reason"), [(b"", "is empty"), (b"\xff\xfe", "UTF-16"), (b"Roses", "none of the formats")]
)
def test_standard_input_that_holds_nothing_is_rejected(
    monkeypatch: pytest.MonkeyPatch, data: bytes, reason: str
) -> None:
    monkeypatch.setattr(sys, "stdin", _Stdin(data))
    [rejection] = read_sources("-").rejected
    assert rejection.file == "standard input" and reason in rejection.reason


def test_a_file_called_dash_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("-").write_text(paper("dash"))
    assert titles(read_sources(["./-"])) == ["dash"]


def test_packed_files(tmp_path: Path) -> None:
    whole = gzip.compress(paper("one").encode())
    (tmp_path / "a.jsonl.gz").write_bytes(whole)
    (tmp_path / "b.bib.gz").write_bytes(gzip.compress(b"nothing of the sort"))
    (tmp_path / "c.jsonl.gz").write_bytes(whole[:-9])
    corpus = read_sources([tmp_path / n for n in ("a.jsonl.gz", "b.bib.gz", "c.jsonl.gz")])
    assert titles(corpus) == ["one"]
    assert ["read as BibTeX" in corpus.rejected[0].reason, "gzip file is broken" in corpus.rejected[1].reason] == [
        True,
        True,
    ]


def test_a_packed_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["rag.corpus.sniff"], "MAX_FILE_BYTES", 1 << 20)
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(b" " * (2 << 20)))
    assert "unpacks to more than 1 MB" in read_sources([tmp_path / "a.jsonl.gz"]).rejected[0].reason
