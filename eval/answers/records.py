"""The written answers: one JSON object per line, written and labelled by the authors over the bundled notes.

Fields of a line: ``id``; ``question``; ``claims``, each with ``text`` and ``citations`` of ``title`` and ``quote``;
``fault`` (one of :data:`FAULTS`, or "none"); ``pair`` (the id of the good twin, its own id for a good one); ``where``
(index of the claim that is faulty, null for a good answer and for one that answers another question); ``note`` (what is
wrong; empty for a good answer).

Nobody but their authors has labelled them, so no agreement between people is known.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from importlib import resources
from pathlib import Path
from typing import Final, Literal, get_args

from pydantic import Field, model_validator

from eval.jsonl import read_records
from eval.metrics import Shelf
from rag.corpus.identity import title_key
from rag.errors import InputError
from rag.grounding import locate
from rag.paper import Paper, Record

Fault = Literal[
    "wrong_figure", "wrong_paper", "swapped_roles", "invented_clause", "lost_hedge", "other_question", "altered_quote"
]
FAULTS: Final[tuple[Fault, ...]] = get_args(Fault)
LEAST: Final = 200
"""Answers that the bundled suite holds at least."""
_REMEDY: Final = "Correct the line; the fields are described in eval/answers/records.py"


class WrittenCitation(Record):
    """A citation as its author wrote it."""

    title: str = Field(min_length=1)
    quote: str = Field(min_length=1)


class WrittenClaim(Record):
    """A claim as its author wrote it."""

    text: str = Field(min_length=1)
    citations: tuple[WrittenCitation, ...] = Field(min_length=1)


class WrittenAnswer(Record):
    """One written answer with its label."""

    id: str = Field(min_length=1)
    question: str = Field(min_length=1)
    claims: tuple[WrittenClaim, ...] = Field(min_length=1)
    fault: Fault | Literal["none"]
    pair: str = Field(min_length=1)
    where: int | None
    note: str

    @property
    def good(self) -> bool:
        """Whether nothing is wrong with it."""
        return self.fault == "none"

    @property
    def cluster(self) -> str:
        """What statistics resample: the answers about one paper, which a good twin and its faulty ones share."""
        return title_key(self.claims[0].citations[0].title)

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> WrittenAnswer:
        if self.good and (self.pair != self.id or self.where is not None):
            raise ValueError("a good answer is its own pair and has no faulty claim")
        if not self.good and self.pair == self.id:
            raise ValueError("a faulty answer needs a good twin as its pair")
        if not self.good and not self.note.strip():
            raise ValueError("a faulty answer needs a note that says what is wrong")
        if not self.good and self.fault != "other_question" and self.where is None:
            raise ValueError("where is missing: which claim is faulty?")
        if self.where is not None and not 0 <= self.where < len(self.claims):
            raise ValueError(f"where is {self.where}, there are {len(self.claims)} claims")
        return self


def load_answers(path: str | Path) -> tuple[WrittenAnswer, ...]:
    """Read answers from a JSONL file, or from every ``*.jsonl`` of a folder in order of name.

    Raises:
        InputError: nothing there, a line that is no answer (with file and line), an id used twice, or a pair that is
            not a good answer to the same question.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(f"there are no answers at {path}", "Name a JSONL file or a folder that holds some")
    found: dict[str, WrittenAnswer] = {}
    for file in sorted(path.glob("*.jsonl")) if path.is_dir() else [path]:
        for where, answer in read_records(file, WrittenAnswer, _REMEDY):
            if answer.id in found:
                raise InputError(f"{where}: the id {answer.id!r} is used twice", _REMEDY)
            found[answer.id] = answer
    if not found:
        raise InputError(f"{path} holds no answers", "Name a JSONL file or a folder that holds some")
    for answer in found.values():
        twin = found.get(answer.pair)
        if twin is None or not twin.good or twin.question != answer.question:
            raise InputError(f"{answer.id}: {answer.pair!r} is no good answer to the same question", _REMEDY)
    return tuple(found.values())


def bundled_answers() -> tuple[WrittenAnswer, ...]:
    """The written answers of this repository, over the bundled notes."""
    return load_answers(bundled_folder())


def bundled_folder() -> Path:
    """Where the bundled answers lie."""
    return Path(str(resources.files("eval") / "data" / "answers"))


def check_answers(answers: Sequence[WrittenAnswer], papers: Iterable[Paper]) -> list[str]:
    """Faults of the labels against the papers, one line each; empty when all is well.

    Titles have to exist. Quotes have to be verbatim, except where the fault is that one is not: an altered quote must
    not be found in its paper, and a wrong paper must not be one that the good twin cites for that claim. Claims that
    are not said to be faulty have to be those of the good twin, and the faulty one must differ from its.
    """
    shelf = Shelf(papers)
    by_id = {a.id: a for a in answers}
    faults: list[str] = []
    for answer in answers:
        for index, claim in enumerate(answer.claims):
            here = index == answer.where
            found = [_stands(c, shelf) for c in claim.citations]
            faults += [
                f"{answer.id}: no paper is called {c.title!r}"
                for c, stands in zip(claim.citations, found, strict=True)
                if stands is None
            ]
            if here and answer.fault == "altered_quote":
                if all(found):
                    faults.append(f"{answer.id}: the altered quote stands in its paper word for word")
            elif not all(found) and not (here and answer.fault == "wrong_paper"):
                faults.append(f"{answer.id}: a quote of claim {index} is not in its paper")
        if not answer.good:
            faults += _beside_twin(answer, by_id[answer.pair])
    return faults


def _stands(citation: WrittenCitation, shelf: Shelf) -> bool | None:
    paper = shelf.by_title(citation.title)
    return None if paper is None else locate(citation.quote, paper) is not None


def _beside_twin(answer: WrittenAnswer, twin: WrittenAnswer) -> list[str]:
    if answer.where is None:
        same = {c.text for c in answer.claims} & {c.text for c in twin.claims}
        return [f"{answer.id}: answers another question, but shares a claim with its twin"] if same else []
    others = [c for i, c in enumerate(answer.claims) if i != answer.where]
    lines = [] if all(c in twin.claims for c in others) else [f"{answer.id}: differs from its twin elsewhere too"]
    faulty = answer.claims[answer.where]
    if faulty in twin.claims:
        lines.append(f"{answer.id}: the faulty claim is the good one")
    if answer.fault == "wrong_paper" and answer.where < len(twin.claims):
        right = {title_key(c.title) for c in twin.claims[answer.where].citations}
        if {title_key(c.title) for c in faulty.citations} <= right:
            lines.append(f"{answer.id}: the paper cited is that of the good twin")
    return lines


def answers_digest(answers: Iterable[WrittenAnswer]) -> str:
    """sha256 over all fields of all answers, whatever their order."""
    rows = sorted(json.dumps(a.model_dump(mode="json"), sort_keys=True, ensure_ascii=False) for a in answers)
    return hashlib.sha256("\n".join(rows).encode("utf-8")).hexdigest()
