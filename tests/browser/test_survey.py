"""The Survey tab in a browser: a topic in, a cited summary and a table of quotes out."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from tests.browser.conftest import open_tab
from tests.browser.test_chat import marked


def survey(page, topic):
    open_tab(page, "Survey")
    page.fill("#gw-topic :is(input, textarea)", topic)
    page.click("#gw-survey-send")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_topic_is_summarised_and_its_papers_set_side_by_side(open_page, notes_url, width):
    page = open_page(notes_url, viewport={"width": width, "height": 844})
    survey(page, "speculative decoding")
    page.wait_for_selector("#gw-table table")
    assert len(page.query_selector_all("#gw-summary .gw-chip")) >= 3
    assert "not stated" in page.inner_text("#gw-table")
    chips = page.query_selector_all("#gw-table .gw-chip")
    assert len(chips) >= 3
    for chip in chips[:3]:
        chip.click()
        assert marked(page, chip) == chip.get_attribute("title") != ""
    ids = page.evaluate("[...document.querySelectorAll('#gw-survey [id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_table_is_saved_with_its_quotes(open_page, notes_url):
    page = open_page(notes_url)
    survey(page, "speculative decoding")
    page.wait_for_selector("#gw-table table")
    with page.expect_download() as saved:
        page.click("#gw-table button:text-is('CSV')")
    rows = list(csv.DictReader(io.StringIO(Path(saved.value.path()).read_text(encoding="utf-8"))))
    assert len(rows) == len(page.query_selector_all("#gw-table tbody tr"))
    assert any(row["result quote"] for row in rows)


def test_a_topic_that_is_not_there_has_no_table(open_page, notes_url):
    page = open_page(notes_url)
    survey(page, "sourdough bread recipes")
    page.wait_for_selector("#gw-summary .gw-abstention")
    assert page.query_selector("#gw-table table") is None
