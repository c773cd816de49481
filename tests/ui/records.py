"""Literal records, and an assistant that answers from a script of events: no library, no model."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from types import SimpleNamespace
from typing import Any

from rag.answer import Answer, Citation, Claim, Event, Verdict
from rag.checking import CheckedSentence, CheckReport
from rag.conversations.evidence import Outdated
from rag.conversations.store import Listed
from rag.paper import Hit, Paper, Passage

ABSTRACT = (
    "Ring all-reduce waits for its slowest link. Brook overlaps the reduction with computation, which lowers its "
    "latency by 2.15times on 16 GPUs. It needs no change to the network."
)
QUOTE = "Brook overlaps the reduction with computation, which lowers its latency by 2.15times on 16 GPUs."


def paper(number: int = 1, **values: Any) -> Paper:
    """A paper of the shelf."""
    given: dict[str, Any] = {
        "id": f"p{number}",
        "revision": "r1",
        "title": f"Brook {number}: Overlapped Reductions",
        "abstract": ABSTRACT,
        "authors": ("Ada Example", "Ben Example", "Cy Example"),
        "organisation": "Example University",
        "published": "2024-05-01",
        "url": f"https://example.org/{number}",
    }
    return Paper(**{**given, **values})


def verdict(**values: Any) -> Verdict:
    """A verdict of a judge."""
    given: dict[str, Any] = {"label": "supported", "score": 0.97, "reason": "same words", "judge": "fake-judge@1"}
    return Verdict(**{**given, **values})


def citation(of: Paper, quote: str = QUOTE, number: int = 1, field: str = "abstract", **values: Any) -> Citation:
    """A citation of a quote that stands in the paper."""
    start = getattr(of, field).index(quote)
    given: dict[str, Any] = {
        "number": number,
        "paper_id": of.id,
        "revision": of.revision,
        "title": of.title,
        "text_kind": of.text_kind,
        "field": field,
        "quote": quote,
        "start": start,
        "end": start + len(quote),
        "verdict": verdict(),
    }
    return Citation(**{**given, **values})


def claim(text: str = "Brook lowers the latency of all-reduce.", *citations: Citation, **values: Any) -> Claim:
    """A claim with its citations."""
    return Claim(**{"text": text, "citations": citations, "verdict": verdict(), **values})


def answer(*claims: Claim, sources: Iterable[Paper] = (), **values: Any) -> Answer:
    """An answer made of claims."""
    given: dict[str, Any] = {"question": "what lowers latency?", "mode": "extractive"}
    return Answer(**{**given, "claims": claims, "sources": tuple(sources), **values})


def hit(of: Paper) -> Hit:
    """A hit on the whole abstract."""
    return Hit(paper=of, passage=Passage(paper_id=of.id, text=of.abstract, start=0, end=len(of.abstract)), score=0.9)


def events(given: Answer, *, read: Iterable[Paper] = ()) -> list[Event]:
    """The events that lead to an answer."""
    papers = dict.fromkeys([*given.sources, *given.nearest, *read])
    return [
        Event(kind="hits", payload=tuple(hit(p) for p in papers)),
        *(Event(kind="claim", payload=c) for c in given.claims),
        *(Event(kind="dropped", payload=c) for c in given.dropped),
        Event(kind="answer", payload=given),
    ]


def sentence(text: str = "Brook lowers latency.", **values: Any) -> CheckedSentence:
    """A checked sentence."""
    given: dict[str, Any] = {
        "text": text, "start": 0, "end": len(text), "line": 1, "claim": text, "label": "supported", "score": 0.97,
        "reason": "same words", "citation": "right",
    }  # fmt: skip
    return CheckedSentence(**{**given, **values})


def report(*sentences: CheckedSentence, **values: Any) -> CheckReport:
    """A report made of sentences."""
    given = {"judge": "fake-judge@1", "counts": dict(Counter(s.label for s in sentences))}
    return CheckReport(**{**given, "sentences": sentences, **values})


Script = Callable[[str, int], Iterator[Event]]


class FakeAssistant:
    """Answers with what a script yields for (question, number of the turn in its conversation)."""

    def __init__(self, script: Script, papers: Iterable[Paper] = (), model: Any = None) -> None:
        self._script, self._papers, self._model = script, list(papers), model
        self.library = SimpleNamespace(describe=lambda: {"name": "/home/ada/shelves/reductions", "kind": "folder"})
        self.opened = 0
        self.configurations: list[dict[str, Any]] = []
        self.filtered: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self._kept: dict[tuple[str | None, str], FakeConversation] = {}

    def papers(self) -> list[Paper]:
        return self._papers

    def model(self) -> Any:
        return self._model

    def stream(self, question: str) -> Iterator[Event]:
        return self._script(question, 1)

    def remove(self, paper_ids: Iterable[str]) -> int:
        gone = set(paper_ids)
        before = len(self._papers)
        self._papers = [p for p in self._papers if p.id not in gone]
        return before - len(self._papers)

    def retrieve(self, question: str, k: int) -> list[Hit]:
        return [hit(p) for p in self._papers][:k]

    def stream_summary(self, topic: str, *, limit: int, **filters: Any) -> Iterator[Event]:
        self.filtered.append(filters)
        return self._script(topic, 1)

    def stream_table(self, topic: str, columns: str, *, limit: int, **filters: Any) -> Iterator[Event]:
        self.filtered.append(filters)
        return self._script(topic, 1)

    def summarize(self, topic: str, *, limit: int) -> Answer:
        return self.ask(topic)

    def ask(self, question: str) -> Answer:
        """The answer that ends the script."""
        *_, last = self._script(question, 1)
        whole: Answer = last.payload
        return whole

    def configured(self, *, llm: Any = None, judge: Any = None, **values: Any) -> FakeAssistant:
        """The same; what it was configured with is kept."""
        self.configurations.append({"llm": llm, **values})
        return self

    def check(self, text: str, **filters: Any) -> CheckReport:
        """Every text is one sentence; "fail" breaks."""
        self.filtered.append(filters)
        if "fail" in text:
            raise ZeroDivisionError("/secret/path")
        return report(sentence(text))

    def conversation(self, id: str | None = None, *, user: str | None = None) -> FakeConversation:
        with self._lock:
            self.opened += 1
        made = self._kept.get((user, id)) or FakeConversation(self._script, id or f"c{self.opened}")
        if id is not None:
            self._kept[user, id] = made
        return made

    def conversations(self, *, user: str | None = None) -> list[Listed]:
        """Those with turns."""
        return [
            Listed(id=c.id, title=c.turns[0][0], updated="2026-01-01T10:00:00+00:00", turns=len(c.turns), library="x")
            for (whose, _), c in self._kept.items()
            if whose == user and c.turns
        ]

    def delete_conversation(self, id: str, *, user: str | None = None) -> bool:
        return self._kept.pop((user, id), None) is not None


class FakeConversation:
    """Counts its own turns."""

    notices: tuple[str, ...] = ()

    def __init__(self, script: Script, id: str) -> None:
        self._script, self._count, self.id = script, 0, id
        self.turns: tuple[tuple[str, Answer], ...] = ()
        self.read: tuple[tuple[Hit, ...], ...] = ()
        self.filters: list[dict[str, Any]] = []

    def outdated(self) -> list[tuple[int, Outdated]]:
        return []

    def answered_by(self, assistant: Any) -> None:
        """The script answers, whoever is asked."""

    def stream(self, question: str, **filters: Any) -> Iterator[Event]:
        self._count += 1
        self.filters.append(filters)
        hits: tuple[Hit, ...] = ()
        for event in self._script(question, self._count):
            if event.kind == "hits":
                hits = tuple(event.payload)
            if event.kind == "answer":
                self.read = (*self.read, hits)
                self.turns = (*self.turns, (question, event.payload))
            yield event
