"""The page: everything escaped, nothing fetched, every figure that of the record, every link led somewhere."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from eval.aggregate import aggregate
from eval.cli import eval_group
from eval.compare import PRIMARY, compare
from eval.html import comparison_html, run_html, write_html
from eval.html.charts import number, spread, track
from eval.html.headline import breakable
from eval.html.markup import Html, escape, tag
from eval.journal import Journal
from eval.records import Run, write_json
from eval.runner import run
from rag.answer import Answer, Verdict
from rag.corpus.identity import paper_id
from rag.errors import InputError
from rag.llm_request import NotAskedError
from tests.eval.build import ABSTENTION, CACHE, PAPERS, RING, SUITE, Scripted, answer, case, cite, claim, hit, perfect

VOID = {"meta", "br", "wbr"}
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></style></svg><iframe src='//evil.example'>",
    "javascript:alert(1) [x](http://evil.example)",
    "&lt;b&gt; &amp; \x00 \x1b[2J \u202egnp.exe",
)


class Page(HTMLParser):
    """Reads a page strictly: every tag closed in order; keeps elements, text, ids and links."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((name, dict(attributes)))
        if name not in VOID:
            self.open.append(name)

    def handle_endtag(self, name: str) -> None:
        assert self.open.pop() == name

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [a for n, a in self.elements if n == name]


def worse() -> Scripted:
    """Right but for two papers, whose first sentence it quotes, and for nonsense, which it answers."""
    good = perfect()
    known = {c.question: c for c in SUITE}

    def reply(question: str) -> Answer:
        asked = known[question]
        if asked.kind == "nonsense":
            return answer(claim(cite(RING, 0)))
        if asked.kind == "finding" and (RING.title in asked.relevant or CACHE.title in asked.relevant):
            return answer(claim(cite(RING if RING.title in asked.relevant else CACHE, 0)))
        return good.ask(question)

    return Scripted(good.retrieve, reply)


@pytest.fixture(scope="module")
def good() -> Run:
    return run(perfect(), SUITE, PAPERS, source="tests")


@pytest.fixture(scope="module")
def bad() -> Run:
    return run(worse(), SUITE, PAPERS, source="tests")


def test_every_figure_stands_there_with_its_interval_and_n(bad: Run) -> None:
    text = Page(run_html(bad)).text
    for (metric, group), figure in aggregate(bad).items():
        if group == "all" and metric in ("nDCG@10", "EvidenceHit", "CitationValidity", "AbstainedWhenUnanswerable"):
            i = figure.interval
            assert (
                f"{metric} {number(i.value)} {spread(i)}, n={i.n}" in text or f"{number(i.value)} {spread(i)}" in text
            )
            assert f"n={i.n}" in text
    assert "622" not in text
    assert f"{len(SUITE)} questions over 5 notes" in text


