"""The record of a run: everything a report, a comparison or a gate needs, in one JSON file.

Holds answers with the texts that they cite, so the record of a run over somebody's abstracts contains them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from eval.cases import Case, Kind, Split
from eval.jsonl import first_fault
from rag.answer import Answer
from rag.errors import InputError
from rag.paper import Paper

SCHEMA_VERSION: Final = 1


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Stored(_Record):
    """Base of the records that are files of their own."""

    schema_version: int = SCHEMA_VERSION


StoredT = TypeVar("StoredT", bound=Stored)


class Ranked(_Record):
    """One place of a ranking of papers, best first; ``score`` is its best passage's, in [0, 1]."""

    paper_id: str
    title: str
    score: float | None = None


class Failure(_Record):
    """Why an item failed: in which step, with which exception."""

    step: Literal["retrieve", "ask", "answer"]
    type: str
    message: str


class Item(_Record):
    """One case: what the system did, and every metric's value.

    ``values`` holds None where a metric does not apply; ``ratios`` the numerator and denominator of those that can be
    pooled; ``seconds`` is the time of ask() alone; ``case`` is what was asked, with its gold (None in old records).
    """

    case_id: str
    case: Case | None = None
    kind: Kind
    split: Split | None
    cluster: str
    question: str
    answerable: bool
    ranking: tuple[Ranked, ...] = ()
    answer: Answer | None = None
    failure: Failure | None = None
    seconds: float = 0.0
    values: dict[str, float | None] = Field(default_factory=dict)
    ratios: dict[str, tuple[float, float]] = Field(default_factory=dict)


class LibraryFacts(_Record):
    """What was asked: how many papers, of which text kinds, and a digest of their ids and revisions."""

    n_papers: int
    text_kinds: dict[str, int]
    digest: str


class NotRun(_Record):
    """A case that was not asked, and why. It has no value of any metric: neither right nor wrong."""

    case_id: str
    kind: Kind
    reason: str


class Run(Stored):
    """A run. Items stand in the order of the cases, one for each that was asked, whatever became of it.

    ``not_run`` lists the cases that were not asked, because a run was killed, cut by its budget, or had no recorded
    reply to replay. A run with such cases is partial, and everything made from it says so.
    """

    started: str
    cases_source: str
    cases_digest: str
    library: LibraryFacts
    system: dict[str, str]
    judge: str | None
    seed: int
    metrics: tuple[str, ...]
    notices: tuple[str, ...] = ()
    items: tuple[Item, ...]
    not_run: tuple[NotRun, ...] = ()

    @property
    def failed(self) -> tuple[Item, ...]:
        """The items that failed."""
        return tuple(i for i in self.items if i.failure is not None)

    def values(self, metric: str) -> dict[str, float]:
        """Values of a metric by case id, where it applies."""
        return {i.case_id: v for i in self.items if (v := i.values.get(metric)) is not None}


def library_facts(papers: Iterable[Paper]) -> LibraryFacts:
    """Describe a library; the digest does not depend on the order of its papers."""
    papers = tuple(papers)
    kinds: dict[str, int] = {}
    for paper in papers:
        kinds[paper.text_kind] = kinds.get(paper.text_kind, 0) + 1
    rows = sorted(f"{p.id} {p.revision}" for p in papers)
    digest = hashlib.sha256("\n".join(rows).encode("utf-8")).hexdigest()
    return LibraryFacts(n_papers=len(papers), text_kinds=dict(sorted(kinds.items())), digest=digest)


def write_json(record: BaseModel, path: str | Path) -> None:
    """Write a record, whole or not at all.

    Raises:
        InputError: the file cannot be written.
    """
    target = Path(path)
    partial = target.with_name(f".{target.name}.partial")
    try:
        partial.write_text(record.model_dump_json(indent=1) + "\n", encoding="utf-8")
        partial.replace(target)
    except OSError as error:
        raise InputError(f"{target} cannot be written: {error.strerror}", "Name another file with --out") from None


def read_run(path: str | Path) -> Run:
    """Read the record of a run.

    Raises:
        InputError: no such file, not a record of a run, or one of another schema.
    """
    return read_record(Path(path), Run, "Write one with: rag eval run --out FILE.json")


def read_record(path: Path, kind: type[StoredT], remedy: str) -> StoredT:
    """Read any stored record.

    Raises:
        InputError: no such file, not such a record, or one of another schema; with the remedy given.
    """
    what = kind.__name__.lower()
    try:
        record = kind.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", remedy) from None
    except ValidationError as error:
        raise InputError(f"{path} is not the record of a {what}: {first_fault(error)}", remedy) from None
    if record.schema_version != SCHEMA_VERSION:
        raise InputError(f"{path} has schema {record.schema_version}, this is {SCHEMA_VERSION}", remedy)
    return record


def differing(first: Mapping[str, str], second: Mapping[str, str]) -> list[str]:
    """Lines naming what two descriptions of a system differ in."""
    keys = sorted({*first, *second})
    return [f"{k}: {first.get(k, '-')} -> {second.get(k, '-')}" for k in keys if first.get(k) != second.get(k)]
