"""What a follow-up points at: the papers of the turns before, as they were shown, and which of them is meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from rag.answer import Answer
from rag.answering.compose import RELATED
from rag.answering.naming import short_name
from rag.answering.question import names_in
from rag.conversations import wording
from rag.paper import Paper
from rag.text import content_terms

Turn = tuple[str, Answer]
"""A finished turn: the standalone question and its answer."""

# "those" are at most so many papers.
_MOST_MEANT = 6
# Of the papers shown together, one is preferred for what the question before asked as much as for what is asked now.
_EARLIER_WEIGHT = 0.5
# A paper shown later has to fit by this much more than one shown before it.
_ORDER = 0.1
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*\s?(?:%|x\b|times\b|percent\b)", re.I)


class Knows(Protocol):
    """What a follow-up is held against."""

    def coverage(self, question: str, paper: Paper) -> float:
        """Share of the question's informative words that stand in a paper, in [0, 1]."""

    def elsewhere(self, question: str, but: Sequence[Paper]) -> float:
        """The best coverage by a paper that the question finds, ``but`` aside, in [0, 1]."""

    def reaches(self, question: str, asked: str, but: Paper) -> float:
        """How much of ``asked`` the first paper that ``question`` finds covers, ``but`` aside, in [0, 1]."""

    def called(self, name: str) -> Paper | None:
        """The paper of this short name, where a search for the name finds it."""

    def about(self, phrase: str) -> Paper | None:
        """The first paper that a phrase finds, if it holds most of its words."""

    def mentions(self, paper: Paper, name: str) -> bool:
        """Whether a paper holds a name."""

    def frequency(self, name: str) -> int:
        """How many passages hold a name."""


class Shown(NamedTuple):
    """The papers of one turn in the order in which they were shown, those that answered before related ones."""

    question: str
    answer: Answer
    papers: tuple[Paper, ...]


def shown(turn: Turn) -> Shown:
    """The papers that a turn's answer cites: with their numbers where all answer, else those that answer."""
    question, answer = turn
    direct = {c.paper_id for claim in answer.claims if claim.group != RELATED for c in claim.citations}
    papers = [p for p in answer.sources if p.id in direct] or list(answer.sources)
    return Shown(question, answer, tuple(papers))


def last_shown(turns: Sequence[Turn]) -> Shown | None:
    """The last turn that cited anything; None where none did."""
    return next((shown(t) for t in reversed(turns) if t[1].sources), None)


def earlier_papers(turns: Sequence[Turn]) -> list[Paper]:
    """Every paper cited so far, the latest turn's first, each once."""
    return list({p.id: p for t in reversed(turns) for p in shown(t).papers}.values())


def named(text: str, papers: Sequence[Paper]) -> list[Paper]:
    """The papers whose short name stands in a text, in the order of the text."""
    found = [(at, p) for p in papers if (at := _place(short_name(p), text)) is not None]
    return [p for _, p in sorted(found, key=lambda f: f[0])]


def _place(name: str, text: str) -> int | None:
    found = re.search(rf"(?<!\w){re.escape(name.removesuffix(' ...'))}(?!\w)", text, re.I)
    return found.start() if found else None


def focus(turns: Sequence[Turn], text: str, knows: Knows) -> list[Paper]:
    """The papers that the conversation is about now, the likeliest first.

    Those that the last standalone question names; else those that it was answered with, by what they say of what is
    asked now and of what was asked before, in the order in which they were shown.
    """
    last = last_shown(turns)
    if last is None:
        return []
    told = named(last.question, last.papers)
    if told:
        return told
    scores = {
        p.id: knows.coverage(text, p) + _EARLIER_WEIGHT * knows.coverage(last.question, p) - _ORDER * place
        for place, p in enumerate(last.papers[:_MOST_MEANT])
    }
    return sorted(last.papers[:_MOST_MEANT], key=lambda p: -scores[p.id])


def at_place(turns: Sequence[Turn], place: int, pointer: str, knows: Knows) -> Paper | None:
    """The paper that an ordinal points at.

    A number goes by the sources as numbered. A word goes by the latest question that set two things side by side
    ("compare A with B"), or by the latest answer with several sources, whichever is nearer. Turns about one paper are
    passed over: "the second" may still be that of a comparison before them. None: it points within a paper.
    """
    if re.search(r"\d", pointer):
        last = next((t for t in reversed(turns) if t[1].sources), None)
        return last[1].sources[place] if last and place < len(last[1].sources) else None
    for turn in reversed(turns):
        last_seen = shown(turn)
        in_question = named(last_seen.question, last_seen.papers)
        if len(in_question) < 2 and (pair := wording.coordinated(turn[0])) is not None and place in (0, 1, -1):
            paper = knows.about(pair[place])
            if paper is not None and knows.about(pair[1 if place == 0 else 0]) not in (None, paper):
                return paper
        order = in_question if len(in_question) > 1 else list(last_seen.papers)
        if len(order) > 1 and len(in_question) != 1:
            return order[place] if -len(order) <= place < len(order) else None
    return None


def other_than_last(turns: Sequence[Turn]) -> Paper | None:
    """The paper of "the other one": shown with the one talked about, and not it."""
    last = last_shown(turns)
    if last is None:
        return None
    current = {p.id for p in named(last.question, last.papers) or last.papers[:1]}
    return next((p for p in earlier_papers(turns) if p.id not in current), None)


def matching(description: str, papers: Sequence[Paper], knows: Knows) -> Paper | None:
    """The paper that a description fits best ("expert affinity", "AMD"), by its name or its words; None where none."""
    told = named(description, papers)
    if told:
        return told[0]
    if not content_terms(description):
        return None
    scores = [(knows.coverage(description, p) + 0.5 * knows.coverage(description, _title_only(p)), p) for p in papers]
    best = max(scores, key=lambda s: s[0], default=(0.0, None))
    return best[1] if best[0] >= 0.5 else None


def _title_only(paper: Paper) -> Paper:
    return paper.model_copy(update={"abstract": "", "revision": f"{paper.revision}/title"})


def with_figure(text: str, turns: Sequence[Turn]) -> Paper | None:
    """The paper of the latest claim that holds a figure of the question ("where does the 30% come from?")."""
    wanted = {_figure(f) for f in _FIGURE.findall(text)}
    for _, answer in reversed(turns):
        for claim in answer.claims:
            if claim.citations and wanted & {_figure(f) for f in _FIGURE.findall(claim.text)}:
                ids = {claim.citations[0].paper_id}
                return next((p for p in answer.sources if p.id in ids), None)
    return None


def _figure(text: str) -> str:
    return re.sub(r"\s|times|percent|x|%", "", text.lower()) + ("%" if re.search(r"%|percent", text, re.I) else "x")


def new_names(text: str, papers: Sequence[Paper], knows: Knows) -> list[str]:
    """Names in a text that the library knows and these papers do not mention."""
    return [n for n in names_in(text) if knows.frequency(n) and not any(knows.mentions(p, n) for p in papers)]
