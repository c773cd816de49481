"""HTML from Python, safely: text is escaped unless a function of this module made it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape as _escape
from importlib import resources
from typing import Final

# NUL, other controls and half surrogate pairs cannot stand in a web page.
_UNSHOWABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_VOID: Final = frozenset({"meta", "br", "wbr"})
# Nothing is fetched and nothing runs, whatever a question or an abstract holds.
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


class Html(str):
    """Markup that is safe to stand in a page as it is."""

    __slots__ = ()


Child = str | None | Iterable["Child"]


def escape(text: str) -> Html:
    """Text for an element or a quoted attribute."""
    return Html(_escape(_UNSHOWABLE.sub("\ufffd", text), quote=True))


def tag(name: str, /, *children: Child, **attributes: object) -> Html:
    """An element. Plain strings are escaped, :class:`Html` is not; None and None-valued attributes are left out.

    ``class_`` is written ``class``; other underscores become hyphens, so ``aria_label`` is ``aria-label``.
    """
    shown = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Html(f"<{name}{shown}>" if name in _VOID else f"<{name}{shown}>{join(children)}</{name}>")


def join(children: Iterable[Child]) -> Html:
    """Children one after the other."""
    parts = []
    for child in children:
        if isinstance(child, str):
            parts.append(child if isinstance(child, Html) else escape(child))
        elif child is not None:
            parts.append(join(child))
    return Html("".join(parts))


def words(text: str) -> Html:
    """Text of somebody else's, whose writing direction turns nothing around it."""
    return tag("bdi", text)


def section(anchor: str, title: str, *children: Child, note: Child = None) -> Html:
    """A section with a heading that can be linked to, and a line on how to read it."""
    lead = None if note is None else tag("p", note, class_="note")
    return tag("section", tag("h2", title), lead, *children, id=anchor)


def table(header: Iterable[Child], rows: Iterable[Iterable[Child]], *, class_: str = "") -> Html:
    """A table that scrolls sideways where the window is too narrow for it; the first cell of a row heads it."""
    head = tag("tr", *(tag("th", cell, scope="col") for cell in header))
    body = []
    for row in rows:
        first, *rest = row
        body.append(tag("tr", tag("th", first, scope="row"), *(tag("td", cell) for cell in rest)))
    whole = tag("table", tag("thead", head), tag("tbody", *body), class_=class_ or None)
    return tag("div", whole, class_="scroll", tabindex="0", role="region", aria_label="table")


def folded(summary: Child, *children: Child, open_: bool = False, class_: str | None = None) -> Html:
    """What is shown when asked for."""
    extra = {"open": ""} if open_ else {}
    return tag("details", tag("summary", summary), *children, class_=class_, **extra)


def document(title: str, body: Child, contents: Iterable[tuple[str, str]]) -> str:
    """A whole page of its own: style inside, nothing outside.

    Args:
        contents: (anchor, title) of the sections, for the line of links at the top.
    """
    style = (resources.files("eval") / "data" / "report.css").read_text(encoding="utf-8")
    links = tag("nav", *(tag("a", text, href=f"#{anchor}") for anchor, text in contents), aria_label="Sections")
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        tag("style", Html(style)),
    )
    return "<!doctype html>\n" + tag("html", head, tag("body", links, tag("main", body)), lang="en") + "\n"
