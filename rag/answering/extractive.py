"""Answers from the papers' own sentences, without a model.

Sentences of the retrieved papers are scored for the question; the form of the question (fact, comparison, survey)
decides how many are taken from how many papers. Every claim is a whole sentence, shown clean, behind the name of its
subject where it does not say it itself; its citation carries the sentence exactly as it stands.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rag.answer import Claim, Event
from rag.answering.answerable import judge_answerable
from rag.answering.compose import RELATED, Composing, Draft, Numbering
from rag.answering.limits import contrary_claim, limitation
from rag.answering.naming import names_subject, short_name
from rag.answering.question import Question, name_terms, read_question
from rag.grounding import Judge, RawCitation, RawClaim, check_claim
from rag.library import Library
from rag.library.embedders import Vectors
from rag.paper import Hit, Paper
from rag.retrieval import Retriever
from rag.retrieval.analysis import Analyser
from rag.text import Sentence, display

# Weights of a sentence's score: the paper's fused score, term coverage, cosine similarity. Chosen on development
# questions over a coarse grid (0.5, 1, 2); neighbours in the grid differ by less than the intervals.
_PAPER, _COVERAGE, _SIMILARITY = 2.0, 1.0, 0.5
_WANTED_NUMBER = 0.15
# "Which methods ...?" is answered by a sentence that says which.
_NAMES_SUBJECT = 0.2
_FACT_PAPERS, _FACT_CLAIMS, _FACT_PER_PAPER, _BROAD_PER_PAPER = 6, 4, 4, 2
# Score of the third paper over that of the first, from which on hits count as several and as very many.
_SURVEY_FLAT, _BROAD_FLAT = 0.55, 0.8
# A further claim of a fact answer has to come this near to the best one.
_FACT_NEAR, _FACT_NEAR_OWN = 0.75, 0.4
_COMPARE_PAPERS, _COMPARE_PER_PAPER = 4, 2
_SURVEY_READ = 60
# A survey takes papers whose fused score is at least this, and calls those direct that cover enough of the question.
_SURVEY_SCORE, _SURVEY_COVERAGE, _DIRECT_SHARE = 0.5, 0.2, 0.6
# A word of this share of a question's weight, in at most so many passages, singles out a paper.
_TELLING_SHARE, _TELLING_PAPERS = 0.2, 1
# A name that at most this many passages contain belongs to few papers.
_RARE = 3


class _Scored(NamedTuple):
    score: float
    paper: Paper
    sentence: Sentence
    own: float


class ExtractiveComposer:
    """Composes extractive answers over one library."""

    def __init__(self, library: Library, retriever: Retriever, judge: Judge) -> None:
        self._library = library
        self._retriever = retriever
        self._judge = judge

    @property
    def _analyser(self) -> Analyser:
        return self._retriever.analyser

    def stream(
        self, question: str, hits: Sequence[Hit], *, max_claims: int, survey: bool = False, may_abstain: bool = True
    ) -> Composing:
        """Compose an answer from hits, best first. ``survey`` forces the form for summaries of a topic."""
        started, timings = time.perf_counter(), dict[str, float]()
        asked = read_question(question, self._library, self._analyser)
        vector = self._library.embedder.query(question)
        nearest = _papers(hits)[:5]
        answerable = judge_answerable(question, hits, self._library, self._analyser)
        if may_abstain and not answerable.yes:
            return Draft(abstained=True, reason=answerable.reason, nearest=tuple(nearest), models=self._models())
        chosen = self._choose(asked, vector, hits, max_claims, survey=survey)
        numbering = Numbering()
        claims: list[Claim] = []
        dropped: list[Claim] = []
        shown = _papers_of(chosen)
        limit = limitation(
            asked.text, shown, answerable.names, details=asked.form != "survey" or answerable.names.owned
        )
        if not survey and limit is None and asked.form == "fact" and (contrary := contrary_claim(asked.text, shown)):
            limit = numbering.accept(check_claim(contrary, self._judge).claim, shown[:1])
        if not survey and limit is not None:
            claims.append(limit)
            yield Event(kind="claim", payload=limit)
        for scored, group in chosen[:max_claims]:
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
        return Draft(tuple(claims), tuple(dropped), numbering.sources, models=self._models(), timings=timings)

    def _models(self) -> dict[str, str]:
        return {"judge": self._judge.name, "embedder": self._library.embedder.name}

    # -- the three forms

    def _choose(
        self, asked: Question, vector: Vectors, hits: Sequence[Hit], most: int, *, survey: bool
    ) -> list[tuple[_Scored, str | None]]:
        """The sentences to show with their groups. A question is a survey when it asks for several things and the
        hits show that there are several: the third paper scores nearly as high as the first."""
        flat = _flatness(hits)
        several = (
            (asked.form == "survey" or asked.plural) and flat >= _SURVEY_FLAT and not self._singled_out(asked, hits)
        )
        if survey or several:
            return self._survey(asked, vector, hits, most)
        if asked.form == "compare" and len(compared := self._named_papers(asked, _papers(hits))) > 1:
            return self._compare(asked, vector, hits, compared)
        return self._fact(asked, vector, hits, per_paper=_FACT_PER_PAPER if flat < _BROAD_FLAT else _BROAD_PER_PAPER)

    def _fact(
        self, asked: Question, vector: Vectors, hits: Sequence[Hit], *, per_paper: int
    ) -> list[tuple[_Scored, str | None]]:
        papers = self._about_named(asked, _papers(hits)[:_FACT_PAPERS])
        scored = self._score(asked, vector, hits, papers)
        if not scored:
            return []
        best = scored[0]
        taken: list[_Scored] = []
        for s in scored:
            # Against the best of all, and, without the score of its paper, against what the best sentence says itself.
            near = s.score >= _FACT_NEAR * best.score and s.own >= _FACT_NEAR_OWN * best.own
            room = sum(t.paper.id == s.paper.id for t in taken) < per_paper
            if near and room and len(taken) < _FACT_CLAIMS and not _repeats(s, taken):
                taken.append(s)
        return [(s, None) for s in _grouped_by_paper(taken)]

    def _compare(
        self, asked: Question, vector: Vectors, hits: Sequence[Hit], papers: Sequence[Paper]
    ) -> list[tuple[_Scored, str | None]]:
        scored = self._score(asked, vector, hits, papers)
        taken = []
        for paper in papers:
            own = [s for s in scored if s.paper.id == paper.id][:_COMPARE_PER_PAPER]
            taken += sorted(own, key=lambda s: s.sentence.start)
        return [(s, short_name(s.paper)) for s in taken]

    def _survey(
        self, asked: Question, vector: Vectors, hits: Sequence[Hit], most: int
    ) -> list[tuple[_Scored, str | None]]:
        near = [h for h in hits[:_SURVEY_READ] if h.score >= _SURVEY_SCORE] or list(hits[:1])
        focused = [p for p in _papers(near) if asked.focus <= self._analyser.analysis(p).terms]
        papers = focused or _papers(near)
        scored = self._score(asked, vector, hits, papers, whole=True)
        best: dict[str, _Scored] = {}
        for s in scored:
            best.setdefault(s.paper.id, s)
        rows = [best[p.id] for p in papers if p.id in best]
        covered = {s.paper.id: self._paper_coverage(asked, s.paper) for s in rows}
        enough = [s for s in rows if covered[s.paper.id] >= _SURVEY_COVERAGE] or rows[:1]
        top = max((covered[s.paper.id] for s in enough), default=0.0)
        # Where no paper speaks of what is asked, as when a filter left out those that do, none is an answer.
        direct = [s for s in enough if covered[s.paper.id] >= _DIRECT_SHARE * top] if focused else []
        related = [s for s in enough if s not in direct]
        kept = direct[:most] + related[: max(most - len(direct), 0)]
        return [(s, None if s in direct else RELATED) for s in kept]

    # -- which papers

    def _singled_out(self, asked: Question, hits: Sequence[Hit]) -> bool:
        """Whether a telling word of the question stands in the best paper and in next to no other."""
        total = sum(asked.weights.values())
        best = self._analyser.analysis(hits[0].paper).terms
        return any(
            t in best and w >= _TELLING_SHARE * total and self._library.lexical.document_frequency(t) <= _TELLING_PAPERS
            for t, w in asked.weights.items()
        )

    def _paper_coverage(self, asked: Question, paper: Paper) -> float:
        analysis = self._analyser.analysis(paper)
        return max((asked.coverage(t | analysis.title_terms) for t in analysis.sentence_terms), default=0.0)

    def _named_papers(self, asked: Question, papers: Sequence[Paper]) -> list[Paper]:
        """The papers to compare: for each name in the question the best paper that bears it, in the question's order.

        A title's name counts most, a name that only few papers mention next. Where the question has fewer names than
        papers to compare ("X or the usual way?"), the best hit is the other side.
        """
        named: dict[str, Paper] = {}
        for name in asked.names:
            wanted = name_terms(name)
            rare = all(self._library.lexical.document_frequency(t) <= _RARE for t in wanted)
            in_title = [p for p in papers if wanted <= self._analyser.analysis(p).title_terms]
            in_text = [p for p in papers if rare and wanted <= self._analyser.analysis(p).terms]
            for paper in (in_title or in_text)[:1]:
                named.setdefault(paper.id, paper)
        found = list(named.values())[:_COMPARE_PAPERS]
        beside = [n for n in asked.names if not any(name_terms(n) <= self._analyser.analysis(p).terms for p in found)]
        if len(found) == 1 and not (asked.contrasts and (beside or len(asked.names) == 1)):
            return found  # "X vs Y" where X's own abstract speaks of Y
        return found + [p for p in papers[:2] if p.id not in named][: max(0, 2 - len(found))]

    def _about_named(self, asked: Question, papers: Sequence[Paper]) -> list[Paper]:
        """Where a question names a system that only few papers mention, only those papers can answer it."""
        kept = list(papers)
        for name in asked.names:
            wanted = name_terms(name)
            bearers = [p for p in kept if wanted <= self._analyser.analysis(p).terms]
            if bearers and all(self._library.lexical.document_frequency(t) <= _RARE for t in wanted):
                kept = bearers
        return kept

    # -- which sentences

    def _score(
        self,
        asked: Question,
        vector: Vectors,
        hits: Sequence[Hit],
        papers: Sequence[Paper],
        *,
        whole: bool = False,
    ) -> list[_Scored]:
        """Every sentence of the papers with its score for the question, best first; ties in the order of the text.

        With ``whole`` a sentence has to say itself what the question asks; otherwise what the title says counts less.
        """
        fused: dict[str, float] = {}
        for hit in hits:
            fused.setdefault(hit.paper.id, hit.score)
        scored: list[_Scored] = []
        for paper, vectors in zip(papers, self._analyser.vectors_of(papers), strict=True):
            analysis = self._analyser.analysis(paper)
            for i, sentence in enumerate(analysis.sentences):
                coverage = asked.coverage(analysis.sentence_terms[i], frozenset() if whole else analysis.title_terms)
                own = _COVERAGE * coverage + _SIMILARITY * float(vectors[i] @ vector)
                if whole and names_subject(sentence.text, short_name(paper)):
                    own += _NAMES_SUBJECT
                if asked.wants_number and any(c.isdigit() for c in sentence.text):
                    own += _WANTED_NUMBER
                scored.append(_Scored(_PAPER * fused[paper.id] + own, paper, sentence, own))
        return sorted(scored, key=lambda s: -s.score)


def _raw(scored: _Scored, group: str | None) -> RawClaim:
    sentence, paper = scored.sentence, scored.paper
    text, name = display(sentence.text), short_name(paper)
    if not names_subject(text, name):
        text = f"{name}: {text}"
    citation = RawCitation(1, paper, sentence.text, ("abstract", sentence.start, sentence.end))
    return RawClaim(text, (citation,), "claim", group)


def _flatness(hits: Sequence[Hit]) -> float:
    """Fused score of the third paper over that of the first, in [0, 1]; 0 with fewer than three papers."""
    best: dict[str, float] = {}
    for hit in hits:
        best.setdefault(hit.paper.id, hit.score)
    scores = list(best.values())[:3]
    return scores[2] / scores[0] if len(scores) == 3 and scores[0] > 0 else 0.0


def _papers(hits: Iterable[Hit]) -> list[Paper]:
    return list({h.paper.id: h.paper for h in hits}.values())


def _papers_of(chosen: Sequence[tuple[_Scored, str | None]]) -> list[Paper]:
    """The papers whose sentences stand for an answer, those that are only related left out."""
    return list({s.paper.id: s.paper for s, group in chosen if group != RELATED}.values())


def _repeats(scored: _Scored, taken: Sequence[_Scored]) -> bool:
    return any(t.sentence.text == scored.sentence.text for t in taken)


def _grouped_by_paper(taken: Sequence[_Scored]) -> list[_Scored]:
    """Best paper first; within a paper the best sentence first."""
    order = list(dict.fromkeys(s.paper.id for s in taken))
    return sorted(taken, key=lambda s: (order.index(s.paper.id), -s.score))
