"""Conversations survive a reload with their evidence; the drawer's settings hold for one tab."""

from __future__ import annotations

import pytest

from tests.browser.conftest import FIRST, open_tab, send
from tests.browser.test_chat import marked
from tests.fakes.openai_server import FakeOpenAI, Reply


def settled(page) -> None:
    """Wait until the conversation stands in the list."""
    page.wait_for_selector("#gw-conversations [aria-current]", state="attached")


def test_a_reload_brings_the_conversation_back_with_its_evidence(open_page, notes_url):
    page = open_page(notes_url)
    send(page)
    send(page, "how does TokenWeave work?")
    settled(page)
    quotes = [c.get_attribute("title") for c in page.query_selector_all(".gw-chip")]
    page.reload()
    page.wait_for_selector("#gw-past .gw-turn")
    assert page.inner_text("#gw-past .gw-question") == FIRST
    page.click("#gw-live-sources .gw-whyp summary")
    assert "TokenWeave" in page.inner_text("#gw-live-sources .gw-whyp table")
    assert [c.get_attribute("title") for c in page.query_selector_all(".gw-chip")] == quotes
    for chip in page.query_selector_all(".gw-chip"):
        chip.click()
        assert marked(page, chip) == chip.get_attribute("title")
    send(page, "how does the second one work?")
    assert page.query_selector("#gw-live #a3")


def test_who_asks_before_the_page_is_whole_keeps_the_conversation(open_page, notes_url):
    page = open_page(notes_url)
    page.evaluate("localStorage.clear()")
    late = []
    page.route("**/gradio_api/run/**", lambda route: late.append(route))  # what a loading page asks for is slow to come
    page.reload()
    page.wait_for_selector("#gw-question textarea")
    send(page)
    page.wait_for_timeout(500)
    assert late
    page.unroute("**/gradio_api/run/**")  # lets go on what was held
    settled(page)
    assert page.inner_text("#gw-live .gw-question") == FIRST
    page.reload()
    page.wait_for_function("q => document.querySelector('#gw-live .gw-question')?.textContent === q", arg=FIRST)


def test_conversations_are_listed_opened_and_deleted(open_page, notes_url):
    page = open_page(notes_url)
    send(page)
    settled(page)
    page.click("#gw-clear")
    page.wait_for_selector(".gw-welcome >> visible=true")
    send(page, "how does TokenWeave work?")
    settled(page)
    page.click("[data-drawer=history]")
    assert page.evaluate("document.querySelector('#gw-drawer').contains(document.activeElement)")
    page.wait_for_function("document.querySelectorAll('#gw-conversations li').length === 2")
    page.click(f"#gw-conversations .gw-near:has-text('{FIRST}')")
    page.wait_for_function("q => document.querySelector('#gw-live .gw-question').textContent === q", arg=FIRST)
    # The list is redrawn after the answer: before that the other conversation is still marked as the open one.
    page.click(f"#gw-conversations li:has([aria-current]):has-text('{FIRST}') button:text-is('Delete')")
    page.wait_for_function("document.querySelectorAll('#gw-conversations li').length === 1")
    page.wait_for_selector("#gw-live .gw-welcome")
    page.keyboard.press("Escape")
    page.wait_for_selector("#gw-drawer", state="hidden")
    assert page.evaluate("document.activeElement.dataset.drawer") == "history"


def test_another_browser_sees_nothing_of_it(open_page, notes_url):
    ada = open_page(notes_url)
    send(ada, "how does Tilus work?")
    settled(ada)
    ben = open_page(notes_url)
    ben.click("[data-drawer=history]")
    assert "Tilus" not in ben.inner_text("body")
    ben.reload()
    ben.wait_for_selector(".gw-welcome >> visible=true")
    assert "Tilus" not in ben.inner_text("body")


def test_a_filter_and_a_wrong_year(open_page, notes_url):
    page = open_page(notes_url)
    page.click("[data-drawer=settings]")
    page.fill("#gw-settings label:has-text('From year') input, #gw-settings label:has-text('From year') textarea", "24")
    page.keyboard.press("Escape")
    send(page)
    assert "no year" in page.inner_text("#gw-live .gw-problem")


def test_filters_reach_survey_and_check(open_page, notes_url):
    page = open_page(notes_url)
    page.click("[data-drawer=settings]")
    page.fill("#gw-settings label:has-text('From year') :is(input, textarea)", "2099")
    page.check("#gw-settings label:has-text('without a date') input")
    page.keyboard.press("Escape")
    page.wait_for_selector("#gw-chosen :text('Only papers from 2099 with a date')")
    open_tab(page, "Survey")
    page.fill("#gw-topic :is(input, textarea)", "speculative decoding")
    page.click("#gw-survey-send")
    page.wait_for_selector("#gw-summary .gw-abstention")
    open_tab(page, "Check")
    page.fill("#gw-check-text textarea", "TokenWeave gains up to 29% in latency.")
    page.click("#gw-check-send")
    page.wait_for_selector("#gw-check-result .gw-report")
    assert "not covered" in page.inner_text("#gw-check-result")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_model_is_chosen_for_one_tab_and_its_key_is_kept_nowhere(open_page, library_url, width):
    paper = {"title": "Brook: Reductions", "abstract": "Brook lowers the latency of all-reduce by 2x on 16 GPUs."}
    page = open_page(library_url(paper, offline=False), viewport={"width": width, "height": 844})
    with FakeOpenAI() as server:
        server.default = Reply("no claims here")
        page.click("[data-drawer=settings]")
        page.click("#gw-settings label:has-text('written by a model')")
        for name, value in (("Model", "tiny"), ("Server", server.base_url), ("Key", "s3cret-key")):
            page.fill(f"#gw-settings label:has(span:text-is('{name}')) :is(input, textarea)", value)
        page.keyboard.press("Escape")
        send(page)
        assert server.requests[0].body["model"] == "tiny"
        assert server.requests[0].headers["authorization"] == "Bearer s3cret-key"
    settled(page)
    assert "s3cret" not in page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")
    assert "s3cret" not in page.inner_text("body")
