"""Cells without a model: the sentence of a paper that states what a column asks for, and the words to show of it.

A cell shows a phrase of the paper and cites the whole sentence it stands in, so that "up to", the baseline and the
hardware of a figure can always be read beside it. Where no sentence states it, there is no cell: the table says "not
stated" and nothing is guessed.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

import numpy as np

from rag.answering.naming import short_name
from rag.library.embedders import Embedder
from rag.paper import Paper
from rag.retrieval.analysis import Analyser
from rag.tabling.columns import Column
from rag.tabling.lexicon import phrases
from rag.text import Sentence, content_terms
from rag.text.quantities import Quantity, find_quantities

_PROPOSES: Final = re.compile(
    r"\b(?:we|authors?|(?:this|the) (?:paper|work|article|study|note|thesis|team))\s+(?:\w+ly\s+|also\s+|then\s+)?"
    r"(?:propose|present|introduce|develop|design|build|offer|implement|contribute|create|devise|formulate)s?\b",
    re.I,
)
_STUDIES: Final = re.compile(
    r"\b(?:we|authors?|(?:this|the) (?:paper|work|article|study|note|thesis|team))\s+(?:\w+ly\s+|also\s+|then\s+)?"
    r"(?:study|studies|investigate|evaluate|analy[sz]e|explore|examine|describe|show|characteri[sz]e|compare|survey)s?\b",
    re.I,
)
_IS_A: Final = re.compile(r"^[A-Z][\w*+.-]*[A-Z0-9*+][\w*+.-]*(?: \([^)]*\))?,? (?:is|are) (?:an?|the)\b")
_BACKGROUND: Final = re.compile(
    r"\b(?:however|but|remains?|challeng\w+|suffer\w*|existing|traditional|recent(?:ly)?)\b", re.I
)
_ACHIEVES: Final = re.compile(
    r"\b(?:achiev|reduc|improv|outperform|deliver|yield|gain|speed|accelerat|cut|lower|increas|reach|surpass|obtain|"
    r"sav|boost|rais|drop|fall|attain|exceed|shrink|run|show|demonstrat|report)\w*",
    re.I,
)
# How near in meaning a sentence has to be to a column of other words that shares no word with it.
_NEAR: Final = 0.45
# Clause borders at which the words shown of a result may begin or end.
_CLAUSE: Final = re.compile(
    r";\s+|:\s+|,\s+(?=(?:while|whereas|but|which|enabling|allowing|making|although|with no|and (?:is|are|can|we|it|"
    r"its|the|show\w*|reduc\w*|improv\w*|achiev\w*|outperform\w*|cut\w*|reach\w*))\b)"
)
# "Recursive doubling" and "half precision" name things; they measure nothing.
_NO_FIGURE: Final = frozenset(("doubling", "halving", "tripling", "double", "half", "triple"))
_MOST_NAMES: Final = 4
# Code points of a usual sentence.
_SENTENCE: Final = 160


class Found(NamedTuple):
    """What a cell shows and the sentence that it cites; ``quantities`` are the figures within what is shown."""

    text: str
    sentence: Sentence
    quantities: tuple[Quantity, ...] = ()


def extract_cell(column: Column, paper: Paper, topic: str, analyser: Analyser, embedder: Embedder) -> Found | None:
    """What a paper's text states for a column other than a field of its record; None where it states nothing."""
    sentences = analyser.analysis(paper).sentences
    match column.kind:
        case "method":
            return _method(paper, sentences, frozenset(content_terms(topic)))
        case "result":
            return result_cell(column, sentences, frozenset(content_terms(topic)))
        case "baseline" | "entity":
            return _names(column, sentences)
        case _:
            return _other(column, paper, analyser, embedder)


def _method(paper: Paper, sentences: tuple[Sentence, ...], topic: frozenset[str]) -> Found | None:
    """The sentence that says what is proposed or what the system does, nearest to the topic; not the background."""
    if not sentences:
        return None
    best = max(sentences, key=lambda s: (method_score(s.text, paper, s.start, topic), -s.start))
    return Found(best.text, best)


def method_score(text: str, paper: Paper, start: int, topic: frozenset[str]) -> float:
    """How far a sentence says what its paper proposes, and how it works, rather than why, or what came of it.

    ``start`` is its place in the abstract, in code points: what comes first is rather the main thing. ``topic`` are
    terms that it had better hold.
    """
    score = 2.0 * bool(_PROPOSES.search(text)) + 1.0 * bool(_STUDIES.search(text))
    name = short_name(paper)
    score += 1.0 * (name in text) + 1.0 * (text.startswith(name) or bool(_IS_A.search(text)))
    score += 0.5 * len(topic & frozenset(content_terms(text))) - 0.1 * start / _SENTENCE
    figures = any(any(c.isdigit() for c in text[q.start : q.end]) for q in find_quantities(text))
    return score - 1.5 * bool(_BACKGROUND.search(text)) - 1.0 * figures


