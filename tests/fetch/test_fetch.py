"""What ``rag fetch`` brings: filled fields with their origin, what stays, what is told, what goes on after a kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag import Assistant, Paper, Settings
from rag.corpus import read_sources
from rag.errors import InputError
from rag.fetch import FetchItem, bundled_notes
from rag.paper import Origin
from tests.conftest import REPO
from tests.fakes.arxiv_server import Entry, FakeArxiv, Fault
from tests.library.build import paper

RING = "Small collectives wait on latency. RingFold folds the ring of an all-reduce in half, and latency falls by 37%."
NOTE = "The authors fold the ring of an all-reduce in half (RingFold); latency of small collectives falls by 37%."
QUILT = "Long prompts repeat themselves. Quilt caches attention keys by patches and reuses them across requests."
MOSS = "Mossy grows kernels from sketches. It needs no tuning and compiles in under nine seconds on laptops."
ENTRIES = [
    Entry("2401.00001", "RingFold: Folding Collectives", RING, doi="10.1000/RING"),
    Entry("2401.00002", "Quilt: Patchwise Caching", QUILT, published="2023-05-06"),
    Entry("2401.00003", "Mossy Compilers", MOSS),
]


@pytest.fixture
def server() -> Iterator[FakeArxiv]:
    with FakeArxiv(ENTRIES) as fake:
        yield fake


def settings(server: FakeArxiv, folder: Path, **more: Any) -> Settings:
    return Settings(arxiv_url=server.url, fetch_pause=0, fetch_timeout=5, cache_dir=str(folder), llm="off", **more)


@pytest.fixture
def assistant(server: FakeArxiv, tmp_path: Path) -> Iterator[Assistant]:
    with Assistant.open(tmp_path / "lib", settings=settings(server, tmp_path / "cache")) as opened:
        yield opened


def held(assistant: Assistant, title: str) -> Paper:
    [found] = [p for p in assistant.papers() if p.title.startswith(title)]
    return found


def outcomes(items: list[FetchItem]) -> dict[str, str]:
    return {item.asked: item.outcome for item in items}


# -- filling in


def test_a_note_gets_its_abstract_and_what_else_it_lacks(assistant: Assistant) -> None:
    note = paper(
        "RingFold: Folding Collectives", NOTE, text_kind="note", organisation="Ring Lab", sources=("page.txt",)
    )
    assistant.library.write([note])
    report = assistant.fetch()
    [item] = report.items
    assert (item.outcome, item.score, item.arxiv_id) == ("matched", 1.0, "2401.00001")
    assert item.text_score is not None and item.text_score > 0.45
    filled = held(assistant, "RingFold")
    assert (filled.id, filled.text_kind, filled.abstract) == (note.id, "abstract", RING)
    assert (filled.authors, filled.published) == (("Ann Doe", "Bob Roe"), "2024-03-02")
    assert (filled.url, filled.doi) == ("https://arxiv.org/abs/2401.00001", "10.1000/ring")
    assert (filled.organisation, filled.sources) == ("Ring Lab", ("page.txt",))
    fetched = {o.field for o in filled.provenance}
    assert fetched == {"abstract", "authors", "n_authors", "published", "url", "doi", "arxiv_id"} == set(item.taken)
    assert {o.source for o in filled.provenance} == {"arXiv:2401.00001"}
    assert all(len(o.at) == 10 for o in filled.provenance)
    assert report.updated == [note.id] and report.added == []
    assert assistant.fetch().items == [], "nothing lacks any more"
    assert "37%" in assistant.ask("how far does latency fall with RingFold?").claims[0].text


def test_what_the_user_s_files_say_stays_and_is_told(assistant: Assistant) -> None:
    own = paper(
        "RingFold: Folding Collectives",
        RING,
        published="2022-01",
        doi="10.1/mine",
        n_authors=7,
        venue="Ours",
        authors=("Cy Poe",),
    )
    assistant.library.write([own])
    [item] = assistant.fetch().items
    assert item.taken == ("url", "arxiv_id")
    after = held(assistant, "RingFold")
    assert (after.published, after.doi, after.n_authors, after.authors) == ("2022-01", "10.1/mine", 7, ("Cy Poe",))
    assert item.conflicts == (
        "authors: kept Cy Poe, arXiv says Ann Doe, Bob Roe",
        "published: kept 2022-01, arXiv says 2024-03-02",
        "doi: kept 10.1/mine, arXiv says 10.1000/RING",
        "n_authors: kept 7, arXiv names 2",
    )


def test_a_guessed_year_gives_way_to_a_date(assistant: Assistant) -> None:
    assistant.library.write([paper("Mossy Compilers", MOSS, published="2021-03-02", published_inferred=True)])
    [item] = assistant.fetch().items
    after = held(assistant, "Mossy")
    assert (after.published, after.published_inferred) == ("2024-03-02", False)
    assert "published" in item.taken and item.conflicts == ()


def test_papers_of_known_id_are_asked_for_together(assistant: Assistant, server: FakeArxiv) -> None:
    by_id = [paper(e.title, e.abstract, arxiv_id=e.arxiv_id) for e in ENTRIES]
    assistant.library.write(by_id)
    report = assistant.fetch()
    assert outcomes(report.items) == {e.title: "matched" for e in ENTRIES}
    assert [r.query["id_list"] for r in server.requests] == ["2401.00003,2401.00002,2401.00001"]


def test_a_mistyped_id_brings_no_other_paper(assistant: Assistant) -> None:
    assistant.library.write([paper("Quilt: Patchwise Caching", QUILT, arxiv_id="2401.00003")])
    [item] = assistant.fetch().items
    assert item.outcome == "ambiguous"
    assert "another paper under the id 2401.00003" in item.reason
    assert "Mossy Compilers" in item.candidates[0]
    assert held(assistant, "Quilt").authors == ()


def test_the_wrong_paper_is_not_taken(assistant: Assistant, server: FakeArxiv) -> None:
    """arXiv's search gives something for most questions."""
    assistant.library.write(
        [paper("Tides of the Cache", "Caches have tides, moons and long salty shores of metadata.")]
    )
    server.enqueue(*[Fault(body=server.feed(ENTRIES))] * 2)
    [item] = assistant.fetch().items
    assert (item.outcome, item.reason) == ("not found", "no paper of a like title")
    assert held(assistant, "Tides").provenance == ()


