"""The panel of sources: each cited paper whole, with every quote of the answer lit in it."""

from __future__ import annotations

from collections.abc import Sequence

from rag.answer import Citation
from rag.paper import Paper
from ui.markup import Span, escape, isolated, link, lit
from ui.render import is_verbatim, note_tag, quote_id, source_id
from ui.turn import Turn
from ui.why import why_these

TEXT_KINDS = {"abstract": "Abstract", "note": "Our note on the paper"}


def placeholder() -> str:
    """What stands in the panel before the first question."""
    return '<section class="gw-panel gw-empty"><p>The sources of an answer appear here.</p></section>'


def panel(shown: Turn) -> str:
    """The sources of one answer: cited papers, nearest papers of an abstention, and what was read besides."""
    cited = shown.sources
    parts: list[str] = []
    if cited:
        parts.append(_heading("Sources", len(cited)))
        parts += [source(shown, number, paper) for number, paper in cited.items()]
    nearest = shown.answer.nearest if shown.answer is not None else ()
    if nearest:
        parts.append(_heading("Nearest papers", len(nearest)))
        parts += [card(f"{shown.id}-n{n}", None, p, (), shown.id) for n, p in enumerate(nearest, 1)]
    near = {p.id for p in nearest}
    rest = [p for p in shown.uncited if p.id not in near]
    if rest:
        parts.append(_also_read(shown, rest))
    if shown.over:
        parts.append(why_these(shown.id, shown.question, shown.hits))
    return f'<section class="gw-panel" data-answer="{escape(shown.id)}">{"".join(parts)}</section>' if parts else ""


def earlier(turns: Sequence[Turn]) -> str:
    """The sources of past answers, the last one first, each folded under its question."""
    folded = "".join(_folded(t) for t in reversed(turns))
    return f'<h3 class="gw-panel-heading gw-past-heading">Earlier answers</h3>{folded}' if folded else ""


def _folded(shown: Turn) -> str:
    inner = panel(shown)
    if not inner:
        return ""
    summary = f"<summary>{isolated(shown.question)}</summary>"
    return f'<details class="gw-earlier" id="{escape(shown.id)}-sources">{summary}{inner}</details>'


def source(shown: Turn, number: int, paper: Paper) -> str:
    """One cited paper with this answer's quotes lit in title and text, at exactly the offsets of the citations."""
    citations = [c for said in shown.claims for c in said.citations if c.number == number and is_verbatim(c, paper)]
    return card(source_id(shown.id, number), number, paper, citations, shown.id)


def card(
    anchor: str,
    number: int | None,
    paper: Paper,
    citations: Sequence[Citation],
    turn_id: str,
    *,
    back: str = "back to the answer",
) -> str:
    """One paper, folded: ``citations`` are lit in it, and its anchor is what chips point at."""
    title, text = (
        lit(getattr(paper, field), [Span(c.start, c.end, quote_id(turn_id, c)) for c in citations if c.field == field])
        for field in ("title", "abstract")
    )
    tag = "" if number is None else f'<span class="gw-number">[{number}]</span> '
    return (
        f'<details class="gw-source" id="{escape(anchor)}">'
        f'<summary>{tag}<bdi class="gw-title">{title}</bdi>{note_tag(paper)}</summary>'
        f'<p class="gw-meta">{metadata(paper)}</p>'
        f'<p class="gw-text-kind">{TEXT_KINDS[paper.text_kind]}</p>'
        f'<p class="gw-text" dir="auto">{text}</p>'
        f'<p class="gw-return"><button type="button" class="gw-back">{back}</button></p></details>'
    )


def metadata(paper: Paper, *, otherwise: str = "the file gives no author, date or link") -> str:
    """Who, where, when and a link, in one line of HTML; what is not known is left out."""
    facts = [_authors(paper), paper.organisation, _date(paper), paper.venue]
    shown = [isolated(f) for f in facts if f]
    shown += [link(paper.url)] if link(paper.url) else []
    if paper.arxiv_id:
        shown.append(f"arXiv {isolated(paper.arxiv_id)}")
    return '<span class="gw-dot"> · </span>'.join(shown) or otherwise


def _authors(paper: Paper) -> str | None:
    total = paper.n_authors or len(paper.authors)
    if not total:
        return None
    if not paper.authors:
        return f"{total} author{'' if total == 1 else 's'}"
    if total <= 2:
        return " and ".join(paper.authors)
    return f"{paper.authors[0]} and {total - 1} others"


def _date(paper: Paper) -> str | None:
    if not paper.published:
        return None
    return f"{paper.published} (year inferred)" if paper.published_inferred else paper.published


def _also_read(shown: Turn, papers: Sequence[Paper]) -> str:
    # While nothing is cited yet the list stands open: it is all there is to see.
    reading = not shown.over and not shown.claims
    rows = "".join(f"<li>{isolated(p.title)}</li>" for p in papers)
    said = "Reading" if reading else "Read, not cited:" if shown.sources else "Also read:"
    return (
        f'<details class="gw-read" id="{escape(shown.id)}-read"{" open" if reading else ""}>'
        f"<summary>{said} {len(papers)}</summary><ol>{rows}</ol></details>"
    )


def _heading(name: str, count: int) -> str:
    return f'<h3 class="gw-panel-heading">{name} <span class="gw-count">{count}</span></h3>'
