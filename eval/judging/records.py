"""What was asked of a judge, what it said, and the record of a whole measurement of it."""

from __future__ import annotations

from typing import Literal, NamedTuple

from eval.figures import Estimate
from eval.judging.judges import JudgeFacts
from eval.records import Stored
from rag.answer import Label, Verdict
from rag.paper import Record

Suite = Literal["claims", "ground", "battery"]


class Request(NamedTuple):
    """One claim to be judged against evidence.

    ``expected`` is whether the evidence supports it, or None where only two verdicts are compared: then ``versus`` is
    the other evidence. ``kind`` says what was done to the claim, ``cluster`` which paper (or question) it is about,
    ``pair`` joins twins.
    """

    id: str
    suite: Suite
    kind: str
    cluster: str
    claim: str
    evidence: str | tuple[str, ...]
    expected: bool | None
    pair: str | None = None
    versus: tuple[str, ...] | str | None = None


class Judged(Record):
    """One claim with its verdict; the evidence itself is not kept, so that a record holds nobody's abstracts.

    ``verdict`` is None where the judge failed (``failure`` says how): the item stays and counts as wrong. ``second`` is
    the verdict on the other evidence of a request with ``versus``.
    """

    id: str
    suite: Suite
    kind: str
    cluster: str
    claim: str
    expected: bool | None
    pair: str | None = None
    verdict: Verdict | None = None
    second: Verdict | None = None
    failure: str | None = None

    @property
    def says_supported(self) -> bool:
        """The binary reading; a failed item says the wrong thing."""
        return self.verdict.supported if self.verdict is not None else not self.expected

    @property
    def right(self) -> bool:
        """Whether the binary reading is what was expected."""
        return self.verdict is not None and self.verdict.supported == self.expected

    @property
    def score(self) -> float:
        """P(supported) in [0, 1]; of a failed item the most wrong one."""
        return self.verdict.score if self.verdict is not None else float(not self.expected)

    @property
    def label(self) -> Label | Literal["failed"]:
        """The judge's label, or "failed"."""
        return self.verdict.label if self.verdict is not None else "failed"


class LabelRow(Record):
    """What one label is worth: of ``n`` items with it, the share that the gold calls supported, clustered interval."""

    source: str
    label: str
    n: int
    share_supported: Estimate


class Bin(Record):
    """One bin of a calibration table: scores in [low, high), how many, their mean, and the share truly supported."""

    source: str
    low: float
    high: float
    n: int
    mean_score: float
    supported: Estimate


class JudgeRun(Stored):
    """The record of ``rag eval judge``: every item with its verdict, and the figures made from them."""

    started: str
    judge: JudgeFacts
    seed: int
    sources: tuple[str, ...]
    notices: tuple[str, ...] = ()
    figures: tuple[Estimate, ...] = ()
    labels: tuple[LabelRow, ...] = ()
    bins: tuple[Bin, ...] = ()
    items: tuple[Judged, ...] = ()

    @property
    def failed(self) -> tuple[Judged, ...]:
        """The items on which the judge failed."""
        return tuple(i for i in self.items if i.failure is not None)
