"""Read every paper: the model sees the whole library (or what the filters leave of it), some papers at a time.

Batches are read side by side and given in order of retrieval, so that claims stand in their final order and are never
renumbered. What it will take is said first; what was read is said in the end, also where the budget or a failing server
ended it early.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import prompts
from rag import tokens
from rag.answer import Claim, Event
from rag.answering.compose import Composing, Draft, Numbering
from rag.answering.evidence import evidence_budget, gather
from rag.answering.generative import GenerativeComposer, Task
from rag.errors import ModelError
from rag.llm import ModelClient
from rag.paper import Hit, Paper, whole_hit
from rag.settings import Settings

_WORKERS: Final = 4
# Tokens assumed of a batch's reply: most batches hold one claim or none.
_WRITTEN_TOKENS: Final = 200


class Plan(NamedTuple):
    """What reading everything will take. Costs are None where the prices are not known."""

    batches: tuple[tuple[Hit, ...], ...]
    papers: int
    prompt_tokens: int
    cost: float | None
    most: float | None

    def line(self) -> str:
        """The plan for people, in one line."""
        cost = "the cost is unknown without RAG_PRICE_IN and RAG_PRICE_OUT"
        if self.cost is not None and self.most is not None:
            cost = f"it costs about {self.cost:.4f}, at most {self.most:.4f}"
        calls = len(self.batches)
        said = f"reading all {self.papers} papers in {calls} call{'s' if calls != 1 else ''}"
        return f"{said}, about {self.prompt_tokens:,} tokens; {cost}"


def make_plan(hits: Sequence[Hit], settings: Settings, task: Task = "answer") -> Plan:
    """Batches in order of the hits, as many papers in each as the evidence budget holds."""
    waiting = list({h.paper.id: h for h in hits}.values())
    papers, batches, sent = len(waiting), list[tuple[Hit, ...]](), 0
    frame = tokens.count(prompts.load(task).text) + tokens.count(prompts.load("rules").text) + 200
    while waiting:
        evidence = gather(waiting, papers=len(waiting), budget=evidence_budget(settings))
        taken = {p.id for p in evidence.papers}
        batches.append(tuple(h for h in waiting if h.paper.id in taken))
        waiting = [h for h in waiting if h.paper.id not in taken]
        sent += tokens.count(evidence.render()) + frame
    cost = most = None
    if settings.price_in is not None and settings.price_out is not None:
        cost = (sent * settings.price_in + len(batches) * _WRITTEN_TOKENS * settings.price_out) / 1e6
        # Each batch may be repaired once, and every reply may be as long as is allowed.
        most = 2 * (sent * settings.price_in + len(batches) * settings.max_tokens * settings.price_out) / 1e6
    return Plan(tuple(batches), papers, sent, cost, most)


def all_hits(hits: Sequence[Hit], papers: Sequence[Paper]) -> list[Hit]:
    """The hits, each paper once, with the papers that retrieval did not find behind them."""
    best = list({h.paper.id: h for h in reversed(hits)}.values())[::-1]
    found = {h.paper.id for h in best}
    rest = [p for p in papers if p.id not in found]
    return best + [whole_hit(p, 0.0) for p in rest]


@dataclass
class _Batch:
    """One batch as read: its events in order and its draft, or the failure that ended it."""

    events: list[Event] = field(default_factory=list)
    draft: Draft | None = None
    error: ModelError | None = None


class ExhaustiveComposer:
    """Writes an answer from every paper given."""

    def __init__(self, client: ModelClient, settings: Settings, make: Callable[[], GenerativeComposer]) -> None:
        """``make`` gives a composer for one batch."""
        self._client, self._settings, self._make = client, settings, make

    def stream(
        self,
        question: str,
        hits: Sequence[Hit],
        *,
        max_claims: int,
        task: Task = "answer",
        per_paper: int | None = None,
    ) -> Composing:
        """Claims batch by batch; the draft says in ``library["read"]`` how many papers were read.

        ``per_paper``: a batch may make so many claims for each of its papers; None = ``max_claims`` in all.

        Raises:
            ModelError: the first batch failed, so that nothing was read at all.
        """
        plan = make_plan(hits, self._settings, task)
        # One call is what every written answer takes.
        if task == "answer" or len(plan.batches) > 1:
            yield Event(kind="notice", payload=plan.line())
        merged = _Merged(max_claims)
        read = 0
        failure: ModelError | None = None
        with ThreadPoolExecutor(_WORKERS) as pool:
            futures: list[Future[_Batch]] = [
                pool.submit(self._read, question, b, task, min(max_claims, (per_paper or max_claims) * len(b)))
                for b in plan.batches
            ]
            for batch, future in zip(plan.batches, futures, strict=True):
                done = future.result()
                if done.error is not None or done.draft is None:
                    failure = failure or done.error
                    continue
                read += len(batch)
                yield from merged.take(done)
        if failure is not None and not read:
            raise failure
        if failure is not None:
            yield Event(kind="notice", payload=f"read {read} of {plan.papers} papers: {failure.message}")
        return merged.draft(read, plan.papers)

    def _read(self, question: str, batch: Sequence[Hit], task: Task, max_claims: int) -> _Batch:
        done = _Batch()
        steps = self._make().stream(question, batch, task=task, max_claims=max_claims, papers=len(batch))
        try:
            while True:
                done.events.append(next(steps))
        except StopIteration as stop:
            done.draft = stop.value
        except ModelError as error:
            done.error = error
        return done


class _Merged:
    """One answer out of the drafts of all batches."""

    def __init__(self, max_claims: int) -> None:
        self._max = max_claims
        self._numbering = Numbering()
        self._claims: list[Claim] = []
        self._dropped: list[Claim] = []
        self._more = 0
        self._parts: list[Draft] = []
        self._seen: set[str] = set()

    def take(self, batch: _Batch) -> Iterator[Event]:
        """The events of a batch with the numbers of the whole answer."""
        assert batch.draft is not None
        self._parts.append(batch.draft)
        for claim in batch.draft.claims:
            if claim.text.casefold() in self._seen:
                continue
            self._seen.add(claim.text.casefold())
            if len(self._claims) >= self._max:
                self._more += 1
                continue
            accepted = self._numbering.accept(claim, batch.draft.sources)
            self._claims.append(accepted)
            yield Event(kind="claim", payload=accepted)
        for claim in batch.draft.dropped:
            unnumbered = tuple(c.model_copy(update={"number": 0}) for c in claim.citations)
            dropped = claim.model_copy(update={"citations": unnumbered})
            self._dropped.append(dropped)
            yield Event(kind="dropped", payload=dropped)
        yield from (e for e in batch.events if e.kind == "notice")

    def _record(self, read: int, of: int) -> dict[str, Any]:
        answers = {c.paper_id for claim in self._claims for c in claim.citations}
        return {
            "form": "exhaustive",
            "papers": read,
            "of": of,
            "whole_library": read == of,
            "answer": len(answers),
            "claims_left_out": self._more,
        }

    def draft(self, read: int, of: int) -> Draft:
        """The whole answer's draft."""
        parts = self._parts
        prompts_used = {name: digest for part in parts for name, digest in part.prompts.items()}
        nearest = () if self._claims else tuple(p for part in parts[:1] for p in part.nearest)[:5]
        reason = None if self._claims else f"None of the {read} papers read states it."
        if reason is not None and len(parts) == 1:
            reason = parts[0].reason or reason
        return Draft(
            claims=tuple(self._claims),
            dropped=tuple(self._dropped),
            sources=self._numbering.sources,
            nearest=nearest,
            abstained=not self._claims,
            reason=reason,
            models=parts[0].models if parts else {},
            prompts=prompts_used,
            library={"read": self._record(read, of)},
        )


__all__ = ["ExhaustiveComposer", "Plan", "all_hits", "make_plan"]