def test_two_papers_of_one_title_are_listed_not_taken(assistant: Assistant, server: FakeArxiv) -> None:
    server.entries.append(Entry("2402.00009", "Mossy Compilers", MOSS.replace("nine", "ten")))
    assistant.library.write([paper("Mossy Compilers", MOSS)])
    [item] = assistant.fetch().items
    assert item.outcome == "ambiguous"
    assert [c.partition("arXiv:")[2][:10] for c in item.candidates] == ["2401.00003", "2402.00009"]


def test_the_same_paper_twice_in_the_library_is_told(assistant: Assistant) -> None:
    other = paper("A new name for mossy things", MOSS, arxiv_id="2401.00003", authors=("X",), url="u", published="2024")
    assistant.library.write([other, paper("Mossy Compilers", MOSS + " It also paints fences.")])
    [item] = assistant.fetch().items
    assert item.outcome == "ambiguous" and f"is {other.id} of the library already" in item.reason


def test_a_renamed_paper_is_found_by_its_words(assistant: Assistant) -> None:
    assistant.library.write([paper("Quilt: Patchwise Caching for Prompts", QUILT)])
    assert assistant.fetch().items[0].outcome in {"not found", "matched"}  # the fake knows whole words alone
    assistant.library.write([paper("Patchwise Caching", QUILT)])
    item = next(i for i in assistant.fetch().items if i.asked == "Patchwise Caching")
    assert (item.outcome, item.score) == ("matched", 0.8)
    assert any(c.startswith("title: kept Patchwise Caching") for c in item.conflicts)


def test_a_title_with_accents_is_asked_for_without(assistant: Assistant, server: FakeArxiv) -> None:
    server.entries.append(Entry("2402.00007", "Schrodinger on the Munster tides", MOSS))
    assistant.library.write([paper("Schrödinger on the Münster tides", MOSS)])
    assistant.fetch()
    assert server.requests[0].query["search_query"] == 'ti:"schrodinger on the munster tides"'


