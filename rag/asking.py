"""What every verb does with its arguments before anything else, and with its events in the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from rag.answer import Answer, Event
from rag.conversations.rewrite import Understood
from rag.errors import EmptyQuestionError, InputError
from rag.retrieval import Filters

if TYPE_CHECKING:
    from rag.llm import ModelClient

# Longer than any question, shorter than a book pasted by mistake.
_LONGEST_QUESTION = 20_000
_FILTER_NAMES = frozenset(Filters._fields)


class Asking(NamedTuple):
    """What is asked: the question as given, the task, how many claims, of what; all papers to a model, or the best.

    ``understood`` is what a conversation made of a follow-up; None: the question stands on its own. ``client`` is the
    one that was asked for that: what it took belongs to the answer, and to the budget of one question.
    """

    question: str
    task: Literal["answer", "summary"]
    max_claims: int
    filters: Filters
    exhaustive: bool = False
    understood: Understood | None = None
    client: ModelClient | None = None

    @property
    def standalone_question(self) -> str | None:
        """The question on its own where that is not how it was asked."""
        alone = self.understood.question if self.understood is not None else self.question
        return alone if alone != self.question else None


def last_answer(events: Iterator[Event]) -> Answer:
    """The answer that ends a stream."""
    answer: Answer | None = None
    for event in events:
        if event.kind == "answer":
            answer = event.payload
    assert answer is not None, "a stream ends with its answer"
    return answer


def checked_question(question: str) -> str:
    """The question with white space folded.

    Raises:
        EmptyQuestionError: it holds no words.
        InputError: it is longer than any question.
    """
    text = " ".join(question.split())
    if not any(c.isalnum() for c in text):
        raise EmptyQuestionError("the question holds no words")
    if len(text) > _LONGEST_QUESTION:
        raise InputError(
            f"the question has {len(text):,} characters", f"Ask in at most {_LONGEST_QUESTION:,} characters"
        )
    return text


def checked_filters(given: dict[str, Any]) -> Filters:
    """Keyword arguments as filters.

    Raises:
        InputError: one of them is no filter.
    """
    unknown = given.keys() - _FILTER_NAMES
    if unknown:
        raise InputError(f"no filter is called {sorted(unknown)[0]!r}", f"Use {', '.join(sorted(_FILTER_NAMES))}")
    return Filters(**given)


def read_bib(path: str | Path) -> str:
    """The text of a .bib file.

    Raises:
        InputError: it cannot be read.
    """
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}", "Name a .bib file") from None
