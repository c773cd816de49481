"""The check itself: read, find candidates, judge, decide. One way, one batch of verdicts for all sentences."""

from __future__ import annotations

import re
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from rag.answer import Citation, Verdict
from rag.answering.subjects import unknown_names
from rag.checking.decide import WORTH_JUDGING, Judged, Outcome, combine, decide_part, judge_citation
from rag.checking.evidence import Finder, passage_of, quote_of
from rag.checking.reading import Document, Part, Read, anchored, read_document
from rag.checking.records import CHECK_LABELS, CITATION_STATES, CheckedSentence, CheckReport, Skipped
from rag.errors import InputError
from rag.grounding.judge import Judge, ask_all, rank
from rag.library import Library
from rag.paper import Paper
from rag.retrieval import Filters, Retriever
from rag.retrieval.filters import select
from rag.text.terms import STOP_WORDS

MAX_TEXT: Final = 500_000
"""Code points: a book's worth. A related-work section has about 10,000."""
_RETRIEVED: Final = 4
"""Papers judged beside those that the sentence cites or names."""


class _Asked(NamedTuple):
    part: Part
    judged: list[Judged]
    joint: Verdict | None = None


class Checker:
    """Checks texts against one library, as it is now."""

    def __init__(self, library: Library, retriever: Retriever, judge: Judge, filters: Filters) -> None:
        self._library, self._retriever, self._judge = library, retriever, judge
        chosen = select(library.papers(), filters).ids
        self._papers = {p.id: p for p in library.papers() if chosen is None or p.id in chosen}
        self._finder = Finder(library, retriever, filters)

    def check(
        self, text: str, *, bib: str | None = None, bib_name: str = "bib", name: str | None = None
    ) -> CheckReport:
        """Check every sentence.

        Raises:
            InputError: the text holds no words, or is longer than a book; ``bib`` holds no entry.
        """
        started = time.perf_counter()
        if not any(c.isalnum() for c in text):
            raise InputError("the text holds no words", "Give a file or paste a paragraph to check")
        if len(text) > MAX_TEXT:
            raise InputError(f"the text has {len(text):,} characters", f"Check at most {MAX_TEXT:,} at a time")
        document = read_document(text, list(self._papers.values()), bib=bib, bib_name=bib_name)
        asked = self._ask([r for r in document.sentences if r.parts])
        numbers: dict[str, int] = {}
        lines = _LineNumbers(text)
        sentences: list[CheckedSentence] = []
        for read in document.sentences:
            if read.adrift and (before := self._found_before(sentences)):
                read = anchored(read, before)
                asked |= self._ask([read])
            sentences.append(self._sentence(text, lines, read, asked, numbers))
        timings = {"total_s": time.perf_counter() - started}
        return self._report(name, document, sentences, numbers, lines, timings)

    def _found_before(self, sentences: Sequence[CheckedSentence]) -> tuple[Paper, ...]:
        """The paper that says the sentence before, or that it goes on about itself."""
        last = sentences[-1] if sentences else None
        if last is None or last.label not in {"supported", "partial"}:
            return ()
        return tuple(self._papers[c.paper_id] for c in last.evidence[:1])

    # -- judging, in two rounds for the whole text

    def _ask(self, sentences: Sequence[Read]) -> dict[int, list[_Asked]]:
        wanted = [
            (r, part, self._finder.near(part.claim, part.given, _RETRIEVED)) for r in sentences for part in r.parts
        ]
        pairs: list[tuple[str, str | Sequence[str]]] = []
        rows: list[tuple[int, Part, list[Judged]]] = []
        kept = []
        for read, part, near in wanted:
            given = {p.id for p in part.given}
            chosen = [n for n in near if n.paper.id in given or n.nearness >= WORTH_JUDGING]
            kept.append((read, part, chosen, given))
            pairs += [(part.claim, passage_of(n.paper)) for n in chosen]
        verdicts = iter(ask_all(self._judge, pairs) if pairs else [])
        for read, part, chosen, given in kept:
            rows.append((read.start, part, [Judged(n, next(verdicts), n.paper.id in given) for n in chosen]))
        joint = self._joint([(part, judged) for _, part, judged in rows])
        asked: dict[int, list[_Asked]] = {}
        for (start, part, judged), together in zip(rows, joint, strict=True):
            asked.setdefault(start, []).append(_Asked(part, judged, together))
        return asked

    def _joint(self, rows: Sequence[tuple[Part, list[Judged]]]) -> list[Verdict | None]:
        """Several papers together, where none alone supports a claim and at least two say a part of it."""
        halves = []
        for _, judged in rows:
            some = sorted(
                (j for j in judged if j.verdict.label == "partial"), key=lambda j: rank(j.verdict), reverse=True
            )
            alone = any(j.verdict.label == "supported" for j in judged)
            halves.append([] if alone or len(some) < 2 or not any(j.given for j in some) else some[:3])
        pairs: list[tuple[str, str | Sequence[str]]] = [
            (part.claim, [passage_of(j.near.paper) for j in some])
            for (part, _), some in zip(rows, halves, strict=True)
            if some
        ]
        verdicts = iter(ask_all(self._judge, pairs) if pairs else [])
        return [next(verdicts) if some else None for some in halves]

    # -- deciding

    def _sentence(
        self, text: str, lines: _LineNumbers, read: Read, asked: dict[int, list[_Asked]], numbers: dict[str, int]
    ) -> CheckedSentence:
        found = CheckedSentence(
            text=text[read.start : read.end],
            start=read.start,
            end=read.end,
            line=lines.at(read.start),
            claim=read.claim,
            label="not a claim",
            reason=read.why or "",
            citation="none",
            cites=read.cites,
        )
        if read.why is not None:
            return found
        mine = asked[read.start]
        outcome = self._outcome(read, mine)
        verdicts = _best_by_paper(mine)
        citation = judge_citation(read, outcome, verdicts, self._papers)
        decided = {
            "label": outcome.label,
            "score": outcome.score,
            "reason": outcome.reason,
            "citation": citation.state,
            "citation_reason": citation.reason,
            "evidence": tuple(self._quotes(read, outcome, numbers)),
            "suggested": tuple(dict.fromkeys(p.id for p in citation.suggested)),
        }
        return found.model_copy(update=decided)

    def _outcome(self, read: Read, asked: Sequence[_Asked]) -> Outcome:
        whole, *parts = [self._part(read, a) for a in asked]
        # One paper may not answer for a sentence whose parts speak of different ones.
        several = len({tuple(p.id for p in a.part.given) for a in asked[1:]}) > 1
        if parts and (several or whole.label != "supported"):
            whole = combine(parts)
        markers = read.markers
        outside = bool(markers) and all(m.paper_id is None for m in markers)
        if outside and whole.label not in {"supported", "not covered"}:
            # What other papers say does not make a paper wrong that nobody here has read.
            return Outcome("not covered", None, "it cites no paper of the library, and none of the library says it")
        return whole

    def _part(self, read: Read, asked: _Asked) -> Outcome:
        unknown = [] if asked.part.cited else unknown_names(asked.part.claim, self._library)
        return decide_part(asked.part, asked.judged, asked.joint, unknown, foreign=_outside(read))

    def _quotes(self, read: Read, outcome: Outcome, numbers: dict[str, int]) -> list[Citation]:
        found: list[Citation] = []
        for judged in outcome.evidence:
            paper = judged.near.paper
            number = numbers.setdefault(paper.id, len(numbers) + 1)
            quote = quote_of(read.claim, paper, judged.verdict, number)
            if quote is not None:
                found.append(quote)
        return found

    # -- the record

    def _report(
        self,
        name: str | None,
        document: Document,
        sentences: Sequence[CheckedSentence],
        numbers: dict[str, int],
        lines: _LineNumbers,
        timings: dict[str, float],
    ) -> CheckReport:
        labels, states = Counter(s.label for s in sentences), Counter(s.citation for s in sentences)
        checked = [s for s in sentences if s.label != "not a claim"]
        states = Counter(s.citation for s in checked)
        suggested = dict.fromkeys(p for s in sentences for p in s.suggested if p not in numbers)
        return CheckReport(
            name=name,
            sentences=tuple(sentences),
            skipped=tuple(Skipped(kind=k, start=a, end=b, line=lines.at(a)) for k, a, b in document.layout.skipped),
            counts={label: labels[label] for label in CHECK_LABELS},
            citation_counts={state: states[state] for state in CITATION_STATES},
            sources=tuple(self._papers[p] for p in numbers),
            suggestions=tuple(self._papers[p] for p in suggested),
            notices=tuple(_notices(document)),
            judge=self._judge.name,
            library=self._library.describe(),
            timings=timings,
        )