def test_nothing_is_fetched_and_nothing_runs(bad: Run, good: Run) -> None:
    for source in (run_html(bad, good), comparison_html(good, bad)):
        page = Page(source)
        names = {n for n, _ in page.elements}
        assert not names & {"script", "img", "iframe", "link", "object", "embed", "form", "base", "image", "use"}
        for _, attributes in page.elements:
            assert not [k for k in attributes if k.startswith("on") or k in ("src", "srcset", "action", "xlink:href")]
            assert (attributes.get("href") or "#").startswith("#")
        style = re.search(r"<style>(.*?)</style>", source, re.S)
        assert style is not None
        assert not re.search(r"url\(|@import|https?:|expression", style[1])
        policy = next(a["content"] for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
        assert policy is not None
        assert "default-src 'none'" in policy
        assert "prefers-color-scheme: dark" in style[1]
        assert any(a.get("name") == "viewport" for a in page.all("meta"))


def test_links_lead_somewhere_and_ids_are_unique(bad: Run, good: Run) -> None:
    for source in (run_html(bad), run_html(bad, good), comparison_html(good, bad)):
        page = Page(source)
        ids = Counter(a["id"] for _, a in page.elements if "id" in a)
        assert [i for i, n in ids.items() if n > 1] == []
        assert {(a["href"] or "")[1:] for a in page.all("a")} <= set(ids)


def about(text: str) -> str:
    """The page of a run in which every field that somebody else fills holds this text."""
    title, said = f"Paper {text}", text.replace("\x00", "")
    evil = RING.model_copy(
        update={"id": paper_id(title), "title": title, "abstract": f"First. {said} is said here often."}
    )
    asked = case(about=evil, id=f"id {said}", question=f"What of {text}?", kind="nonsense", close_to=[title], why=text)
    verdict = Verdict(label="supported", score=0.9, reason=text, judge=f"judge {text}")
    told = claim(cite(evil, f"{said} is said here often."), text=f"They say {text}")
    reply = answer(told.model_copy(update={"verdict": verdict}), sources=[evil])
    system = Scripted(lambda _: [hit(evil)], lambda _: reply)
    result = run(system, [asked], [evil], source=text, described={"llm": text, text: "x"})
    return run_html(result, result)


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_a_question_a_paper_or_an_answer_holds_is_only_text(text: str, tmp_path: Path) -> None:
    source = about(text)
    page, harmless = Page(source), Page(about("harmless"))
    assert [n for n, _ in page.elements] == [n for n, _ in harmless.elements]
    assert [sorted(a) for _, a in page.elements] == [sorted(a) for _, a in harmless.elements]
    assert [a.get("href") for _, a in page.elements] == [a.get("href") for _, a in harmless.elements]
    shown = " ".join(re.sub("[\x00-\x1f]", "\ufffd", text).split())
    for where in (f"What of {shown}?", f"They say {shown}", f"No paper answers this. {shown}", f"judge {shown}"):
        assert where in page.text
    write_html(source, tmp_path / "page.html")
    assert not re.search("[\x00\x1b]", source)


def test_escaping_is_the_default() -> None:
    assert tag("p", "<b>", Html("<i></i>"), ["a&b", None]) == "<p>&lt;b&gt;<i></i>a&amp;b</p>"
    assert tag("a", "x", href='"onclick="', class_="c", data_x=None) == '<a href="&quot;onclick=&quot;" class="c">x</a>'
    assert escape("a\x00b\ud800c\x1b") == "a\ufffdb\ufffdc\ufffd"
    assert Page(breakable("AbstainedWhenUnanswerable")).text == "AbstainedWhenUnanswerable"
    assert Page(breakable("SupportedShare(self-scored)")).text == "SupportedShare(self-scored)"


def test_figures_are_written_as_people_write_them() -> None:
    assert [number(x) for x in (-0.25, -0.0, -1e-9, 0.25)] == ["\N{MINUS SIGN}0.250", "0.000", "0.000", "0.250"]


def test_bars_stay_on_their_line() -> None:
    places = [float(x) for x in re.findall(r"(?:left|width):([-\d.]+)%", track(1.4, -0.2, 1.7))]
    assert all(0 <= x <= 100 for x in places)
    places = [float(x) for x in re.findall(r"left:([-\d.]+)%", track(0.0, -0.1, 0.1, least=-0.2, most=0.2, zero=True))]
    assert places == [50.0, 25.0, 50.0]


def test_the_worst_items_show_question_answer_gold_and_why(bad: Run) -> None:
    text = Page(run_html(bad)).text
    assert "Answered, though no paper holds an answer: 5 of 38" in text
    assert "finding of FastRing: Quick Sums?" in text
    assert "Sums over rings are slow." in text  # what it answered
    assert "FastRing is 3.5x faster than PlainRing on 8 nodes." in text  # what would have been right
    assert "None of the gold sentences quoted: 2 of 38" in text


def test_what_went_right_is_not_among_the_worst(good: Run) -> None:
    assert "Worst items" not in Page(run_html(good)).text


def test_failures_and_what_was_not_run_are_said_first() -> None:
    known = perfect()

    def reply(question: str) -> Answer:
        if question == SUITE[0].question:
            raise KeyError("boom <b>")
        if question == SUITE[1].question:
            raise NotAskedError("the budget of 2 is spent")
        return known.ask(question)

    text = Page(run_html(run(Scripted(known.retrieve, reply), SUITE, PAPERS))).text
    assert "1 of 37 questions failed; they count as wrong" in text
    assert "partial: 1 of 38 cases were not run (the budget of 2 is spent)" in text
    assert SUITE[1].id in text
    assert "Failed in ask: KeyError" in text
    assert "boom <b>" in text
    assert text.index("partial:") < text.index("nDCG@10")


def test_a_run_that_only_declines_has_a_page_too() -> None:
    result = run(Scripted(lambda _: [], lambda _: ABSTENTION), [case("nonsense", RING)], PAPERS)
    text = Page(run_html(result)).text
    assert "AbstainedWhenUnanswerable" in text
    assert "Confidence" not in text


def test_a_page_over_abstracts_says_whose_they_are() -> None:
    papers = [p.model_copy(update={"text_kind": "abstract"}) for p in PAPERS]
    result = run(Scripted(lambda _: [], lambda _: ABSTENTION), [case("nonsense", RING)], papers)
    assert "belong to their authors" in Page(run_html(result)).text


def test_a_difference_shows_effect_interval_and_mde_before_its_probability(good: Run, bad: Run) -> None:
    text = Page(comparison_html(good, bad)).text
    found = {r.metric: r for r in compare(good, bad) if r.group == "all"}
    row = found["EvidenceHit"]
    d = row.difference
    assert row.adjusted is not None
    start = text.index(f"{number(row.first)} \N{RIGHTWARDS ARROW} {number(row.second)}")
    order = [number(d.value), f"[{number(d.low)}, {number(d.high)}]", f"MDE {d.mde:.3f}", f"n={d.n}", f"p={d.p:.4f}",
             f"Holm {row.adjusted:.4f}"]  # fmt: skip
    at = start
    for part in order:
        at = text.index(part, at)
    assert text.count("Holm") == 1 + len([m for m in PRIMARY if m in found])
    assert "the same in all 23 questions" in text  # nDCG@10: no interval of width zero is read as certainty
    assert "Questions answered worse: 7 of 38" in text
    assert "First run" in text
    assert "Second run" in text


def test_a_better_run_is_called_better(good: Run, bad: Run) -> None:
    text = Page(comparison_html(bad, good)).text
    assert "Questions answered better: 7 of 38" in text
    with pytest.raises(InputError, match="different cases"):
        comparison_html(good, run(perfect(), SUITE[:5], PAPERS))


def test_seeds_digests_and_versions_stand_there(good: Run) -> None:
    text = Page(run_html(good)).text
    for wanted in (good.cases_digest, good.library.digest, good.system["code"], good.system["numpy"], "seed 0",
                   "test-judge@1", "10,000 resamples"):  # fmt: skip
        assert wanted in text


def test_the_commands_write_pages(good: Run, bad: Run, tmp_path: Path) -> None:
    a, b, page = tmp_path / "a.json", tmp_path / "b.json", tmp_path / "page.html"
    write_json(good, a)
    write_json(bad, b)

    def invoke(*args: str | Path) -> str:
        result = CliRunner().invoke(eval_group, [str(x) for x in args], catch_exceptions=False)
        assert result.exit_code == 0
        return result.stdout

    assert invoke("report", a, "--html", page) == ""
    assert "Evaluation of answers" in Page(page.read_text()).text
    assert "# Evaluation" in invoke("report", a, "--markdown")
    invoke("report", b, "--baseline", a, "--html", page)
    assert "Difference to the baseline" in Page(page.read_text()).text
    invoke("compare", a, b, "--html", page)
    assert "Comparison of two runs" in Page(page.read_text()).text
    assert "# Repeated runs" in invoke("report", a, a, a, "--markdown")
    with pytest.raises(InputError, match="cannot be written"):
        invoke("report", a, "--html", tmp_path / "missing" / "page.html")


def test_a_killed_run_has_a_report(tmp_path: Path) -> None:
    class Stops(Scripted):
        def ask(self, question: str) -> Answer:
            if len(self.asked) > 6:
                raise KeyboardInterrupt
            return super().ask(question)

    out, known = tmp_path / "run.json", perfect()
    with pytest.raises(KeyboardInterrupt), Journal(out) as journal:
        run(Stops(known.retrieve, known.ask), SUITE, PAPERS, workers=1, recorder=journal)
    shown = CliRunner().invoke(eval_group, ["report", str(out), "--html", str(tmp_path / "page.html")])
    assert shown.exit_code == 0, shown.output
    assert "partial: 31 of 38 cases were not run" in Page((tmp_path / "page.html").read_text()).text
