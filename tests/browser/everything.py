"""A page on which every tab shows every kind of thing that it can show, with a text of the caller's in each field."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from eval.records import write_json
from eval.runner import run
from rag.answer import Cell, Event, RemovedCitation, Row, Table
from rag.checking import CHECK_LABELS, CheckReport
from rag.errors import InputError
from rag.settings import Settings
from tests.browser.conftest import open_tab, send
from tests.eval.build import PAPERS, SUITE, perfect
from tests.ui.records import ABSTRACT, FakeAssistant, answer, citation, claim, events, paper, report, sentence, verdict
from ui.feedback import Feedback, default_file
from ui.server import free_port

TABS = ("Chat", "Survey", "Check", "Library", "Evaluate")


class Everything(FakeAssistant):
    """Every answer, table and report holds one of each kind, with ``text`` wherever a text is not ours."""

    def __init__(self, text: str = "") -> None:
        self.said = text
        made = {
            "abstract": f"{ABSTRACT} {text}",
            "authors": (text or "Ada Example", "Ben Example"),
            "venue": text or "V",
        }
        self.cited = paper(1, title=f"Brook: Overlapped Reductions {text}", organisation=text or "E", **made)
        self.note = paper(2, title=f"Alder: A Survey {text}", text_kind="note", arxiv_id=text or "2401.00001", **made)
        self.near = paper(3, title=f"Fern: Folds {text}", url=f"javascript:{text}", same_work=("p1",), **made)
        super().__init__(self._script, [self.cited, self.note, self.near])
        self.library = SimpleNamespace(describe=lambda: {"name": f"/home/{text}/shelf", "kind": "folder"})

    def _script(self, question: str, turn: int) -> Iterator[Event]:
        if "fail" in question:
            raise InputError(f"this fails {self.said}", f"Do otherwise {self.said}")
        yield Event(kind="notice", payload=f"a notice {self.said}")
        yield from events(self._answer(question), read=[self.near])

    def _answer(self, question: str) -> Any:
        said = self.said
        if "bread" in question:
            return answer(question=question, abstained=True, reason=f"nothing {said}", nearest=(self.near, self.note))
        first = claim(f"At first {said}", verdict=verdict(label="contradicted", score=0.02, reason=f"other {said}"))
        gone = RemovedCitation(number=3, quote=f"a quote {said}", reason=f"not there {said}")
        doubtful = verdict(label="partial", score=0.5, reason=f"partly {said}", judge="fake-judge@1")
        unsure = verdict(label="unsure", score=0.5, reason=said or "unsure")
        return answer(
            claim(f"Brook lowers latency. {said}", citation(self.cited), removed=(gone,), replaces=first),
            claim(f"Alder too. {said}", citation(self.note, number=2), verdict=doubtful),
            claim(f"And so. {said}", kind="connective"),
            claim(f"Nobody says when. {said}", citation(self.note, number=2), kind="limitation"),
            claim(f"Near. {said}", citation(self.note, number=2), group="related", verdict=unsure),
            sources=[self.cited, self.note],
            question=question,
            standalone_question=f"read as {question}",
            fallback_from=f"the model failed {said}",
            dropped=(claim(f"Too much. {said}", verdict=verdict(label="unsupported", reason=f"no {said}")),),
            models={"writer": said or "m", "judge": said or "j"},
            table=self._table(),
        )

    def _table(self) -> Table:
        said = self.said
        cells = (
            Cell(
                column="method",
                text=f"overlap {said}",
                claim=claim("x", citation(self.cited)),
                not_comparable=said or "n",
            ),
            Cell(column="result", text=None),
        )
        rows = tuple(
            Row(number=n, paper_id=f"p{n}", name=f"Brook {said}", group=said or "g", cells=cells) for n in (1, 2)
        )
        return Table(
            topic=said or "t", columns=("method", said or "result"), rows=rows, notes=(f"a note {said}",), read=3
        )

    def check(self, text: str, **filters: Any) -> CheckReport:
        if "fail" in text:
            raise InputError(f"this fails {self.said}", f"Do otherwise {self.said}")
        states = ("right", "missing", "wrong", "unsupported", "none", "unresolved", "none")
        rows = tuple(
            sentence(
                f"Sentence {n}. {text} {self.said}", start=n, label=label, citation=state, reason=f"because {self.said}",
                citation_reason=f"that is why {self.said}", suggested=("p3",) if state in ("missing", "wrong") else (),
                evidence=() if label in ("not covered", "not a claim") else (citation(self.cited),),
            )
            for n, (label, state) in enumerate(zip(CHECK_LABELS, states, strict=True))
        )  # fmt: skip
        notices = (f"a notice {self.said}",)
        return report(*rows, sources=(self.cited,), suggestions=(self.near,), notices=notices, judge=self.said or "j")


def served(folder: Path, text: str = "") -> Any:
    """The page over it, with the report of a run and a reader's judgement; XDG_DATA_HOME has to be a test's own."""
    from ui.app import launch

    record = run(perfect(), SUITE, PAPERS)
    items = tuple(i.model_copy(update={"question": i.question + text}) for i in record.items)
    write_json(record.model_copy(update={"items": items}), folder / "run.json")
    everything = Everything(text)
    Feedback(default_file()).add(everything._answer(f"judged? {text}"), "up")
    return launch(everything, Settings(), port=free_port("127.0.0.1", 0), report=folder / "run.json")


def fill(page: Any, tab: str, text: str = "") -> None:
    """Go to a tab, have it show all that it can show, and unfold it."""
    open_tab(page, tab)
    if tab == "Chat":
        for question in ("first?", "what about bread?", "will it fail?", f"last? {text}".strip()):
            send(page, question)
        page.wait_for_selector("#gw-conversations [aria-current]", state="attached")
    elif tab == "Survey":
        page.fill("#gw-topic :is(input, textarea)", f"latency {text}")
        page.click("#gw-survey-send")
        page.wait_for_selector("#gw-table table")
    elif tab == "Check":
        page.fill("#gw-check-text textarea", f"Brook is quick. {text}")
        page.click("#gw-check-send")
        page.wait_for_selector("#gw-check-result .gw-report")
    elif tab == "Library":
        page.wait_for_selector("#gw-listing .gw-near")
        page.click("#gw-listing .gw-near >> nth=0")
        page.wait_for_selector(".gw-paper")
    else:
        page.wait_for_selector(".gw-frame")
    page.evaluate("document.querySelectorAll('details').forEach(d => (d.open = true))")
    page.wait_for_timeout(150)