def _outside(read: Read) -> list[str]:
    """Names that a sentence shares with a reference which is no paper of the library: it speaks of that one."""
    listed = " ".join(c.reference or "" for c in read.markers if c.paper_id is None)
    words = dict.fromkeys(re.findall(r"\b[A-Z][\w-]+", read.claim)) if listed else {}
    return [w for w in words if w.lower() not in STOP_WORDS and re.search(rf"\b{re.escape(w)}\b", listed)]


def _best_by_paper(asked: Sequence[_Asked]) -> dict[str, Verdict]:
    found: dict[str, Verdict] = {}
    for a in asked:
        for j in a.judged:
            held = found.get(j.near.paper.id)
            if held is None or rank(j.verdict) > rank(held):
                found[j.near.paper.id] = j.verdict
    return found


def _notices(document: Document) -> list[str]:
    """What was left out, and what could not be resolved, in one line each."""
    kinds = Counter(part.kind for part in document.layout.skipped)
    counted = [f"{n} {_KINDS.get(kind, (kind, kind + 's'))[n != 1]}" for kind, n in sorted(kinds.items())]
    found = [f"skipped: {', '.join(counted)}"] if counted else []
    if document.references:
        held = document.references - document.unmatched
        found.append(f"references: {document.references} listed, {held} of them in the library")
    return found


_KINDS: Final = {
    "code": ("code block", "code blocks"), "mathematics": ("formula", "formulas"),
    "references": ("list of references", "lists of references"),
}  # fmt: skip


class _LineNumbers:
    """1-based line numbers of offsets."""

    def __init__(self, text: str) -> None:
        self._breaks = [m.end() for m in re.finditer(r"\r\n|\r|\n", text)]

    def at(self, offset: int) -> int:
        return 1 + bisect_right(self._breaks, offset)
