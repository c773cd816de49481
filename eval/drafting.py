"""Drafts of new cases, from readers' feedback or by a model from the corpus, for a person to approve.

A draft is a case with ``status`` ("draft", or "approved" once a person has set it so), ``drafted_by``, ``reason`` and
``problems``. ``rag eval run`` refuses drafts; ``rag eval cases add`` takes those that are approved, as cases like all
others. Every sentence of evidence is checked to stand in its paper word for word: one that does not is left out and
named in ``problems``.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from eval.cases import SINGLE_KINDS, Case, Kind
from eval.jsonl import read_lines, read_records
from eval.metrics import RELATED, Shelf
from rag.answer import Answer
from rag.errors import InputError
from rag.paper import Paper
from rag.text import split_sentences

STATUSES: Final = ("draft", "approved", "rejected")
_NOT_A_CASE: Final = frozenset({"status", "drafted_by", "approved_by", "reason", "problems"})
_THUMBS: Final = {"up": "up", "down": "down", "1": "up", "-1": "down", "true": "up", "false": "down"}
Complete = Callable[[Sequence[tuple[str, str]]], str]
"""From messages (role, content) to the text of a model's reply."""


class Feedback(BaseModel):
    """What a reader said of an answer. ``answer`` is the record of it, its text, or nothing."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    question: str = Field(min_length=1)
    answer: Answer | str | None = None
    thumbs: str | int | bool | None = None
    comment: str = ""


class Draft(BaseModel):
    """A case that no person has approved yet. Fields as of :class:`eval.cases.Case`, none of them believed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: Literal["draft", "approved", "rejected"] = "draft"
    drafted_by: str
    approved_by: str = ""
    reason: str = ""
    problems: tuple[str, ...] = ()
    id: str
    kind: Kind
    question: str
    relevant: Mapping[str, int]
    evidence: Mapping[str, tuple[str, ...]]
    nuggets: tuple[str, ...]
    answerable: bool
    why: str | None = None


def from_feedback(path: Path, papers: Iterable[Paper]) -> tuple[Draft, ...]:
    """One draft per line of a feedback file, ``{question, answer, thumbs, comment}``; equal questions once, the last.

    Where the reader was content with an answer that is a record, its papers and quoted sentences are proposed as gold.
    Where not, nothing is: a person has to find it.

    Raises:
        InputError: no file, or a line that is no feedback.
    """
    if not path.is_file():
        raise InputError(f"there is no feedback at {path}", "Name a JSONL file")
    shelf = Shelf(papers)
    drafts: dict[str, Draft] = {}
    for _, given in read_records(path, Feedback):
        draft = _of_feedback(given, shelf)
        drafts[draft.id] = draft
    return tuple(drafts.values())


def from_model(
    complete: Complete, papers: Sequence[Paper], kinds: Sequence[Kind] = SINGLE_KINDS, *, drafted_by: str
) -> Iterator[Draft]:
    """Drafts that a model makes of each paper, as they come.

    Raises:
        InputError: a kind that is not about one paper.
        ModelError: what the completer raises is passed on; drafts made before it have been given.
    """
    import prompts

    if wrong := [k for k in kinds if k not in SINGLE_KINDS]:
        raise InputError(f"a model drafts no case of kind {wrong[0]}", f"Use some of: {', '.join(SINGLE_KINDS)}")
    prompt = prompts.load("draft_case")
    for paper in papers:
        reply = complete(prompt.messages(kinds=", ".join(kinds), title=paper.title, text=paper.abstract))
        yield from _of_reply(reply, paper, kinds, f"{drafted_by} {prompt.digest}")


def write_drafts(drafts: Iterable[Draft], path: Path) -> int:
    """Write drafts, one per line, into a new file; returns how many.

    Raises:
        InputError: the file is there already (a person may have worked on it), or cannot be written.
    """
    lines = [json.dumps(d.model_dump(mode="json", exclude_none=True), ensure_ascii=False) + "\n" for d in drafts]
    try:
        with path.open("x", encoding="utf-8") as file:
            file.writelines(lines)
    except FileExistsError:
        raise InputError(f"{path} is there already", "Name another file with --out") from None
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}", "Name another file with --out") from None
    return len(lines)


