"""The Library tab's parts: what is listed and in which order, what is taken in, what is removed and comes back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.errors import InputError
from rag.paper import IngestReport, Rejection
from rag.settings import Settings
from tests.ui.records import hit, paper
from ui import library, shelf, uploads
from ui.shelf import View
from ui.standing import Standing

BROOK = paper(1, published="2024-05-01", organisation="Zeta Lab")
WEIR = paper(2, title="Weir: Reductions that Wait", published=None, organisation=None, text_kind="note")
ALDER = paper(3, title="alder: Trees of Reductions", published="2025-01-01", organisation="Alpha Lab")
PAPERS = [BROOK, WEIR, ALDER]


def found(text, most):
    return [hit(ALDER).model_copy(update={"explain": {"matched_terms": ["tree"]}}), hit(BROOK)]


@pytest.mark.parametrize(
    ("view", "titles"),
    [
        (View(sort="title"), [ALDER, BROOK, WEIR]),
        (View(sort="newest"), [ALDER, BROOK, WEIR]),
        (View(sort="oldest"), [BROOK, ALDER, WEIR]),
        (View(sort="organisation"), [ALDER, BROOK, WEIR]),
        (View(kind="notes"), [WEIR]),
        (View(kind="abstracts", sort="oldest"), [BROOK, ALDER]),
        (View("weir"), [ALDER, WEIR]),  # found by a term, and by its title; not what only lies near
        (View("zeta lab", sort="title"), [ALDER, BROOK]),
    ],
)
def test_what_is_listed_and_in_which_order(view, titles):
    assert shelf.chosen(PAPERS, view, found) == titles


def test_a_list_is_shown_in_pages():
    many = [paper(n) for n in range(60)]
    last = shelf.listing(many, View(page=99), 60)
    assert "51 to 60 of 60" in last
    assert 'data-value="1"' in last
    assert "further" not in last
    assert "further" in shelf.listing(many, View(page=-5), 60)
    assert "Nothing fits" in shelf.listing([], View("x"), 60)
    assert "empty" in shelf.listing([], View(), 0)


def test_related_papers_begin_with_the_same_work_and_leave_out_the_paper_itself():
    twin = BROOK.model_copy(update={"same_work": (WEIR.id, "gone")})
    assert shelf.related(twin, [twin, WEIR, ALDER], found)[0] == WEIR
    assert twin.id not in [p.id for p in shelf.related(twin, [twin, WEIR, ALDER], found)]


def test_what_cannot_be_changed_offers_no_removal():
    assert "Remove" in shelf.page_of(BROOK, [], removable=True)
    assert "Remove" not in shelf.page_of(BROOK, [], removable=False)


@pytest.fixture
def shelved(tmp_path):
    settings = Settings(cache_dir=str(tmp_path / "cache"), llm="off", offline=True)
    with Assistant.open(tmp_path / "library", settings=settings, for_writing=True) as assistant:
        assistant.library.write([BROOK, ALDER])
        yield assistant


def lines_file(folder: Path, name: str = "new.jsonl") -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / name
    rows = [
        {"title": "Fern: Fronds", "abstract": "Fern folds fronds on 4 GPUs and halves the time."},
        {"title": "Bare"},
    ]
    file.write_text("".join(json.dumps(r) + "\n" for r in rows))
    return file


def test_files_are_taken_in_and_reported_line_by_line(shelved, tmp_path):
    file = lines_file(tmp_path / "secret-folder")
    steps = []
    told = library.added(Standing(shelved), [str(file)], 50_000, lambda share, what: steps.append((share, what)))
    assert "1 added" in told
    assert "Fern: Fronds" in told
    assert "no abstract" in told
    assert "new.jsonl:2" in told
    assert "secret-folder" not in told
    assert next(p for p in shelved.papers() if p.title == "Fern: Fronds").sources == ("new.jsonl",)
    assert steps[-1][0] == 1.0
    assert not file.exists()


@pytest.mark.parametrize("name", ["a.exe", "a.jsonl.sh", "a"])
def test_other_kinds_of_files_are_refused(shelved, tmp_path, name):
    file = lines_file(tmp_path / "up", name)
    assert "no kind we read" in library.added(Standing(shelved), [str(file)], 50_000, lambda *_: None)
    assert len(shelved.papers()) == 2


def test_files_that_are_too_large_or_too_many_are_refused(shelved, tmp_path, monkeypatch):
    file = lines_file(tmp_path / "up")
    with pytest.raises(InputError, match="files at once"):
        uploads.ingest(shelved.library, [str(file)] * 21, 50_000, lambda *_: None)
    monkeypatch.setattr(uploads, "MOST_BYTES", 10)
    with pytest.raises(InputError, match="larger"):
        uploads.ingest(shelved.library, [str(file)], 50_000, lambda *_: None)


def test_a_removed_paper_comes_back_as_it_was(shelved):
    before = {p.id: p for p in shelved.papers()}
    removed = []
    assert library.remove(shelved, ALDER.id, removed) == ""
    assert library.remove(shelved, "nobody", removed) == ""
    assert [p.id for p in shelved.papers()] == [BROOK.id]
    assert "Undo" in shelf.removed(removed)
    assert library.restore(shelved, removed) == ""
    assert {p.id: p for p in shelved.papers()} == before
    assert removed == []
    assert shelf.removed(removed) == ""


def test_the_bundled_notes_stay_as_they_are(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with Assistant.open(settings=Settings(cache_dir=str(tmp_path / "cache"), llm="off", offline=True)) as notes:
        removed = []
        told = library.remove(notes, notes.papers()[0].id, removed)
        assert "cannot be changed" in told
        assert removed == []
        assert not Standing(notes).takes_files
        with pytest.raises(InputError, match="bundled notes"):
            uploads.ingest(notes.library, [str(lines_file(tmp_path / "up"))], 50_000, lambda *_: None)


def test_the_first_files_over_the_notes_begin_a_library_of_ones_own(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    settings = Settings(cache_dir=str(tmp_path / "cache"), llm="off", offline=True)
    with Assistant.open(settings=settings) as notes:
        standing = Standing(notes, lambda: Assistant.open(settings=settings, for_writing=True))
        assert "begin a library of your own" in library.about(standing)
        empty = tmp_path / "up" / "empty.jsonl"
        empty.parent.mkdir()
        empty.write_text('{"title": "Bare"}\n')
        assert "no abstract" in library.added(standing, [str(empty)], 50_000, lambda *_: None)
        assert standing.on_notes  # a file that holds nothing hides nothing
        before = standing.offline()
        told = library.added(standing, [str(lines_file(tmp_path / "up"))], 50_000, lambda *_: None)
        assert "The page now asks this library of your own" in told
        assert [p.title for p in standing.papers()] == ["Fern: Fronds"]
        assert library.about(standing) == ""
        assert standing.offline() is not before
        assert standing.offline() is standing.offline()
        assert standing.offline().ask("what does Fern fold?").sources[0].title == "Fern: Fronds"
        assert notes.papers()
        standing.close()


def test_an_assistant_that_knows_a_key_is_not_kept(shelved):
    standing = Standing(shelved)
    keyed = [standing.configured(llm="m", base_url="http://127.0.0.1:9/v1", api_key="k") for _ in range(2)]
    assert keyed[0] is not keyed[1]
    assert standing.configured(strictness="flag") is standing.configured(strictness="flag")
    kept = standing.configured(strictness="flag")
    for n in range(20):
        standing.configured(max_claims=n + 1)
    assert standing.configured(strictness="flag") is not kept


def test_a_report_is_escaped_and_begins_with_what_went_wrong():
    bad = "<img src=x onerror=alert(1)>"
    report = IngestReport(added=[BROOK.id], rejected=[Rejection(file=bad, line=3, reason=bad)], notices=[bad])
    shown = uploads.shown_report(report, [BROOK])
    assert "<img" not in shown
    assert shown.index("rejected") < shown.index(BROOK.title)
