"""What holds of every summary."""

from __future__ import annotations

from rag import Answer


def assert_cited(answer: Answer) -> None:
    """Every quote stands in its source, numbers run from 1 in order of first use, and every source is cited."""
    for claim in answer.claims:
        for c in claim.citations:
            assert answer.sources[c.number - 1].id == c.paper_id
            assert getattr(answer.sources[c.number - 1], c.field)[c.start : c.end] == c.quote
    used = list(dict.fromkeys(c.number for claim in answer.claims for c in claim.citations))
    assert used == list(range(1, len(answer.sources) + 1))
