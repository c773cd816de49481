"""The Check tab in a browser: paste, read the verdicts, click through to the paper."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.conftest import FIRST, send, serve
from tests.ui.records import FakeAssistant, paper

TEXT = """TokenWeave [1] hides the communication of one subset of tokens behind the computation of the other. It gains up to
49% in latency. PipeInfer improves generation speed over standard speculative inference. Bakers knead their dough by hand.
Why is that?

## References

[1] TokenWeave: Efficient Compute-Communication Overlap for Distributed LLM Inference. 2025.
"""


def checked(page, text: str) -> None:
    """Paste a text into the Check tab and wait for its report."""
    page.get_by_role("tab", name="Check").click()
    page.fill("#gw-check-text textarea", text)
    page.click("#gw-check-send")
    page.wait_for_selector("#gw-check-result .gw-report, #gw-check-result .gw-problem")


def test_each_sentence_gets_its_verdict_and_leads_to_its_paper(open_page, notes_url) -> None:
    page = open_page(notes_url)
    checked(page, TEXT)
    claims = page.query_selector_all(".gw-checked > li")
    said = [c.inner_text() for c in claims]
    assert len(said) == 5
    assert "judged: supported" in said[0]
    assert "judged: contradicted" in said[1]
    assert "there it says 29%" in said[1], "what speaks against it is unfolded"
    assert "cites nothing; could cite PipeInfer" in said[2]
    assert "not covered" in said[3]
    assert "judged" not in said[4]
    chip = claims[1].query_selector(".gw-chip")
    chip.click()
    source = page.query_selector(f"#{chip.get_attribute('data-source')}")
    assert source.get_attribute("open") is not None
    lit = page.evaluate(
        "id => [...document.querySelectorAll(`[data-quotes~='${id}']`)].map(e => e.textContent).join('')",
        chip.get_attribute("data-cite"),
    )
    assert lit == chip.get_attribute("title")
    assert "29%" in lit
    page.click(".gw-remark .gw-near")
    assert page.evaluate("() => document.activeElement.closest('details')?.textContent.includes('PipeInfer')")


def test_the_chat_stands_beside_it_untouched(open_page, notes_url) -> None:
    page = open_page(notes_url)
    send(page, FIRST)
    answered = page.inner_text("#gw-live")
    checked(page, TEXT)
    checked(page, "PipeInfer improves generation speed over standard speculative inference.")
    page.wait_for_function("() => document.querySelectorAll('.gw-checked > li').length === 1")
    page.get_by_role("tab", name="Chat").click()
    assert page.inner_text("#gw-live") == answered
    ids = page.evaluate("() => [...document.querySelectorAll('[id]')].map(e => e.id).filter(i => /^[ak]\\d/.test(i))")
    assert len(ids) == len(set(ids)), "no anchor twice on one page"


@pytest.fixture(scope="module")
def scripted_url() -> Iterator[str]:
    url, close = serve(FakeAssistant(lambda question, turn: iter(()), [paper(1)]))
    yield url
    close()


def test_hostile_text_and_failures_stay_text(open_page, scripted_url) -> None:
    page = open_page(scripted_url)
    checked(page, "<img src=x onerror=alert(1)> lowers <b>latency</b>.")
    assert page.query_selector(".gw-checked img, .gw-checked b") is None
    assert "<img src=x onerror=alert(1)>" in page.inner_text(".gw-checked")
    page.fill("#gw-check-text textarea", "fail")
    page.click("#gw-check-send")
    page.wait_for_selector("#gw-check-result .gw-problem")
    assert "/secret" not in page.content()
    assert page.is_enabled("#gw-check-send")


def test_nothing_runs_over_the_edge_of_a_phone(open_page, notes_url) -> None:
    page = open_page(notes_url, viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    checked(page, TEXT + "\n" + "long" * 80)
    assert page.evaluate("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth")
