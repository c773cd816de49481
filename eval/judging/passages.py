"""Claims over 380 invented passages: abstracts of several sciences and web texts, all of our own.

Nothing in them is about a bundled note, so they show what the judge is worth on texts and subjects of other kinds, and
they are of the hard sort: twins share as many words with the passage as could be managed. Beside them stand single
sentences as answers have them. Passages are halved like papers, by a hash of the title (``eval.split``): the offline
judge is fitted on the sentences of the dev half, and on no twins of either; errors were read on twins of both.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Literal

from pydantic import Field

from eval.jsonl import read_records
from eval.judging.records import Request
from eval.judging.twins import TwinClaim, load_claims
from eval.split import split_of_title
from rag.corpus.identity import title_key
from rag.paper import Record

Half = Literal["dev", "test"]


class PassageText(Record):
    """One passage: ``abstract`` is its text, so that any reader of papers takes the file."""

    id: str = Field(min_length=1)
    genre: str
    title: str
    abstract: str


class AnswerClaim(Record):
    """A sentence as an answer has it, and whether all of it follows from the passage with this title."""

    id: str = Field(min_length=1)
    paper: str
    claim: str = Field(min_length=1)
    label: Literal["supported", "unsupported"]
    kind: str


def passages_file() -> Path:
    """The passages, as ``--pages`` takes them."""
    return _folder() / "passages.jsonl"


def passages() -> dict[str, str]:
    """Title -> text of all passages."""
    return {row.title: row.abstract for _, row in read_records(passages_file(), PassageText)}


def passage_twins(half: Half) -> tuple[TwinClaim, ...]:
    """The twins over the passages of one half; the kind of a true twin says how close to the passage it is worded."""
    return tuple(c for c in load_claims(_folder() / "twins.jsonl") if split_of_title(c.paper) == half)


def passage_answers(half: Half) -> tuple[AnswerClaim, ...]:
    """The single sentences over the passages of one half, true and false about alike in number."""
    rows = read_records(_folder() / "answers.jsonl", AnswerClaim)
    return tuple(row for _, row in rows if split_of_title(row.paper) == half)


def answer_requests(half: Half) -> list[Request]:
    """What to ask about the single sentences, each against its passage, as the ground file "answers"."""
    texts = passages()
    return [
        Request(
            id=f"answers:{row.id}", suite="ground", kind="all", cluster=f"answers:{title_key(row.paper)}",
            claim=row.claim, evidence=f"{row.paper}. {texts[row.paper]}", expected=row.label == "supported",
        )
        for row in passage_answers(half)
    ]  # fmt: skip


def _folder() -> Path:
    return Path(str(resources.files("eval") / "data" / "claims" / "passages"))
