"""Further wordings of a question, and hits found for several wordings brought into one order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import prompts
from rag.assisted.replies import ask_object
from rag.llm import ModelClient
from rag.paper import Hit

_LONGEST_QUERY: Final = 400
# A rewritten query counts half as much as the reader's own words.
_REWRITTEN: Final = 0.5


def write_queries(client: ModelClient, question: str, most: int) -> tuple[str, ...]:
    """At most ``most`` other wordings of a question, none of them the question itself.

    Raises:
        ModelError: the call failed, or its reply held none.
    """
    prompt = prompts.load("rewrite")
    reply = ask_object(client, prompt.messages(question=question, most=str(most)), "queries")
    given = reply["queries"] if isinstance(reply["queries"], list) else []
    texts = [" ".join(q.split())[:_LONGEST_QUERY] for q in given if isinstance(q, str)]
    other = [t for t in texts if any(c.isalnum() for c in t) and t.casefold() != question.casefold()]
    return tuple(dict.fromkeys(other))[:most]


def merge(own: Sequence[Hit], others: Sequence[Sequence[Hit]]) -> list[Hit]:
    """Hits by the weighted mean of their scores over all wordings, 0 where a wording did not find them; best first."""
    total = 1.0 + _REWRITTEN * len(others)
    hits: dict[tuple[str, int], Hit] = {}
    sums: dict[tuple[str, int], float] = {}
    for weight, found in [(1.0, own), *((_REWRITTEN, o) for o in others)]:
        for hit in found:
            key = hit.paper.id, hit.passage.start
            hits.setdefault(key, hit)
            sums[key] = sums.get(key, 0.0) + weight * hit.score
    order = sorted(sums, key=lambda k: (-sums[k], k))
    return [
        hits[k].model_copy(update={"score": sums[k] / total, "explain": {**hits[k].explain, "rank": i}})
        for i, k in enumerate(order, 1)
    ]
