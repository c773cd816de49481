"""Follow-up questions made standalone, with a model or, without one, by naming what they lean on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.answer import Answer
from rag.answering.naming import short_name
from rag.answering.question import names_in
from rag.text import content_terms

if TYPE_CHECKING:
    from rag.llm import ModelClient

_LEANS = re.compile(
    r"\b(?:it|its|itself|they|them|their|theirs|those|these|this|that|he|she|such|the same|"
    r"the (?:first|second|third|last|other|former|latter)(?: one)?|"
    r"(?:this|that|the) (?:paper|method|system|approach|work))\b|\bthere\s*\?*$",
    re.I,
)
_CONTINUES = re.compile(r"^\s*(?:and|but|or|so|also|what about|how about|why|how so|which one|on|for|with)\b", re.I)
# Opens another subject: what follows is a question of its own if it says enough.
_ANEW = re.compile(
    r"^\s*(?:(?:ok|okay|and|but|so|well)\b[\s,]*)*"
    r"(?:(?:a )?(?:different|another|new|unrelated) (?:question|topic)\b[\s:,]*|"
    r"now\b[\s,]*|what about\b|how about\b|(?=(?:is|are) there\b))",
    re.I,
)
_POINTS_AT_ONE = re.compile(r"\b(?:first|second|third|fourth|former|latter)\b", re.I)
_ORDINALS = {"first": 0, "second": 1, "third": 2, "fourth": 3, "former": 0, "latter": 1, "last": -1}
_SHORT = 4
# From this many informative words on, a question that opens another subject stands on its own.
_OWN_WORDS = 3
# What a model is told of earlier turns: how many, and how many characters of each answer.
_LAST_TURNS, _REMEMBERED = 4, 600


def leans_on_context(question: str) -> bool:
    """Whether a question cannot be understood by itself."""
    if _LEANS.search(question):
        return True
    return not names_in(question) and (bool(_CONTINUES.match(question)) or len(question.split()) <= _SHORT)


def standalone(question: str, turns: Sequence[tuple[str, Answer]]) -> str:
    """The question with what it leans on behind it in parentheses, or as it is where it leans on nothing.

    A question that opens another subject is left alone if it says enough, else it is given the question before. Any
    other leans on a paper: the one that an ordinal points at ("the second one"), all that were cited last ("those"), or
    the first of them.
    """
    if not turns or not leans_on_context(question):
        return question
    anew = _ANEW.match(question)
    if anew and not _POINTS_AT_ONE.search(question):
        rest = question[anew.end() :].strip()
        if len(set(content_terms(rest, question=True))) >= _OWN_WORDS:
            return rest
        return f"{rest} ({turns[-1][0].rstrip('?. ')})"
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
    if re.search(r"\b(?:them|those|these)\b", question, re.I) and len(cited) > 1:
        return "; ".join(short_name(p) for p in cited[:4])
    return short_name(cited[0]) if cited else turns[-1][0]
