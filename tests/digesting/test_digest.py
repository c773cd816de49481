"""Digests: what is new, how it stands to the shelf, every statement quoted; and the verb."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag import Assistant, Settings
from rag.cli.main import main
from rag.digesting import DigestPaper, DigestReport, Relation
from rag.digesting.mentions import Names, sense_of
from rag.errors import InputError
from rag.paper import Paper
from tests.fakes.openai_server import FakeOpenAI, Reply
from tests.fakes.scripted import quoting_model

SHELF = {
    "RingFold: Folding Collectives for Small Messages": "Small collectives wait on latency. RingFold folds the ring of an "
    "all-reduce in half. On 64 GPUs RingFold cuts all-reduce latency of small messages by 37% over the plain ring.",
    "Quilt: Patchwise Caching for Long Prompts": "Long prompts repeat themselves. Quilt caches attention keys by patches "
    "and reuses them across requests. Quilt lowers time to first token by up to 2.4x on shared prompts.",
    "Mossy Compilers": "Mossy grows kernels from sketches. It needs no tuning and compiles kernels in under 9 seconds.",
    "Growing Gardens of Reward Models": "Reward models drift. We prune them like hedges, which keeps their ranking.",
}
PAGE = {
    "Sewn: Quilt for Pictures": "Sewn extends Quilt to prompts with pictures. Sewn caches patches of pictures.",
    "HalfRing: Cheaper Folds": "HalfRing folds rings twice. HalfRing outperforms RingFold by 1.3x on 128 GPUs.",
    "A Second Look at Folding": "We ran RingFold anew. On 64 GPUs RingFold does not cut all-reduce latency of small "
    "messages over the plain ring. Folding pays for large messages only.",
    "Notes from a Data Centre": "Operators often ask about systems such as Quilt. We describe a year of running them.",
    "Attention Keys in Patches": "Attention keys fill memory. Our patches of attention keys are cached across requests "
    "with shared prompts. Caching patches of attention keys across requests lowers memory by 3x.",
    "Whale Songs of the North": "Whales sing in winter. Microphones under the ice recorded 412 songs in one season.",
}


def write(path: Path, papers: dict[str, str]) -> Path:
    path.write_text("".join(json.dumps({"title": t, "abstract": a}) + "\n" for t, a in papers.items()))
    return path


@pytest.fixture
def page(tmp_path: Path) -> Path:
    return write(tmp_path / "page.jsonl", PAGE)


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Assistant]:
    with Assistant.open(tmp_path / "library", llm="off") as opened:
        opened.ingest([write(tmp_path / "shelf.jsonl", SHELF)])
        yield opened


def entries(report: DigestReport) -> dict[str, DigestPaper]:
    papers = {p.id: p for p in report.sources}
    return {papers[e.paper_id].title: e for e in report.papers}


def relation_to(report: DigestReport, title: str, other: str) -> Relation | None:
    titles = {p.id: p.title for p in report.sources}
    found = [r for r in entries(report)[title].relations if titles[r.paper_id].startswith(other)]
    return found[0] if found else None


def assert_quotes_hold(report: DigestReport) -> int:
    papers = {p.id: p for p in report.sources}
    claims = [c for e in report.papers for c in e.claims]
    claims += [c for e in report.papers for r in e.relations for c in (r.new, r.shelf) if c is not None]
    seen = 0
    for claim in claims:
        assert claim.citations and claim.verdict.judge
        for c in claim.citations:
            assert getattr(papers[c.paper_id], c.field)[c.start : c.end] == c.quote
            assert report.sources[c.number - 1].id == c.paper_id
            seen += 1
    return seen


# -- relations


def test_how_new_papers_stand_to_the_shelf(shelf: Assistant, page: Path) -> None:
    report = shelf.digest([page], dry_run=True)
    expected = {
        "Sewn: Quilt for Pictures": ("builds on", "Quilt"),
        "HalfRing: Cheaper Folds": ("competes", "RingFold"),
        "A Second Look at Folding": ("may contradict", "RingFold"),
        "Notes from a Data Centre": ("names", "Quilt"),
        "Attention Keys in Patches": ("same topic", "Quilt"),
    }
    for title, (kind, other) in expected.items():
        relation = relation_to(report, title, other)
        assert relation is not None, title
        assert relation.kind == kind, title
        assert relation.new is not None and relation.shelf is not None, "both sides are quoted"
    assert entries(report)["Whale Songs of the North"].relations == ()
    assert assert_quotes_hold(report) > 12


def test_a_conflict_shows_the_two_sentences(shelf: Assistant, page: Path) -> None:
    relation = relation_to(shelf.digest([page], dry_run=True), "A Second Look at Folding", "RingFold")
    assert relation is not None and relation.new is not None and relation.shelf is not None
    assert "does not cut" in relation.new.citations[0].quote
    assert "by 37%" in relation.shelf.citations[0].quote


def test_two_systems_with_two_figures_are_in_no_conflict(shelf: Assistant, tmp_path: Path) -> None:
    other = {"RingBend: Bending Rings": "RingBend bends the ring of an all-reduce. On 64 GPUs RingBend cuts all-reduce "
             "latency of small messages by 12% over the plain ring."}  # fmt: skip
    report = shelf.digest([write(tmp_path / "other.jsonl", other)], dry_run=True)
    relation = relation_to(report, "RingBend: Bending Rings", "RingFold")
    assert relation is not None
    assert relation.kind == "same topic"


def test_another_figure_for_the_same_system_may_contradict(shelf: Assistant, tmp_path: Path) -> None:
    other = {"Rings Measured": "Collectives were run for a week by three teams on two sites. In our hands RingFold cuts the "
             "all-reduce latency of small messages on 64 GPUs by 12%. Other folds were tried and dropped."}  # fmt: skip
    relation = relation_to(
        shelf.digest([write(tmp_path / "o.jsonl", other)], dry_run=True), "Rings Measured", "RingFold"
    )
    assert relation is not None
    assert (relation.kind, "12% here, 37% there" in relation.why) == ("may contradict", True)


def test_one_work_under_two_titles(shelf: Assistant, tmp_path: Path) -> None:
    text = SHELF["Quilt: Patchwise Caching for Long Prompts"]
    report = shelf.digest([write(tmp_path / "o.jsonl", {"Patchwise Caching for Long Prompts": text})], dry_run=True)
    relation = relation_to(report, "Patchwise Caching for Long Prompts", "Quilt")
    assert relation is not None
    assert relation.kind == "repeats"


@pytest.mark.parametrize(
    ("sentence", "sense"),
    [
        ("It is 2x faster than Quilt on prompts.", "competes"),
        ("We outperform Quilt and others.", "competes"),
        ("Sewn achieves a 3x speedup over Quilt.", "competes"),
        ("Sewn is built on top of Quilt.", "builds on"),
        ("Sewn is implemented in Quilt and gains 2x.", "builds on"),
        ("Systems like Quilt cache keys.", "names"),
        ("Unlike Quilt, Sewn needs no memory.", "competes"),
    ],
)
def test_in_what_sense_a_system_is_named(sentence: str, sense: str) -> None:
    at = sentence.index("Quilt")
    assert sense_of(sentence, at, at + 5) == sense


def test_everybody_s_names_and_parts_of_names_are_not_looked_for() -> None:
    def paper(n: int, title: str, text: str) -> Paper:
        return Paper(id=f"p{n}", revision="r", title=title, abstract=text)

    fern = paper(1, "FernX: Growing Kernels", "FernX grows.")
    common = [paper(n, f"Paper {n} on trees", "We use FernX.") for n in range(2, 12)]
    assert Names([fern], [p.abstract for p in common]).named_in(common[0]) == {}
    one = paper(20, "On trees", "FernX-Bench is ours. FernXL too.")
    assert Names([fern], [fern.abstract, one.abstract]).named_in(one) == {}
    two = paper(21, "On trees", "FernX-based kernels.")
    assert set(Names([fern], [fern.abstract, two.abstract]).named_in(two)) == {"p1"}


# -- counts, and taking in


def test_counts_add_up_and_a_second_digest_finds_nothing_new(shelf: Assistant, tmp_path: Path) -> None:
    title = "Mossy Compilers"
    mixed = write(tmp_path / "mixed.jsonl", {**PAGE, title: SHELF[title], "Quilt: Patchwise Caching for Long Prompts":
                  SHELF["Quilt: Patchwise Caching for Long Prompts"].replace("2.4x", "2.6x")})  # fmt: skip
    with mixed.open("a") as more:
        more.write(json.dumps({"title": title, "abstract": SHELF[title]}) + '\n{"title": "No abstract"}\n')
    before = len(shelf.papers())
    report = shelf.digest([mixed], dry_run=True)
    assert report.summary() == (
        "10 records: 6 new, 2 already there (1 with another text), 1 twice on the pages, 1 rejected"
    )
    assert len(shelf.papers()) == before
    taken = shelf.digest([mixed])
    assert (taken.ingested, taken.shelf) == (True, before)
    assert {p.id for p in shelf.papers()} >= {e.paper_id for e in taken.papers}
    assert {p.id: p.revision for p in taken.sources}.items() <= {p.id: p.revision for p in shelf.papers()}.items()
    again = shelf.digest([mixed])
    assert not again.papers
    assert "Nothing on these pages is new" in again.to_markdown()


def test_the_first_digest_says_so(tmp_path: Path, page: Path) -> None:
    with Assistant.open(tmp_path / "empty", llm="off") as opened:
        report = opened.digest(page)
        assert len(opened.papers()) == len(PAGE)
    assert "first digest" in report.to_markdown()
    assert all(not e.relations and e.claims for e in report.papers)


def test_the_bundled_notes_can_be_compared_with_and_take_nothing_in(notes: Assistant, page: Path) -> None:
    with pytest.raises(InputError, match="take no other papers"):
        notes.digest([page])
    report = notes.digest([page], dry_run=True)
    assert (report.shelf, report.ingested) == (176, False)
    with pytest.raises(InputError, match="nothing to digest"):
        notes.digest([], dry_run=True)


def test_the_record_survives_json_and_themes_hold_each_paper_once(shelf: Assistant, page: Path) -> None:
    report = shelf.digest([page], dry_run=True)
    assert DigestReport.model_validate_json(report.model_dump_json()) == report
    assert sorted(e.paper_id for e in report.papers) == sorted({e.paper_id for e in report.papers})
    assert len(report.papers) == len(PAGE)
    assert report == shelf.digest([page], dry_run=True).model_copy(update={"timings": report.timings})


def test_hostile_titles_and_texts_stay_text(shelf: Assistant, tmp_path: Path) -> None:
    bad = {
        "<script>alert(1)</script> [click](javascript:x) Quilted": "It uses Quilt. <img src=x onerror=y> **bold** wins."
    }
    text = shelf.digest([write(tmp_path / "bad.jsonl", bad)], dry_run=True).to_markdown()
    assert "<script>" not in text.replace("\\<", "") and "](javascript" not in text.replace("\\]", "")
    assert "\\<script\\>" in text


# -- with a model


def with_model(server: FakeOpenAI, folder: Path) -> Assistant:
    return Assistant.open(folder, llm="m", settings=Settings(base_url=server.base_url, retries=0))


def test_a_model_writes_and_what_it_makes_up_is_dropped(shelf: Assistant, page: Path, tmp_path: Path) -> None:
    with FakeOpenAI(default=quoting_model(limit=1)) as server:
        server.enqueue(
            '{"text": "Sewn cures colds.", "sources": [1], "quotes": [{"source": 1, "quote": "cures colds"}]}\n'
        )
        server.enqueue("{}")
        with with_model(server, tmp_path / "library") as assistant:
            report = assistant.digest([page], dry_run=True)
    assert report.mode == "generative"
    assert report.usage["calls"] >= len(PAGE)
    assert [c.text for c in report.dropped] == ["Sewn cures colds."]
    assert entries(report)["Sewn: Quilt for Pictures"].claims, "its own sentence stands in"
    assert_quotes_hold(report)


def test_a_model_that_fails_leaves_the_papers_own_sentences(shelf: Assistant, page: Path, tmp_path: Path) -> None:
    with FakeOpenAI(default=Reply(status=500)) as server, with_model(server, tmp_path / "library") as assistant:
        report = assistant.digest([page], dry_run=True)
        assert len(server.requests) == 1, "one failure is enough"
    assert report.mode == "extractive"
    assert report.fallback_from and "Extractive, because" in report.to_markdown()
    assert all(e.claims for e in report.papers)


# -- the verb


def test_the_verb(shelf: Assistant, page: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    library = ["--library", str(tmp_path / "library"), "--llm", "off"]
    assert main(["digest", str(page), "--dry-run", "--json", *library]) == 0
    assert DigestReport.model_validate_json(capsys.readouterr().out).papers
    out = tmp_path / "digest.md"
    assert main(["digest", str(page), "--out", str(out), *library]) == 0
    assert capsys.readouterr().out == "6 records: 6 new, 0 already there\n"
    assert out.read_text().startswith("# Digest")
    assert main(["digest", str(page), *library]) == 3
    assert main(["digest", str(tmp_path / "none.txt"), *library]) == 1
    assert "none.txt" in capsys.readouterr().err


def test_a_first_digest_makes_a_library_of_its_own(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["digest", str(page), "--llm", "off"]) == 0
    assert "first digest" in capsys.readouterr().out
    assert main(["digest", str(page), "--llm", "off"]) == 3
