"""``rag ingest``, ``papers``, ``reindex`` and ``doctor``."""

from __future__ import annotations

import json
from pathlib import Path

import bibtexparser
import pytest

from rag import Paper
from rag.cli.main import main
from rag.settings import TABLE
from tests.cli.conftest import ABSTRACTS, QUILT, RINGFOLD, Run


def ids(rag: Run, library: Path) -> dict[str, str]:
    return {p["title"]: p["id"] for p in rag("papers", "list", "--library", library, "--json").json}


# -- ingest


def test_ingest_says_what_it_did(rag: Run, jsonl: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text(
        json.dumps({"title": "No text"}) + "\n" + json.dumps({"title": RINGFOLD, "abstract": "Twice."}) + "\n"
    )
    ran = rag("ingest", jsonl, bad, "--library", "library")
    assert ran.code == 0, "something could be read"
    assert f"rejected: {bad}:1: no abstract" in ran.out
    assert ran.out.rstrip().endswith(f"papers in {tmp_path / 'library'}")
    assert "2 added" in ran.out or "3 added" in ran.out


def test_ingest_again_updates_only_what_changed(rag: Run, library: Path, jsonl: Path) -> None:
    before = rag("papers", "list", "--library", library, "--json").json
    rows = [
        {"title": RINGFOLD, "abstract": ABSTRACTS[RINGFOLD]},
        {"title": QUILT, "abstract": "Quilt caches less now."},
    ]
    jsonl.write_text("".join(json.dumps(r) + "\n" for r in rows))
    report = rag("ingest", jsonl, "--library", library, "--json").json
    assert (len(report["updated"]), len(report["unchanged"]), report["added"]) == (1, 1, [])
    after = rag("papers", "list", "--library", library, "--json").json
    assert [p["id"] for p in after] == [p["id"] for p in before]
    assert {p["title"]: p["abstract"] for p in after}[QUILT] == "Quilt caches less now."
    assert "caches less" in rag("ask", "what does Quilt cache?", "--library", library).out


def test_ingest_takes_the_format_that_is_named(rag: Run, tmp_path: Path) -> None:
    path = tmp_path / "papers.txt"
    path.write_text("title,abstract\nA title,An abstract of some words.\n")
    assert rag("ingest", path, "--format", "csv", "--library", "library").code == 0
    ran = rag("ingest", path, "--format", "word", "--library", "library", "--json")
    assert (ran.code, ran.error["type"]) == (2, "UnknownFormatError")
    assert "csv" in ran.error["remedy"]


def test_a_failed_first_ingest_does_not_hide_the_bundled_notes(rag: Run) -> None:
    assert rag("ingest", "no-such-file.bib").code == 1
    assert rag("papers", "remove", "no-such-paper").code == 2
    assert rag("papers", "list", "TokenWeave").code == 0


def test_the_first_own_library_takes_the_place_of_the_notes(rag: Run, jsonl: Path) -> None:
    assert len(rag("papers", "list", "--json").json) == 176
    assert rag("ingest", jsonl).code == 0
    assert {p["title"] for p in rag("papers", "list", "--json").json} == ABSTRACTS.keys()


# -- papers


def test_papers_list_and_its_words(rag: Run, library: Path) -> None:
    at = ["--library", library]
    assert rag("papers", "list", *at).out.rstrip().endswith(f"2 papers in {library}")
    found = rag("papers", "list", "folding", "RING", *at, "--json")
    assert [Paper.model_validate(p).title for p in found.json] == [RINGFOLD]
    nothing = rag("papers", "list", "zebra", *at, "--json")
    assert (nothing.code, nothing.json) == (3, [])


def test_papers_show(rag: Run, library: Path) -> None:
    paper_id = ids(rag, library)[QUILT]
    shown = rag("papers", "show", paper_id, "--library", library)
    assert shown.code == 0
    assert ABSTRACTS[QUILT] in " ".join(shown.out.split())
    assert paper_id in shown.out
    paper = Paper.model_validate(rag("papers", "show", paper_id, "--library", library, "--json").json)
    assert (paper.title, paper.abstract) == (QUILT, ABSTRACTS[QUILT])


def test_papers_remove_is_all_or_nothing(rag: Run, library: Path) -> None:
    known = ids(rag, library)
    ran = rag("papers", "remove", known[QUILT], "nope", "--library", library)
    assert ran.code == 2
    assert "'nope'; nothing was removed" in ran.err
    assert ids(rag, library) == known
    ran = rag("papers", "remove", known[QUILT], "--library", library)
    assert (ran.code, ran.out) == (0, "1 removed\n")
    assert ids(rag, library).keys() == {RINGFOLD}
    assert rag("papers", "remove", known[QUILT], "--library", library).code == 2
    assert rag("ask", "what does Quilt cache?", "--library", library).code == 3


def test_the_notes_cannot_be_removed(rag: Run) -> None:
    known = rag("papers", "list", "--json").json
    ran = rag("papers", "remove", known[0]["id"])
    assert ran.code == 2
    assert "library of your own" in ran.err
    assert len(rag("papers", "list", "--json").json) == len(known)


def test_papers_export_is_read_again(rag: Run, library: Path, tmp_path: Path) -> None:
    exported = rag("papers", "export", "--library", library)
    assert exported.code == 0
    path = tmp_path / "export.jsonl"
    path.write_text(exported.out, encoding="utf-8")
    assert rag("ingest", path, "--library", "copy").code == 0
    ours = rag("papers", "list", "--library", library, "--json").json
    copy = rag("papers", "list", "--library", "copy", "--json").json
    for paper in (*ours, *copy):
        del paper["sources"]
    assert copy == ours


TRICKY = """@article{a, title = {Under\\_score \\& 50\\% of {GPU} M\\"uller}, author = {M\\"uller, J\\"org and Doe, Jane},
  year = 2024, journal = {J. of A \\& B}, doi = {10.1000/a_b}, url = {https://example.org/a_b?x=1%20y&z=~q#t},
  abstract = {We cut zorbing latency by 50\\% at a cost of \\$3 {with} RingFold\\_X.}}
"""
MORE_TRICKY = """@article{b, title = {Under\\_score of {GPU} Mutterings}, author = {Doe, Jane}, year = 2024,
  abstract = {We mutter.}}
"""


@pytest.fixture
def tricky(rag: Run, tmp_path: Path) -> Path:
    path = tmp_path / "tricky.bib"
    path.write_text(TRICKY + MORE_TRICKY, encoding="utf-8")
    assert rag("ingest", path, "--library", "tricky").code == 0
    return tmp_path / "tricky"


def test_papers_export_bibtex_parses(rag: Run, tricky: Path) -> None:
    ran = rag("papers", "export", "--format", "bibtex", "--library", tricky)
    parsed = bibtexparser.parse_string(ran.out)
    assert parsed.failed_blocks == []
    assert len(parsed.entries_dict) == 2, "keys are unique"
    titles = {e.fields_dict["title"].value for e in parsed.entries}
    assert '{Under\\_score \\& 50\\% of GPU M\\"uller}' in titles, "LaTeX, its capitals protected"


def test_bibtex_is_read_again(rag: Run, tricky: Path, tmp_path: Path) -> None:
    path = tmp_path / "again.bib"
    path.write_text(rag("papers", "export", "--format", "bibtex", "--library", tricky).out, encoding="utf-8")
    report = rag("ingest", path, "--library", "copy", "--json")
    assert report.code == 0, report.out
    ours = rag("papers", "list", "--library", tricky, "--json").json
    copy = rag("papers", "list", "--library", "copy", "--json").json
    for paper in (*ours, *copy):
        del paper["sources"]
    assert copy == ours


def test_the_bibtex_of_an_answer_is_read_again(rag: Run, tmp_path: Path) -> None:
    path = tmp_path / "cited.bib"
    ran = rag("ask", "which methods reduce all-reduce latency?", "--bibtex")
    path.write_text(ran.out, encoding="utf-8")
    assert rag("ingest", path, "--library", "cited").code == 0
    papers = rag("papers", "list", "--library", "cited", "--json").json
    assert len(papers) == 3
    assert {p["text_kind"] for p in papers} == {"note"}, "a note stays a note"


# -- reindex, doctor


def test_reindex_mends_and_changes_no_answer(rag: Run, library: Path) -> None:
    before = rag("search", "RingFold latency", "--library", library, "--json").json
    ran = rag("reindex", "--library", library)
    assert ran.code == 0
    assert ran.out.startswith("2 papers indexed again with wordllama")
    after = rag("search", "RingFold latency", "--library", library, "--json").json
    assert [h["paper"] for h in after] == [h["paper"] for h in before]
    assert [h["score"] for h in after] == pytest.approx([h["score"] for h in before])


def test_doctor_json(rag: Run, library: Path) -> None:
    ran = rag("doctor", "--library", library, "--json")
    assert ran.code == 0
    facts = ran.json
    assert facts["problems"] == []
    assert facts["library"]["papers"] == 2
    assert facts["library"]["folder"] == str(library)
    assert facts["answers"].startswith("extractive")
    assert facts["settings"].keys() == {row.name for row in TABLE if not row.secret}
    assert all(facts["packages"].values())
    assert "no problem found" in rag("doctor", "--library", library).out


def test_doctor_finds_a_lost_lexical_index(rag: Run, library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from rag.library.lexical import LexicalIndex

    monkeypatch.setattr(LexicalIndex, "size", property(lambda _: 0))
    ran = rag("doctor", "--library", library, "--json")
    assert ran.code == 1
    assert ran.json["problems"] == ["the store holds 2 passages, the lexical index 0: run rag reindex"]
    assert "problem: the store holds 2" in rag("doctor", "--library", library).out


def test_doctor_hides_the_login_of_an_address(rag: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_BASE_URL", "http://ada:s3cret@127.0.0.1:1/v1")
    monkeypatch.setenv("RAG_LLM", "off")
    ran = rag("doctor", "--json")
    assert ran.json["settings"]["base_url"] == "http://127.0.0.1:1/v1"
    assert "s3cret" not in ran.out + rag("doctor").out


@pytest.mark.parametrize(
    "verb", ["ingest", "ask", "chat", "search", "summarize", "papers", "fetch", "reindex", "doctor"]
)
def test_every_verb_has_help(rag: Run, verb: str) -> None:
    ran = rag(verb, "--help")
    assert ran.code == 0
    assert ran.out.startswith(f"Usage: rag {verb}")
    assert f"  {verb} " in rag("--help").out


def test_main_never_raises() -> None:
    for arguments in ([], ["--nope"], ["papers"], ["papers", "nope"], ["ask", "a", "b"]):
        assert main(arguments) in {0, 2}


def test_ingest_reads_folders_and_standard_input(rag: Run, jsonl: Path, tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    jsonl.rename(shelf / jsonl.name)
    (shelf / "figure.pdf").write_bytes(b"%PDF-1.7")
    ris = "TY  - JOUR\nTI  - Mossy Compilers\nAB  - Mossy grows kernels from sketches.\nER  - \n"
    ran = rag("ingest", shelf, "-", "--library", tmp_path / "lib", stdin=ris)
    assert ran.code == 0
    assert "figure.pdf: skipped, this is a PDF file" in ran.out
    assert "3 added, 0 updated" in ran.out
    listed = rag("papers", "list", "Mossy", "--library", tmp_path / "lib", "--json").json
    assert listed[0]["sources"] == ["standard input"]