def test_the_notes_come_too_and_never_take_the_place_of_an_abstract(assistant: Assistant, server: FakeArxiv) -> None:
    note = bundled_notes()[0]
    own = paper(note.title, "An abstract of the user's own, with other words than any note, on adaptive computation.")
    assistant.library.write([own])
    server.entries = [Entry("2401.00001", note.title, note.abstract)]
    report = assistant.fetch(notes=True, limit=3)
    assert held(assistant, note.title).abstract == own.abstract
    assert len(assistant.papers()) == 176
    assert len(report.items) == 3


# -- by id, title, query


def test_ids_and_titles_and_queries_bring_new_papers(assistant: Assistant, server: FakeArxiv) -> None:
    report = assistant.fetch(ids=["https://arxiv.org/abs/2401.00001v3", "2401.99999"])
    assert outcomes(report.items) == {"2401.00001": "matched", "2401.99999": "not found"}
    assert len(report.added) == 1
    report = assistant.fetch(titles=["quilt: patchwise caching", "No such thing"])
    assert outcomes(report.items) == {"quilt: patchwise caching": "matched", "No such thing": "not found"}
    report = assistant.fetch(query='ti:"Mossy"', limit=5)
    assert [i.asked for i in report.items] == ["Mossy Compilers"]
    assert sorted(p.title for p in assistant.papers()) == sorted(e.title for e in ENTRIES)
    new = held(assistant, "Mossy")
    assert {o.field for o in new.provenance} >= {"title", "abstract", "authors", "published"}
    assert new.sources == ("arXiv",)
    assert assistant.fetch(query="ti:zebra").items[0].outcome == "not found"
    with pytest.raises(InputError, match="'mossy' is no arXiv id"):
        assistant.fetch(ids=["mossy"])


def test_a_fetched_paper_that_is_held_is_filled_not_overwritten(assistant: Assistant) -> None:
    assistant.library.write([paper("Mossy Compilers", MOSS + " My own last sentence.", url="https://mine.example")])
    [item] = assistant.fetch(ids=["2401.00003"]).items
    after = held(assistant, "Mossy")
    assert after.url == "https://mine.example" and after.abstract.endswith("My own last sentence.")
    assert "authors" in item.taken and "abstract" not in item.taken


def test_long_queries_go_page_by_page(assistant: Assistant, server: FakeArxiv) -> None:
    words = [
        f"{a}{b}"
        for a in ("ka", "lo", "mi", "nu", "pe", "ra")
        for b in (
            "b",
            "d",
            "f",
            "g",
            "k",
            "l",
            "m",
            "n",
            "p",
            "r",
            "s",
            "t",
            "v",
            "w",
            "x",
            "z",
            "bl",
            "br",
            "dr",
            "fl",
        )
    ]
    server.entries = [
        Entry(f"2403.{n:05}", f"Zeta {w}", f"{w} does {w}ing with {w}ed things alone.") for n, w in enumerate(words)
    ]
    report = assistant.fetch(query="ti:zeta", limit=110)
    assert len(report.added) == 110
    assert [r.query["start"] for r in server.requests] == ["0", "100"]
    assert [r.query["max_results"] for r in server.requests] == ["100", "10"]


def test_an_abstract_of_5_mb_is_refused_alone(assistant: Assistant, server: FakeArxiv) -> None:
    server.entries[0] = Entry("2401.00001", "RingFold: Folding Collectives", "ring " * 1_000_000)
    report = assistant.fetch(ids=["2401.00001", "2401.00002"])
    assert outcomes(report.items) == {"2401.00001": "not found", "2401.00002": "matched"}
    assert "the abstract of 'RingFold: Folding Collectives' has" in report.items[0].reason


# -- what is kept


def test_nothing_is_asked_twice_until_it_is_old(server: FakeArxiv, tmp_path: Path) -> None:
    def again(**more: Any) -> Any:
        with Assistant.open(
            tmp_path / f"lib{len(server.requests)}{more}", settings=settings(server, tmp_path / "c")
        ) as a:
            return a.fetch(ids=["2401.00001"], **more)

    assert (again().requests, again(limit=3).cached) == (1, 1)
    assert again(refresh=True).requests == 1
    [kept] = (tmp_path / "c" / "arxiv").glob("*.json")
    record = json.loads(kept.read_text())
    kept.write_text(json.dumps({**record, "at": record["at"] - 31 * 86_400}))
    assert again(limit=4).requests == 1, "older than 30 days"
    kept.write_text("{ torn")
    assert again(limit=5).requests == 1
    assert len(server.requests) == 4


