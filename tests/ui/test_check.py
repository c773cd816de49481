"""The Check tab's HTML: labels, quotes, remarks, and nothing of a text or a paper read as markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from tests.ui.records import FakeAssistant, citation, paper, report, sentence, verdict
from ui import check
from ui.drawer import AS_STARTED, Drawer, Reader
from ui.session import outcome
from ui.turn import Problem

PAPER, OTHER = paper(1), paper(2)
HOSTILE = '<img src=x onerror=alert(1)> [a](javascript:b) **c** "d" & \u202e e'


class _Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, list[str]] = {}
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value or "")

    def handle_data(self, data: str) -> None:
        self.text += data


def shown(*sentences: object, **values: object) -> tuple[_Tags, _Tags]:
    made = report(*sentences, **values)
    return _Tags(check.report(made, "k1")), _Tags(check.panel(made, "k1"))


def test_a_supported_sentence_has_two_marks_and_its_quote_is_lit() -> None:
    left, right = shown(sentence(evidence=(citation(PAPER),)), sources=(PAPER,))
    assert "verbatim" in left.text
    assert "judged: supported 0.97" in left.text
    (quote,) = left.attributes["data-cite"]
    assert any(quote in q.split() for q in right.attributes["data-quotes"])
    assert left.attributes["data-source"] == ["k1-s1"]
    assert "k1-s1" in right.attributes["id"]
    assert "open" not in left.attributes, "the reason comes on demand"


@pytest.mark.parametrize("label", ["contradicted", "unsupported", "partial", "unsure"])
def test_what_speaks_against_a_sentence_is_shown_at_once(label: str) -> None:
    against = citation(PAPER, verdict=verdict(label=label, score=0.02, reason="says otherwise"))
    left, _ = shown(sentence(label=label, score=0.02, reason="says otherwise", evidence=(against,)), sources=(PAPER,))
    assert f"judged: {label} 0.02" in left.text
    assert "says otherwise" in left.text
    assert "open" in left.attributes
    assert against.quote.split()[0] in left.text


def test_not_covered_is_no_judgement() -> None:
    left, right = shown(sentence(label="not covered", score=None, reason="no paper is about this", citation="none"))
    assert "not covered" in left.text
    assert "judged" not in left.text
    assert "verbatim" not in left.text
    assert "appear here" in right.text


def test_a_remark_leads_to_the_paper_to_cite() -> None:
    said = sentence(
        citation="wrong", citation_reason="[1] does not say it", suggested=("p2",), evidence=(citation(PAPER),)
    )
    left, right = shown(said, sources=(PAPER,), suggestions=(OTHER,))
    assert "citation wrong: [1] does not say it" in left.text
    assert OTHER.title in left.text
    assert "k1-n1" in left.attributes["data-source"]
    assert "k1-n1" in right.attributes["id"]


def test_a_quote_that_does_not_stand_there_is_not_called_verbatim() -> None:
    changed = PAPER.model_copy(update={"abstract": "Quite another text."})
    left, right = shown(sentence(evidence=(citation(PAPER),)), sources=(changed,))
    assert "the source has changed since" in left.text
    assert "quote verbatim" not in left.text
    assert "mark" not in right.tags


def test_hostile_text_stays_text() -> None:
    bad = paper(3, title=HOSTILE, abstract=HOSTILE + " It lowers latency by a third.", organisation=HOSTILE)
    quoted = citation(bad, "It lowers latency by a third.", verdict=verdict(reason=HOSTILE))
    said = sentence(
        HOSTILE, label="contradicted", reason=HOSTILE, evidence=(quoted,), citation="wrong", citation_reason=HOSTILE,
        suggested=("p3",),
    )  # fmt: skip
    made = report(said, sentence(HOSTILE, label="not a claim", reason=HOSTILE), sources=(bad,), notices=(HOSTILE,))
    for html in (check.report(made, "k1"), check.panel(made, "k1"), made._repr_html_()):
        tags = _Tags(html)
        assert not {"img", "script", "b", "strong"} & set(tags.tags)
        assert (
            not re.search(r"\son\w+=", re.sub(r"&[^;]+;", "", html).replace(HOSTILE, ""))
            or "onerror" not in tags.attributes
        )
        assert not [h for h in tags.attributes.get("href", []) if not h.startswith("https://")]
        assert "alert(1)" in tags.text


def test_steps_of_a_check() -> None:
    assistant = FakeAssistant(lambda question, turn: iter(()))
    reader = Reader(lambda: assistant, lambda: {"since": 2024})
    first, last = check.checked(reader, "Brook lowers latency.", 1)
    assert "checking" in first[1]
    assert 'aria-busy="false"' in last[1]
    assert "judged: supported" in last[1]
    (only,) = check.checked(reader, "  \n", 1)
    assert "Check a text" in only[1]
    *_, failed = check.checked(reader, "fail", 1)
    assert "internal error" in failed[1]
    assert "/secret" not in failed[1]
    assert assistant.filtered == [{"since": 2024}, {"since": 2024}]
    drawer = Drawer((), lambda choices: assistant)  # type: ignore[arg-type]
    *_, refused = check.checked(drawer.reader([AS_STARTED, "", "", "", "", "24"]), "Brook lowers latency.", 1)
    assert "no year" in refused[1]


def test_the_boundary_passes_reports_on() -> None:
    made = report(sentence())
    assert list(outcome(lambda: iter([made]))) == [made]
    (problem,) = outcome(lambda: iter([1 // 0]))
    assert isinstance(problem, Problem)
