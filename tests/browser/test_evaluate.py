"""The Evaluate tab in a browser: the newest report, and thumbs that become draft cases."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from eval.drafting import Draft
from eval.records import write_json
from eval.runner import run
from rag.settings import Settings
from tests.browser.conftest import open_tab, send
from tests.eval.build import PAPERS, SUITE, perfect
from tests.ui.records import FakeAssistant, answer, citation, claim, events, paper
from ui.evaluate import newest
from ui.server import free_port

PAPER = paper(1)
HOSTILE = "<script>window.__pwned = 1</script><img src=x onerror='window.__pwned = 1'>"


def script(question, turn):
    yield from events(answer(claim("So.", citation(PAPER)), sources=[PAPER], question=question))


@pytest.fixture
def runs(tmp_path):
    folder = tmp_path / "runs"
    folder.mkdir()
    record = run(perfect(), SUITE, PAPERS)
    items = tuple(i.model_copy(update={"question": HOSTILE}) for i in record.items)
    write_json(record.model_copy(update={"items": items}), folder / "older.json")
    (folder / "newer.json").write_text('{"of": "another kind"}')
    os.utime(folder / "older.json", (1, 1))
    return folder


@pytest.fixture
def url(runs, tmp_path, monkeypatch):
    from ui.app import launch

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    page = launch(FakeAssistant(script, [PAPER]), Settings(), port=free_port("127.0.0.1", 0), report=runs)
    yield page.url
    page.close()


def test_the_newest_report_is_shown_and_nothing_in_it_runs(open_page, url):
    page = open_page(url)
    open_tab(page, "Evaluate")
    page.wait_for_selector(".gw-frame")
    assert "older.json" in page.inner_text("#gw-evaluation")
    frame = page.query_selector(".gw-frame").content_frame()
    frame.wait_for_selector("h1")
    assert "Evaluation" in frame.inner_text("h1")
    assert frame.query_selector("script") is None
    assert page.evaluate("window.__pwned") is None


def test_thumbs_become_draft_cases(open_page, url):
    page = open_page(url)
    send(page, "why?")
    page.click(".gw-thumb[data-value=up]")
    page.wait_for_selector(".gw-thumb[aria-pressed=true]")
    open_tab(page, "Evaluate")
    page.click("#gw-judgements summary")
    assert "why?" in page.inner_text("#gw-judgements")
    with page.expect_download() as saved:
        page.click("#gw-judgements button")
    (row,) = Path(saved.value.path()).read_text(encoding="utf-8").splitlines()
    draft = Draft.model_validate(json.loads(row))
    assert draft.status == "draft"
    assert draft.relevant == {PAPER.title: 2}


def test_without_a_report_the_way_to_one_is_told(tmp_path):
    assert "rag eval run" in newest(tmp_path)
    assert "rag eval run" in newest(None)
    (tmp_path / "bad.json").write_text("{}")
    assert "gw-problem" in newest(tmp_path / "bad.json")
