"""Do the abstracts answer at all? Decided from features that do not grow with the library.

A question is refused when it asks nothing, when it is about a name that no paper mentions, or when no paper is near it
(:mod:`rag.answering.near`). What the nearest papers leave out is said beside the answer (:mod:`rag.answering.limits`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from rag.answering.limits import NO_NAMES, NameLimits, name_limits
from rag.answering.near import is_nonsense, nearness_of
from rag.answering.paper_reading import read_paper
from rag.library import Library
from rag.paper import Hit
from rag.retrieval.analysis import Analyser

# From this many words on, fewer than this share of different ones is no question.
_BABBLE_WORDS, _BABBLE_SHARE = 7, 0.55


class Answerable(NamedTuple):
    """Whether to answer, why not, and the strength of the best evidence.

    ``strength`` is the log-odds that a paper is near, less the threshold; it is 0 where that was not asked.
    """

    yes: bool
    reason: str | None
    strength: float
    names: NameLimits = NO_NAMES


def judge_answerable(question: str, hits: Sequence[Hit], library: Library, analyser: Analyser) -> Answerable:
    """Decide for a question and its hits, best first."""
    if not hits:
        empty = "The library holds no papers yet; add some with: rag ingest FILE"
        return Answerable(False, "No paper of the library matches." if library.papers() else empty, 0.0)
    if is_nonsense(question, library):
        return Answerable(False, "The question holds no words that an abstract could answer.", 0.0)
    if _is_babble(question):
        return Answerable(False, "The question repeats words without asking anything.", 0.0)
    readings = [read_paper(p) for p in {h.paper.id: h.paper for h in hits}.values()]
    names = name_limits(question, readings, library, analyser)
    if names.unknown:
        return Answerable(False, f"No abstract of the library mentions {' or '.join(names.unknown)}.", 0.0, names)
    strength, near = nearness_of(question, readings)
    # A name that a paper owns is near by itself, however little else is said.
    if not near and not names.owned:
        reason = "No abstract of this library is near the question."
        if names.passing:
            reason = f"The library mentions {' and '.join(names.passing)} only beside other work."
        return Answerable(False, reason, strength, names)
    return Answerable(True, None, strength, names)


def _is_babble(text: str) -> bool:
    """Whether a text of some length is mostly the same few words again and again."""
    words = re.findall(r"\w+", text.lower())
    return len(words) >= _BABBLE_WORDS and len(set(words)) <= len(words) * _BABBLE_SHARE
