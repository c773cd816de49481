"""Which sentences answer: a score for every sentence of some papers, from what it says and from what is asked for.

A linear model, fitted so that the gold sentences of development questions come before the others of the same question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from rag.answering.derivation import DERIVED
from rag.answering.fitted import fitted
from rag.answering.form import asks_plainly
from rag.answering.naming import short_name
from rag.answering.reading import Reading
from rag.answering.relevance import linear
from rag.answering.shelf import Floats
from rag.paper import Paper
from rag.text import Sentence, terms
from rag.text.quantities import find_quantities

FEATURES: Final = (
    "met", "new", "grams", "neighbour", "figure asked", "unit asked", "first", "place", "background", "result",
    "reason asked", "setup asked", "result asked", "title", "paper bm25", "paper with title", "paper whole",
    "paper grams", "paper first", "paper place",
)  # fmt: skip
_KNOWN: Final = 1 / 3
"""What a word of the question counts in "new" that the title meets too: it need not be said again."""

_WANTS_FIGURE = re.compile(
    r"\b(?:how (?:much|many|fast|long|large|big|often|far|low|high|few|little|accurate|close|well)|speed-?ups?"
    r"|percentage|accuracy|throughput|latency|gains?|numbers?|by what"
    r"|what (?:fraction|share|rate|factor|score|improvement|cost|reduction|size)"
    r"|how (?:\w+ )?(?:faster|slower|smaller|larger|better|lower|higher|cheaper)"
    r"|savings?|results?|scores?|overhead|bandwidth|efficiency|utili[sz]ation)\b",
    re.I,
)
_HOW_MUCH = re.compile(r"\bhow (?:much|many|fast|large|big|far|\w+er)\b|\bspeed-?ups?\b|\bby what\b", re.I)
# Unit of a figure -> what a question that wants one speaks of.
_UNITS: Final = (
    ("%", re.compile(r"\b(?:percent\w*|share|fraction|accuracy|proportion|portion|rate|utili[sz]ation|improve\w*"
                     r"|reduc\w*|gain|sav\w+|cut|drop|lower|higher|efficien\w*)\b|%", re.I)),
    ("x", re.compile(r"\b(?:speed-?ups?|faster|slower|times|factor|acceleration|throughput|gain|improve\w*|beat"
                     r"|outperform|larger|smaller|sav\w+|reduc\w*|fold)\b", re.I)),
    ("second", re.compile(r"\b(?:how long|time|latency|hours?|days?|seconds?|minutes?)\b", re.I)),
    ("byte", re.compile(r"\b(?:memory|GB|bytes?|size|footprint|storage)\b", re.I)),
)  # fmt: skip
_BACKGROUND = re.compile(
    r"^(?:However|Existing|Despite|Although|While|Recent|Large language models|In recent|Traditional|Current|Today"
    r"|Modern|Deep|As )\b|\b(?:remains? (?:a |an )?(?:challeng|open|limited|unclear|difficult)|is challenging"
    r"|has emerged|have emerged|widely used|increasingly|suffers? from|struggle)\b"
)
_RESULT = re.compile(
    r"\b(?:achiev|outperform|improv|reduc|show|demonstrat|result|experiment|evaluat|faster|speedup|lower|cut|gain|reach"
    r"|deliver|beat|up to|on average)\w*",
    re.I,
)
# Where the code lies answers no other question; what a system is, is said where it is introduced.
_WANTS_LINK = re.compile(r"\b(?:code|available|open|github|released?|licen[cs]e|public\w*|download|links?|url)\b", re.I)
_LINK = re.compile(
    r"https?:|github|\b(?:code|data|models?|weights) (?:is|are|will be) (?:publicly |made )?available\b", re.I
)
_INTRODUCES = re.compile(
    r"\b(?:introduc|present|propos|develop|design)(?:e|es|ed)?\b|\bis (?:a|an|the first)\b|\bcall(?:ed)?\b", re.I
)
_ASIDE: Final = 5.0
_SAYS_WHICH: Final = 1.0
_WANTS_REASON = re.compile(r"\b(?:why|reason|cause)\b", re.I)
_REASON = re.compile(
    r"\b(?:because|since|due to|owing|as a result|caused?|leads? to|stems?|reason|so that|therefore|thus|hence|by"
    r"|bottleneck|limit\w*)\b",
    re.I,
)
_WANTS_SETUP = re.compile(
    r"\b(?:evaluated|tested|benchmarks?|datasets?|hardware|GPUs?|models|tasks?|baselines?|compared)\b", re.I
)
_SETUP = re.compile(r"\b(?:evaluat\w*|experiment\w*|benchmark\w*|tested|on \d|datasets?|models?)\b", re.I)


class Scored(NamedTuple):
    """A sentence of a paper with its score."""

    score: float
    paper: Paper
    sentence: Sentence


def score_sentences(reading: Reading, papers: Sequence[int], *, survey: bool = False) -> list[Scored]:
    """Every sentence of some papers, best first, ties in the order of the text.

    Args:
        papers: places on the shelf, best paper first.
        survey: with the weights for surveys, where sentences of one paper alone are compared.
    """
    places = [(d, i) for d in papers for i in range(len(reading.shelf.sentences[d]))]
    if not places:
        return []
    weights = fitted().telling if survey else fitted().sentences
    scores = linear(sentence_features(reading, papers), FEATURES, weights)
    shelf, question = reading.shelf, reading.asked.text
    texts = [shelf.sentences[d][i].text for d, i in places]
    if not _WANTS_LINK.search(question):
        scores = scores - _ASIDE * np.array([bool(_LINK.search(t)) for t in texts])
    if survey and asks_plainly(question) and not _HOW_MUCH.search(question):
        # "Which methods ...?" is answered by a sentence that says which.
        scores = scores + _SAYS_WHICH * np.array([bool(_INTRODUCES.search(t)) for t in texts])
    if _asks_what_it_is(reading, papers[0]):
        scores = scores + _ASIDE * np.array([bool(_INTRODUCES.search(t)) for t in texts])
    found = [Scored(float(s), shelf.papers[d], shelf.sentences[d][i]) for s, (d, i) in zip(scores, places, strict=True)]
    return sorted(found, key=lambda s: -s.score)


def _asks_what_it_is(reading: Reading, d: int) -> bool:
    """Whether the question asks no more of the best paper than its title and name say ("What is NVRAR?")."""
    name = set(terms(short_name(reading.shelf.papers[d])))
    known = [t in name or met >= DERIVED for t, met in zip(reading.terms, reading.titles[:, d], strict=True)]
    return bool(known) and all(known)


def sentence_features(reading: Reading, papers: Sequence[int]) -> Floats:
    """``FEATURES`` of every sentence of the papers, in the order of papers and text; shape (sentences, features)."""
    return np.array([row for place, d in enumerate(papers) for row in _of_paper(reading, d, place)])


@lru_cache(maxsize=20_000)
def _units_in(text: str) -> frozenset[str]:
    return frozenset(q.unit for q in find_quantities(text))


def _of_paper(reading: Reading, d: int, place: int) -> list[list[float]]:
    shelf, question = reading.shelf, reading.asked.text
    # "Which methods reduce latency?" asks for methods, not for a latency.
    wants_figure = bool((_HOW_MUCH if asks_plainly(question) else _WANTS_FIGURE).search(question))
    wants_reason, wants_setup = bool(_WANTS_REASON.search(question)), bool(_WANTS_SETUP.search(question))
    units = {unit for unit, asks in _UNITS if asks.search(question)}
    title = reading.titles[:, d]
    weights = reading.weights * (1 - (1 - _KNOWN) * title)
    rows = shelf.rows_of(d)
    new = weights @ reading.met[:, rows.start : rows.stop] / max(float(weights.sum()), 1e-9)
    paper = [float(reading.share(title[:, None])[0])]
    for name in ("bm25", "with_title", "whole", "grams"):
        values = reading.papers[name]
        paper.append(float(values[d]) / max(float(values.max()), 1e-9))
    paper += [float(place == 0), 1 / (1 + place)]
    found = []
    for i, (row, sentence) in enumerate(zip(rows, shelf.sentences[d], strict=True)):
        text = sentence.text
        stated: frozenset[str] = _units_in(text) if wants_figure else frozenset()
        result = bool(_RESULT.search(text))
        own = [
            reading.rows[row],
            new[i],
            reading.row_grams[row],
            max(new[i - 1] if i else 0.0, new[i + 1] if i + 1 < len(new) else 0.0),
            bool(stated),
            bool(stated & units),
            i == 0,
            i / max(len(new) - 1, 1),
            bool(_BACKGROUND.search(text)),
            result,
            wants_reason and bool(_REASON.search(text)),
            wants_setup and bool(_SETUP.search(text)),
            wants_figure and result,
        ]
        found.append([*map(float, own), *paper])
    return found
