"""The chat page in a browser, over the bundled notes and over scripted answers."""

from __future__ import annotations

import threading

import pytest

from tests.browser.conftest import FIRST, send, serve
from tests.ui.records import QUOTE, FakeAssistant, answer, citation, claim, events, paper, verdict

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
PAPER, OTHER = paper(1), paper(2)


@pytest.fixture(scope="module")
def gate():
    """Lets a scripted answer go on, one event at a time."""
    return threading.Semaphore(0)


@pytest.fixture(scope="module")
def scripted_url(gate):
    """Answers by the words of the question: "slow" waits at the gate before each event, "fail" breaks."""

    def script(question, turn):
        if "fail" in question:
            raise ZeroDivisionError("/secret/path")
        given = answer(
            claim(f"Turn {turn} on {question}", citation(PAPER)),
            claim("A second claim.", citation(PAPER, "lowers its latency by 2.15times on 16 GPUs. It needs")),
            sources=[PAPER],
            question=question,
            dropped=(claim("Too much.", verdict=verdict(label="unsupported", score=0.1, reason="not there")),),
        )
        for event in events(given, read=[OTHER]):
            if "slow" in question:
                assert gate.acquire(timeout=20)
            yield event

    url, close = serve(FakeAssistant(script, [PAPER, OTHER]))
    yield url
    close()


def marked(page, chip) -> str:
    """The text lit for a chip."""
    return page.evaluate(
        "id => [...document.querySelectorAll(`[data-quotes~='${id}']`)].map(e => e.textContent).join('')",
        chip.get_attribute("data-cite"),
    )


def test_the_page_opens_on_the_question_ready_to_send(open_page, notes_url):
    page = open_page(notes_url)
    assert page.input_value("#gw-question textarea") == FIRST
    assert page.title() == "Groundwork"
    banner = page.inner_text(".gw-banner")
    assert "bundled notes" in banner
    assert "papers" in banner
    assert "extractive" in banner
    page.click("#gw-send")
    page.wait_for_selector(".gw-chip")
    assert page.inner_text("#gw-live .gw-question") == FIRST


def test_every_chip_opens_its_source_with_its_quote_lit(open_page, notes_url):
    page = open_page(notes_url)
    send(page)
    chips = page.query_selector_all(".gw-chip")
    assert len(chips) >= 3
    for chip in chips:
        source = page.query_selector(f"#{chip.get_attribute('data-source')}")
        chip.click()
        assert source.get_attribute("open") is not None
        assert marked(page, chip) == chip.get_attribute("title") != ""
        assert "note" in chip.inner_text()
        mark = page.query_selector("mark.gw-selected")
        page.wait_for_function(
            "e => { const r = e.getBoundingClientRect(); return r.top >= 0 && r.top < 860 }", arg=mark
        )
    assert "Our note on the paper" in page.inner_text("#gw-sources")


def test_an_abstention_shows_the_nearest_papers(open_page, notes_url):
    page = open_page(notes_url)
    send(page, "what is the best recipe for sourdough bread?")
    assert "The abstracts do not say" in page.inner_text(".gw-abstention")
    assert page.query_selector(".gw-chip") is None
    near = page.query_selector_all(".gw-near")
    assert near
    near[-1].click()
    assert page.query_selector(f"#{near[-1].get_attribute('data-source')}").get_attribute("open") is not None


def test_a_follow_up_is_understood_from_the_turns_before(open_page, notes_url):
    page = open_page(notes_url)
    send(page)
    second = page.query_selector_all("#gw-live-sources .gw-title")[1].inner_text()
    send(page, "how does the second one work?")
    # The second one is the source shown as [2] before.
    name = "NVRAR" if "Single Node" in second else "TPI-LLM"
    assert f"Read as: how does {name} work?" in page.inner_text("#gw-live .gw-aside")
    assert page.query_selector("#gw-live .gw-chip")


def test_sources_come_first_then_claims_one_by_one(open_page, scripted_url, gate):
    page = open_page(scripted_url)
    send(page, "slow?", wait=False)
    gate.release()
    page.wait_for_selector(".gw-read")
    assert "Reading 2 papers" in page.inner_text("#gw-live")
    assert PAPER.title in page.inner_text("#gw-sources")
    assert page.query_selector(".gw-claim") is None
    gate.release()
    page.wait_for_selector(".gw-claim")
    page.click(".gw-chip")
    assert page.query_selector("#a1-s1").get_attribute("open") is not None
    gate.release()
    page.wait_for_function("document.querySelectorAll('.gw-claim').length === 2")
    # What the reader has unfolded stays so while the rest comes in.
    page.wait_for_function("document.querySelector('#a1-s1').open")
    gate.release(2)
    page.wait_for_selector('#gw-live .gw-turn[aria-busy="false"]')
    page.wait_for_function("document.querySelector('#a1-s1').open")
    assert "1 removed: why" in page.inner_text("#gw-live")


def test_stop_keeps_what_stands_and_the_next_question_works(open_page, scripted_url, gate):
    page = open_page(scripted_url)
    send(page, "slow again?", wait=False)
    gate.release(2)
    page.wait_for_selector(".gw-claim")
    page.click("#gw-stop")
    page.wait_for_selector('#gw-live .gw-turn[aria-busy="false"]')
    assert "Stopped" in page.inner_text("#gw-live")
    gate.release()  # the step that was under way ends, unseen
    page.wait_for_timeout(300)
    assert len(page.query_selector_all(".gw-claim")) == 1
    send(page, "quick?")
    assert len(page.query_selector_all("#gw-live .gw-claim")) == 2
    while gate.acquire(blocking=False):
        pass


