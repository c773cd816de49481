"""Follow-up questions made standalone, with a model or, without one, by naming what they lean on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.answer import Answer
from rag.answering.naming import short_name
from rag.answering.question import names_in

if TYPE_CHECKING:
    from rag.llm import ModelClient

_LEANS = re.compile(
    r"\b(?:it|its|itself|they|them|their|theirs|those|these|this|that|he|she|such|the same|"
    r"the (?:first|second|third|last|other|former|latter)(?: one)?|"
    r"(?:this|that|the) (?:paper|method|system|approach|work))\b",
    re.I,
)
_CONTINUES = re.compile(r"^\s*(?:and|but|or|so|also|what about|how about|why|how so|which one|on|for|with)\b", re.I)
_ORDINALS = {"first": 0, "second": 1, "third": 2, "fourth": 3, "former": 0, "latter": 1, "last": -1}
_SHORT = 4
# What a model is told of earlier turns: how many, and how many characters of each answer.
_LAST_TURNS, _REMEMBERED = 4, 600


def leans_on_context(question: str) -> bool:
    """Whether a question cannot be understood by itself."""
    if _LEANS.search(question):
        return True
    return not names_in(question) and (bool(_CONTINUES.match(question)) or len(question.split()) <= _SHORT)


def standalone(question: str, turns: Sequence[tuple[str, Answer]]) -> str:
    """The question with its subject behind it in parentheses, or as it is where it leans on nothing.

    The subject is the paper that an ordinal points at ("the second one"), else the names of the last question that had
    any, else the first paper cited last.
    """
    if not turns or not leans_on_context(question):
        return question
    subject = _subject(question, turns)
    return f"{question.rstrip()} ({subject})" if subject else question


def condense(client: ModelClient, question: str, turns: Sequence[tuple[str, Answer]]) -> str:
    """The question made standalone by a model, from the last turns; as :func:`standalone` where its reply is no use.

    Raises:
        ModelError: the model failed.
    """
    import prompts

    history = "\n".join(
        f"Q: {asked}\nA: {' '.join(c.text for c in answer.claims)[:_REMEMBERED] or answer.reason or ''}"
        for asked, answer in turns[-_LAST_TURNS:]
    )
    reply = client.complete(prompts.load("condense").messages(history=history, question=question))
    line = " ".join(reply.strip().strip('"').split())
    return line if 0 < len(line) <= 4 * len(question) + _REMEMBERED else standalone(question, turns)


def _subject(question: str, turns: Sequence[tuple[str, Answer]]) -> str | None:
    cited = next((a.sources for _, a in reversed(turns) if a.sources), ())
    ordinal = re.search(r"\b(first|second|third|fourth|former|latter|last)\b", question, re.I)
    if ordinal and cited:
        place = _ORDINALS[ordinal.group(1).lower()]
        if -len(cited) <= place < len(cited):
            return short_name(cited[place])
    last_question, last_answer = turns[-1]
    if re.search(r"\b(?:they|them|those|these|their)\b", question, re.I) and len(last_answer.sources) > 1:
        return "; ".join(short_name(p) for p in last_answer.sources[:4])
    for asked, answer in reversed(turns):
        own = [n for n in names_in(asked) if n not in names_in(question)]
        if own:
            return ", ".join(own)
        if answer.sources:
            return short_name(answer.sources[0])
    return last_question
