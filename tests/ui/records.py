"""Literal records, and an assistant that answers from a script of events: no library, no model."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from types import SimpleNamespace
from typing import Any

from rag.answer import Answer, Citation, Claim, Event, Verdict
from rag.checking import CheckedSentence, CheckReport
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
        self.conversations = 0
        self._lock = threading.Lock()

    def papers(self) -> list[Paper]:
        return self._papers

    def model(self) -> Any:
        return self._model

    def stream(self, question: str) -> Iterator[Event]:
        return self._script(question, 1)

    def check(self, text: str) -> CheckReport:
        """Every text is one sentence; "fail" breaks."""
        if "fail" in text:
            raise ZeroDivisionError("/secret/path")
        return report(sentence(text))

    def conversation(self) -> FakeConversation:
        with self._lock:
            self.conversations += 1
        return FakeConversation(self._script)


class FakeConversation:
    """Counts its own turns."""

    def __init__(self, script: Script) -> None:
        self._script, self._turns = script, 0

    def stream(self, question: str) -> Iterator[Event]:
        self._turns += 1
        return self._script(question, self._turns)
