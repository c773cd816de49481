"""Systems made worse on purpose. Each must fail the gate; a gate that passes one of them measures nothing.

Each wraps a system and spoils one thing: its hits, its answers, or both. All are deterministic in their seed and the
question. The papers are the library's, from which wrong citations are made.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Final

from eval.metrics import RELATED, outcome
from eval.runner import System
from rag.answer import Answer, Citation, Claim, Verdict, cite
from rag.paper import Hit, Paper, Passage
from rag.text import split_sentences

_VERDICT: Final = Verdict(label="supported", score=1.0, reason="spoilt on purpose", judge="degraded")


class Memo:
    """A system that asks another one once per question and repeats what it said."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._hits: dict[tuple[str, int], Sequence[Hit]] = {}
        self._answers: dict[str, Answer] = {}

    def retrieve(self, question: str, k: int = 10) -> Sequence[Hit]:
        """As the wrapped system, remembered."""
        if (question, k) not in self._hits:
            self._hits[question, k] = self._system.retrieve(question, k=k)
        return self._hits[question, k]

    def ask(self, question: str) -> Answer:
        """As the wrapped system, remembered."""
        if question not in self._answers:
            self._answers[question] = self._system.ask(question)
        return self._answers[question]


class Degraded:
    """Base of the spoilt systems: passes everything on. Subclasses override one verb or both."""

    def __init__(self, system: System, papers: Sequence[Paper], seed: int = 0) -> None:
        self.system = system
        self.papers = tuple(papers)
        self.seed = seed

    def retrieve(self, question: str, k: int = 10) -> Sequence[Hit]:
        """The wrapped system's hits."""
        return self.system.retrieve(question, k=k)

    def ask(self, question: str) -> Answer:
        """The wrapped system's answer."""
        return self.system.ask(question)

    def draw(self, question: str, n: int) -> list[Paper]:
        """Papers drawn without replacement, the same ones for the same question."""
        rng = random.Random(f"{self.seed}:{question}")
        return rng.sample(self.papers, min(n, len(self.papers)))


class RandomPapers(Degraded):
    """Finds and cites papers drawn at random; every citation is valid."""

    def retrieve(self, question: str, k: int = 10) -> Sequence[Hit]:
        """Random papers, best score first."""
        drawn = self.draw(question, k)
        return [Hit(paper=p, passage=_opening(p), score=1 - i / len(drawn)) for i, p in enumerate(drawn)]

    def ask(self, question: str) -> Answer:
        """The first sentence of random papers, as many as the wrapped system cites; abstentions stay."""
        answer = self.system.ask(question)
        return answer if answer.abstained else _quoting(answer, self.draw(question, max(1, len(answer.sources))))


class ShuffledCitations(Degraded):
    """Quotes keep their words and change their papers."""

    def ask(self, question: str) -> Answer:
        """Each citation names another paper than the one that its quote is from."""
        answer = self.system.ask(question)
        drawn = iter(self.draw(question, len(self.papers)))

        def moved(citation: Citation) -> Citation:
            other = next((p for p in drawn if p.id != citation.paper_id), self.papers[0])
            return citation.model_copy(update={"paper_id": other.id, "revision": other.revision, "title": other.title})

        return _with_citations(answer, moved)


class RotatedCitations(Degraded):
    """Every citation is valid and stands at the wrong claim; a lone claim gets another paper's."""

    def ask(self, question: str) -> Answer:
        """Claim i carries the citations of claim i + 1."""
        answer = self.system.ask(question)
        cited = [c for c in answer.claims if c.citations]
        if len(cited) == 1:
            return _quoting(answer, self.draw(question, 1), texts=[cited[0].text])
        turned = dict(zip(map(id, cited), (c.citations for c in (*cited[1:], *cited[:1])), strict=True))
        claims = tuple(c.model_copy(update={"citations": turned.get(id(c), ())}) for c in answer.claims)
        return answer.model_copy(update={"claims": claims})


