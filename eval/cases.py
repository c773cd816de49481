"""Cases: questions with what a right answer rests on. One JSON object per line, papers named by title.

Fields of a line: ``id``, ``kind``, ``question``, ``relevant`` (title -> grade, 2 = answers it, 1 = touches on it),
``evidence`` (title -> sentences of that paper's text, verbatim), ``nuggets`` (facts a full answer holds),
``answerable``; optionally ``why`` (why it cannot be answered), ``close_to`` (titles that come near) and ``split``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from eval.jsonl import REMEDY, read_lines, to_record
from rag.corpus.identity import title_key
from rag.errors import InputError

Kind = Literal[
    "topical", "finding", "named", "survey", "compare",
    "near_miss", "missing_detail", "false_premise", "out_of_domain", "nonsense",
]  # fmt: skip
Split = Literal["dev", "test"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
SINGLE_KINDS: Final[tuple[Kind, ...]] = KINDS[:3]
UNANSWERABLE_KINDS: Final[tuple[Kind, ...]] = KINDS[5:]
SPLITS: Final[tuple[Split, ...]] = get_args(Split)
BUNDLED: Final = "bundled"

# A folder may hold other suites beside cases; a line with one of these fields belongs to such a suite.
_OTHER_SUITES: Final = frozenset({"turns", "claim"})


class Case(BaseModel):
    """One question and what a right answer rests on. Frozen; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    id: str = Field(min_length=1)
    kind: Kind
    question: str = Field(min_length=1)
    relevant: Mapping[str, Literal[1, 2]]
    evidence: Mapping[str, tuple[str, ...]]
    nuggets: tuple[str, ...]
    answerable: bool
    why: str | None = None
    close_to: tuple[str, ...] = ()
    split: Split | None = None

    @field_validator("question")
    @classmethod
    def _asks_something(cls, question: str) -> str:
        if not question.strip():
            raise ValueError("the question is empty")
        return question

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Case:
        """A case that contradicts itself would be scored as a fault of the system, so it is refused when read."""
        if self.answerable == (self.kind in UNANSWERABLE_KINDS):
            raise ValueError(f"kind {self.kind} and answerable {self.answerable} contradict each other")
        if self.answerable and 2 not in self.relevant.values():
            raise ValueError("answerable, but no paper has grade 2")
        if not self.answerable and (self.relevant or self.evidence or self.nuggets):
            raise ValueError("not answerable, but relevant papers, evidence or nuggets are given")
        if self.answerable and not any(self.evidence.values()):
            raise ValueError("answerable, but without evidence")
        if self.answerable and not self.nuggets:
            raise ValueError("answerable, but without nuggets")
        if stray := [t for t in self.evidence if t not in self.relevant]:
            raise ValueError(f"evidence from a paper that is not relevant: {stray[0]!r}")
        if not all(text.strip() for texts in (*self.evidence.values(), self.nuggets) for text in texts):
            raise ValueError("an evidence sentence or a nugget is empty")
        if len({title_key(t) for t in self.relevant}) != len(self.relevant):
            raise ValueError("one paper is named twice in relevant")
        return self

    @property
    def home(self) -> str | None:
        """The title that a single-paper case was written about: the first of grade 2. None for all other kinds."""
        if self.kind not in SINGLE_KINDS:
            return None
        return next(title for title, grade in self.relevant.items() if grade == 2)

    @property
    def cluster(self) -> str:
        """What statistics resample: the cases of one paper together, every other case by itself."""
        return self.id if self.home is None else title_key(self.home)


def load_cases(path: str | Path) -> tuple[Case, ...]:
    """Read cases from a JSONL file, or from every ``*.jsonl`` of a folder in order of name.

    In a folder, files of other suites (conversations, claims) are passed over.

    Raises:
        InputError: nothing there, a line that is no case (with file and line), an id used twice, or no case at all.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(f"there are no cases at {path}", "Name a JSONL file or a folder that holds some")
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    cases: list[Case] = []
    seen: dict[str, str] = {}
    for file in files:
        for where, record in read_lines(file):
            if path.is_dir() and _OTHER_SUITES & record.keys():
                break
            case = _parse(record, where)
            if case.id in seen:
                raise InputError(f"{where}: the id {case.id!r} stands already at {seen[case.id]}", REMEDY)
            seen[case.id] = where
            cases.append(case)
    if not cases:
        raise InputError(f"{path} holds no cases", "Name a JSONL file or a folder that holds some")
    return tuple(cases)


def bundled_cases(split: Split | Literal["all"] = "all") -> tuple[Case, ...]:
    """The cases of this repository, over the bundled notes: one half ("dev" to tune on, "test" to report) or all."""
    cases = load_cases(bundled_folder())
    return cases if split == "all" else tuple(c for c in cases if c.split == split)


def bundled_folder() -> Path:
    """Where the bundled cases lie."""
    return Path(str(resources.files("eval") / "data" / "cases"))


def select_cases(
    cases: Iterable[Case], *, split: str = "all", kinds: Iterable[str] = (), limit: int | None = None
) -> tuple[Case, ...]:
    """Keep one split, some kinds, and at most ``limit`` cases, spread over the kinds in turn (so none is left out).

    Raises:
        InputError: a kind or split that does not exist, or nothing left.
    """
    kinds = tuple(kinds)
    if unknown := [k for k in kinds if k not in KINDS]:
        raise InputError(f"no kind of case is called {unknown[0]!r}", f"Use some of: {', '.join(KINDS)}")
    if split not in (*SPLITS, "all"):
        raise InputError(f"no split is called {split!r}", "Use dev, test or all")
    chosen = [c for c in cases if split in ("all", c.split) and (not kinds or c.kind in kinds)]
    if not chosen:
        raise InputError("no case is left after choosing split and kinds", "Choose fewer conditions, or --split all")
    if limit is None or limit >= len(chosen):
        return tuple(chosen)
    if limit < 1:
        raise InputError(f"limit is {limit}", "Ask for at least one case")
    turns: dict[str, int] = {}
    order: list[tuple[int, int]] = []
    for place, case in enumerate(chosen):
        turns[case.kind] = turns.get(case.kind, 0) + 1
        order.append((turns[case.kind], place))
    return tuple(chosen[place] for place in sorted(place for _, place in sorted(order)[:limit]))


def cases_digest(cases: Iterable[Case]) -> str:
    """sha256 over all fields of all cases, whatever their order: equal exactly when the same things were asked."""
    rows = sorted(json.dumps(c.model_dump(mode="json"), sort_keys=True, ensure_ascii=False) for c in cases)
    return hashlib.sha256("\n".join(rows).encode("utf-8")).hexdigest()


def _parse(record: dict[str, Any], where: str) -> Case:
    if "status" in record:
        raise InputError(f"{where}: a draft, not a case", "Approve it, then: rag eval cases add FILE")
    return to_record(record, Case, where)
