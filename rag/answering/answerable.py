"""Do the abstracts answer at all? Decided from features that do not grow with the library.

A question is refused when it names a system that no paper mentions, or when even the best papers neither share its
informative words nor come near it in meaning. The thresholds were chosen on the development questions; the README
gives the rates measured on the others.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from rag.answering.question import Question, name_terms
from rag.library import Library
from rag.library.embedders import Vectors
from rag.paper import Hit
from rag.retrieval.analysis import Analyser

# Sentence similarity plus COVERAGE_WEIGHT times term coverage, below which nothing is near the question.
COVERAGE_WEIGHT = 0.6
NEAR_ENOUGH = 0.45
# A paper sharing this many different informative terms is about the question, however they are worded.
ENOUGH_TERMS = 4
# More than this share of the question's weight on words that no paper uses, and little else matched: not our subject.
UNKNOWN_SHARE = 0.5
UNKNOWN_COVERAGE = 0.2
# CamelCase and its like; the plural of an acronym (ODEs) is none.
_COINED = re.compile(r"(?:[A-Z]?[a-z0-9]+[A-Z][A-Za-z0-9]*|[A-Z]{2,}(?!s$)[a-z]+\w*)")
_CONSIDERED = 5
# From this many words on, fewer than this share of different ones is no question.
_BABBLE_WORDS, _BABBLE_SHARE = 7, 0.55


class Answerable(NamedTuple):
    """Whether to answer, why not, and the strength of the best evidence (unbounded, larger is better)."""

    yes: bool
    reason: str | None
    strength: float


def judge_answerable(
    question: Question, vector: Vectors, hits: Sequence[Hit], library: Library, analyser: Analyser
) -> Answerable:
    """Decide for a question and its hits, best first."""
    if not hits:
        empty = "The library holds no papers yet; add some with: rag ingest FILE"
        return Answerable(False, "No paper of the library matches." if library.papers() else empty, 0.0)
    coined = unknown_names(question, library)
    if coined:
        return Answerable(False, f"No abstract of the library mentions {' or '.join(coined)}.", 0.0)
    if _is_babble(question.text):
        return Answerable(False, "The question repeats words without asking anything.", 0.0)
    papers = list({h.paper.id: h.paper for h in hits[:_CONSIDERED]}.values())
    present = [analyser.analysis(p).terms for p in papers]
    coverage = max(question.coverage(t) for t in present)
    shared = max(sum(t in terms for t in question.terms) for terms in present)
    similarity = max(float(np.max(v @ vector)) if len(v) else 0.0 for v in analyser.vectors_of(papers))
    strength = similarity + COVERAGE_WEIGHT * coverage
    total = sum(question.weights.values())
    unknown = sum(w for t, w in question.weights.items() if not library.lexical.document_frequency(t))
    foreign = total > 0 and unknown / total > UNKNOWN_SHARE and coverage < UNKNOWN_COVERAGE
    if foreign or not question.terms or (strength < NEAR_ENOUGH and shared < ENOUGH_TERMS):
        return Answerable(False, "No abstract of this library is near the question.", strength)
    return Answerable(True, None, strength)


def _is_babble(text: str) -> bool:
    """Whether a text of some length is mostly the same few words again and again."""
    words = re.findall(r"\w+", text.lower())
    return len(words) >= _BABBLE_WORDS and len(set(words)) <= len(words) * _BABBLE_SHARE


def unknown_names(question: Question, library: Library) -> list[str]:
    """Coined names in the question (CamelCase and the like) that no paper of the library contains."""
    return [
        n
        for n in question.names
        if _COINED.fullmatch(n) and not any(library.lexical.document_frequency(t) for t in name_terms(n))
    ]
