"""What a run with a model is likely to cost, before it starts. The cap that stops it is rag.llm_budget."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Final, NamedTuple

from eval.cases import Case, select_cases
from rag.assistant import Assistant
from rag.llm import ModelClient
from rag.llm_budget import Budget, BudgetSpentError, spent_line
from rag.llm_cache import ResponseCache
from rag.llm_request import ModelRequest, NotAskedError, Send, prompt_tokens

SAMPLE: Final = 24
"""Cases whose prompts are really built for an estimate, spread over the kinds."""
WRITTEN_TOKENS: Final = 600
"""Tokens assumed of one reply: about six claims with their quotes. The most is the setting max_tokens."""
REPAIRS: Final = 1
"""Further calls that one answer can need: all its refused claims go back together, once."""


class Estimate(NamedTuple):
    """What a run is likely to need. Costs are None where the prices are not known.

    ``calls`` without repairs, ``most_calls`` with one for every answer; ``prompt_tokens`` from ``sampled`` prompts that
    were built; ``cost`` with :data:`WRITTEN_TOKENS` per reply, ``most`` with every repair and every reply full length.
    """

    model: str
    host: str
    cases: int
    sampled: int
    calls: int
    most_calls: int
    prompt_tokens: int
    written_tokens: int
    cost: float | None
    most: float | None

    def lines(self, cap: float | None) -> list[str]:
        """The estimate for people, one fact a line."""
        how = f"prompts of {self.sampled} of {self.cases} cases built"
        lines = [
            f"model: {self.model} at {self.host}; questions and texts of the library are sent there",
            f"calls: {self.calls:,} for {self.cases:,} cases, up to {self.most_calls:,} with repairs",
            f"tokens: about {self.prompt_tokens:,} sent ({how}), {self.written_tokens:,} written "
            f"({WRITTEN_TOKENS} per reply assumed)",
        ]
        if self.cost is None or self.most is None:
            lines.append("cost: unknown, set RAG_PRICE_IN and RAG_PRICE_OUT (per million tokens)")
        else:
            lines.append(f"cost: about {self.cost:.4f}, at most {self.most:.4f} (currency of the prices)")
        lines.append(f"cap: {cap:g}; the run stops before it is passed" if cap is not None else "cap: none (--budget)")
        return lines


def estimate(
    assistant: Assistant, client: ModelClient, cases: Sequence[Case], cache: ResponseCache | None = None
) -> Estimate:
    """Build the prompts of some cases, send nothing, and scale up.

    Args:
        assistant: its library is searched; its own model is not asked.
        client: the model that would be asked; not the one of the run, whose usage starts at nothing.
        cache: recorded replies, which cost nothing and are not counted.
    """
    settings = assistant.settings
    chosen = select_cases(cases, limit=SAMPLE)
    counter = _Counter()
    counted = client.within(counter) if cache is None else client.within(cache, counter)
    asking = Assistant(assistant.library, llm=counted, judge=assistant.judge, settings=settings)
    for case in chosen:
        try:
            asking.ask(case.question)
        except NotAskedError:
            continue  # the prompt was built and counted, which is all that is wanted
    share = len(cases) / len(chosen)
    calls, sent = round(counter.calls * share), round(counter.tokens * share)
    written = calls * WRITTEN_TOKENS
    tries = 1 + REPAIRS
    cost = most = None
    if settings.price_in is not None and settings.price_out is not None:
        cost = (sent * settings.price_in + written * settings.price_out) / 1e6
        most = tries * (sent * settings.price_in + calls * settings.max_tokens * settings.price_out) / 1e6
    most_calls = tries * calls
    return Estimate(client.name, client.host, len(cases), len(chosen), calls, most_calls, sent, written, cost, most)


class _Counter:
    """Counts prompts in place of sending them."""

    def __init__(self) -> None:
        self.calls = self.tokens = 0

    def __call__(self, request: ModelRequest, send: Send) -> Generator[str, None, None]:
        self.calls += 1
        self.tokens += prompt_tokens(request.messages)
        del send  # never called
        raise NotAskedError("counted, not sent")
        yield ""  # makes this a generator


__all__ = ["Budget", "BudgetSpentError", "Estimate", "estimate", "spent_line"]