def approved_only(path: Path, target: Path) -> Path:
    """The file of cases that an approved file of drafts amounts to, written to ``target``; a file of cases as it is.

    Raises:
        InputError: a line is still a draft or says by nobody that it was approved, or none was approved.
    """
    rows: list[dict[str, Any]] = []
    drafted = False
    for where, record in read_lines(path):
        status = record.get("status")
        drafted = drafted or status is not None
        if status is None:
            rows.append(record)
        elif status not in STATUSES:
            raise InputError(f"{where}: status {status!r}", f"Use {', '.join(STATUSES)}")
        elif status == "draft":
            raise InputError(f"{where}: {record.get('id')!r} is a draft", 'Set "status" to "approved" or "rejected"')
        elif status == "approved":
            if not str(record.get("approved_by") or "").strip():
                raise InputError(f"{where}: approved by nobody", 'Give "approved_by" the name of a person')
            rows.append({k: v for k, v in record.items() if k not in _NOT_A_CASE})
    if not drafted:
        return path
    if not rows:
        raise InputError(f"{path} holds nothing that was approved", "Approve a draft first")
    target.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), encoding="utf-8")
    return target


def problems_of(draft: Draft) -> tuple[str, ...]:
    """What keeps a draft from being a case as it stands; empty where nothing does."""
    fields = draft.model_dump(exclude=set(_NOT_A_CASE), exclude_none=True)
    try:
        Case.model_validate(fields)
    except ValidationError as error:
        return tuple(str(e["msg"]).removeprefix("Value error, ") for e in error.errors())
    return ()


def _of_feedback(given: Feedback, shelf: Shelf) -> Draft:
    thumbs = _THUMBS.get(str(given.thumbs).lower(), "")
    relevant: dict[str, int] = {}
    evidence: dict[str, list[str]] = {}
    problems: list[str] = []
    nuggets: list[str] = []
    answer = given.answer if isinstance(given.answer, Answer) and thumbs == "up" else None
    for claim in (c for c in answer.claims if c.kind == "claim" and c.group != RELATED) if answer is not None else ():
        nuggets.append(claim.text)
        for citation in claim.citations:
            paper = shelf.by_id(citation.paper_id) or shelf.by_title(citation.title)
            found = [] if paper is None else _sentences(citation.quote, paper)
            if paper is None or not found:
                problems.append(f"not in the library word for word: a quote from {citation.title!r}")
                continue
            relevant[paper.title] = 2
            evidence.setdefault(paper.title, []).extend(s for s in found if s not in evidence.get(paper.title, ()))
    abstained = answer is not None and answer.abstained
    draft = Draft(
        drafted_by=f"feedback, thumbs {thumbs or 'not given'}",
        reason=given.comment,
        id=f"fb-{_digest(given.question)}",
        kind="missing_detail" if abstained else "finding" if len(relevant) <= 1 else "survey",
        question=given.question,
        relevant=relevant,
        evidence={t: tuple(s) for t, s in evidence.items()},
        nuggets=tuple(dict.fromkeys(nuggets)),
        answerable=not abstained,
        why="the reader was content that nothing was found" if abstained else None,
    )
    return draft.model_copy(update={"problems": (*problems, *problems_of(draft))})


def _of_reply(reply: str, paper: Paper, kinds: Sequence[Kind], drafted_by: str) -> Iterator[Draft]:
    for line in reply.splitlines():
        try:
            found = json.loads(line.strip().rstrip(","))
        except json.JSONDecodeError:
            continue  # a fence or a preamble; a kind without a draft is seen by its absence
        if not isinstance(found, dict) or found.get("kind") not in kinds:
            continue
        question = " ".join(str(found.get("question") or "").split())
        if not question:
            continue
        wanted = [t for t in _texts(found.get("evidence")) if t]
        evidence = tuple(t for t in wanted if t in paper.abstract)
        problems = [f"left out, not word for word in the paper: {t[:80]!r}" for t in wanted if t not in evidence]
        draft = Draft(
            drafted_by=drafted_by,
            id=f"dr-{_digest(paper.id + question)}",
            kind=found["kind"],
            question=question,
            relevant={paper.title: 2},
            evidence={paper.title: evidence} if evidence else {},
            nuggets=tuple(t for t in _texts(found.get("nuggets")) if t),
            answerable=True,
        )
        yield draft.model_copy(update={"problems": (*problems, *problems_of(draft))})


def _texts(value: object) -> list[str]:
    return [str(v).strip() for v in value] if isinstance(value, list) else []


def _sentences(quote: str, paper: Paper) -> list[str]:
    """The whole sentences of the paper that a quote touches; none where it does not stand there."""
    match = re.search(re.escape(quote), paper.abstract) if quote else None
    if match is None:
        return []
    return [s.text for s in split_sentences(paper.abstract) if s.start < match.end() and s.end > match.start()]


def _digest(text: str) -> str:
    return hashlib.sha256(" ".join(text.split()).casefold().encode("utf-8")).hexdigest()[:10]
