"""The Library tab in a browser: browse, search, read, add, remove, undo."""

from __future__ import annotations

import json

import pytest

from tests.browser.conftest import open_tab, send

ROWS = [
    {"title": f"Brook {n}: Reductions", "abstract": f"Brook {n} lowers the latency of all-reduce by {n + 2}x on 16 GPUs."}
    for n in range(30)
]  # fmt: skip
NEW = {
    "title": "Fern: Folding Fronds",
    "abstract": "Fern folds fronds of ferns on 4 GPUs and halves the time to unfold.",
}


@pytest.fixture(scope="module")
def own_url(library_url):
    return library_url(*ROWS)


def opened(open_page, url, **options):
    page = open_page(url, **options)
    open_tab(page, "Library")
    page.wait_for_selector("#gw-listing .gw-papers li")
    return page


def titles(page):
    return [e.inner_text() for e in page.query_selector_all("#gw-listing .gw-near")]


def test_the_list_is_browsed_page_by_page(open_page, own_url):
    page = opened(open_page, own_url)
    assert len(titles(page)) == 25
    page.click("#gw-listing button:text-is('further')")
    page.wait_for_function("document.querySelectorAll('#gw-listing .gw-near').length === 5")


def test_the_bundled_notes_say_that_they_are_and_take_no_files(open_page, notes_url):
    page = opened(open_page, notes_url)
    assert "rag ui --library" in page.inner_text("#gw-library-list")
    assert page.query_selector("#gw-files") is None
    page.click("#gw-listing .gw-near >> nth=0")
    page.wait_for_selector(".gw-paper .gw-text")
    assert "Our note on the paper" in page.inner_text(".gw-paper")
    assert page.query_selector(".gw-remove") is None


def test_a_search_finds_and_a_paper_leads_to_its_neighbours(open_page, notes_url):
    page = opened(open_page, notes_url)
    page.fill("#gw-library-search :is(input, textarea)", "TokenWeave")
    page.wait_for_function("document.querySelector('#gw-listing .gw-near')?.innerText.startsWith('TokenWeave')")
    page.click("#gw-listing .gw-near >> nth=0")
    page.wait_for_selector(".gw-paper .gw-papers .gw-near")
    near = page.inner_text(".gw-paper .gw-papers .gw-near >> nth=0").removesuffix(" note")
    page.click(".gw-paper .gw-papers .gw-near >> nth=0")
    page.wait_for_function("t => document.querySelector('.gw-paper h3').innerText === t", arg=near)
    with page.expect_download() as saved:
        page.click(".gw-paper button:text-is('BibTeX')")
    assert saved.value.suggested_filename.endswith(".bib")


def test_a_file_is_taken_in_and_asked_about_then_removed_and_brought_back(open_page, library_url, tmp_path):
    page = opened(open_page, library_url(*ROWS[:2]))
    file = tmp_path / "fresh.jsonl"
    file.write_text(json.dumps(NEW) + "\n" + json.dumps({"title": "<img src=x onerror=window.__pwned=1>"}) + "\n")
    page.click("#gw-add button")
    page.set_input_files("#gw-files input[type=file]", str(file))
    page.wait_for_selector(".gw-ingest")
    told = page.inner_text(".gw-ingest")
    assert "1 added" in told
    assert "fresh.jsonl:2" in told
    page.wait_for_function("document.querySelector('#gw-listing').innerText.includes('Fern: Folding Fronds')")
    assert page.evaluate("window.__pwned") is None
    open_tab(page, "Chat")
    send(page, "how long does Fern take to unfold fronds?")
    assert NEW["title"] in page.inner_text("#gw-live-sources")
    open_tab(page, "Library")
    page.click("#gw-listing .gw-near:has-text('Fern')")
    page.click(".gw-paper .gw-remove")
    page.wait_for_selector(".gw-undo")
    assert NEW["title"] not in titles(page)
    page.click(".gw-undo button")
    page.wait_for_function("document.querySelector('#gw-listing').innerText.includes('Fern: Folding Fronds')")
    assert page.query_selector(".gw-undo") is None


def test_a_phone_shows_the_library_in_one_column(open_page, own_url):
    page = opened(open_page, own_url, viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    page.tap("#gw-listing .gw-near >> nth=0")
    page.wait_for_selector(".gw-paper")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
