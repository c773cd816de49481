"""A conversation as Markdown: each turn's question, how it was understood, its answer, and what has changed since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag.answer import Answer
from rag.answering.export import escape_markdown
from rag.conversations.evidence import Outdated


def conversation_markdown(turns: Sequence[tuple[str, Answer]], outdated: Iterable[tuple[int, Outdated]] = ()) -> str:
    """Turns as Markdown, in order.

    Args:
        turns: (standalone question, answer).
        outdated: (place of the turn from 1, source that no longer stands as it was quoted).
    """
    marks = list(outdated)
    parts = []
    for place, (standalone, answer) in enumerate(turns, 1):
        # An answer's Markdown opens with its question as a heading.
        heading, _, body = answer.to_markdown().rstrip("\n").partition("\n")
        understood = [] if standalone == answer.question else ["", f"*Understood as: {escape_markdown(standalone)}*"]
        told = [f"- **Since then:** {escape_markdown(str(o))}" for at, o in marks if at == place]
        parts.append("\n".join([heading, *understood, body, *(["", *told] if told else [])]))
    return "\n\n".join(parts) + "\n"
