"""Answers and tables in notebooks: whole, escaped, without scripts, without colours of their own."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from rag import Answer, Assistant, Paper
from rag.answer import Cell, Citation, Claim, Row, Table, Verdict

BAD = '<script>alert(1)</script><img src=x onerror="y">"\' onmouseover=z [a](javascript:b) &lt;b&gt; </details></div>'
ALLOWED = {
    "a", "b", "blockquote", "br", "details", "div", "i", "li", "ol", "p", "span", "summary", "table", "tbody", "td",
    "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {"style", "title", "href", "rel", "target"}


class Seen(HTMLParser):
    """Tags, attributes and text of a page, and whether every tag was closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def checked(page: str) -> Seen:
    seen = Seen(page)
    assert seen.open == []
    assert set(seen.tags) <= ALLOWED
    assert {name for name, _ in seen.attributes} <= ATTRIBUTES
    assert all(re.match(r"https?://", value) for name, value in seen.attributes if name == "href")
    styles = " ".join(value for name, value in seen.attributes if name == "style")
    assert not re.search(r"#[0-9a-f]{3}|(?<!-)color:(?!inherit)|background:(?!transparent)|url\(", styles), (
        "the page's own"
    )
    return seen


def hostile(url: str | None = None) -> Answer:
    paper = Paper(id="p", revision="r", title=BAD, abstract=BAD, organisation=BAD, venue=BAD, url=url, text_kind="note")
    verdict = Verdict(label="partial", score=0.5, reason=BAD, judge=BAD)
    cited = Citation(
        number=1, paper_id="p", revision="r", title=BAD, text_kind="note", field="abstract", quote=BAD, start=0,
        end=len(BAD), verdict=verdict,
    )  # fmt: skip
    claim = Claim(text=BAD, citations=(cited,), verdict=verdict, group=BAD)
    cells = (Cell(column=BAD, text=BAD, claim=claim, not_comparable=BAD), Cell(column=BAD))
    table = Table(topic=BAD, columns=(BAD, BAD), rows=(Row(number=1, paper_id="p", name=BAD, group=BAD, cells=cells),),
                  notes=(BAD,))  # fmt: skip
    return Answer(
        question=BAD, mode="generative", abstained=True, reason=BAD, fallback_from=BAD, claims=(claim,),
        dropped=(claim,), sources=(paper,), nearest=(paper,), table=table,
    )  # fmt: skip


@pytest.mark.parametrize(
    "url", [None, "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "https://", "http://[bad", "//x.example",
            'https://x.example/"onclick="y', "https://x.example/a?b=1&c=2"]
)  # fmt: skip
def test_hostile_words_stay_words(url: str | None) -> None:
    answer = hostile(url)
    page = answer._repr_html_()
    seen = checked(page)
    assert "<script" not in page and "<img" not in page
    assert seen.text.count("<script>alert(1)</script>") >= 10, "shown as they are"
    links = [value for name, value in seen.attributes if name == "href"]
    assert links == ([url] * 2 if url and url.startswith("https://x") else [])
    assert answer.table is not None
    checked(answer.table._repr_html_())


def test_an_answer_shows_claims_quotes_and_sources(shelf: Assistant) -> None:
    answer = shelf.ask("how much does RingFold cut all-reduce latency?")
    seen = checked(answer._repr_html_())
    for claim in answer.claims:
        assert claim.text in seen.text
        assert all(c.quote in seen.text for c in claim.citations)
    assert all(p.title in seen.text for p in answer.sources)
    assert seen.tags.count("details") == sum(bool(c.citations) for c in answer.claims)


def test_an_abstention_and_a_table(shelf: Assistant) -> None:
    seen = checked(shelf.ask("who won the 1998 world cup?")._repr_html_())
    assert "The abstracts do not say." in seen.text
    table = shelf.table("all-reduce latency", "method, speedup, dataset").table
    assert table is not None
    seen = checked(table._repr_html_())
    assert "not stated" in seen.text
    assert all(c.claim is None or c.claim.citations[0].quote in seen.text for r in table.rows for c in r.cells)
