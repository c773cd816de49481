"""Print an answer while it comes, or only its notices until it is whole."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from rag.answer import Answer, Event
from rag.assistant import NOT_WRITTEN
from rag.cli.output import claim_lines, closing_lines, plain

_HEADINGS = {"related": "Related, not an answer"}
_WITHDRAWN = "The model failed before its answer was whole. What stands above is withdrawn; this stands instead:"


def print_stream(events: Iterator[Event], *, explain: bool = False) -> Answer:
    """Print claims as they are verified, then sources; notices go to stderr. Returns the answer.

    ``explain`` adds the judge's reason to every claim; without it, only to those that are not supported.
    """
    group: str | None = None
    given = False
    for event in events:
        if event.kind == "notice":
            print(plain(event.payload), file=sys.stderr)
            if given and event.payload.startswith(NOT_WRITTEN):
                # Its numbers begin anew, so nothing of what was printed may be read with the sources to come.
                print(f"\n{_WITHDRAWN}\n")
        elif event.kind == "claim":
            claim = event.payload
            if claim.group != group and claim.group:
                print(f"\n{plain(_HEADINGS.get(claim.group, claim.group[:1].upper() + claim.group[1:]))}")
            group, given = claim.group, True
            click.echo(claim_lines(claim, explain=explain))  # leaves the styling out where the output is no terminal
        elif event.kind == "answer":
            answer: Answer = event.payload
            if answer.fallback_from:
                print(f"\n(extractive: {plain(answer.fallback_from)})")
            print(closing_lines(answer))
            return answer
    raise AssertionError("a stream ends with its answer")


def whole_answer(events: Iterator[Event]) -> Answer:
    """The answer once it is whole; notices go to stderr meanwhile."""
    for event in events:
        if event.kind == "notice":
            print(plain(event.payload), file=sys.stderr)
        elif event.kind == "answer":
            answer: Answer = event.payload
            return answer
    raise AssertionError("a stream ends with its answer")
