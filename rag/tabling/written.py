"""Cells that a model writes: papers go to it a few at a time, each value comes back with a quote, both are checked.

A value whose quote is not in its paper, or which the judge does not accept, is dropped with the reason; the paper's own
sentence takes its place where one states what the column asks for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import prompts
from rag.answer import Claim
from rag.answering.claimfields import clean_text, source_numbers
from rag.answering.evidence import Evidence, evidence_budget, gather
from rag.answering.naming import names_subject, short_name
from rag.assisted.replies import objects_with
from rag.grounding import Judge, RawCitation, RawClaim, check_claim
from rag.llm import ModelClient
from rag.paper import Paper, whole_hit
from rag.settings import Settings
from rag.tabling.columns import Column

_AT_ONCE: Final = 5
_LONGEST_REPLY: Final = 200_000
_LONGEST_VALUE: Final = 600


class Written(NamedTuple):
    """Cells by (paper id, name of the column), and what was written and refused."""

    cells: dict[tuple[str, str], tuple[str, Claim]]
    dropped: tuple[Claim, ...]
    prompt: str


def write_cells(
    client: ModelClient,
    settings: Settings,
    judge: Judge,
    topic: str,
    columns: Sequence[Column],
    papers: Sequence[Paper],
) -> Written:
    """Ask for all cells of the columns that are not fields of the record.

    Raises:
        ModelError: a call failed; cells of earlier calls are lost with it.
    """
    wanted = [c.name for c in columns if c.kind != "record"]
    prompt = prompts.load("table")
    cells: dict[tuple[str, str], tuple[str, Claim]] = {}
    dropped: list[Claim] = []
    for group in _batched(papers, settings) if wanted else ():
        messages = prompt.messages(topic=topic, columns=", ".join(wanted), sources=group.render())
        for source, column, value, quote in _read(client.complete(messages), wanted):
            paper = group.paper(source)
            if paper is None or value is None or (paper.id, column) in cells:
                continue
            number = papers.index(paper) + 1
            checked = check_claim(_raw(value, quote, paper, number), judge)
            if checked.accepted:
                cells[(paper.id, column)] = (value, checked.claim)
            else:
                reason = "; ".join(checked.problems) or checked.claim.verdict.reason
                verdict = checked.claim.verdict.model_copy(update={"reason": f"{column}: {reason}"})
                dropped.append(checked.claim.model_copy(update={"verdict": verdict}))
    return Written(cells, tuple(dropped), prompt.digest)


def _batched(papers: Sequence[Paper], settings: Settings) -> Iterator[Evidence]:
    """Papers a few at a time, within the budget of evidence; one that would not fit goes into the next call."""
    waiting = list(papers)
    while waiting:
        evidence = gather(
            [whole_hit(p, 1.0) for p in waiting[:_AT_ONCE]], papers=_AT_ONCE, budget=evidence_budget(settings)
        )
        taken = {p.id for p in evidence.papers}
        waiting = [p for p in waiting if p.id not in taken]
        yield evidence


def _raw(value: str, quote: str | None, paper: Paper, number: int) -> RawClaim:
    name = short_name(paper)
    text = value if names_subject(value, name) else f"{name}: {value}"
    return RawClaim(text, (RawCitation(number, paper, quote),))


def _read(reply: str, columns: Sequence[str]) -> Iterator[tuple[int, str, str | None, str | None]]:
    """(source, column, value, quote) of every object of a reply that has them; anything else is passed over."""
    names = {c.casefold(): c for c in columns}
    for record in objects_with("column", reply[:_LONGEST_REPLY]):
        column = names.get(str(record.get("column", "")).strip().casefold())
        numbers = source_numbers(record.get("source"))
        if column is None or len(numbers) != 1:
            continue
        value, quote = record.get("value"), record.get("quote")
        stated = isinstance(value, str | int | float) and str(value).strip().casefold() not in {
            "",
            "null",
            "not stated",
        }
        shown = clean_text(str(value))[:_LONGEST_VALUE] if stated else None
        yield numbers[0], column, shown, quote if isinstance(quote, str) else None


__all__ = ["Written", "write_cells"]
