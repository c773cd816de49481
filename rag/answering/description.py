"""Questions that ask what a thing is: answered by what its paper proposes, how that works, and what came of it."""

from __future__ import annotations

import re
from typing import Final

from rag.answering.naming import called, short_name
from rag.answering.sentences import Scored
from rag.paper import Paper
from rag.tabling.columns import read_columns
from rag.tabling.extract import method_score, result_cell
from rag.text import Sentence

# "what is TokenWeave?", "what does Hanayo do?", "how does NVRAR work?", "tell me about QMoE"; no further condition.
_ASKS: Final = re.compile(
    r"^\W*(?:(?:please|can you|could you)\s+)?(?:what(?:'s| is| are)|who is|what does|how does|how do|tell me about|"
    r"explain|describe|introduce|define)\s+(?:the |an? )?(?P<what>[\w*+./ -]{2,60}?)"
    r"(?:\s+(?:do|does|work|works|function|about|mean|paper|system|method|framework|approach|in short|briefly))*\W*$",
    re.I,
)
_MOST: Final = 3
_TELLING: Final = 0.5
_RESULT: Final = read_columns("result")[0]


def asks_what_it_is(question: str, paper: Paper) -> bool:
    """Whether a question asks what the thing that a paper introduces is, and nothing more of it."""
    match = _ASKS.match(question)
    return (
        match is not None and _fold(match["what"]) == _fold(short_name(paper)) and called(paper, question) is not None
    )


def description(paper: Paper, sentences: tuple[Sentence, ...]) -> list[Scored]:
    """What a paper proposes and how, in the order of the text, then its main result; at most three sentences."""
    scores = {s: method_score(s.text, paper, s.start, frozenset()) for s in sentences}
    ranked = sorted(sentences, key=lambda s: (-scores[s], s.start))
    result = result_cell(_RESULT, sentences, frozenset())
    room = _MOST - (result is not None)
    free = [s for s in ranked if result is None or s != result.sentence]
    # The best one however poor it is; others only where they say something of the thing itself.
    chosen = free[:1] + [s for s in free[1:room] if scores[s] > _TELLING]
    ordered = chosen[:1] + sorted(chosen[1:], key=lambda s: s.start)
    if result is not None:
        ordered.append(result.sentence)
    return [Scored(float(len(ordered) - i), paper, s) for i, s in enumerate(ordered)]


def _fold(text: str) -> str:
    return re.sub(r"[^a-z0-9*+]+", "", text.lower())
