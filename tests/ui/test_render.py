"""Rendering: whatever the text, only our own tags reach the page, and quotes are lit at exactly their offsets."""

from __future__ import annotations

import re
from collections import defaultdict
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.answer import RemovedCitation
from tests.ui.records import ABSTRACT, QUOTE, answer, citation, claim, paper, verdict
from ui import render, sources
from ui.banner import Facts, banner
from ui.markup import Span, escape, link, lit, web_address
from ui.turn import Problem, Turn

TAGS = set(
    "a article b bdi button dd details div dl dt h1 h2 h3 header li mark nav ol p section span summary "
    "table tbody td th thead tr ul".split()
)
ATTRIBUTES = set(
    "id class title href target rel type role dir tabindex open "
    "aria-busy aria-live aria-label aria-hidden aria-pressed aria-expanded scope "
    "data-answer data-source data-cite data-quotes data-act data-ask data-turn data-value data-drawer".split()
)
HOSTILE = [
    "<script>window.__pwned=1</script>",
    "<img src=x onerror=window.__pwned=1>",
    "![pixel](http://evil.example/p.png) [click](javascript:alert(1))",
    "\"><svg onload=alert(1)> ' onmouseover='x",
    "</mark></details></p><iframe srcdoc='<script>1</script>'>",
    "${window.__pwned=1} {{constructor}} @children $x^2$ **bold** `code`",
    "&lt;b&gt; &amp; &#60;script&#62;",
    "\u202eturned\u202c \u0000 nul",
]
# What an HTML parser hands back unchanged: no NUL (shown as U+FFFD), no half surrogates.
text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=80)


