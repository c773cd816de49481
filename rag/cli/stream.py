"""Print an answer while it comes."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from rag.answer import Answer, Event
from rag.cli.output import claim_lines, closing_lines, plain

_HEADINGS = {"related": "Related, not an answer"}


def print_stream(events: Iterator[Event]) -> Answer:
    """Print claims as they are verified, then sources; notices go to stderr. Returns the answer."""
    group: str | None = None
    for event in events:
        if event.kind == "notice":
            print(plain(event.payload), file=sys.stderr)
        elif event.kind == "claim":
            claim = event.payload
            if claim.group != group and claim.group:
                print(f"\n{plain(_HEADINGS.get(claim.group, claim.group))}")
            group = claim.group
            print(claim_lines(claim), flush=True)
        elif event.kind == "answer":
            answer: Answer = event.payload
            if answer.fallback_from:
                print(f"\n(extractive: {plain(answer.fallback_from)})")
            print(closing_lines(answer))
            return answer
    raise AssertionError("a stream ends with its answer")
