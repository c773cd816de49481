"""Reading one reply: pieces from the model through a parser, bounded in length, with the time that waiting took."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Final, Protocol

from rag.answering.claimfields import Parsed

MAX_REPLY: Final = 400_000
"""Characters after which a reply is read no further; a claim is some hundred long."""


class Parser(Protocol):
    """An incremental parser of claims."""

    def feed(self, chunk: str) -> list[Parsed]:
        """What this chunk completed."""

    def finish(self) -> list[Parsed]:
        """What was left open."""


class Timings:
    """Seconds of one answer: ``model_s`` waited for the model; ``first_token_s``, ``first_claim_s`` since the start."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._seconds: dict[str, float] = {"model_s": 0.0}

    def mark(self, name: str) -> None:
        """Note that something has happened for the first time now."""
        self._seconds.setdefault(name, time.perf_counter() - self._began)

    def waited(self, since: float) -> None:
        """Add the time since a reading of ``time.perf_counter`` to the waiting."""
        self._seconds["model_s"] += time.perf_counter() - since

    def as_dict(self) -> dict[str, float]:
        """The seconds, rounded to a tenth of a millisecond."""
        return {name: round(seconds, 4) for name, seconds in self._seconds.items()}


def read_reply(
    pieces: Generator[str, None, None], parser: Parser, timings: Timings, text: list[str]
) -> Iterator[Parsed]:
    """What the parser makes of a reply, as it comes; ``text`` collects the pieces.

    A caller that stops early hangs up on the server, which then writes no more tokens to be paid for.
    """
    size = 0
    with closing(pieces):
        while size < MAX_REPLY:
            since = time.perf_counter()
            piece = next(pieces, None)
            timings.waited(since)
            if piece is None:
                break
            timings.mark("first_token_s")
            size += len(piece)
            text.append(piece)
            yield from parser.feed(piece)
    yield from parser.finish()
