"""What can be done with an answer, in a browser: copy, save, ask again, ask on, see why its papers were read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag.answer import Answer
from tests.browser.conftest import FIRST, send


def saved(page, name: str) -> str:
    with page.expect_download() as download:
        page.click(f"#gw-live .gw-saving button:text-is('{name}')")
    return Path(download.value.path()).read_text(encoding="utf-8")


def test_an_answer_is_saved_as_files(open_page, notes_url):
    page = open_page(notes_url)
    send(page)
    record = Answer.model_validate_json(saved(page, "JSON"))
    assert record.question == FIRST
    assert len(record.sources) == len(page.query_selector_all("#gw-live-sources .gw-source"))
    assert FIRST in saved(page, "Markdown")
    assert saved(page, "BibTeX").count("@") == len(record.sources)


def test_an_answer_is_copied(open_page, notes_url):
    page = open_page(notes_url)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    send(page)
    page.click(".gw-copy")
    page.wait_for_function("document.querySelector('.gw-copy').textContent === 'Copied'")
    text = page.evaluate("navigator.clipboard.readText()")
    assert text.startswith(FIRST)
    assert "source 1: " in text


def test_a_suggested_question_is_answered(open_page, notes_url):
    page = open_page(notes_url)
    send(page)
    suggestion = page.wait_for_selector("#gw-next .gw-ask")
    asked = suggestion.inner_text()
    suggestion.click()
    page.wait_for_function("q => document.querySelector('#gw-live .gw-question')?.textContent === q", arg=asked)
    page.wait_for_selector('#gw-live .gw-turn[aria-busy="false"]')
    assert page.query_selector("#gw-live .gw-chip")
    assert page.query_selector("#gw-live .gw-abstention") is None


def test_a_question_is_asked_again(open_page, notes_url):
    page = open_page(notes_url)
    send(page)
    page.click("#gw-live button:text-is('Ask again')")
    page.wait_for_selector('#gw-live #a2[aria-busy="false"]')
    assert page.inner_text("#gw-live .gw-question") == FIRST


def test_why_these_papers_is_told(open_page, notes_url):
    page = open_page(notes_url)
    send(page)
    page.click("#gw-live-sources .gw-whyp summary")
    table = page.inner_text("#gw-live-sources .gw-whyp table")
    assert "all-reduce" in table
    assert "#1" in table


@pytest.mark.parametrize("act", ["export", "thumb", "nothing", "__class__"])
def test_a_forged_click_gets_nothing(open_page, notes_url, act):
    """What a page may send is not believed: a turn of nobody, a deed that is none."""
    page = open_page(notes_url)
    send(page)
    page.evaluate(
        "act => { const b = document.querySelector('#gw-live [data-act]');"
        " Object.assign(b.dataset, {act, turn: 'a99', value: '../../etc/passwd'}); b.click(); }",
        act,
    )
    page.wait_for_timeout(300)
    assert json.loads(page.evaluate("JSON.stringify([...document.querySelectorAll('.gw-problem')].length)")) == 0
    assert len(page.query_selector_all("#gw-live .gw-turn")) == 1
