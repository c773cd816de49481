"""What holds for all five tabs: legible in both themes, whole on a phone, reached by keyboard, named, and safe."""

from __future__ import annotations

import pytest

from tests.browser.everything import TABS, fill, served
from tests.browser.test_hostile import BADS

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
# Every piece of text that is seen, against what lies behind it; WCAG 2.2 AA, 1.4.3: 4.5, or 3 for large text.
FAINT = """() => {
  const channel = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const parse = c => { const [r, g, b, a = 1] = c.match(/[\\d.]+/g).map(Number); return [r, g, b, a]; };
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const over = (top, below, a) => below.map((v, i) => top[i] * a + v * (1 - a));
  const behind = element => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour[3] > 0) layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((below, c) => over(c, below, c[3]), [255, 255, 255]);
  };
  const faint = [];
  const look = (element, style, words) => {
    const back = behind(element);
    let strength = parse(style.color)[3];
    for (let e = element; e; e = e.parentElement) strength *= Number(getComputedStyle(e).opacity);
    const ink = over(parse(style.color), back, strength);
    const [a, b] = [light(ink), light(back)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) {
      faint.push(`${ratio.toFixed(2)} ${element.tagName}.${element.className} ${words.trim().slice(0, 40)}`);
    }
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const { textContent: words, parentElement: e } = walk.currentNode;
    if (!words.trim() || e.closest("script, style, :disabled, [aria-hidden=true]")) continue;
    if (e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length) look(e, getComputedStyle(e), words);
  }
  for (const field of document.querySelectorAll("input:not([type=radio], [type=checkbox]), textarea")) {
    if (!field.checkVisibility({ visibilityProperty: true }) || field.disabled) continue;
    if (field.value) look(field, getComputedStyle(field), field.value);
    if (field.placeholder) look(field, getComputedStyle(field, "::placeholder"), field.placeholder);
  }
  return [...new Set(faint)];
}"""
# What sticks out of the window to the side, or out of a box that clips it; a region that scrolls may hold more.
CUT = """() => {
  const cut = [];
  for (const e of document.querySelectorAll(".gradio-container *")) {
    if (!e.checkVisibility({ visibilityProperty: true }) || e.closest(".gw-scroll, #gw-drawer, svg, .gw-unseen, [aria-hidden=true]")) continue;
    const box = e.getBoundingClientRect();
    if (!box.width || !box.height) continue;
    const place = `${e.tagName}#${e.id}.${String(e.className).slice(0, 40)} ${e.textContent.trim().slice(0, 30)}`;
    if (box.right > innerWidth + 1 || box.left < -1) cut.push(`out: ${place} ${box.left.toFixed()}..${box.right.toFixed()}`);
    const style = getComputedStyle(e);
    if (["hidden", "clip"].includes(style.overflowX) && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1
        && e.textContent.trim()) cut.push(`clipped: ${place}`);
  }
  return [...new Set(cut)];
}"""
# Everything that can be used, where it is seen: whether it has a name, and whether the keyboard can come to it.
UNNAMED = """() => {
  const used = "a[href], button, input, select, textarea, summary, iframe, [role=button], [role=tab], [role=region], [tabindex='0']";
  const named = e => {
    const by = (e.getAttribute("aria-labelledby") ?? "").split(" ").map(id => document.getElementById(id)?.textContent ?? "");
    const labels = [...(e.labels ?? [])].map(l => l.textContent);
    return [e.getAttribute("aria-label"), e.title, e.innerText, ...by, ...labels].some(t => t?.trim());
  };
  const seen = [...document.querySelectorAll(used)].filter(e => e.checkVisibility({ visibilityProperty: true }) && !e.disabled && !e.closest("[aria-hidden=true]"));
  const told = e => `${e.tagName}#${e.id}.${String(e.className).slice(0, 50)}`;
  return {
    unnamed: seen.filter(e => !named(e)).map(told),
    unreached: seen.filter(e => e.tabIndex < 0 && !e.matches("[role=tab], input[type=file]")).map(told),
  };
}"""


@pytest.fixture(scope="module")
def everything_url(tmp_path_factory):
    folder = tmp_path_factory.mktemp("everything")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder / "data"))
        page = served(folder)
        yield page.url
        page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_is_legible_in_both_themes(open_page, everything_url, scheme):
    page = open_page(everything_url, color_scheme=scheme)
    faint = {}
    for tab in TABS:
        fill(page, tab)
        if page.query_selector("#gw-main .gw-chip:visible"):
            page.click("#gw-live .gw-chip >> nth=0")
        page.mouse.move(1, 1)
        page.wait_for_timeout(400)  # the colour of a mark fades in
        faint[tab] = page.evaluate(FAINT)
    frame = page.query_selector(".gw-frame").content_frame()
    faint["the report"] = frame.evaluate(FAINT)
    for face in ("history", "settings"):
        page.click(f".gw-menu [data-drawer={face}]")
        page.wait_for_timeout(300)
        faint[face] = page.evaluate(FAINT)
        page.keyboard.press("Escape")
    assert {tab: found for tab, found in faint.items() if found} == {}


