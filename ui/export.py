"""An answer, or a whole conversation, as a file: Markdown, BibTeX, JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Final

from rag.answer import Answer
from rag.answering.export import papers_bibtex
from ui.actions import button, file

FORMATS: Final[dict[str, tuple[str, Callable[[Answer], str]]]] = {
    "md": ("Markdown", Answer.to_markdown),
    "bib": ("BibTeX", Answer.to_bibtex),
    "json": ("JSON", lambda answer: answer.model_dump_json(indent=2) + "\n"),
}
_LONGEST = 48


def buttons(turn_id: str, answer: Answer) -> str:
    """The buttons that export one answer; BibTeX only where something is cited."""
    return "".join(
        button(name, "export", turn=turn_id, value=ending, label=f"Save this answer as {name}")
        for ending, (name, _) in FORMATS.items()
        if ending != "bib" or answer.sources
    )


def answer_file(answer: Answer, ending: str) -> str:
    """One answer as a file; an empty text for an ending that is none of ours."""
    if ending not in FORMATS:
        return ""
    return file(stem(answer.question), ending, FORMATS[ending][1](answer))


def conversation_file(answers: Sequence[Answer], ending: str) -> str:
    """All answers of a conversation as one file."""
    if ending not in FORMATS or not answers:
        return ""
    if ending == "json":
        text = json.dumps([a.model_dump(mode="json") for a in answers], ensure_ascii=False, indent=2) + "\n"
    elif ending == "bib":
        # One entry a paper, however many answers cite it.
        papers = {p.id: p for a in answers for p in a.sources}
        text = papers_bibtex(papers.values())
    else:
        text = "\n".join(a.to_markdown() for a in answers)
    return file(f"conversation-{stem(answers[0].question)}", ending, text)


def stem(text: str) -> str:
    """A file name from a text: letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower())[:_LONGEST].strip("-") or "answer"
