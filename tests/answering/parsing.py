"""Feeding a parser of replies, and the claims that should come out."""

from __future__ import annotations

from rag.answering.claimfields import Parsed, ParsedCitation, ParsedClaim
from rag.answering.claimstream import ClaimStream
from rag.answering.inline import InlineStream


def fed(parser: ClaimStream | InlineStream, text: str, size: int = 1) -> list[Parsed]:
    """All that a parser makes of a text that comes ``size`` characters at a time."""
    found: list[Parsed] = []
    for at in range(0, len(text), size):
        found += parser.feed(text[at : at + size])
    return found + parser.finish()


def claim(text: str, *citations: tuple[int, str | None]) -> ParsedClaim:
    """A claim with the (number, quote) of its citations."""
    return ParsedClaim(text, tuple(ParsedCitation(n, q) for n, q in citations))