def test_nothing_is_cut_on_a_phone(open_page, everything_url):
    page = open_page(everything_url, **PHONE)
    cut = {}
    for tab in TABS:
        fill(page, tab)
        cut[tab] = page.evaluate(CUT)
        wide = page.evaluate("Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)")
        cut[tab] += [f"{wide} px wide"] if wide > 390 else []
    assert {tab: found for tab, found in cut.items() if found} == {}


def test_a_phone_comes_to_the_paper_that_was_chosen(open_page, everything_url):
    page = open_page(everything_url, **PHONE)
    fill(page, "Library")
    page.tap("#gw-listing .gw-near >> nth=1")
    page.wait_for_function(
        "() => { const p = document.querySelector('.gw-paper'), top = p.getBoundingClientRect().top;"
        " return document.activeElement === p && top >= 0 && top < innerHeight / 2 }"
    )


def test_every_control_has_a_name_and_is_reached(open_page, everything_url):
    page = open_page(everything_url)
    wrong = {}
    for tab in TABS:
        fill(page, tab)
        found = page.evaluate(UNNAMED)
        wrong[tab] = found["unnamed"] + found["unreached"]
    for face in ("history", "settings"):
        page.click(f".gw-menu [data-drawer={face}]")
        found = page.evaluate(UNNAMED)
        wrong[face] = found["unnamed"] + found["unreached"]
        page.keyboard.press("Escape")
    assert {tab: found for tab, found in wrong.items() if found} == {}


def test_each_tab_is_worked_by_keyboard_alone(open_page, everything_url):
    page = open_page(everything_url)
    page.focus("#gw-tabs button[role=tab]:text-is('Survey'):visible")
    page.keyboard.press("Enter")
    page.wait_for_selector("#gw-topic", state="visible")
    page.focus("#gw-topic :is(input, textarea)")
    page.keyboard.type("latency")
    page.keyboard.press("Enter")
    page.wait_for_selector("#gw-table table")
    page.focus("#gw-table .gw-chip")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.tagName") == "MARK"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.className").startswith("gw-chip")


@pytest.fixture(scope="module", params=range(len(BADS)))
def hostile_everything(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder / "data"))
        page = served(folder, BADS[request.param])
        yield page.url, BADS[request.param]
        page.close()


def test_nothing_hostile_runs_in_any_tab(open_page, hostile_everything):
    """Titles, metadata, what a model wrote, verdicts' reasons, notices, a run's questions, conversations' titles."""
    url, bad = hostile_everything
    page = open_page(url)
    for tab in TABS:
        fill(page, tab, bad)
        assert tab == "Evaluate" or bad[:12] in page.inner_text(".gradio-container")
        for chip in page.query_selector_all(".gw-chip:visible")[:6]:
            chip.click()
            chip.hover()
        frame = page.query_selector(".gw-frame")
        within = frame.content_frame() if tab == "Evaluate" and frame else None
        assert (
            within is None
            or within.query_selector("script, img:not([src^='data:']), iframe, link, [onload], [onerror]") is None
        )
    page.click(".gw-menu [data-drawer=history]")
    page.click("#gw-history [data-drawer=settings]")
    page.fill("#gw-settings label:has-text('Organisations') :is(input, textarea)", bad)
    page.wait_for_selector("#gw-chosen .gw-notice")
    page.reload()
    page.wait_for_selector("#gw-past .gw-turn")
    page.wait_for_timeout(300)
    assert page.evaluate("window.__pwned") is None
    ours = ":is(.gw-panel, .gw-turn, .gw-shelf, .gw-table, .gw-banner, .gw-conversations, .gw-judgements, #gw-chosen)"
    assert page.query_selector_all(f"{ours} :is(script, img, iframe, svg, link, meta, object, embed, base, form)") == []
    hrefs = page.evaluate(f"[...document.querySelectorAll('{ours} a')].map(a => a.href)")
    assert all(h.startswith("https://example.org/") for h in hrefs)
    handlers = (
        f"[...document.querySelectorAll('{ours} *')].filter(e => [...e.attributes].some(a => /^on/.test(a.name)))"
    )
    assert page.evaluate(f"{handlers}.length") == 0
