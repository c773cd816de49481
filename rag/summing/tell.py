"""What a summary says of one paper without a model: two of its sentences, what it does and its main figure."""

from __future__ import annotations

from typing import Final, NamedTuple

from rag.answering.naming import freed, names_subject, short_name
from rag.grounding import RawCitation, RawClaim
from rag.library.embedders import Embedder
from rag.paper import Paper
from rag.retrieval.analysis import Analyser
from rag.tabling.columns import Column, read_columns
from rag.tabling.extract import Found, extract_cell, sets_the_scene
from rag.text import Sentence, content_terms, display

SENTENCES: Final = 2
"""Most sentences of one paper."""
# A second sentence that says so much of the first again is left out.
_REPEATS: Final = 0.6
_METHOD, _RESULT = read_columns("method, result")


class Told(NamedTuple):
    """The sentences of one paper in the order of its text."""

    paper: Paper
    sentences: tuple[Sentence, ...]


class Teller:
    """Chooses sentences of papers of one library."""

    def __init__(self, analyser: Analyser, embedder: Embedder) -> None:
        self._analyser, self._embedder = analyser, embedder

    def of(self, paper: Paper, topic: str | None, best: Sentence | None = None) -> Told:
        """At most two sentences: ``best`` (what bears most on the topic) or what it does, and its main figure.

        Where there is no figure beside ``best``, what it does stands in its place; also where ``best`` only sets the
        scene, and something else of the paper bears on the topic.
        """
        does, result = self._cell(_METHOD, paper, topic), self.result(paper, topic)
        if best is not None and does is not None and sets_the_scene(paper, best) and _bears_on(topic, does.sentence):
            best = does.sentence
        wanted = [best, result.sentence if result else None, does.sentence if does else None]
        chosen: list[Sentence] = []
        for sentence in wanted if best is not None else [wanted[2], wanted[1]]:
            if sentence is not None and len(chosen) < SENTENCES and not _said(sentence, chosen):
                chosen.append(sentence)
        if not chosen:
            chosen = list(self._analyser.analysis(paper).sentences[:1])
        return Told(paper, tuple(sorted(chosen, key=lambda s: s.start)))

    def result(self, paper: Paper, topic: str | None) -> Found | None:
        """The sentence that states its main figure, and the words of it to show."""
        return self._cell(_RESULT, paper, topic)

    def _cell(self, column: Column, paper: Paper, topic: str | None) -> Found | None:
        return extract_cell(column, paper, topic or paper.title, self._analyser, self._embedder)


def _bears_on(topic: str | None, sentence: Sentence) -> bool:
    return topic is None or bool(frozenset(content_terms(topic)) & frozenset(content_terms(sentence.text)))


def _said(sentence: Sentence, chosen: list[Sentence]) -> bool:
    words = frozenset(content_terms(sentence.text))
    return any(
        s.start == sentence.start or len(words & frozenset(content_terms(s.text))) >= _REPEATS * len(words)
        for s in chosen
    )


def sentence_claim(paper: Paper, sentence: Sentence, group: str | None = None) -> RawClaim:
    """A sentence as a claim that can be read on its own, citing itself."""
    text, name = freed(display(sentence.text)), short_name(paper)
    if not names_subject(text, name):
        text = f"{name}: {text}"
    return RawClaim(text, (citing(paper, sentence),), "claim", group)


def citing(paper: Paper, sentence: Sentence) -> RawCitation:
    """A sentence of the abstract as a citation."""
    return RawCitation(1, paper, sentence.text, ("abstract", sentence.start, sentence.end))


__all__ = ["SENTENCES", "Teller", "Told", "citing", "sentence_claim"]
