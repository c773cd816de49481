"""Text into HTML, safely: escaping, links, and passages lit in a text at exact offsets.

No text is ever read as Markdown or as HTML. All that reaches the page goes through :func:`escape`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape as _escape
from itertools import pairwise
from typing import NamedTuple
from urllib.parse import urlsplit

# NUL and half surrogate pairs cannot stand in a web page; one sign for one sign, so no offset moves.
_UNSHOWABLE = re.compile("[\ud800-\udfff\0]")
_BLANK_OR_CONTROL = re.compile(r"[\s\x00-\x1f\x7f]")


def escape(text: str) -> str:
    """Text for an element or a quoted attribute."""
    return _escape(_UNSHOWABLE.sub("\ufffd", text), quote=True)


def isolated(text: str) -> str:
    """Text in ``<bdi>``, so that right-to-left signs in it turn nothing around it."""
    return f"<bdi>{escape(text)}</bdi>"


def web_address(url: str | None) -> str | None:
    """The address where it is a plain http or https one, else None: no ``javascript:``, no ``data:``, no user names."""
    url = (url or "").strip()
    if not url or _BLANK_OR_CONTROL.search(url):
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port  # raises where it is no number
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and host and "@" not in parts.netloc else None


def link(url: str | None) -> str:
    """A link to the place of a paper, named by its host; nothing where the address is none that we follow."""
    address = web_address(url)
    if address is None:
        return ""
    host = escape((urlsplit(address).hostname or "").removeprefix("www."))
    return f'<a class="gw-link" href="{escape(address)}" target="_blank" rel="noopener noreferrer">{host}</a>'


class Span(NamedTuple):
    """A passage to light: code points, half open, and the id by which it is found."""

    start: int
    end: int
    id: str


def lit(text: str, spans: Iterable[Span]) -> str:
    """The text with every span marked.

    Spans may overlap or lie in one another: the text is cut wherever one starts or ends, and each piece names all the
    spans that it belongs to in ``data-quotes``. So the pieces of one span, joined, are exactly its words, and no tag
    crosses another. The first piece of a span carries its id.
    """
    kept = sorted({s for s in spans if 0 <= s.start < s.end <= len(text)})
    cuts = sorted({0, len(text), *(s.start for s in kept), *(s.end for s in kept)})
    pieces: list[str] = []
    for start, end in pairwise(cuts):
        inside = [s for s in kept if s.start <= start and end <= s.end]
        piece = escape(text[start:end])
        pieces.append(_mark(piece, inside, start) if inside else piece)
    return "".join(pieces)


def _mark(piece: str, inside: list[Span], start: int) -> str:
    own, *others = [s.id for s in inside if s.start == start] or [""]
    for other in others:  # an element has one id, and several spans may start here
        piece = f'<span id="{escape(other)}">{piece}</span>'
    identity = f' id="{escape(own)}"' if own else ""
    quotes = escape(" ".join(s.id for s in inside))
    return f'<mark{identity} class="gw-quote" tabindex="-1" data-quotes="{quotes}">{piece}</mark>'
