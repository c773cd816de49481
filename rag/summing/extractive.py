"""Summaries without a model: the papers that answer to the topic, by themes, each in at most two of its sentences."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from rag.answer import Claim, Event
from rag.answering.compose import RELATED, Composing, Draft, Numbering, drained
from rag.answering.extractive import ExtractiveComposer
from rag.answering.naming import short_name
from rag.answering.shelf import Shelves
from rag.answering.survey import MOST_RELATED
from rag.grounding import Judge, check_claim
from rag.library import Library
from rag.paper import Hit, Paper
from rag.retrieval import Retriever
from rag.summing.across import Across
from rag.summing.tell import Teller, sentence_claim
from rag.summing.themes import Themes
from rag.text import Sentence

_SURVEYED: Final = 500
"""Most papers that a survey is asked for, so that what the limit leaves out can be told."""
_NAMED: Final = 5
"""So many of the papers that were left out are named."""


class Chosen(NamedTuple):
    """What a summary is made of: papers that belong to it, best first, those near it, and those beyond the limit.

    ``best`` holds the sentence that bears most on the topic, by paper id; ``read`` says what was read.
    """

    papers: tuple[Paper, ...]
    related: tuple[Paper, ...]
    left_out: tuple[Paper, ...]
    best: dict[str, Sentence]
    read: dict[str, Any]
    draft: Draft


class SummaryComposer:
    """Composes summaries over one library; holds no state of any one of them."""

    def __init__(self, library: Library, retriever: Retriever, judge: Judge, shelves: Shelves) -> None:
        self._library, self._retriever, self._judge, self._shelves = library, retriever, judge, shelves
        self._themes = Themes(retriever.analyser, library.embedder)
        self._teller = Teller(retriever.analyser, library.embedder)

    def stream(
        self,
        topic: str | None,
        hits: Sequence[Hit],
        papers: Sequence[Paper],
        rest: Sequence[Paper] = (),
        *,
        limit: int,
        within: frozenset[str] | None = None,
    ) -> Composing:
        """Claims by theme, then those that set two papers side by side, then related papers.

        Args:
            topic: None = just ``papers`` are summed up; ``rest`` are those that the limit leaves out.
            limit: most papers; of each at most two sentences.
            within: ids of the papers that pass the filters; None = all.
        """
        started, timings = time.perf_counter(), dict[str, float]()
        chosen = self._given(papers, rest) if topic is None else self._on(topic, hits, limit, within)
        if chosen.draft.abstained:
            return chosen.draft
        dropped = list(chosen.draft.dropped)
        for refused in dropped:
            yield Event(kind="dropped", payload=refused)
        numbering = Numbering()
        claims: list[Claim] = [c for c in chosen.draft.claims if c.kind != "claim"]
        for limitation in claims:
            yield Event(kind="claim", payload=limitation)
        for claim, papers, accepted in self._claims(topic, chosen):
            if not accepted:
                dropped.append(claim)
                yield Event(kind="dropped", payload=claim)
                continue
            numbered = numbering.accept(claim, papers)
            claims.append(numbered)
            timings.setdefault("first_claim_s", round(time.perf_counter() - started, 4))
            yield Event(kind="claim", payload=numbered)
        models = {"judge": self._judge.name, "embedder": self._library.embedder.name}
        if not numbering.sources:
            reason = "No sentence of these papers' abstracts can be shown."
            return Draft(abstained=True, reason=reason, dropped=tuple(dropped), models=models)
        return Draft(
            tuple(claims),
            tuple(dropped),
            numbering.sources,
            library={"read": {**chosen.read, **shown(claims), **left_out(chosen.left_out)}},
            models=models,
            timings=timings,
        )

    def _claims(self, topic: str | None, chosen: Chosen) -> Iterator[tuple[Claim, Sequence[Paper], bool]]:
        """Checked claims in the order of the summary, each with its papers and whether it may stand."""
        for theme in self._themes.of(chosen.papers):
            for paper in theme.papers:
                for sentence in self._teller.of(paper, topic, chosen.best.get(paper.id)).sentences:
                    checked = check_claim(sentence_claim(paper, sentence, theme.name), self._judge)
                    yield checked.claim, [paper], checked.accepted
        across = Across(self._retriever.analyser, self._library.embedder, self._judge)
        for claim, papers in across.claims(chosen.papers):
            yield claim, papers, True
        for paper in chosen.related:
            checked = check_claim(sentence_claim(paper, chosen.best[paper.id], RELATED), self._judge)
            yield checked.claim, [paper], checked.accepted

    # -- what to sum up

    def _on(self, topic: str, hits: Sequence[Hit], limit: int, within: frozenset[str] | None) -> Chosen:
        """The papers of a survey of the topic."""
        composer = ExtractiveComposer(self._library, self._retriever, self._judge, self._shelves)
        steps = composer.stream(topic, hits, max_claims=max(_SURVEYED, limit), survey=True, within=within)
        draft = drained(steps)
        by_id = {p.id: p for p in draft.sources}
        analyse = self._retriever.analyser.analysis
        direct: list[Paper] = []
        near: list[Paper] = []
        best: dict[str, Sentence] = {}
        for claim in draft.claims:
            if claim.kind != "claim":
                continue
            cited = claim.citations[0]
            paper = by_id[cited.paper_id]
            if (sentence := _at(analyse(paper).sentences, cited.start)) is not None:
                best.setdefault(paper.id, sentence)
                (near if claim.group == RELATED else direct).append(paper)
        kept = direct[:limit]
        related = near[: min(MOST_RELATED, limit - len(kept))]
        read = draft.library.get("read", {})
        return Chosen(tuple(kept), tuple(related), tuple(direct[limit:]), best, {**read, "form": "summary"}, draft)

    def _given(self, papers: Sequence[Paper], rest: Sequence[Paper]) -> Chosen:
        read = {"form": "summary", "papers": len(papers), "of": len(papers) + len(rest), "whole_library": False}
        draft = Draft() if papers else Draft(abstained=True, reason="No paper passes the filters.")
        return Chosen(tuple(papers), (), tuple(rest), {}, read, draft)


def shown(claims: Sequence[Claim]) -> dict[str, int]:
    """How many papers are cited as belonging, and how many only as related."""
    own = {c.paper_id for claim in claims if claim.group != RELATED for c in claim.citations}
    related = {c.paper_id for claim in claims if claim.group == RELATED for c in claim.citations}
    return {"answer": len(own), "related": len(related - own)}


def left_out(papers: Sequence[Paper]) -> dict[str, Any]:
    """How many papers the limit left out, and the names of the first."""
    return {"left_out": len(papers), "left_out_first": [short_name(p) for p in papers[:_NAMED]]}


def _at(sentences: Sequence[Sentence], start: int) -> Sentence | None:
    return next((s for s in sentences if s.start == start), None)


__all__ = ["Chosen", "SummaryComposer", "left_out", "shown"]
