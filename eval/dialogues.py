"""Dialogues: conversations whose later turns lean on earlier ones. One JSON object per line, papers named by title.

A line holds ``id`` and ``turns``; a turn holds ``question``, ``standalone`` (rewritten by hand to stand alone),
``relevant`` (title -> grade), ``evidence`` (sentences of those papers, verbatim), ``answerable`` and, where it was
noted, ``lean``: how the turn leans on those before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from eval.cases import Case
from eval.jsonl import REMEDY, read_records
from eval.metrics import Shelf
from rag.errors import InputError
from rag.paper import Paper

Arm = Literal["conversation", "standalone"]
Lean = Literal[
    "none", "pronoun", "ordinal", "ellipsis", "more", "comparison", "return", "change", "abstain", "correction"
]
# The name that --dialogues takes -> the file.
_BUNDLED: Final = {
    "bundled": "dialogues.jsonl",
    "bundled-dev": "followups_dev.jsonl",
    "bundled-test": "followups_test.jsonl",
}


class Turn(BaseModel):
    """One turn of a dialogue. Frozen; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    question: str = Field(min_length=1)
    standalone: str = Field(min_length=1)
    relevant: Mapping[str, Literal[1, 2]]
    evidence: tuple[str, ...]
    answerable: bool
    lean: Lean | None = None

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Turn:
        if self.answerable and (2 not in self.relevant.values() or not self.evidence):
            raise ValueError("answerable, but without a paper of grade 2 or without evidence")
        if not self.answerable and (self.relevant or self.evidence):
            raise ValueError("not answerable, but relevant papers or evidence are given")
        return self


class Dialogue(BaseModel):
    """A conversation of at least two turns."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1)
    turns: tuple[Turn, ...] = Field(min_length=2)


def load_dialogues(path: str | Path) -> tuple[Dialogue, ...]:
    """Read dialogues from a JSONL file.

    Raises:
        InputError: no file, a line that is no dialogue (with file and line), an id used twice, or none at all.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"there are no dialogues at {path}", "Name a JSONL file")
    found: dict[str, Dialogue] = {}
    for where, dialogue in read_records(path, Dialogue):
        if dialogue.id in found:
            raise InputError(f"{where}: the id {dialogue.id!r} stands there twice", REMEDY)
        found[dialogue.id] = dialogue
    if not found:
        raise InputError(f"{path} holds no dialogues", "Name a JSONL file that holds some")
    return tuple(found.values())


def bundled_dialogues(name: str = "bundled") -> Path | None:
    """Where dialogues of this repository lie (they are about the bundled notes); None where no such are bundled.

    ``bundled`` are the twelve that the first rule was written with; ``bundled-dev`` and ``bundled-test`` the halves of
    those with marked leans, over different papers.
    """
    file = _BUNDLED.get(name)
    return None if file is None else Path(str(resources.files("eval") / "data" / "dialogues" / file))


def check_dialogues(dialogues: Iterable[Dialogue], papers: Iterable[Paper]) -> list[str]:
    """Faults of dialogues against the papers: unknown titles, evidence that is not verbatim. Empty when all is well."""
    shelf = Shelf(papers)
    faults = []
    for dialogue in dialogues:
        for place, turn in enumerate(dialogue.turns, 1):
            where = f"{dialogue.id}, turn {place}"
            faults += [f"{where}: no paper is called {t!r}" for t in turn.relevant if shelf.by_title(t) is None]
            texts = [p.abstract for t in turn.relevant if (p := shelf.by_title(t)) is not None]
            faults += [
                f"{where}: not a sentence of its papers: {s[:60]!r}"
                for s in turn.evidence
                if not any(s in text for text in texts)
            ]
    return faults


def cases_of(dialogue: Dialogue, arm: Arm, shelf: Shelf) -> tuple[Case, ...]:
    """The turns of a dialogue as cases, so that they are run and scored as cases are.

    A sentence of evidence belongs to the paper whose text holds it; where none does, to the first paper named.
    """
    return tuple(
        Case(
            id=f"{dialogue.id}.{place}",
            kind="finding" if turn.answerable else "missing_detail",
            question=turn.question if arm == "conversation" else turn.standalone,
            relevant=turn.relevant,
            evidence=_by_title(turn, shelf),
            nuggets=turn.evidence,
            answerable=turn.answerable,
        )
        for place, turn in enumerate(dialogue.turns, 1)
    )


def _by_title(turn: Turn, shelf: Shelf) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    texts = {t: "" if (p := shelf.by_title(t)) is None else p.abstract for t in turn.relevant}
    for sentence in turn.evidence:
        home = next((t for t, text in texts.items() if sentence in text), next(iter(turn.relevant)))
        found.setdefault(home, []).append(sentence)
    return {t: tuple(s) for t, s in found.items()}
