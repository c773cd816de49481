"""The library as a list, and the page of one paper. Pure functions of papers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from rag.paper import Hit, Paper
from ui import sources
from ui.actions import button
from ui.markup import escape, isolated
from ui.render import note_tag

PAGE: Final = 25
SORTS: Final = ("best match", "title", "newest", "oldest", "organisation")
KINDS: Final = ("all", "abstracts", "notes")
_RELATED: Final = 6
_FOUND: Final = 100
Find = Callable[[str, int], Sequence[Hit]]


class View(NamedTuple):
    """What is looked at: a search, a kind of text, an order, a page from 0."""

    text: str = ""
    kind: str = "all"
    sort: str = "best match"
    page: int = 0


def chosen(papers: Sequence[Paper], view: View, find: Find) -> list[Paper]:
    """The papers of a view, in its order.

    A search finds papers that hold its words in any field, and those that the retrieval finds by at least one term.
    """
    kept = [p for p in papers if view.kind == "all" or p.text_kind == view.kind.removesuffix("s")]
    text = " ".join(view.text.split())
    if text:
        held = {p.id for p in kept if text.casefold() in _all_text(p).casefold()}
        ranked = [h.paper.id for h in find(text, _FOUND) if h.explain.get("matched_terms")]
        order = {paper_id: n for n, paper_id in enumerate(dict.fromkeys([*ranked, *sorted(held)]))}
        kept = sorted((p for p in kept if p.id in order), key=lambda p: order[p.id])
    return _sorted(kept, view.sort)


def _sorted(papers: list[Paper], sort: str) -> list[Paper]:
    if sort == "title":
        return sorted(papers, key=lambda p: p.title.casefold())
    if sort in ("newest", "oldest"):
        dated = sorted((p for p in papers if p.published), key=lambda p: p.published or "", reverse=sort == "newest")
        return [*dated, *(p for p in papers if not p.published)]
    if sort == "organisation":
        return sorted(papers, key=lambda p: (p.organisation is None, (p.organisation or "").casefold(), p.title))
    return papers


def _all_text(paper: Paper) -> str:
    fields = (paper.title, paper.organisation, paper.venue, paper.arxiv_id, paper.doi, *paper.authors, *paper.sources)
    return "\n".join(f for f in fields if f)


def listing(found: Sequence[Paper], view: View, total: int) -> str:
    """One page of a list, with buttons that open a paper or turn the page."""
    if not found:
        told = "Nothing fits this search." if total else "The library is empty: add papers to it above."
        return f'<section class="gw-shelf"><p class="gw-notice">{told}</p></section>'
    last = (len(found) - 1) // PAGE
    page = min(max(view.page, 0), last)
    shown = found[page * PAGE : (page + 1) * PAGE]
    rows = "".join(_row(p) for p in shown)
    first = page * PAGE + 1
    count = f"{first:,} to {first + len(shown) - 1:,} of {len(found):,}" + (
        "" if len(found) == total else f" ({total:,} in all)"
    )
    turns = "".join(
        button(name, "page", value=str(to))
        for name, to, there in (("earlier", page - 1, page > 0), ("further", page + 1, page < last))
        if there
    )
    foot = f'<p class="gw-tools"><span>{count}</span>{turns}</p>'
    return f'<section class="gw-shelf" aria-label="papers"><ol class="gw-papers">{rows}</ol>{foot}</section>'


def _row(paper: Paper) -> str:
    title = (
        f'<button type="button" class="gw-near" data-act="open" data-value="{escape(paper.id)}">'
        f"{isolated(paper.title)}{note_tag(paper)}</button>"
    )
    known = sources.metadata(paper, otherwise="")
    return f"<li>{title}" + (f'<p class="gw-meta">{known}</p>' if known else "") + "</li>"


def related(paper: Paper, papers: Sequence[Paper], find: Find) -> list[Paper]:
    """The papers nearest to one: the same work under another title first, then what its own words find."""
    by_id = {p.id: p for p in papers}
    near = [by_id[i] for i in paper.same_work if i in by_id]
    near += [h.paper for h in find(f"{paper.title}. {paper.abstract[:400]}", 4 * _RELATED)]
    return [p for p in dict.fromkeys(near) if p.id != paper.id][:_RELATED]


def page_of(paper: Paper, near: Iterable[Paper], *, removable: bool) -> str:
    """One paper: what is known of it, its text, what lies near it, and what can be done with it."""
    rows = "".join(_row(p) for p in near)
    nearby = f'<h4 class="gw-panel-heading">Related papers</h4><ol class="gw-papers">{rows}</ol>' if rows else ""
    remove = (
        button("Remove from the library", "remove", value=paper.id, style="gw-quiet gw-remove") if removable else ""
    )
    tools = button("BibTeX", "bibtex", value=paper.id, label="Save this paper as BibTeX") + remove
    files = ", ".join(isolated(s) for s in paper.sources[:3])
    whence = f'<p class="gw-colophon">from {files}</p>' if files else ""
    return (
        f'<article class="gw-panel gw-paper" tabindex="-1" data-paper="{escape(paper.id)}">'
        f"<h3>{isolated(paper.title)}</h3>"
        f'<p class="gw-meta">{sources.metadata(paper)}</p>'
        f'<p class="gw-text-kind">{sources.TEXT_KINDS[paper.text_kind]}</p>'
        f'<p class="gw-text" dir="auto">{escape(paper.abstract)}</p>{whence}'
        f'<p class="gw-tools">{tools}</p>{nearby}</article>'
    )


def removed(papers: Sequence[Paper]) -> str:
    """What was removed last, and the way back."""
    if not papers:
        return ""
    last = papers[-1]
    return (
        f'<p class="gw-notice gw-undo" role="status">Removed: {isolated(last.title)}. '
        f"{button('Undo', 'undo', value=last.id, style='gw-back')}</p>"
    )


def placeholder() -> str:
    """What stands in the place of a paper before one is chosen."""
    return '<section class="gw-panel gw-empty"><p>Choose a paper to read it here.</p></section>'
