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
    one that was asked for that: what it took belongs to the answer, and to the budget of one question. ``everything``:
    the question names no topic, what passes the filters is summed up.
    """

    question: str
    task: Literal["answer", "summary"]
    max_claims: int
    filters: Filters
    exhaustive: bool = False
    understood: Understood | None = None
    everything: bool = False
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


def summary_asking(topic: str | None, limit: int, given: dict[str, Any]) -> Asking:
    """What a summary is asked of: a topic, or where it is None all papers that pass the filters.

    Raises:
        EmptyQuestionError, InputError: a topic without words; no filter either; a limit below 1.
    """
    if limit < 1:
        raise InputError(f"limit is {limit}", "Ask for at least one paper")
    filters = checked_filters(given)
    if topic is not None:
        return Asking(checked_question(topic), "summary", limit, filters)
    if not filters.active:
        raise InputError("there is nothing to sum up", "Give a topic, or a filter such as --organisation or --paper")
    return Asking(_described(filters), "summary", limit, filters, everything=True)


def _described(filters: Filters) -> str:
    """What passes some filters, in words."""
    chosen = None if filters.papers is None else len(dict.fromkeys(filters.papers))
    said = ["all papers"] if chosen is None else [f"{chosen} chosen paper{'s' if chosen != 1 else ''}"]
    for before, wanted in (("of", filters.organisation), ("from", filters.source)):
        if wanted is not None:
            said.append(f"{before} {wanted if isinstance(wanted, str) else ' or '.join(wanted)}")
    said += [f"since {filters.since}"] if filters.since is not None else []
    said += [f"until {filters.until}"] if filters.until is not None else []
    return " ".join([*said, "that are dated"] if filters.dated_only else said)


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