class Page(HTMLParser):
    """Tags, attributes and text of a piece of HTML; fails on tags that are not closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text, self.titles, self.hrefs, self.ids = "", [], [], []
        self.quotes: dict[str, str] = defaultdict(str)
        self._open: list[tuple[str, list[str]]] = []
        self.feed(html)
        self.close()
        assert not self._open

    def handle_starttag(self, tag, attrs):
        assert tag in TAGS
        given = dict(attrs)
        assert given.keys() <= ATTRIBUTES
        self.titles += [given[k] for k in ("title", "aria-label") if k in given]
        self.hrefs += [given["href"]] if "href" in given else []
        self.ids += [given["id"]] if "id" in given else []
        self._open.append((tag, (given.get("data-quotes") or "").split()))

    def handle_endtag(self, tag):
        assert self._open.pop()[0] == tag

    def handle_data(self, data):
        self.text += data
        for _, names in self._open:
            for name in names:
                self.quotes[name] += data

    def handle_comment(self, data):
        raise AssertionError("a comment")

    handle_decl = handle_pi = unknown_decl = handle_comment


def turn_of(given, **values) -> Turn:
    shown = Turn("a1", given.question)
    shown.answer, shown.claims, shown.dropped = given, list(given.claims), list(given.dropped)
    for name, value in values.items():
        setattr(shown, name, value)
    return shown


def whole(shown: Turn) -> Page:
    return Page(render.turn(shown) + sources.panel(shown))


@given(text)
def test_any_text_comes_back_from_the_page(said):
    assert Page(f"<p>{escape(said)}</p>").text == said
    assert Page(f'<p title="{escape(said)}"></p>').titles == [said]


@given(text, text, text, text, text)
@settings(max_examples=60, deadline=None)
def test_any_record_renders_to_our_tags_only(title, abstract, said, reason, url):
    of = paper(1, title=title, abstract=abstract + "x", url=url, authors=(said,), organisation=reason, venue=title)
    cited = citation(of, "x")
    one = claim(said, cited, verdict=verdict(reason=reason, judge=said), group=title or None)
    given_ = answer(one, sources=[of], question=said, dropped=(one,), reason=reason, fallback_from=reason or None)
    page = whole(turn_of(given_, read=(of, paper(2, title=title)), notices=[said]))
    assert said in page.text
    assert abstract in page.text
    assert title in page.text
    assert "x" in page.titles
    whole(turn_of(answer(abstained=True, reason=reason, nearest=(of,))))
    Page(render.problem(Problem("InputError", said, reason)))
    Page(banner(Facts(title, 2, 1, said, reason)))


@pytest.mark.parametrize("bad", HOSTILE)
def test_hostile_text_is_only_text(bad):
    of = paper(1, title=bad, abstract=f"{bad} and {QUOTE}", url=f"https://example.org/{bad}", text_kind="note")
    cited = citation(of)
    one = claim(bad, cited, citation(of, bad.replace("\0", "\0")), verdict=verdict(reason=bad))
    page = whole(turn_of(answer(one, sources=[of], question=bad, dropped=(claim(bad),))))
    shown = bad.replace("\0", "\ufffd")
    assert page.text.count(shown) >= 4
    assert all(re.match(r"https?://", href) for href in page.hrefs)


@given(text, st.lists(st.tuples(st.integers(-5, 90), st.integers(-5, 90)), max_size=6))
def test_every_span_is_lit_at_exactly_its_offsets(said, pairs):
    spans = [Span(start, end, f"q{i}") for i, (start, end) in enumerate(pairs)]
    page = Page(f"<p>{lit(said, spans)}</p>")
    assert page.text == said
    real = {s for s in spans if 0 <= s.start < s.end <= len(said)}
    assert dict(page.quotes) == {s.id: said[s.start : s.end] for s in real}
    assert sorted(page.ids) == sorted(s.id for s in real)


def test_overlapping_nested_and_equal_quotes():
    html = lit("abcdef", [Span(0, 4, "one"), Span(2, 6, "two"), Span(2, 3, "three"), Span(0, 4, "one")])
    page = Page(f"<p>{html}</p>")
    assert page.text == "abcdef"
    assert dict(page.quotes) == {"one": "abcd", "two": "cdef", "three": "c"}
    assert sorted(page.ids) == ["one", "three", "two"]


def test_offsets_are_code_points():
    said = "🧮 a𝔸b <&> é"
    assert dict(Page(f"<p>{lit(said, [Span(3, 8, 'q')])}</p>").quotes) == {"q": said[3:8]}


def test_a_claim_has_text_chips_and_two_marks():
    of = paper()
    html = render.turn(turn_of(answer(claim("It is so.", citation(of)), sources=[of])))
    page = Page(html)
    assert "It is so." in page.text
    assert "[1]" in page.text
    assert "verbatim" in page.text
    assert "judged: supported 0.97" in page.text
    assert QUOTE in page.titles
    assert "source 1: Brook 1: Overlapped Reductions" in page.titles
    assert "same words" in page.titles
    assert 'data-source="a1-s1"' in html


def test_a_chip_finds_its_mark_in_text_and_title():
    of = paper()
    of_title = citation(of, "Overlapped Reductions", field="title")
    shown = turn_of(answer(claim("So.", citation(of), of_title), sources=[of]))
    panel = Page(sources.panel(shown))
    for cited in shown.claims[0].citations:
        assert panel.quotes[render.quote_id("a1", cited)] == cited.quote
        assert render.quote_id("a1", cited) in panel.ids


def test_anchors_belong_to_their_answer():
    of = paper()
    given_ = answer(claim("So.", citation(of)), sources=[of])
    first, second = turn_of(given_), turn_of(given_)
    second.id = "a2"
    assert not set(whole(first).ids) & set(whole(second).ids)
    page = Page(sources.earlier([first]) + sources.panel(second))
    assert len(page.ids) == len(set(page.ids))


def test_a_quote_that_is_not_there_is_neither_lit_nor_called_verbatim():
    of = paper()
    moved = citation(of).model_copy(update={"start": 0, "end": len(QUOTE)})
    shown = turn_of(answer(claim("So.", moved), sources=[of]))
    assert "verbatim" not in render.turn(shown)
    assert "1 quote not found in the source" in render.turn(shown)
    assert "<mark" not in sources.panel(shown)


def test_notes_are_called_notes_everywhere():
    of = paper(text_kind="note")
    shown = turn_of(answer(claim("So.", citation(of)), sources=[of]))
    assert "[1 note]" in Page(render.turn(shown)).text
    assert "our note on the paper" in " ".join(Page(render.turn(shown)).titles)
    panel = Page(sources.panel(shown)).text
    assert "Our note on the paper" in panel
    assert "Abstract" not in panel
    near = turn_of(answer(abstained=True, nearest=(of,)))
    assert Page(render.turn(near)).text.count("note") == 1
    assert "note" in Page(banner(Facts("shelf", 3, 2))).text


def test_groups_limitations_and_what_was_dropped():
    of = paper()
    given_ = answer(
        claim("So.", citation(of)),
        claim("The energy use is not stated.", kind="limitation", verdict=verdict(judge="none", label="unsure")),
        claim("Near.", citation(of), group="related"),
        sources=[of],
        dropped=(claim("Wrong.", verdict=verdict(label="unsupported", reason="9 is not there")), claim("Bad.")),
    )
    page = Page(render.turn(turn_of(given_))).text
    assert page.index("Related, not an answer") < page.index("Near.")
    assert page.index("The abstracts do not say") < page.index("The energy use")
    assert page.count("judged:") == 2
    assert "2 removed: why" in page
    assert "9 is not there" in page


def test_an_abstention_shows_the_nearest_papers_and_opens_them():
    papers = (paper(1), paper(2))
    shown = turn_of(answer(abstained=True, reason="Nothing is near.", nearest=papers))
    page, panel = Page(render.turn(shown)), Page(sources.panel(shown))
    assert "The abstracts do not say" in page.text
    assert "Nothing is near." in page.text
    assert all(p.title in page.text and p.abstract in panel.text for p in papers)
    assert {"a1-n1", "a1-n2"} <= set(panel.ids)


def test_metadata_line():
    line = Page(sources.panel(turn_of(answer(claim("So.", citation(paper())), sources=[paper()])))).text
    assert "Ada Example and 2 others · Example University · 2024-05-01 · example.org" in line
    bare = paper(authors=(), n_authors=7, organisation=None, published="2023", published_inferred=True, url=None)
    line = Page(sources.panel(turn_of(answer(claim("So.", citation(bare)), sources=[bare])))).text
    assert "7 authors · 2023 (year inferred)" in line


def test_before_any_claim_the_papers_being_read_are_named():
    shown = Turn("a1", "why?", read=tuple(paper(n) for n in range(1, 11)))
    text_ = Page(render.turn(shown)).text
    assert "Reading 10 papers: Brook 1" in text_
    assert "and 7 more" in text_
    assert "Brook 10" in Page(sources.panel(shown)).text


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        " javascript:x",
        "data:text/html,x",
        "http://",
        "//evil.example",
        "ftp://a.example",
        "https://user@evil.example",
        "https://a b",
        "http://[",
        "x",
        "",
        None,
        "java\nscript:alert(1)",
        "http://a.example:x/",
        "file:///etc/passwd",
    ],
)
def test_addresses_that_are_not_followed(url):
    assert web_address(url) is None
    assert link(url) == ""


def test_links_open_elsewhere_and_tell_nothing():
    html = link('https://www.example.org/a?b="c"&d')
    assert html == (
        '<a class="gw-link" href="https://www.example.org/a?b=&quot;c&quot;&amp;d" target="_blank"'
        ' rel="noopener noreferrer">example.org</a>'
    )


def test_scores_never_claim_certainty():
    assert [render.score(s) for s in (0, 0.004, 0.5, 0.97, 0.99, 0.999, 1)] == [
        "<0.01", "<0.01", "0.50", "0.97", "0.99", ">0.99", ">0.99",
    ]  # fmt: skip


def test_raw_text_is_shown_with_its_artefacts():
    assert "2.15times" in ABSTRACT
    assert ABSTRACT in Page(sources.panel(turn_of(answer(claim("So.", citation(paper())), sources=[paper()])))).text


@pytest.mark.parametrize("said", ["It gains 73%.", *HOSTILE])
def test_what_the_checks_changed_of_a_claim_is_shown(said):
    gone = RemovedCitation(number=2, quote=said, reason=f"the quote is not in the source {said}")
    first = claim(said, verdict=verdict(label="contradicted", score=0.01, reason=f"there it says 29% {said}"))
    kept = claim("It gains 29%.", citation(paper(1)), removed=(gone, gone), replaces=first)
    untouched = claim("So.", citation(paper(1)))
    turn = Turn("a1", "why?", claims=[untouched, kept])
    page = Page(render.turn(turn))
    assert page.text.count("2 citations removed:") == 1
    assert page.text.count("reworded by the check") == 1
    for shown in (said, "the quote is not in the source", "there it says 29%"):
        assert shown.replace("\0", "\ufffd") in page.text
    assert render.repairs(untouched) == ""
    refused = claim("It gains 73%.", verdict=verdict(label="contradicted", reason="no"), replaces=first)
    assert "The model wrote" in Page(render.dropped("a1", [refused])).text