class AlteredQuotes(Degraded):
    """One word of every quote is another one."""

    def ask(self, question: str) -> Answer:
        """The wrapped answer, its quotes no longer verbatim."""

        def altered(citation: Citation) -> Citation:
            words = citation.quote.split(" ")
            words[len(words) // 2] = "remarkably"
            return citation.model_copy(update={"quote": " ".join(words)})

        return _with_citations(self.system.ask(question), altered)


class NeverAbstaining(Degraded):
    """Always has an answer: where the wrapped system declines, the nearest papers' first sentences."""

    def ask(self, question: str) -> Answer:
        """The wrapped answer where there is one, else one made from the nearest papers."""
        answer = self.system.ask(question)
        if outcome(answer) == "answered":
            return answer
        near = [h.paper for h in self.retrieve(question, 3)] or self.draw(question, 1)
        return _quoting(answer, list({p.id: p for p in near}.values()))


class AlwaysAbstaining(Degraded):
    """Never says anything, and so never anything wrong."""

    def ask(self, question: str) -> Answer:
        """An abstention."""
        update = {"abstained": True, "reason": "spoilt on purpose", "claims": (), "sources": ()}
        return self.system.ask(question).model_copy(update=update)


class AlwaysHedging(Degraded):
    """Adds to every answer that the papers do not state it, which is right for all questions without an answer."""

    def ask(self, question: str) -> Answer:
        """The wrapped answer and a limitation."""
        answer = self.system.ask(question)
        limit = Claim(text="No abstract states this.", verdict=_VERDICT, kind="limitation")
        return answer if answer.abstained else answer.model_copy(update={"claims": (*answer.claims, limit)})


class ReversedRanking(Degraded):
    """The best hits come last."""

    def retrieve(self, question: str, k: int = 10) -> Sequence[Hit]:
        """The wrapped hits, worst first."""
        return list(reversed(self.system.retrieve(question, k=k)))


class FirstSentences(Degraded):
    """Cites the right papers and quotes their first sentence, whatever was asked."""

    def ask(self, question: str) -> Answer:
        """The wrapped answer's sources, each by its first sentence."""
        answer = self.system.ask(question)
        return answer if answer.abstained else _quoting(answer, list(answer.sources))


class WholeAbstracts(Degraded):
    """Quotes whole abstracts, so that whatever was asked for is somewhere in the quote."""

    def ask(self, question: str) -> Answer:
        """The wrapped answer with each quote widened to the text it is from."""
        by_id = {p.id: p for p in self.papers}

        def widened(citation: Citation) -> Citation:
            paper = by_id[citation.paper_id]
            text = paper.title if citation.field == "title" else paper.abstract
            return citation.model_copy(update={"quote": text, "start": 0, "end": len(text)})

        return _with_citations(self.system.ask(question), widened)


class SwappedNames(Degraded):
    """The quotes stay; each claim speaks of another system than its quote."""

    def ask(self, question: str) -> Answer:
        """The wrapped answer, another system's name before every claim."""
        answer = self.system.ask(question)
        claims = tuple(
            c.model_copy(update={"text": f"PhantomCache9: {c.text}"}) if c.kind == "claim" else c for c in answer.claims
        )
        return answer.model_copy(update={"claims": claims})


class CitesEverything(Degraded):
    """Adds the first ten papers to every answer, so that the right ones are surely among them."""

    def ask(self, question: str) -> Answer:
        """The wrapped answer and the first sentence of each of the ten nearest papers."""
        answer = self.system.ask(question)
        if answer.abstained:
            return answer
        near = {h.paper.id: h.paper for h in self.retrieve(question, 10)}
        fresh = [p for p in near.values() if p.id not in {s.id for s in answer.sources}]
        added = tuple(_claim(p, len(answer.sources) + i) for i, p in enumerate(fresh, 1))
        kept = tuple(c.model_copy(update={"group": None}) if c.group == RELATED else c for c in answer.claims)
        return answer.model_copy(update={"claims": (*kept, *added), "sources": (*answer.sources, *fresh)})


DEGRADED: Final[dict[str, Callable[[System, Sequence[Paper], int], System]]] = {
    "random papers": RandomPapers,
    "shuffled citations": ShuffledCitations,
    "never abstaining": NeverAbstaining,
    "rotated citations": RotatedCitations,
    "altered quotes": AlteredQuotes,
    "always abstaining": AlwaysAbstaining,
    "always hedging": AlwaysHedging,
    "reversed ranking": ReversedRanking,
    "first sentences": FirstSentences,
    "whole abstracts": WholeAbstracts,
    "swapped names": SwappedNames,
    "cites everything": CitesEverything,
}


def _opening(paper: Paper) -> Passage:
    """The first sentence of a paper, as a passage. Papers without text are not taken into a library."""
    first = split_sentences(paper.abstract)[0]
    return Passage(paper_id=paper.id, text=first.text, start=first.start, end=first.end)


def _claim(paper: Paper, number: int, text: str | None = None) -> Claim:
    opening = _opening(paper)
    citation = cite(paper, ("abstract", opening.start, opening.end), number, _VERDICT)
    return Claim(text=opening.text if text is None else text, citations=(citation,), verdict=_VERDICT)


def _quoting(answer: Answer, papers: Sequence[Paper], texts: Sequence[str] = ()) -> Answer:
    """An answer that quotes the first sentence of each paper, validly."""
    claims = tuple(_claim(p, i, texts[i - 1] if texts else None) for i, p in enumerate(papers, 1))
    update = {"abstained": False, "reason": None, "claims": claims, "sources": tuple(papers), "nearest": ()}
    return answer.model_copy(update=update)


def _with_citations(answer: Answer, change: Callable[[Citation], Citation]) -> Answer:
    claims = tuple(c.model_copy(update={"citations": tuple(change(x) for x in c.citations)}) for c in answer.claims)
    return answer.model_copy(update={"claims": claims})
