"""Written summaries: a model reads the papers some at a time, its checked claims are then brought into themes.

No prompt holds more than the budget of evidence, so that hundreds of papers take more calls, never a longer one. Claims
are given once all are known, since their order and numbers depend on the themes; what is read meanwhile is said.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from rag.answer import Claim, Event
from rag.answering.compose import RELATED, Composing, Draft, Numbering
from rag.answering.generative import GenerativeComposer
from rag.assisted.exhaustive import ExhaustiveComposer
from rag.errors import ModelError
from rag.grounding import Judge
from rag.llm import ModelClient
from rag.paper import Hit, Paper
from rag.settings import Settings
from rag.summing.extractive import left_out, shown
from rag.summing.reduce import Reduced, Reducer
from rag.summing.tell import SENTENCES
from rag.summing.themes import CONTRADICT, Themes

# Fewer claims than this need no order.
_LEAST: Final = 3


class SummaryWriter:
    """Writes the summary of one topic. ``make`` gives a composer for one batch of papers."""

    def __init__(
        self,
        client: ModelClient,
        settings: Settings,
        judge: Judge,
        make: Callable[[], GenerativeComposer],
        themes: Themes,
    ) -> None:
        self._client, self._settings, self._judge = client, settings, judge
        self._make, self._themes = make, themes

    def stream(self, topic: str, hits: Sequence[Hit], *, limit: int, rest: Sequence[Paper] = ()) -> Composing:
        """The claims of the summary in their final order.

        Args:
            hits: the papers to read, best first; no more than ``limit`` of them are read.
            rest: papers that belong to the summary and that the limit leaves out.

        Raises:
            ModelError: nothing could be read at all.
        """
        given = list({h.paper.id: h for h in reversed(hits)}.values())[::-1][:limit]
        reader = ExhaustiveComposer(self._client, self._settings, self._make)
        steps = reader.stream(topic, given, max_claims=SENTENCES * limit, task="summary", per_paper=SENTENCES)
        draft = yield from _held(steps)
        if draft.abstained:
            return draft
        by_id = {p.id: p for p in draft.sources}
        grouped = self._grouped(draft.claims, by_id)
        ordered, reduced = yield from self._ordered(topic, grouped, by_id)
        numbering = Numbering()
        claims: list[Claim] = []
        for claim in ordered:
            numbered = numbering.accept(claim, [by_id[c.paper_id] for c in claim.citations])
            claims.append(numbered)
            yield Event(kind="claim", payload=numbered)
        refused = tuple(_unnumbered(c) for c in reduced.dropped)
        for claim in refused:
            yield Event(kind="dropped", payload=claim)
        read = {**draft.library.get("read", {}), **shown(claims), **left_out(rest), "form": "summary"}
        return replace(
            draft,
            claims=tuple(claims),
            dropped=(*draft.dropped, *refused),
            sources=numbering.sources,
            prompts={**draft.prompts, **({"summary_reduce": reduced.prompt} if reduced.prompt else {})},
            library={"read": read},
        )

    def _grouped(self, claims: Sequence[Claim], by_id: Mapping[str, Paper]) -> list[Claim]:
        """The claims by the themes of their papers, as without a model; related ones last."""
        own = [c for c in claims if c.group != RELATED]
        papers = list(dict.fromkeys(c.citations[0].paper_id for c in own))
        grouped = [
            c.model_copy(update={"group": theme.name})
            for theme in self._themes.of([by_id[i] for i in papers])
            for paper in theme.papers
            for c in own
            if c.citations[0].paper_id == paper.id
        ]
        return grouped + [c for c in claims if c.group == RELATED]

    def _ordered(
        self, topic: str, grouped: Sequence[Claim], by_id: Mapping[str, Paper]
    ) -> Generator[Event, None, tuple[list[Claim], Reduced]]:
        """The claims in their final order, by the model's themes where it gave any."""
        own, related = [c for c in grouped if c.group != RELATED], [c for c in grouped if c.group == RELATED]
        if len(own) < _LEAST:
            return list(grouped), Reduced()
        try:
            reduced = Reducer(self._client, self._settings, self._judge).reduce(topic, own, by_id)
        except ModelError as error:
            yield Event(kind="notice", payload=f"themes by the papers' own words, the model gave none: {error.message}")
            return list(grouped), Reduced()
        if reduced.unknown:
            yield Event(kind="notice", payload=f"the model named {_counted(reduced.unknown)} that was never given")
        named = [c.model_copy(update={"group": name}) for name, cs in reduced.themes.items() for c in cs]
        if len(reduced.themes) < 2:
            named = [c.model_copy(update={"group": None}) for c in named]
        across = sorted(reduced.across, key=lambda c: c.group == CONTRADICT)
        return [*named, *across, *related], reduced


def _held(steps: Composing) -> Composing:
    """The events of the reading without its claims, which get their numbers later."""
    try:
        while True:
            event = next(steps)
            if event.kind != "claim":
                yield event
    except StopIteration as stop:
        draft: Draft = stop.value
        return draft


def _unnumbered(claim: Claim) -> Claim:
    """A dropped claim: the papers that it cites need not be sources."""
    return claim.model_copy(update={"citations": tuple(c.model_copy(update={"number": 0}) for c in claim.citations)})


def _counted(count: int) -> str:
    return f"{count} number{'s' if count != 1 else ''} of a claim"


__all__ = ["SummaryWriter"]