def test_an_answer_without_papers_is_asked_again_after_a_day(server: FakeArxiv, tmp_path: Path) -> None:
    with Assistant.open(tmp_path / "lib", settings=settings(server, tmp_path / "c")) as a:
        assert a.fetch(ids=["2401.99999"]).requests == 1
        assert a.fetch(ids=["2401.99999"]).requests == 0
        [kept] = (tmp_path / "c" / "arxiv").glob("*.json")
        record = json.loads(kept.read_text())
        kept.write_text(json.dumps({**record, "at": record["at"] - 2 * 86_400}))
        assert a.fetch(ids=["2401.99999"]).requests == 1


def test_the_origin_goes_out_and_comes_back(assistant: Assistant, tmp_path: Path) -> None:
    assistant.fetch(ids=["2401.00001"])
    [whole] = assistant.papers()
    assert Paper.model_validate_json(whole.model_dump_json()) == whole
    out = tmp_path / "out.jsonl"
    out.write_text(
        whole.model_dump_json() + "\n" + json.dumps({"title": "T", "abstract": "A b c.", "provenance": "mine"})
    )
    back = read_sources([out])
    assert back.papers[0].provenance == whole.provenance
    assert back.papers[1].provenance == () and back.rejected == []


def test_an_origin_goes_with_its_value(assistant: Assistant) -> None:
    assistant.library.write([paper("Mossy Compilers", MOSS.replace("laptops", "desks"), text_kind="note")])
    assistant.fetch()
    assert "abstract" in {o.field for o in held(assistant, "Mossy").provenance}
    assistant.library.write([paper("Mossy Compilers", MOSS + " A newer end.")])
    after = held(assistant, "Mossy")
    assert after.abstract.endswith("A newer end.")
    assert "abstract" not in {o.field for o in after.provenance}
    assert Origin(field="arxiv_id", source="arXiv:2401.00003", at=after.provenance[0].at) in after.provenance


_VICTIM = """
import os, sys
from rag import Assistant, Settings
url, folder, cache = sys.argv[1:]
settings = Settings(arxiv_url=url, fetch_pause=0, cache_dir=cache, llm="off")
with Assistant.open(folder, settings=settings) as assistant:
    assistant.fetch(on_item=lambda item, done, total: print(done, flush=True))
"""


def test_killed_in_the_middle_it_loses_nothing_and_goes_on(server: FakeArxiv, tmp_path: Path) -> None:
    entries = [
        Entry(f"2405.{n:05}", f"Lamp{n} Light{n}", f"Lamp{n} lights room{n} with glow{n} at night{n}.")
        for n in range(16)
    ]
    server.entries = entries
    notes = [paper(e.title, e.abstract + " Surely.", text_kind="note") for e in entries]
    chosen = settings(server, tmp_path / "cache")
    with Assistant.open(tmp_path / "lib", settings=chosen) as assistant:
        assistant.library.write(notes)
    server.enqueue(*[Fault()] * 13, Fault(delay=60))
    arguments = [server.url, str(tmp_path / "lib"), str(tmp_path / "cache")]
    victim = subprocess.Popen(
        [sys.executable, "-c", _VICTIM, *arguments],
        env={**os.environ, "PYTHONPATH": str(REPO)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert victim.stdout is not None
    while len(server.requests) < 14:
        assert victim.poll() is None
        time.sleep(0.02)
    os.kill(victim.pid, signal.SIGKILL)
    victim.communicate()
    with Assistant.open(tmp_path / "lib", settings=chosen) as assistant:
        kinds = [p.text_kind for p in assistant.papers()]
        assert len(kinds) == 16 and kinds.count("abstract") == 10, "the batch that was whole"
        report = assistant.fetch()
        assert (report.count("matched"), report.cached, report.requests) == (6, 3, 3), (
            "what was answered is not asked again"
        )
        assert {p.text_kind for p in assistant.papers()} == {"abstract"}


def test_the_bundled_notes_themselves_take_nothing(notes: Assistant) -> None:
    with pytest.raises(InputError, match="take no papers"):
        notes.fetch()