def test_overlapping_quotes_are_each_lit_whole(open_page, scripted_url):
    page = open_page(scripted_url)
    send(page, "why?")
    first, second = page.query_selector_all(".gw-chip")
    assert marked(page, first) == QUOTE
    assert marked(page, second) == second.get_attribute("title")


def test_two_readers_never_see_each_others_turns(open_page, scripted_url):
    ada, ben = open_page(scripted_url), open_page(scripted_url)
    send(ada, "ada's first?")
    send(ada, "ada's second?")
    send(ben, "ben's first?")
    assert "Turn 2 on ada's second?" in ada.inner_text("#gw-chat")
    assert "Turn 1 on ben's first?" in ben.inner_text("#gw-chat")
    assert "ada's" not in ben.inner_text("#gw-main")
    assert "ben's" not in ada.inner_text("#gw-main")


def test_an_earlier_answer_keeps_its_own_sources(open_page, scripted_url):
    page = open_page(scripted_url)
    send(page, "one?")
    send(page, "two?")
    earlier = page.query_selector("#gw-past .gw-chip")
    assert earlier.get_attribute("data-answer") == "a1"
    earlier.click()
    assert page.query_selector("#a1-s1").is_visible()
    assert not page.query_selector("#a2-s1 .gw-text").is_visible()
    ids = page.evaluate("[...document.querySelectorAll('#gw-main [id^=\"a\"]')].map(e => e.id)")
    assert len(ids) == len(set(ids))


def test_clear_forgets(open_page, scripted_url):
    page = open_page(scripted_url)
    send(page, "one?")
    page.click("#gw-clear")
    page.wait_for_selector(".gw-welcome")
    assert page.query_selector(".gw-turn") is None
    assert page.query_selector(".gw-source") is None
    send(page, "two?")
    assert "Turn 1 on two?" in page.inner_text("#gw-live")


def test_a_defect_is_told_without_details(open_page, scripted_url):
    page = open_page(scripted_url)
    send(page, "fail?")
    assert "internal error" in page.inner_text(".gw-problem")
    shown = page.inner_text("body")
    assert "secret" not in shown
    assert "ZeroDivision" not in shown
    send(page, "and now?")
    assert page.query_selector("#gw-live .gw-claim")


def test_the_keyboard_reaches_everything(open_page, scripted_url):
    page = open_page(scripted_url)
    send(page, "why?")
    page.evaluate("document.activeElement.blur(); window.getSelection().removeAllRanges()")
    page.focus("#gw-live .gw-marks summary")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.className").startswith("gw-chip")
    assert page.query_selector("mark.gw-hovered")  # focus lights the quote, as hovering does
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.tagName") == "MARK"
    assert page.query_selector("#a1-s1").get_attribute("open") is not None
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.className").startswith("gw-chip")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert "same words" in page.inner_text(".gw-marks[open]")


def test_hovering_a_chip_lights_its_quote(open_page, scripted_url):
    page = open_page(scripted_url)
    send(page, "why?")
    chip = page.query_selector(".gw-chip")
    assert chip.get_attribute("title") == QUOTE
    chip.hover()
    assert page.query_selector("mark.gw-hovered")
    page.mouse.move(1, 1)
    assert page.query_selector("mark.gw-hovered") is None


def test_a_phone_shows_one_column_without_sideways_scrolling(open_page, notes_url):
    page = open_page(notes_url, **PHONE)
    wide = "Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)"
    assert page.evaluate(wide) <= 390
    send(page)
    page.tap(".gw-chip")
    assert page.evaluate(wide) <= 390
    chat, sources = page.query_selector("#gw-chat").bounding_box(), page.query_selector("#gw-sources").bounding_box()
    assert sources["y"] >= chat["y"] + chat["height"] - 1
    page.wait_for_function(
        "() => { const r = document.querySelector('mark.gw-selected').getBoundingClientRect();"
        " return r.top >= 0 && r.bottom <= innerHeight }"
    )
    page.tap(".gw-source[open] .gw-back")
    page.wait_for_function(
        "() => { const r = document.querySelector('.gw-chip').getBoundingClientRect(); return r.top >= 0 }"
    )


CONTRAST = """selector => {
  const channel = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const parse = c => c.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const element = document.querySelector(selector);
  let back = element;
  while (back && (parse(getComputedStyle(back).backgroundColor)[3] ?? 1) === 0) back = back.parentElement;
  const [a, b] = [getComputedStyle(element).color, getComputedStyle(back).backgroundColor].map(parse).map(light);
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_legible_in_light_and_dark(open_page, scripted_url, scheme):
    page = open_page(scripted_url, color_scheme=scheme)
    send(page, "why?")
    page.click(".gw-chip")
    page.click("#gw-chat .gw-dropped summary")
    page.mouse.move(1, 1)
    page.wait_for_timeout(400)  # the colour of a mark fades in
    assert (page.evaluate("document.body.classList.contains('dark')")) is (scheme == "dark")
    seen = [".gw-question", ".gw-sentence", ".gw-chip", ".gw-mark", ".gw-title", ".gw-meta", ".gw-text", ".gw-link",
            "mark.gw-quote", "mark.gw-selected", ".gw-colophon", ".gw-banner li", "#gw-send", ".gw-struck", ".gw-back",
            "#gw-question textarea"]  # fmt: skip
    assert {s: c for s in seen if (c := page.evaluate(CONTRAST, s)) < 4.5} == {}
