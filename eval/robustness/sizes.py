"""Abstention on libraries of several sizes, and the curve of risk over coverage.

A smaller library is drawn from the papers, several times; a larger one has papers of other subjects added. A case that
can be answered is asked where all the papers that answer it stand on the drawn shelf; one that cannot be answered is
asked everywhere. The curve orders the questions by how near the nearest paper is: at each share answered (coverage) it
gives the share of the answered ones that no paper answers (risk).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from eval.cases import Case
from eval.figures import MEAN_HEADER, Estimate, estimate, mean_row
from eval.metrics import Outcome, Shelf, outcome
from eval.report import Page, Table
from eval.robustness.suite import Open
from rag.answering.answerable import judge_answerable
from rag.paper import Paper, Record
from rag.retrieval.analysis import Analyser

READ: Final = 60
COVERAGES: Final = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


class SizeItem(Record):
    """One question asked of one shelf; ``strength`` is None where the system gives no library to look into."""

    size: int
    case_id: str
    kind: str
    answerable: bool
    cluster: str
    outcome: Outcome
    named: bool
    strength: float | None


class Point(NamedTuple):
    """A point of the curve: the share answered, and how many of them no paper answers, of how many."""

    coverage: float
    wrong: int
    answered: int


def shelves(papers: Sequence[Paper], more: Sequence[Paper], sizes: Sequence[int], draws: int, seed: int) -> Iterator[
    tuple[int, tuple[Paper, ...]]
]:  # fmt: skip
    """(size, papers) of every shelf: ``draws`` of each smaller size, one of each larger one; 0 is all papers."""
    known = {p.id for p in papers}
    strangers = [p for p in more if p.id not in known]
    for size in sizes:
        if size == 0 or size == len(papers):
            yield len(papers), tuple(papers)
        elif size < len(papers):
            for draw in range(draws):
                yield size, tuple(random.Random(f"{seed}:{size}:{draw}").sample(list(papers), size))
        else:
            added = random.Random(f"{seed}:{size}").sample(strangers, min(size - len(papers), len(strangers)))
            yield len(papers) + len(added), (*papers, *added)


def ask_sizes(
    opens: Open, cases: Sequence[Case], papers: Sequence[Paper], more: Sequence[Paper] = (), *,
    sizes: Sequence[int] = (20, 0), draws: int = 6, seed: int = 0,
) -> list[SizeItem]:  # fmt: skip
    """Ask every case of every shelf that it can be asked of."""
    found: list[SizeItem] = []
    for size, chosen in shelves(papers, more, sizes, draws, seed):
        shelf = Shelf(chosen)
        with opens(chosen) as system:
            library = getattr(system, "library", None)
            analyser = Analyser(library) if library is not None else None
            for case in cases:
                if any(grade == 2 and shelf.by_title(title) is None for title, grade in case.relevant.items()):
                    continue
                answer = system.ask(case.question)
                strength = None
                if analyser is not None and library is not None:
                    hits = system.retrieve(case.question, READ)
                    strength = judge_answerable(case.question, hits, library, analyser).strength
                named = any(c.kind == "limitation" and c.citations for c in answer.claims)
                found.append(
                    SizeItem(
                        size=size, case_id=case.id, kind=case.kind, answerable=case.answerable, cluster=case.cluster,
                        outcome=outcome(answer), named=named, strength=strength,
                    )
                )  # fmt: skip
    return found


def rates(items: Sequence[SizeItem], seed: int = 0) -> list[Estimate]:
    """Per size: false refusals and hedges, and per kind without an answer the share declined or limited."""
    found: list[Estimate | None] = []
    for size in dict.fromkeys(i.size for i in items):
        here = [i for i in items if i.size == size]
        right = [i for i in here if i.answerable]
        for name, said in (("FalseRefusal", "abstained"), ("HedgedAnswer", "limited")):
            found.append(_rate(name, f"{size} papers", right, [float(i.outcome == said) for i in right], seed))
        for kind in dict.fromkeys(i.kind for i in here if not i.answerable):
            own = [i for i in here if i.kind == kind]
            declined = [float(i.outcome in {"abstained", "limited"}) for i in own]
            found.append(_rate(f"declined or limited, {kind}", f"{size} papers", own, declined, seed))
            if kind == "false_premise":
                found.append(_rate("PremiseNamed", f"{size} papers", own, [float(i.named) for i in own], seed))
    return [e for e in found if e is not None]


def _rate(
    name: str, group: str, items: Sequence[SizeItem], values: Sequence[float], seed: int
) -> Estimate | None:  # fmt: skip
    return estimate(name, values, group=group, clusters=[i.cluster for i in items], seed=seed)


def curve(items: Sequence[SizeItem]) -> list[Point]:
    """Risk over coverage, by falling strength; questions refused for their names come last."""
    ranked = sorted(
        (i for i in items if i.strength is not None),
        key=lambda i: -(i.strength or 0.0) if i.outcome != "abstained" else 1e9 - (i.strength or 0.0),
    )
    points = []
    for share in COVERAGES:
        taken = ranked[: round(share * len(ranked))]
        if taken:
            points.append(Point(share, sum(not i.answerable and i.outcome == "answered" for i in taken), len(taken)))
    return points


def sizes_page(items: Sequence[SizeItem], source: str, seed: int = 0) -> Page:
    """The report of a study of sizes."""
    rows = []
    for size in dict.fromkeys(i.size for i in items):
        for point in curve([i for i in items if i.size == size]):
            risk = estimate("risk", [1.0] * point.wrong + [0.0] * (point.answered - point.wrong), seed=seed)
            assert risk is not None  # a point has questions
            rows.append((f"{size} papers", f"{point.coverage:.1f}", *mean_row(risk)[2:]))
    tables = (
        Table("Abstention by the size of the library", MEAN_HEADER, tuple(mean_row(e) for e in rates(items, seed))),
        Table(
            "Risk over coverage", ("library", "coverage", "risk", "95 %", "n"), tuple(rows),
            "risk: answered without any limitation although no paper answers",
        ),
    )  # fmt: skip
    facts = (f"{len(items)} questions from {source}", f"intervals: 95 %, questions of one paper together (seed {seed})")
    return Page("Abstention", facts, tables)