def sets_the_scene(paper: Paper, sentence: Sentence) -> bool:
    """Whether an abstract opens with this sentence without yet saying what the paper does."""
    text = sentence.text
    does = _PROPOSES.search(text) or _STUDIES.search(text) or _IS_A.search(text) or text.startswith(short_name(paper))
    return sentence.start == 0 and not does


def result_cell(column: Column, sentences: tuple[Sentence, ...], topic: frozenset[str]) -> Found | None:
    """The sentence whose figure answers the column: of its units, near its words, said of what was achieved."""
    best: tuple[float, Found] | None = None
    specific = column.terms - _GENERAL
    for sentence in sentences:
        fitting = [q for q in find_quantities(sentence.text) if _fits(q, column, sentence.text)]
        if not fitting:
            continue
        have = frozenset(content_terms(sentence.text))
        named = bool(specific & have)
        if specific and not named and not _is_factor_column(column):
            continue
        score = 2.0 * named + 1.0 * bool(_ACHIEVES.search(sentence.text)) + 0.5 * len(topic & have)
        score += 0.5 * any(q.unit in {"x", "%", "magnitude"} for q in fitting) - 0.5 * bool(
            _BACKGROUND.search(sentence.text)
        )
        if best is None or score > best[0]:
            start, end = _clause(sentence.text, fitting)
            shown = tuple(q for q in find_quantities(sentence.text) if start <= q.start < end)
            best = score, Found(sentence.text[start:end], sentence, shown)
    return best[1] if best else None


# Words of result columns that say no more than that a figure is wanted.
_GENERAL: Final = frozenset(
    content_terms("result results finding performance figure outcome number evaluation main key")
)


def _is_factor_column(column: Column) -> bool:
    """Speed-ups and gains are told by their unit; a latency or an energy has to be named."""
    return bool(re.search(r"speed|accelerat|faster|gain|improvement", column.name, re.I))


def _fits(quantity: Quantity, column: Column, text: str) -> bool:
    if column.units and quantity.unit not in column.units:
        return False
    shown = text[quantity.start : quantity.end]
    if shown.lower() in _NO_FIGURE:
        return False
    # A plain count is a result only where digits or an achievement say so: "two stages" is none.
    return quantity.unit != "" or (any(c.isdigit() for c in shown) and "" in column.units)


def _clause(text: str, fitting: list[Quantity]) -> tuple[int, int]:
    """The clauses of a sentence from the first to the last fitting figure, with what they say it is compared with."""
    borders = [0, *(m.end() for m in _CLAUSE.finditer(text)), len(text)]
    first, last = fitting[0].start, fitting[-1].end
    start = max(b for b in borders if b <= first)
    end = min(b for b in borders if b >= last)
    while end > start and text[end - 1] in " ,;:":
        end -= 1
    return start, end


def _names(column: Column, sentences: tuple[Sentence, ...]) -> Found | None:
    """The sentence that gives most names of a kind, those of what was done before those of the background."""
    best: tuple[float, Found] | None = None
    for sentence in sentences:
        places = phrases(column.about, sentence.text)
        if not places:
            continue
        names = list(dict.fromkeys(sentence.text[a:b] for a, b in places))
        telling = sum(any(c.isupper() for c in n[1:]) or any(c.isdigit() for c in n) for n in names)
        score = (
            telling + 0.3 * len(names) + bool(_ACHIEVES.search(sentence.text)) - bool(_BACKGROUND.search(sentence.text))
        )
        if best is None or score > best[0]:
            best = score, Found("; ".join(names[:_MOST_NAMES]), sentence)
    return best[1] if best else None


def _other(column: Column, paper: Paper, analyser: Analyser, embedder: Embedder) -> Found | None:
    """The sentence with most of the column's words, or one near to them in meaning."""
    analysis = analyser.analysis(paper)
    if not analysis.sentences:
        return None
    weights = {t: analyser.idf(t) for t in column.terms}
    total = sum(weights.values()) or 1.0
    shared = np.array([sum(weights[t] for t in column.terms & have) / total for have in analysis.sentence_terms])
    similar = analyser.vectors(paper) @ embedder.query(column.name)
    at = int(np.argmax(shared + 0.5 * similar))
    if shared[at] < 0.5 and similar[at] < _NEAR:
        return None
    sentence = analysis.sentences[at]
    return Found(sentence.text, sentence)
