"""``rag fetch``: what it prints, where papers go, and its exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.conftest import REPO
from tests.fakes.arxiv_server import Entry, FakeArxiv, Fault

ENTRIES = [
    Entry("2401.00001", "RingFold: Folding Collectives", "RingFold folds the ring of an all-reduce in half."),
    Entry("2401.00002", "Quilt: Patchwise Caching", "Quilt caches attention keys by patches and reuses them."),
    Entry("2401.00003", "Mossy Compilers", "Mossy grows kernels from sketches and needs no tuning."),
]


@pytest.fixture
def server() -> Iterator[FakeArxiv]:
    with FakeArxiv(ENTRIES) as fake:
        yield fake


@pytest.fixture
def online(server: FakeArxiv, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeArxiv:
    monkeypatch.setenv("RAG_ARXIV_URL", server.url)
    monkeypatch.setenv("RAG_FETCH_PAUSE", "0")
    monkeypatch.setenv("RAG_CACHE_DIR", str(tmp_path / "cache"))
    return server


def test_the_command_lists_each_paper(rag: Run, online: FakeArxiv, tmp_path: Path) -> None:
    library = tmp_path / "lib"
    ran = rag("fetch", "--titles", "Mossy Compilers", "--titles", "Nothing like it", "--library", library)
    assert ran.code == 0
    assert "[1/2] matched 1.00, arXiv:2401.00003: Mossy Compilers" in ran.out
    assert "[2/2] not found: Nothing like it" in ran.out
    assert "1 matched, 0 ambiguous, 1 not found; 1 added, 0 updated; 3 requests to arXiv, 0 from the cache" in ran.out
    shown = rag("papers", "list", "--library", library, "--json").json[0]
    assert "fetched from arXiv:2401.00003 on" in rag("papers", "show", shown["id"], "--library", library).out
    ran = rag("fetch", "--ids", "2401.00001, 2401.00002", "--library", library, "--json")
    assert ran.code == 0 and len(ran.json["added"]) == 2
    (tmp_path / "list.txt").write_text("2401.00001\n\n2401.00003\n")
    assert rag("fetch", "--ids", "@list.txt", "--library", library, "--json").json["updated"] == []
    ran = rag("fetch", "--library", library)
    assert ran.code == 0 and "lacks anything; --notes" in ran.err
    assert "holds no papers yet; --notes" in rag("fetch", "--library", tmp_path / "empty").err
    assert rag("fetch", "--query", "ti:zebra", "--library", library).code == 3


def test_without_a_library_the_notes_go_into_the_user_s_own(rag: Run, online: FakeArxiv) -> None:
    title = json.loads((REPO / "rag" / "data" / "notes.jsonl").read_text().splitlines()[0])
    online.entries = [Entry("2401.00001", title["title"], title["abstract"])]
    ran = rag("fetch", "--limit", "200")
    assert ran.code == 0, ran.err
    assert "the bundled notes take no papers" in ran.err
    listed = rag("papers", "list", "--json").json
    assert len(listed) == 176, "the notes are there too"
    assert [p["arxiv_id"] for p in listed if p["text_kind"] == "abstract"] == ["2401.00001"]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--offline"], 2, "fetching papers needs the network. Drop --offline"),
        (["--query", "x", "--notes"], 2, "four ways to ask"),
        (["--ids", "mossy"], 2, "'mossy' is no arXiv id"),
        (["--ids", "@absent"], 2, "absent cannot be read"),
    ],
)
def test_what_cannot_be_asked_is_said(
    rag: Run,
    online: FakeArxiv,
    tmp_path: Path,
    arguments: list[str],
    code: int,
    told: str,
) -> None:
    ran = rag("fetch", *arguments, "--library", tmp_path / "lib")
    assert ran.code == code
    assert told in ran.err
    assert online.requests == []


@pytest.mark.parametrize("as_json", [True, False])
def test_where_arxiv_does_not_answer_it_fails_in_one_line(
    rag: Run, online: FakeArxiv, tmp_path: Path, as_json: bool
) -> None:
    online.enqueue(*[Fault(status=503)] * 3)
    ran = rag("fetch", "--ids", "2401.00001", "--library", tmp_path / "lib", *(["--json"] if as_json else []))
    assert ran.code == 1
    assert "arXiv answered 503, 3 times. Run it again later; what was fetched is kept" in ran.err
    if as_json:
        assert ran.error["type"] == "FetchError"
