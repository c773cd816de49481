"""Answers from the papers' own sentences, without a model.

The question is read against every sentence of every paper (of the nearest few hundred in a large library). Its form -
fact, comparison, survey - decides how many sentences are taken from how many papers. Every claim is a whole sentence,
shown clean, behind the name of its subject where it does not say it itself; its citation carries the sentence exactly
as it stands.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from rag.answer import Claim, Event
from rag.answering.answerable import judge_answerable
from rag.answering.compare import compared, sides
from rag.answering.compose import RELATED, Composing, Draft, Numbering
from rag.answering.description import asks_what_it_is, description
from rag.answering.fact import fact
from rag.answering.form import asks_plainly, names_several, wants_several
from rag.answering.limits import NameLimits, contrary_claim, limitation
from rag.answering.naming import called, freed, names_subject, short_name
from rag.answering.question import Question, name_terms, read_question
from rag.answering.reading import Reading
from rag.answering.relevance import relevance
from rag.answering.sentences import Scored
from rag.answering.shelf import Shelves
from rag.answering.survey import ANSWERS, survey
from rag.grounding import Judge, RawCitation, RawClaim, check_claim
from rag.library import Library
from rag.paper import Hit, Paper
from rag.retrieval import Filters, Retriever
from rag.text import display

READ_WHOLE: Final = 1000
"""Up to this many papers, a question is read against all of them."""
READ_NEAREST: Final = 300
"""Passages of a larger library that a survey reads."""
# A name that at most this many passages contain belongs to few papers.
_RARE: Final = 3
_LIKELY: Final = 0.5
_COMPARE_AMONG: Final = 40


class _Chosen(NamedTuple):
    """Sentences to show, each with its group, and what was read."""

    sentences: list[tuple[Scored, str | None]]
    read: dict[str, Any]


class ExtractiveComposer:
    """Composes extractive answers over one library. ``shelves`` keeps what was laid out for reading between answers."""

    def __init__(self, library: Library, retriever: Retriever, judge: Judge, shelves: Shelves | None = None) -> None:
        self._library = library
        self._retriever = retriever
        self._judge = judge
        self._shelves = shelves or Shelves(retriever.analyser)

    def stream(
        self,
        question: str,
        hits: Sequence[Hit],
        *,
        max_claims: int,
        survey: bool = False,
        may_abstain: bool = True,
        within: frozenset[str] | None = None,
    ) -> Composing:
        """Compose an answer from hits, best first.

        Args:
            survey: forces the form, for summaries of a topic.
            within: ids of the papers that pass the question's filters; None = all.
        """
        started, timings = time.perf_counter(), dict[str, float]()
        asked = read_question(question, self._library, self._retriever.analyser)
        nearest = _papers(hits)[:5]
        answerable = judge_answerable(question, hits, self._library, self._retriever.analyser)
        if may_abstain and not answerable.yes:
            return Draft(abstained=True, reason=answerable.reason, nearest=tuple(nearest), models=self._models())
        choice = self._choose(asked, hits, max_claims, survey=survey, within=within)
        numbering = Numbering()
        claims: list[Claim] = []
        dropped: list[Claim] = []
        if not survey and (limit := self._limit(asked, choice, answerable.names, numbering)) is not None:
            claims.append(limit)
            yield Event(kind="claim", payload=limit)
        for scored, group in choice.sentences[:max_claims]:
            checked = check_claim(_raw(scored, group), self._judge)
            if checked.accepted:
                claim = numbering.accept(checked.claim, [scored.paper])
                claims.append(claim)
                timings.setdefault("first_claim_s", round(time.perf_counter() - started, 4))
                yield Event(kind="claim", payload=claim)
            else:
                dropped.append(checked.claim)
                yield Event(kind="dropped", payload=checked.claim)
        if not numbering.sources:
            reason = "No sentence of this library's abstracts answers it."
            return Draft(
                abstained=True, reason=reason, nearest=tuple(nearest), dropped=tuple(dropped), models=self._models()
            )
        return Draft(
            tuple(claims),
            tuple(dropped),
            numbering.sources,
            library={"read": {**choice.read, **_shown(claims)}},
            models=self._models(),
            timings=timings,
        )

    def _limit(self, asked: Question, choice: _Chosen, names: NameLimits, numbering: Numbering) -> Claim | None:
        """What opens an answer: what its papers do not state of what is asked, or the premise that one denies."""
        shown, form = _papers_of(choice.sentences), choice.read["form"]
        limit = limitation(asked.text, shown, names, details=form != "survey" or names.owned)
        if limit is None and form == "fact" and (contrary := contrary_claim(asked.text, shown)) is not None:
            return numbering.accept(check_claim(contrary, self._judge).claim, shown[:1])
        return limit

    def _models(self) -> dict[str, str]:
        return {"judge": self._judge.name, "embedder": self._library.embedder.name}

    # -- the three forms

    def _choose(
        self, asked: Question, hits: Sequence[Hit], most: int, *, survey: bool, within: frozenset[str] | None
    ) -> _Chosen:
        reading = self._read(asked, _papers(hits))
        likely = relevance(reading)
        plain = asks_plainly(asked.text)
        place = {p.id: d for d, p in enumerate(reading.shelf.papers)}
        ranked = [place[p.id] for p in _papers(hits) if p.id in place]
        # Who calls a paper by its name asks about that paper.
        calls = any(called(reading.shelf.papers[d], asked.text) is not None for d in ranked[:_COMPARE_AMONG])
        open_ended = names_several(asked.text) or wants_several(asked, reading, likely) >= _LIKELY
        several = survey or plain or (open_ended and not calls and float(likely.max()) >= ANSWERS)
        contrasts = asked.form == "compare"
        pair = [] if survey or plain else compared(reading, ranked[:_COMPARE_AMONG], contrasts=contrasts)
        if len(pair) > 1:
            return _Chosen([*sides(reading, pair)], self._record(reading, "compare"))
        if several:
            return self._survey(asked, reading, most, within)
        best = reading.shelf.papers[ranked[0]] if ranked else None
        if best is not None and asks_what_it_is(asked.text, best):
            said = description(best, reading.shelf.sentences[ranked[0]])
            return _Chosen([(s, None) for s in said], self._record(reading, "fact"))
        names = [n for n in asked.names if self._is_rare(n)]
        return _Chosen([(s, None) for s in fact(reading, ranked, names)], self._record(reading, "fact"))

    def _survey(self, asked: Question, reading: Reading, most: int, within: frozenset[str] | None) -> _Chosen:
        if len(self._library.papers()) > READ_WHOLE:
            chosen = Filters(papers=sorted(within)) if within is not None else Filters()
            near = self._retriever.search(asked.text, READ_NEAREST, chosen).hits
            reading = self._read(asked, _papers(near))
        found = survey(reading, relevance(reading), most, lambda p: within is None or p.id in within)
        return _Chosen(found, self._record(reading, "survey"))

    def _read(self, asked: Question, papers: Sequence[Paper]) -> Reading:
        whole = self._library.papers()
        return Reading(asked, self._shelves.shelf(whole if len(whole) <= READ_WHOLE else papers))

    def _record(self, reading: Reading, form: str) -> dict[str, Any]:
        whole = len(reading.shelf) == len(self._library.papers())
        return {"form": form, "papers": len(reading.shelf), "whole_library": whole}

    def _is_rare(self, name: str) -> bool:
        return all(self._library.lexical.document_frequency(t) <= _RARE for t in name_terms(name))


def _raw(scored: Scored, group: str | None) -> RawClaim:
    sentence, paper = scored.sentence, scored.paper
    text, name = freed(display(sentence.text)), short_name(paper)
    if not names_subject(text, name):
        text = f"{name}: {text}"
    citation = RawCitation(1, paper, sentence.text, ("abstract", sentence.start, sentence.end))
    return RawClaim(text, (citation,), "claim", group)


def _shown(claims: Sequence[Claim]) -> dict[str, int]:
    """How many papers are shown as an answer, and how many only as related."""
    answer = {c.paper_id for claim in claims if claim.group != RELATED for c in claim.citations}
    related = {c.paper_id for claim in claims if claim.group == RELATED for c in claim.citations}
    return {"answer": len(answer), "related": len(related - answer)}


def _papers(hits: Iterable[Hit]) -> list[Paper]:
    return list({h.paper.id: h.paper for h in hits}.values())


def _papers_of(chosen: Sequence[tuple[Scored, str | None]]) -> list[Paper]:
    """The papers whose sentences stand for an answer, those that are only related left out."""
    return list({s.paper.id: s.paper for s, group in chosen if group != RELATED}.values())
