"""The model's grades of hits, and its word on whether they suffice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import prompts
from rag.answering.claimfields import clean_text, source_numbers
from rag.answering.evidence import Evidence, evidence_budget, gather
from rag.assisted.replies import ask_object
from rag.llm import ModelClient
from rag.paper import Hit
from rag.settings import Settings

_BEST_GRADE: Final = 3


class Sufficiency(NamedTuple):
    """Whether the evidence answers, and what it lacks where it does not."""

    yes: bool
    missing: str | None


def rerank(client: ModelClient, question: str, hits: Sequence[Hit], settings: Settings) -> list[Hit]:
    """The hits with the papers that the model graded first, by grade and then by their order; others stay behind.

    ``explain["model_grade"]`` is the grade, 0 to 3. Scores stay those of retrieval.

    Raises:
        ModelError: the call failed, or its reply held no grades.
    """
    evidence = gather(hits, papers=settings.model_rerank, budget=evidence_budget(settings))
    prompt = prompts.load("rerank")
    reply = ask_object(client, prompt.messages(question=question, sources=evidence.render()), "grades")
    grades = _grades(reply["grades"], evidence)
    graded = [
        h.model_copy(update={"explain": {**h.explain, "model_grade": grades[h.paper.id]}})
        for h in hits
        if h.paper.id in grades
    ]
    graded.sort(key=lambda h: -h.explain["model_grade"])
    return [*graded, *(h for h in hits if h.paper.id not in grades)]


def _grades(given: Any, evidence: Evidence) -> dict[str, int]:
    """Grades by paper id; the first one counts, and one that cannot be read is left out."""
    grades: dict[str, int] = {}
    for item in given if isinstance(given, list) else []:
        if not isinstance(item, dict):
            continue
        numbers, grade = source_numbers(item.get("source")), item.get("grade")
        paper = evidence.paper(numbers[0]) if len(numbers) == 1 else None
        if paper is not None and isinstance(grade, int | float) and not isinstance(grade, bool):
            grades.setdefault(paper.id, min(max(round(grade), 0), _BEST_GRADE))
    return grades


def is_sufficient(client: ModelClient, question: str, hits: Sequence[Hit], settings: Settings) -> Sufficiency:
    """Whether the evidence that would be written from states what is asked for.

    Raises:
        ModelError: the call failed, or its reply held no decision.
    """
    evidence = gather(hits, papers=settings.evidence_papers, budget=evidence_budget(settings))
    prompt = prompts.load("sufficient")
    reply = ask_object(client, prompt.messages(question=question, sources=evidence.render()), "sufficient")
    missing = reply.get("missing")
    said = clean_text(missing)[:_LONGEST_REASON] if isinstance(missing, str) and missing.strip() else None
    # Anything but a plain no lets the answer be written: every claim of it is checked anyway.
    return Sufficiency(reply["sufficient"] is not False, said)


_LONGEST_REASON: Final = 300
