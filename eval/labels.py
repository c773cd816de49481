"""A person's labels of claims: what is shown, in which order, how it is kept, and the rates that it corrects.

What is to be labelled is drawn by verdict, in turn: rare verdicts are looked at too, and stopping anywhere leaves a
random sample of each. The verdict itself is never shown. A label belongs to the claim with its evidence, word for
word, so it holds for every run in which the two meet again.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal, NamedTuple

from pydantic import Field

from eval.jsonl import read_records
from eval.ppi import Corrected, Judged, ppi_rate
from eval.records import Run
from rag.answer import Claim
from rag.errors import InputError
from rag.paper import Paper, Record

Choice = Literal["supported", "partial", "unsupported", "contradicted"]
CHOICES: Final[dict[str, Choice]] = {"s": "supported", "p": "partial", "u": "unsupported", "c": "contradicted"}


class Label(Record):
    """One label: of what (``key``), by whom, when. Holds none of the papers' words."""

    key: str = Field(pattern=r"^[0-9a-f]{16}$")
    label: Choice
    by: str = Field(min_length=1)
    at: str
    case_id: str
    note: str = ""


class Pair(NamedTuple):
    """A claim with its evidence, and what a judge said of it (not to be shown)."""

    key: str
    case_id: str
    cluster: str
    question: str
    claim: str
    quotes: tuple[tuple[str, str], ...]
    texts: tuple[tuple[str, str], ...]
    verdict: str
    supported: bool


def pairs_of(run: Run) -> tuple[Pair, ...]:
    """Every claim of a run that was checked, in order. Claims without citations have nothing to be checked against."""
    found = []
    for item in run.items:
        if item.answer is None:
            continue
        papers = {p.id: p for p in item.answer.sources}
        for claim in item.answer.claims:
            if claim.kind == "claim" and claim.citations:
                found.append(_pair(claim, item.case_id, item.cluster, item.question, papers))
    return tuple(found)


def draw(pairs: Sequence[Pair], labelled: Iterable[str] = (), *, seed: int = 0) -> list[Pair]:
    """The pairs to label, each key once, verdicts in turn, within a verdict in an order drawn with the seed.

    The order does not depend on what has been labelled already; that is only left out.
    """
    strata: dict[str, list[Pair]] = {}
    for pair in {p.key: p for p in pairs}.values():
        strata.setdefault(pair.verdict, []).append(pair)
    queues = []
    for verdict in sorted(strata):
        own = sorted(strata[verdict], key=lambda p: p.key)
        random.Random(f"{seed}:{verdict}").shuffle(own)
        queues.append(own)
    done = set(labelled)
    longest = max((len(q) for q in queues), default=0)
    turns = [q[at] for at in range(longest) for q in queues if at < len(q)]
    return [p for p in turns if p.key not in done]


def load_labels(path: Path) -> tuple[Label, ...]:
    """The labels of a JSONL file; none where there is no file.

    Raises:
        InputError: a line that is no label.
    """
    if not path.exists():
        return ()
    return tuple(label for _, label in read_records(path, Label, "Correct or remove the line"))


def add_label(path: Path, pair: Pair, label: Choice, by: str, note: str = "") -> Label:
    """Append a label to a file, at once, so that nothing given is lost.

    Raises:
        InputError: the file cannot be written.
    """
    at = datetime.now(UTC).isoformat(timespec="seconds")
    given = Label(key=pair.key, label=label, by=by, at=at, case_id=pair.case_id, note=note)
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(given.model_dump(), ensure_ascii=False) + "\n")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}", "Name another file with --labels") from None
    return given


def settled(labels: Iterable[Label]) -> dict[str, float]:
    """Per key the share of people who call it supported; of one person the last label counts."""
    last: dict[str, dict[str, Choice]] = {}
    for given in labels:
        last.setdefault(given.key, {})[given.by] = given.label
    return {key: sum(c == "supported" for c in own.values()) / len(own) for key, own in last.items()}


def corrected_rate(run: Run, labels: Iterable[Label]) -> Corrected | None:
    """The share of supported claims, the judge's rate corrected by the labels; None where no label is of this run.

    Of claims that stand in several answers with the same evidence, one is counted: it was labelled once. Questions,
    those about one paper together, are the clusters.

    Raises:
        InputError: fewer labels of this run than :data:`eval.ppi.LEAST_LABELS`.
    """
    pairs = tuple({p.key: p for p in pairs_of(run)}.values())
    known = settled(labels)
    values = {i: known[p.key] for i, p in enumerate(pairs) if p.key in known}
    if not values:
        return None
    return ppi_rate([Judged(float(p.supported), p.cluster, p.verdict) for p in pairs], values)


def rate_line(run: Run, labels: Iterable[Label]) -> str:
    """The corrected rate in one line, or why there is none."""
    labels = tuple(labels)
    try:
        rate = corrected_rate(run, labels)
    except InputError as error:
        return f"{error.message}; {error.remedy.lower()}"
    if rate is None:
        return "no label is of this run: no corrected rate"
    people = ", ".join(sorted({given.by for given in labels}))
    return (
        f"claims supported: {rate.value:.3f} [{rate.low:.3f}, {rate.high:.3f}] corrected by {rate.n} labels "
        f"({people}); the judge's own rate {rate.raw:.3f} over {rate.total} distinct claims in {rate.clusters} clusters"
    )


def _pair(claim: Claim, case_id: str, cluster: str, question: str, papers: Mapping[str, Paper]) -> Pair:
    quotes = tuple(dict.fromkeys((c.title, c.quote) for c in claim.citations))
    cited = dict.fromkeys(c.paper_id for c in claim.citations)
    texts = tuple((p.title, p.abstract) for i in cited if (p := papers.get(i)) is not None)
    text = json.dumps([claim.text, quotes], ensure_ascii=False)
    key = hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]
    verdict = claim.verdict
    return Pair(key, case_id, cluster, question, claim.text, quotes, texts, verdict.label, verdict.supported)
