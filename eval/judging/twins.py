"""Twin claims: two that are as alike as can be, one true to the paper and one not.

Scored by pairs, so that neither length nor overlap of words can be gamed: a judge that calls everything supported has
half of the claims right and not one pair. One JSON object per line: ``id, paper (a title), claim, label (supported or
unsupported), kind (of the fault; "paraphrase" or "corrected" for the true twin), pair``. The bundled ones are over the
bundled notes, written and labelled by the authors.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from pydantic import Field

from eval.figures import Estimate, estimate
from eval.jsonl import read_records
from eval.judging.measures import auroc, balanced_accuracy, interval
from eval.judging.records import Judged, Request
from eval.metrics import Shelf
from rag.corpus.identity import title_key
from rag.errors import InputError
from rag.paper import Paper, Record

_REMEDY = "Correct the line; the fields are described in eval/judging/twins.py"


class TwinClaim(Record):
    """One line."""

    id: str = Field(min_length=1)
    paper: str = Field(min_length=1)
    claim: str = Field(min_length=1)
    label: Literal["supported", "unsupported"]
    kind: str = Field(min_length=1)
    pair: str = Field(min_length=1)


class Pair(NamedTuple):
    """Two judged twins; ``kind`` is the false one's."""

    true: Judged
    false: Judged

    @property
    def kind(self) -> str:
        """The kind of fault."""
        return self.false.kind

    @property
    def both_right(self) -> bool:
        """The true one is called supported and the false one is not."""
        return self.true.right and self.false.right

    @property
    def tied(self) -> bool:
        """Both scores are the same, so the judge sees no difference."""
        return self.true.score == self.false.score

    @property
    def ranked(self) -> bool:
        """The true one scores strictly above the false one."""
        return self.true.score > self.false.score


def bundled_claims() -> tuple[TwinClaim, ...]:
    """The twin claims of this repository, over the bundled notes of the test half."""
    return load_claims(Path(str(resources.files("eval") / "data" / "claims" / "claims.jsonl")))


def load_claims(path: str | Path) -> tuple[TwinClaim, ...]:
    """Read twin claims from a JSONL file.

    Raises:
        InputError: no such file, a line that is no claim, an id used twice, or a pair that is not one true and one
            false claim about the same paper.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"there are no claims at {path}", "Name a JSONL file with --claims")
    claims = tuple(claim for _, claim in read_records(path, TwinClaim, _REMEDY))
    _check(claims, path)
    return claims


def _check(claims: Sequence[TwinClaim], path: Path) -> None:
    if not claims:
        raise InputError(f"{path} holds no claims", "Name a JSONL file with --claims")
    if len({c.id for c in claims}) != len(claims):
        raise InputError(f"{path}: an id stands twice", "Give each claim an id of its own")
    pairs: dict[str, list[TwinClaim]] = defaultdict(list)
    for claim in claims:
        pairs[claim.pair].append(claim)
    for name, twins in pairs.items():
        labels = sorted(t.label for t in twins)
        if labels != ["supported", "unsupported"] or len({title_key(t.paper) for t in twins}) != 1:
            raise InputError(f"{path}: the pair {name!r} is not one true and one false claim of a paper", _REMEDY)


def twin_requests(claims: Sequence[TwinClaim], papers: Sequence[Paper], *, limit: int | None = None) -> list[Request]:
    """What to ask: each claim against its paper's title and text, as the product's own check does.

    ``limit`` keeps that many pairs, kinds of faults in turn.

    Raises:
        InputError: the papers lack one that a claim names.
    """
    shelf = Shelf(papers)
    missing = sorted({c.paper for c in claims if shelf.by_title(c.paper) is None})
    if missing:
        raise InputError(
            f"the library lacks {len(missing)} papers that the claims name, such as {missing[0]!r}",
            "Name the library with --library, or the papers' files with --pages",
        )
    kept = _first_pairs(claims, limit)
    requests = []
    for claim in (c for c in claims if c.pair in kept):
        paper = shelf.by_title(claim.paper)
        if paper is not None:
            requests.append(
                Request(
                    id=claim.id, suite="claims", kind=claim.kind, cluster=title_key(claim.paper), claim=claim.claim,
                    evidence=f"{paper.title}. {paper.abstract}", expected=claim.label == "supported", pair=claim.pair,
                )
            )  # fmt: skip
    return requests


def _first_pairs(claims: Sequence[TwinClaim], limit: int | None) -> set[str]:
    order: dict[str, int] = defaultdict(int)
    turns: list[tuple[int, int, str]] = []
    for place, claim in enumerate(c for c in claims if c.label == "unsupported"):
        order[claim.kind] += 1
        turns.append((order[claim.kind], place, claim.pair))
    return {pair for _, _, pair in sorted(turns)[:limit]}


def pairs_of(items: Sequence[Judged]) -> list[Pair]:
    """The judged twins of the claims suite, in order."""
    found: dict[str, dict[bool, Judged]] = defaultdict(dict)
    for item in items:
        if item.pair is not None and item.expected is not None:
            found[item.pair][item.expected] = item
    return [Pair(twins[True], twins[False]) for twins in found.values() if len(twins) == 2]


def twin_figures(items: Sequence[Judged], *, seed: int = 0) -> list[Estimate]:
    """Figures of the claims suite: of all claims, then by kind of fault. Papers are resampled.

    BothRight, TrueAbove (strictly) and Tied are shares of pairs; BalancedAccuracy and AUROC are over claims. The
    length of the claim alone, shorter first, is ranked too (LengthAUROC), as a control: twins should leave it near 0.5.
    """
    items = [i for i in items if i.suite == "claims"]
    pairs = pairs_of(items)
    if not pairs:
        return []
    y = np.array([bool(i.expected) for i in items])
    clusters = [i.cluster for i in items]
    says, scores = np.array([i.says_supported for i in items]), np.array([i.score for i in items])
    lengths = np.array([float(len(i.claim)) for i in items])
    found = _shares(pairs, "all", seed)
    found += [
        interval("BalancedAccuracy", balanced_accuracy(y, says), clusters, seed=seed),
        interval("AUROC", auroc(y, scores), clusters, seed=seed),
        interval("LengthAUROC (control)", auroc(y, -lengths), clusters, seed=seed),
    ]
    for kind in sorted({p.kind for p in pairs}):
        found += _shares([p for p in pairs if p.kind == kind], kind, seed)
    return found


def _shares(pairs: Sequence[Pair], group: str, seed: int) -> list[Estimate]:
    clusters = [p.false.cluster for p in pairs]
    columns = {
        "BothRight": [float(p.both_right) for p in pairs],
        "TrueAbove": [float(p.ranked) for p in pairs],
        "Tied": [float(p.tied) for p in pairs],
        "TrueAccepted": [float(p.true.right) for p in pairs],
        "FalseCaught": [float(p.false.right) for p in pairs],
    }
    made = (estimate(name, values, group=group, clusters=clusters, seed=seed) for name, values in columns.items())
    return [e for e in made if e is not None]
