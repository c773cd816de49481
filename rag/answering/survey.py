"""Surveys: every paper is read, each that answers gives its most telling sentence, the most direct first."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import numpy as np

from rag.answering.compose import RELATED
from rag.answering.derivation import DERIVED
from rag.answering.question import name_terms
from rag.answering.reading import Reading
from rag.answering.sentences import Scored, score_sentences
from rag.answering.shelf import Floats
from rag.paper import Paper
from rag.text import terms

ANSWERS: Final = 0.4
"""P(answers) from which a paper is shown as an answer; near the best F1 of questions that the fit had not seen."""
TOUCHES: Final = 0.15
"""P(answers) from which a paper may stand under "related"."""
MOST_RELATED: Final = 4
_WORD: Final = re.compile(r"[^\W_]+")
Chosen = tuple[Scored, str | None]


def survey(reading: Reading, likely: Floats, most: int, allowed: Callable[[Paper], bool]) -> list[Chosen]:
    """One sentence per paper, those that answer first, each with its group; at most ``most``.

    Args:
        likely: P(answers) of every paper of the shelf.
        allowed: whether a paper passes the question's filters.
    """
    order = [int(d) for d in np.argsort(-likely, kind="stable") if allowed(reading.shelf.papers[d])]
    holds = _holds_what_is_asked(reading)
    # Something has to be shown, so the best paper is an answer if it holds what the question turns on.
    direct = [d for d in order if likely[d] >= ANSWERS and holds[d]] or [d for d in order[:1] if holds[d]]
    direct = direct[:most]
    near = [d for d in order if d not in direct and likely[d] >= TOUCHES and holds[d]] or ([] if direct else order[:1])
    related = near[: min(MOST_RELATED, most - len(direct))]
    return [(s, group) for ds, group in ((direct, None), (related, RELATED)) for d in ds if (s := _telling(reading, d))]


def _holds_what_is_asked(reading: Reading) -> list[bool]:
    """Whether each paper holds the names and compounds that carry so much of the question's weight that it turns on
    them: "which methods reduce all-reduce latency?" is not answered by a paper on collectives in general."""
    asked = reading.asked
    words = {t for word in _WORD.findall(asked.text) for t in terms(word)}
    names = {t for name in asked.names for t in name_terms(name)}
    turns_on = {t for t in asked.focus if t in names or t not in words}
    rows = [i for i, t in enumerate(reading.terms) if t in turns_on]
    met = reading.shelf.per_paper(reading.met[rows]) if rows else np.ones((1, len(reading.shelf)))
    return [all(column >= DERIVED) for column in met.T]


def _telling(reading: Reading, d: int) -> Scored | None:
    """The sentence of a paper that answers best; None where it has none."""
    return next(iter(score_sentences(reading, [d], survey=True)), None)
