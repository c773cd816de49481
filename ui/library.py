"""The Library tab: browse, search and sort the papers; read one beside the list; add, remove and undo."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from rag.answering.export import papers_bibtex
from rag.paper import Paper
from ui import render, shelf, uploads
from ui.actions import SAVE, act, board, file, saved
from ui.export import stem
from ui.session import Answering, outcome
from ui.shelf import View
from ui.turn import Problem

_MOST_UNDONE = 100
_OWN_LIBRARY = (
    "These are the bundled notes: our own words on 176 papers, which stay as they are. To add papers, serve a library "
    "of your own: <code>rag ui --library FOLDER</code>"
)


class _Parts(NamedTuple):
    text: gr.Textbox
    kind: gr.Dropdown
    sort: gr.Dropdown
    undo: gr.HTML
    listing: gr.HTML
    paper: gr.HTML
    page: gr.State
    removed: gr.State
    held: gr.Textbox


def library_tab(assistant: Answering, *, may_write: bool, max_abstract_chars: int) -> None:
    """Lay out the tab and wire it; call it inside ``gr.Blocks``."""
    own = assistant.library.describe().get("kind") != "notes"
    writable = may_write and own
    upload = None
    with gr.Row(elem_id="gw-library", equal_height=False):
        with gr.Column(scale=3, min_width=300, elem_id="gw-library-list"):
            if writable:
                upload = _upload()
            elif not own:
                gr.HTML(f'<p class="gw-notice">{_OWN_LIBRARY}</p>', apply_default_css=False)
            look = _look()
        with gr.Column(scale=2, min_width=300, elem_id="gw-library-paper"):
            parts = _Parts(*look, board(shelf.placeholder()), gr.State(0), gr.State([]), saved())
    if upload is not None:
        _wire_upload(assistant, parts, *upload, max_abstract_chars)
    _wire(assistant, parts, writable=writable)


def _look() -> tuple[gr.Textbox, gr.Dropdown, gr.Dropdown, gr.HTML, gr.HTML]:
    with gr.Row(elem_classes=["gw-filters"]):
        text = gr.Textbox(
            label="Search the library", placeholder="Title, author, topic", scale=3, min_width=160, max_length=500,
            elem_id="gw-library-search",
        )  # fmt: skip
        sort = gr.Dropdown(
            list(shelf.SORTS), value=shelf.SORTS[0], label="Order", scale=1, min_width=110, filterable=False
        )
        kind = gr.Dropdown(list(shelf.KINDS), value="all", label="Texts", scale=1, min_width=100, filterable=False)
    return text, kind, sort, board(elem_id="gw-undo"), board(elem_id="gw-listing")


def _upload() -> tuple[gr.File, gr.HTML]:
    with gr.Accordion("Add papers", open=False, elem_id="gw-add"):
        files = gr.File(
            label=f"Files ({', '.join(uploads.ENDINGS)}), up to {uploads.MOST_BYTES // 1_000_000} MB each",
            file_count="multiple",
            file_types=list(uploads.ENDINGS),
            elem_id="gw-files",
        )
        report = gr.HTML(apply_default_css=False, elem_id="gw-report")
    return files, report


def _find(assistant: Answering) -> shelf.Find:
    return lambda text, most: assistant.retrieve(text, most)


def show(assistant: Answering, view: View) -> str:
    """A view as HTML, or what went wrong."""

    def made() -> Iterator[str]:
        papers = assistant.papers()
        yield shelf.listing(shelf.chosen(papers, view, _find(assistant)), view, len(papers))

    return _text(made)


def show_paper(assistant: Answering, paper_id: str, *, removable: bool) -> str:
    """The page of a paper as HTML; the placeholder where there is none of this id."""

    def made() -> Iterator[str]:
        papers = assistant.papers()
        paper = next((p for p in papers if p.id == paper_id), None)
        if paper is None:
            yield shelf.placeholder()
        else:
            yield shelf.page_of(paper, shelf.related(paper, papers, _find(assistant)), removable=removable)

    return _text(made)


def _text(made: Any) -> str:
    for got in outcome(made):
        return render.problem(got) if isinstance(got, Problem) else str(got)
    return ""


def remove(assistant: Answering, paper_id: str, removed: list[Paper]) -> str:
    """Remove a paper and remember it for :func:`restore`; "" or what went wrong as HTML."""

    def done() -> Iterator[str]:
        paper = next((p for p in assistant.papers() if p.id == paper_id), None)
        if paper is not None and assistant.remove([paper_id]):
            removed.append(paper)
            del removed[:-_MOST_UNDONE]
        yield ""

    return _text(done)


def restore(assistant: Answering, removed: list[Paper]) -> str:
    """Put back the paper that was removed last; "" or what went wrong as HTML."""

    def done() -> Iterator[str]:
        if removed:
            assistant.library.write([removed[-1]])
            removed.pop()
        yield ""

    return _text(done)


def _wire(assistant: Answering, parts: _Parts, *, writable: bool) -> None:
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}

    def first(text: str, kind: str, sort: str) -> tuple[str, int]:
        return show(assistant, View(text, kind, sort)), 0

    def tool(
        text: str, kind: str, sort: str, page: int, removed: list[Paper], event: gr.EventData
    ) -> tuple[Any, Any, Any, int, list[Paper], str]:
        chosen = act(event)
        if chosen.kind == "page" and chosen.value.lstrip("-").isdigit():
            page = int(chosen.value)
            return show(assistant, View(text, kind, sort, page)), gr.skip(), gr.skip(), page, removed, ""
        if chosen.kind == "open":
            return gr.skip(), show_paper(assistant, chosen.value, removable=writable), gr.skip(), page, removed, ""
        if chosen.kind == "bibtex":
            return gr.skip(), gr.skip(), gr.skip(), page, removed, _bibtex(assistant, chosen.value)
        if writable and chosen.kind in ("remove", "undo"):
            undone = chosen.kind == "undo"
            last = removed[-1].id if undone and removed else ""
            wrong = restore(assistant, removed) if undone else remove(assistant, chosen.value, removed)
            told = wrong or shelf.removed(removed)
            paper = show_paper(assistant, last, removable=True)
            return show(assistant, View(text, kind, sort, page)), paper, told, page, removed, ""
        return gr.skip(), gr.skip(), gr.skip(), page, removed, ""

    look = [parts.text, parts.kind, parts.sort]
    gr.on(
        [parts.text.change, parts.kind.change, parts.sort.change],
        first,
        look,
        [parts.listing, parts.page],
        trigger_mode="always_last",
        **quiet,
    )
    gr.on(
        [parts.listing.select, parts.paper.select, parts.undo.select],
        tool,
        [*look, parts.page, parts.removed],
        [parts.listing, parts.paper, parts.undo, parts.page, parts.removed, parts.held],
        **quiet,
    ).then(None, [parts.held], None, js=SAVE)
    blocks = gr.context.Context.root_block
    assert blocks is not None
    # Without inputs: what stands in a tab that was never opened has no value yet.
    blocks.load(lambda: show(assistant, View()), None, [parts.listing], queue=False, **quiet)


def _bibtex(assistant: Answering, paper_id: str) -> str:
    paper = next((p for p in assistant.papers() if p.id == paper_id), None)
    return "" if paper is None else file(stem(paper.title), "bib", papers_bibtex([paper]))


def _wire_upload(assistant: Answering, parts: _Parts, files: gr.File, report: gr.HTML, max_abstract_chars: int) -> None:
    def add(
        given: list[str] | None, text: str, kind: str, sort: str, progress: gr.Progress = gr.Progress()
    ) -> tuple[Any, str, Any, int]:
        if not given:
            return gr.skip(), "", gr.skip(), 0
        told = added(assistant, given, max_abstract_chars, lambda share, what: progress(share, desc=what))
        return None, told, show(assistant, View(text, kind, sort)), 0

    files.upload(
        add,
        [files, parts.text, parts.kind, parts.sort],
        [files, report, parts.listing, parts.page],
        show_progress="full",
        show_progress_on=[report],
        concurrency_limit=1,
        api_visibility="private",
    )


def added(assistant: Answering, files: list[str], max_abstract_chars: int, step: uploads.Step) -> str:
    """Take files in and report as HTML; the uploaded copies are deleted."""

    def done() -> Iterator[str]:
        report = uploads.ingest(assistant.library, files, max_abstract_chars, step)
        yield uploads.shown_report(report, assistant.papers())

    try:
        return _text(done)
    finally:
        for name in files:
            Path(name).unlink(missing_ok=True)
