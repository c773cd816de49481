"""Questions to ask next: of the cited papers and their neighbours, shown only if the library answers them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from rag.answer import Answer
from rag.answering.naming import short_name
from rag.errors import RagError
from rag.paper import Paper
from ui.actions import asking
from ui.turn import Turn

MOST: Final = 3
# Each try costs a retrieval and a composition; the reader is reading meanwhile, the server may have others to serve.
_TRIES: Final = 8
_NEAR: Final = 0.5
_LONGEST_NAME: Final = 40
_OF_CITED: Final = ("How does {} work?", "What results does {} report?", "What hardware does {} run on?")
_OF_NEIGHBOUR: Final = "What does {} propose?"
Ask = Callable[[str], Answer]


def suggested(shown: Turn, ask: Ask) -> tuple[str, ...]:
    """Up to three questions that the library answers with the paper that each is about.

    Args:
        ask: answers a question from the library; without a model, so that nothing is spent or sent.
    """
    found: list[str] = []
    for tried, (question, paper) in enumerate(candidates(shown)):
        if len(found) == MOST or tried == _TRIES:
            break
        if answers(ask, question, paper):
            found.append(question)
    return tuple(found)


def candidates(shown: Turn) -> Iterator[tuple[str, Paper]]:
    """Questions with the paper each is about: of the cited papers in turn, and of one that was read beside them."""
    if shown.answer is None:
        return
    cited = _named(shown.answer.sources)
    beside = _named([*shown.answer.nearest, *_close(shown)])
    asked = shown.question.casefold()
    for place, form in enumerate(_OF_CITED):
        turned = [*cited[place:], *cited[:place]]
        for name, paper in turned[:2]:
            if form.format(name).casefold() != asked:
                yield form.format(name), paper
        if place < len(beside):
            name, paper = beside[place]
            yield _OF_NEIGHBOUR.format(name), paper


def _close(shown: Turn) -> list[Paper]:
    """Papers that were read, are not cited, and came near the best."""
    best = max((h.score for h in shown.hits), default=0.0)
    near = {h.paper.id for h in shown.hits if h.score >= _NEAR * best}
    return [p for p in shown.uncited if p.id in near]


def _named(papers: Sequence[Paper]) -> list[tuple[str, Paper]]:
    """Papers with a name short enough to ask by."""
    named = [(short_name(p), p) for p in papers]
    return [(name, p) for name, p in named if len(name) <= _LONGEST_NAME and not name.endswith("...")]


def answers(ask: Ask, question: str, paper: Paper) -> bool:
    """Whether the library answers a question, and from this paper."""
    try:
        answer = ask(question)
    except RagError:
        return False
    stated = [c for claim in answer.claims if claim.kind == "claim" for c in claim.citations]
    return not answer.abstained and any(c.paper_id == paper.id for c in stated)


def shown_questions(questions: Sequence[str]) -> str:
    """The suggestions as buttons."""
    if not questions:
        return ""
    rows = "".join(f"<li>{asking(q)}</li>" for q in questions)
    heading = '<p class="gw-label">Ask next</p>'
    return f'<nav class="gw-next" aria-label="Questions to ask next">{heading}<ul>{rows}</ul></nav>'
