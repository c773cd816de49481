"""A library of hostile papers: nothing in it runs, loads, links or breaks the page."""

from __future__ import annotations

import pytest

from tests.browser.conftest import open_tab, send

PWN = "window.__pwned = 1"
BADS = [
    f"<script>{PWN}</script>",
    f'<img src=x onerror="{PWN}">',
    f"\"><svg onload='{PWN}'><iframe srcdoc='<script>parent.{PWN}</script>'></iframe>",
    f"![pixel](http://evil.example/pixel.png) [click me](javascript:{PWN})",
    "<img src='http://evil.example/p.gif'><link rel=preconnect href='http://evil.example'>"
    "<meta http-equiv=refresh content='0;url=http://evil.example'>",
    f"${{{PWN}}} {{{{lookup this 'constructor'}}}} @children </mark></details></p></article></div>",
]
RECORDS = [
    {
        "title": f"Latency of all-reduce {i} {bad}",
        "abstract": f"Method {i} reduces the latency of all-reduce {bad} by {i + 2}x on {i + 4} GPUs. " + "x" * 300 * i,
        "authors": [bad, "Eve Example"],
        "organisation": bad,
        "venue": bad,
        "url": f"javascript:{PWN}" if i % 2 else f'https://example.org/"onmouseover="{PWN}',
    }
    for i, bad in enumerate(BADS)
]


@pytest.fixture(scope="module")
def hostile_url(library_url):
    return library_url(*RECORDS)


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_runs_and_nothing_is_fetched(open_page, hostile_url, width):
    page = open_page(hostile_url, viewport={"width": width, "height": 844})
    for question in ("which methods reduce the latency of all-reduce?", f"and all-reduce latency {BADS[1]}{BADS[4]}?"):
        send(page, question)
    send(page, "which recipe is best for sourdough bread?")
    for chip in page.query_selector_all(".gw-chip"):
        chip.click()
        chip.hover()
    page.wait_for_timeout(500)
    assert page.evaluate("window.__pwned") is None
    assert page.query_selector("#gw-main :is(script, img, iframe, svg, link, meta, object, embed, base, form)") is None
    hrefs = page.evaluate("[...document.querySelectorAll('#gw-main a')].map(a => a.href)")
    assert all(h.startswith("https://example.org/") for h in hrefs)
    handlers = (
        "[...document.querySelectorAll('#gw-main *')].filter(e => [...e.attributes].some(a => /^on/.test(a.name)))"
    )
    assert page.evaluate(f"{handlers}.length") == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_nothing_runs_in_the_other_tabs(open_page, hostile_url):
    page = open_page(hostile_url)
    open_tab(page, "Survey")
    page.fill("#gw-topic :is(input, textarea)", f"latency of all-reduce {BADS[1]}")
    page.click("#gw-survey-send")
    page.wait_for_selector("#gw-table table")
    for chip in page.query_selector_all("#gw-table .gw-chip")[:4]:
        chip.click()
    open_tab(page, "Library")
    page.wait_for_selector("#gw-listing .gw-near")
    for n in range(len(page.query_selector_all("#gw-listing .gw-near"))):
        page.click(f"#gw-listing .gw-near >> nth={n}")
        page.wait_for_selector(".gw-paper")
    page.fill("#gw-library-search :is(input, textarea)", BADS[2])
    page.wait_for_timeout(500)
    page.click("[data-drawer=history]")
    assert page.evaluate("window.__pwned") is None
    inside = ":is(#gw-survey, #gw-library, #gw-drawer)"
    found = page.query_selector_all(f"{inside} :is(.gw-panel, .gw-turn, .gw-shelf) :is(script, img, iframe, svg, link)")
    assert found == []
    hrefs = page.evaluate(f"[...document.querySelectorAll('{inside} a')].map(a => a.href)")
    assert all(h.startswith("https://example.org/") for h in hrefs)


def test_hostile_quotes_are_lit_exactly(open_page, hostile_url):
    page = open_page(hostile_url)
    send(page, "which methods reduce the latency of all-reduce?")
    chips = page.query_selector_all(".gw-chip")
    assert len(chips) >= 3
    for chip in chips:
        lit = page.evaluate(
            "id => [...document.querySelectorAll('[data-quotes]')]"
            ".filter(e => e.dataset.quotes.split(' ').includes(id)).map(e => e.textContent).join('')",
            chip.get_attribute("data-cite"),
        )
        assert lit == chip.get_attribute("title") != ""


def test_the_policy_stops_what_escaping_would_miss(browser, hostile_url):
    page = browser.new_page()
    failures = {}
    page.on("requestfailed", lambda request: failures.update({request.url: request.failure}))
    page.goto(hostile_url)
    page.wait_for_selector("#gw-question textarea")
    blocked = page.evaluate(
        """async () => {
          const seen = [];
          document.addEventListener("securitypolicyviolation", (e) => seen.push(e.effectiveDirective));
          document.body.insertAdjacentHTML("beforeend",
            `<img src="https://evil.example/a.png"><img src="data:," onerror="window.__pwned = 1">`);
          await fetch("https://evil.example/b").catch(() => 0);
          await new Promise((done) => setTimeout(done, 500));
          return seen;
        }"""
    )
    assert {"img-src", "connect-src", "script-src-attr"} <= set(blocked)
    assert page.evaluate("window.__pwned") is None
    assert failures["https://evil.example/a.png"] == "csp"
    page.close()
