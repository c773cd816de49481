"""Tiny literal papers, cases and answers, and a scripted system, for the tests of the harness."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from eval.cases import Case
from eval.metrics import Observation, Shelf
from rag.answer import Answer, Citation, Claim, Verdict
from rag.answer import cite as answer_cite
from rag.corpus.identity import paper_id, revision
from rag.paper import Hit, Paper, Passage
from rag.text import split_sentences

TEXTS = {
    "FastRing: Quick Sums": "Sums over rings are slow. FastRing sums vectors in 2 steps. FastRing is 3.5x faster than "
    "PlainRing on 8 nodes.",
    "LazyCache": "Caches fill up quickly under load. LazyCache evicts the entry that was read least. "
    "It saves 24% of memory.",
    "Bread Clusters": "Clusters of bakers share ovens. A schedule called DoughPlan keeps ovens warm. "
    "Waste falls by half in most towns.",
    "Quiet Compilers": "Compilers print too much. A quiet mode hides notes that nobody reads. "
    "Builds finish 9 seconds sooner.",
    "Odd Sorting": "Sorting odd numbers is easy. The method skips every even number. It needs no memory at all.",
}
VERDICT = Verdict(label="supported", score=0.9, reason="test", judge="test-judge@1")


def paper(title: str) -> Paper:
    """The paper of this title."""
    text = TEXTS[title]
    return Paper(
        id=paper_id(title), revision=revision(title, text, "note"), title=title, abstract=text, text_kind="note"
    )


PAPERS = tuple(paper(t) for t in TEXTS)
RING, CACHE, BREAD, QUIET, ODD = PAPERS
SHELF = Shelf(PAPERS)


def cite(source: Paper, sentence: int | str, number: int = 1, **changes: Any) -> Citation:
    """A faithful citation of a paper's n-th sentence, or of a literal piece of its text; changed as asked."""
    quote = split_sentences(source.abstract)[sentence].text if isinstance(sentence, int) else sentence
    start = source.abstract.index(quote)
    citation = answer_cite(source, ("abstract", start, start + len(quote)), number, VERDICT)
    return citation.model_copy(update=changes)


def claim(*citations: Citation, text: str | None = None, **fields: Any) -> Claim:
    """A claim in the words of its first quote unless told otherwise."""
    words = text if text is not None else citations[0].quote
    return Claim(text=words, citations=citations, verdict=VERDICT, **fields)


def answer(*claims: Claim, sources: Sequence[Paper] | None = None, **fields: Any) -> Answer:
    """An answer whose sources are the cited papers, in order of first use."""
    ids = dict.fromkeys(c.paper_id for x in claims for c in x.citations)
    by_id = {p.id: p for p in PAPERS}
    cited = tuple(by_id[i] for i in ids if i in by_id) if sources is None else tuple(sources)
    return Answer(question="q", mode="extractive", claims=claims, sources=cited, **fields)


ABSTENTION = Answer(question="q", mode="extractive", abstained=True, reason="nothing near")
LIMITATION = Claim(text="No paper states this.", verdict=VERDICT, kind="limitation")


def case(kind: str = "finding", about: Paper = RING, **fields: Any) -> Case:
    """A case about one paper's last sentence, or one that cannot be answered."""
    last = split_sentences(about.abstract)[-1].text
    known: dict[str, Any] = {
        "id": f"{about.title.split(':')[0]}-{kind}",
        "kind": kind,
        "question": f"{kind} of {about.title}?",
        "relevant": {about.title: 2},
        "evidence": {about.title: [last]},
        "nuggets": [last],
        "answerable": True,
    }
    if kind in ("near_miss", "missing_detail", "false_premise", "out_of_domain", "nonsense"):
        known |= {"relevant": {}, "evidence": {}, "nuggets": [], "answerable": False}
    return Case.model_validate(known | fields)


def seen(
    what: Answer | None, about: Case | None = None, ranking: Sequence[Paper] = (), seconds: float = 0.1
) -> Observation:
    """An observation over the tiny shelf."""
    return Observation(about or case(), SHELF, tuple(p.id for p in ranking), what, seconds)


def hit(source: Paper, score: float = 1.0) -> Hit:
    """A hit on a paper's first sentence."""
    first = split_sentences(source.abstract)[0]
    return Hit(paper=source, passage=Passage(paper_id=source.id, text=first.text, start=0, end=first.end), score=score)


class Scripted:
    """A system that finds and answers as told, question by question."""

    def __init__(self, hits: Callable[[str], Sequence[Hit]], answers: Callable[[str], Answer]) -> None:
        self._hits = hits
        self._answers = answers
        self.asked: list[str] = []

    def retrieve(self, question: str, k: int = 10) -> Sequence[Hit]:
        """The scripted hits, at most k."""
        return self._hits(question)[:k]

    def ask(self, question: str) -> Answer:
        """The scripted answer."""
        self.asked.append(question)
        return self._answers(question)


def joint(kind: str, *papers: Paper) -> Case:
    """A case about several papers: the last sentence of each."""
    return case(
        kind,
        papers[0],
        id="+".join(p.id for p in papers) + f"-{kind}",
        question=f"{kind} of {' and '.join(p.title for p in papers)}?",
        relevant={p.title: 2 for p in papers},
        evidence={p.title: [split_sentences(p.abstract)[-1].text] for p in papers},
    )


SUITE = (
    *(case(kind, about) for about in PAPERS for kind in ("topical", "finding", "named")),
    *(joint(kind, one, two) for kind in ("survey", "compare") for one, two in pairwise(PAPERS)),
    *(case(kind, about) for about in PAPERS for kind in ("near_miss", "out_of_domain", "nonsense")),
)
"""Thirty-eight cases over the five papers."""


def perfect() -> Scripted:
    """A system that is right about every case of :data:`SUITE`."""
    known = {c.question: [p for t in c.relevant if (p := SHELF.by_title(t))] for c in SUITE}

    def find(question: str) -> Sequence[Hit]:
        right = known[question]
        return [*map(hit, right), *(hit(p, 0.5) for p in PAPERS if p not in right)]

    def reply(question: str) -> Answer:
        claims = [claim(cite(p, -1, n)) for n, p in enumerate(known[question], 1)]
        return answer(*claims) if claims else ABSTENTION

    return Scripted(find, reply)
