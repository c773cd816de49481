"""Answers and tables as HTML for notebooks: self-contained, without scripts, legible on light and dark pages.

Everything that comes from a paper, a model or a question is escaped; only http and https addresses become links.
"""

from __future__ import annotations

from html import escape
from typing import Final
from urllib.parse import urlsplit

from rag.answer import Answer, Cell, Citation, Claim, Table
from rag.answering.export import KIND_NAMES, describe
from rag.paper import Paper
from rag.tabling.export import NOT_STATED
from rag.text import display

# No colour but the page's own, thinned: what is legible around it is legible inside.
_FAINT: Final = "opacity:.7;font-size:90%"
_LINE: Final = "1px solid rgba(128,128,128,.4)"
_CELL: Final = f"text-align:left;vertical-align:top;padding:.4em .6em;border:{_LINE};max-width:28em"
_HEADINGS: Final = {"related": "Related, not an answer"}


def answer_html(answer: Answer) -> str:
    """An answer: each claim with its verdict and its quotes to unfold, what was removed, the sources."""
    parts = [f'<p style="font-weight:bold">{escape(answer.question)}</p>']
    if answer.abstained:
        parts.append(f"<p><b>The abstracts do not say.</b> {escape(answer.reason or '')}</p>")
    if answer.fallback_from:
        parts.append(f'<p style="{_FAINT}">Extractive, because {escape(answer.fallback_from)}</p>')
    group: str | None = None
    rows: list[str] = []
    for claim in answer.claims:
        if claim.group is not None and claim.group != group:
            heading = escape(_HEADINGS.get(claim.group, claim.group))
            rows.append(f'<li style="list-style:none;margin-left:-1em;font-weight:bold">{heading}</li>')
        group = claim.group
        rows.append(f"<li>{claim_html(claim)}</li>")
    if rows:
        parts.append(f'<ul style="padding-left:1.4em">{"".join(rows)}</ul>')
    if answer.table is not None:
        parts.append(table_html(answer.table))
    if answer.dropped:
        gone = "".join(f"<li>{escape(c.text)} <i>{escape(c.verdict.reason)}</i></li>" for c in answer.dropped)
        parts.append(f"<details><summary>{len(answer.dropped)} removed</summary><ul>{gone}</ul></details>")
    if answer.sources:
        parts.append(f"<ol>{''.join(f'<li>{_paper(p)}</li>' for p in answer.sources)}</ol>")
    if answer.nearest:
        near = "".join(f"<li>{_paper(p)}</li>" for p in answer.nearest)
        parts.append(f"<details><summary>Nearest papers</summary><ul>{near}</ul></details>")
    return _framed(parts)


def table_html(table: Table) -> str:
    """A table: a row a paper, each cell with its quote to unfold."""
    head = "".join(f'<th style="{_CELL}">{escape(c)}</th>' for c in ("paper", *table.columns))
    rows = []
    for row in table.rows:
        group = f'<br><span style="{_FAINT}">{escape(row.group)}</span>' if row.group else ""
        cells = "".join(f'<td style="{_CELL}">{_cell(c)}</td>' for c in row.cells)
        rows.append(f'<tr><th style="{_CELL}">[{row.number}] {escape(row.name)}{group}</th>{cells}</tr>')
    notes = "".join(f'<p style="{_FAINT}">{escape(n)}</p>' for n in table.notes)
    body = (
        f'<table style="border-collapse:collapse"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    )
    return _framed([f'<div style="overflow-x:auto">{body}</div>', notes])


def claim_html(claim: Claim) -> str:
    """A claim with its markers, its verdict, and its quotes to unfold."""
    numbers = "".join(f"[{n}]" for n in dict.fromkeys(c.number for c in claim.citations))
    verdict = ""
    if claim.kind == "claim":
        verdict = f' <span style="{_FAINT}" title="{escape(claim.verdict.reason)}">{claim.verdict.label}</span>'
    return f"{escape(claim.text)} {numbers}{verdict}{_quotes(claim.citations)}"


def _quotes(citations: tuple[Citation, ...]) -> str:
    if not citations:
        return ""
    quotes = "".join(
        f'<blockquote style="margin:.3em 0 .3em 1em;padding-left:.6em;border-left:{_LINE}">[{c.number}] '
        f'“{escape(display(c.quote))}” <span style="{_FAINT}">{c.field}, {c.start}–{c.end}'
        f"{', our note' if c.text_kind == 'note' else ''}</span></blockquote>"
        for c in citations
    )
    name = "quote" if len(citations) == 1 else f"{len(citations)} quotes"
    return f'<details><summary style="{_FAINT};cursor:pointer">{name}</summary>{quotes}</details>'


def _cell(cell: Cell) -> str:
    if cell.text is None:
        return f'<span style="{_FAINT}">{NOT_STATED}</span>'
    marks: list[str] = []
    if cell.claim is not None and cell.claim.verdict.label != "supported":
        marks.append(cell.claim.verdict.label)
    if cell.not_comparable:
        marks.append(f"not comparable: {cell.not_comparable}")
    shown = f'<br><span style="{_FAINT}">{escape("; ".join(marks))}</span>' if marks else ""
    return escape(cell.text) + shown + (_quotes(cell.claim.citations) if cell.claim else "")


def _paper(paper: Paper) -> str:
    title = escape(paper.title)
    if paper.url and _is_web(paper.url):
        title = f'<a href="{escape(paper.url)}" rel="noopener noreferrer nofollow" target="_blank">{title}</a>'
    kind = f" ({KIND_NAMES['note']})" if paper.text_kind == "note" else ""
    about = describe(paper)
    return f"{title}{kind}" + (f' <span style="{_FAINT}">{escape(about)}</span>' if about else "")


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _framed(parts: list[str]) -> str:
    # Answers stand left to right whatever direction a quote turns to, and lists keep the notebook's own type.
    return f'<div style="color:inherit;background:transparent;unicode-bidi:isolate">{"".join(parts)}</div>'


__all__ = ["answer_html", "claim_html", "table_html"]
