"""The Library tab: browse, search and sort the papers; read one beside the list; add, remove and undo."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, cast

import gradio as gr

from rag.answering.export import papers_bibtex
from rag.paper import Paper
from ui import render, shelf, uploads
from ui.actions import INNER, SAVE, act, board, file, on_load, saved
from ui.export import stem
from ui.session import Answering
from ui.shelf import View
from ui.standing import Standing

_MOST_UNDONE = 100
_FORMATS = (
    f"BibTeX, RIS, CSV, JSON and what else papers come in ({', '.join(uploads.ENDINGS)}); up to "
    f"{uploads.MOST_BYTES // 1_000_000} MB a file. A record without an abstract is left out, and named."
)


class Head(NamedTuple):
    """The banner, and what it tells now: it counts the papers."""

    component: gr.HTML
    told: Callable[[], str]


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


def library_tab(standing: Standing, head: Head, may_write: bool, max_abstract_chars: int) -> None:
    """Lay out the tab and wire it; call it inside ``gr.Blocks``."""
    upload = None
    with gr.Row(elem_id="gw-library", equal_height=False):
        with gr.Column(scale=3, min_width=300, elem_id="gw-library-list"):
            note = gr.HTML(about(standing), apply_default_css=False, elem_id="gw-library-note")
            if may_write and standing.takes_files:
                upload = _upload(unfolded=not standing.papers())
            look = _look()
        with gr.Column(scale=2, min_width=300, elem_id="gw-library-paper"):
            parts = _Parts(*look, board(shelf.placeholder()), gr.State(0), gr.State([]), saved())
    if upload is not None:
        _wire_upload(standing, parts, Upload(*upload, note, head), max_abstract_chars)
    _wire(standing, parts, head, may_write=may_write)
    # Without inputs: what stands in a tab that was never opened has no value yet.
    on_load(lambda: (about(standing), show(cast(Answering, standing), View())), None, [note, parts.listing])


def about(standing: Standing) -> str:
    """What the bundled notes are, and how to add to them; nothing of a library of the reader's own."""
    if not standing.on_notes:
        return ""
    own = (
        "Files that you add begin a library of your own, and this page goes over to it."
        if standing.takes_files
        else "To add papers, serve a library of your own: <code>rag ui --library FOLDER</code>"
    )
    return (
        f'<p class="gw-notice">These are the bundled notes: our own words on {len(standing.papers())} papers, which '
        f"stay as they are. {own}</p>"
    )


def _look() -> tuple[gr.Textbox, gr.Dropdown, gr.Dropdown, gr.HTML, gr.HTML]:
    with gr.Row(elem_classes=["gw-filters"]):
        text = gr.Textbox(
            label="Search the library", placeholder="Title, author, topic", scale=3, min_width=160, max_length=500,
            elem_id="gw-library-search",
        )  # fmt: skip
        sort = gr.Dropdown(
            list(shelf.SORTS), value=shelf.SORTS[0], label="Order", scale=1, min_width=150, filterable=False
        )
        kind = gr.Dropdown(list(shelf.KINDS), value="all", label="Texts", scale=1, min_width=100, filterable=False)
    return text, kind, sort, board(elem_id="gw-undo"), board(elem_id="gw-listing")


def _upload(*, unfolded: bool) -> tuple[gr.File, gr.HTML]:
    with gr.Accordion("Add papers", open=unfolded, elem_id="gw-add"):
        gr.HTML(f'<p class="gw-why">{_FORMATS}</p>', apply_default_css=False)
        files = gr.File(
            label="Files with abstracts",
            show_label=False,
            height=120,
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

    return render.told(made)


def show_paper(assistant: Answering, paper_id: str, *, removable: bool) -> str:
    """The page of a paper as HTML; the placeholder where there is none of this id."""

    def made() -> Iterator[str]:
        papers = assistant.papers()
        paper = next((p for p in papers if p.id == paper_id), None)
        if paper is None:
            yield shelf.placeholder()
        else:
            yield shelf.page_of(paper, shelf.related(paper, papers, _find(assistant)), removable=removable)

    return render.told(made)


def remove(assistant: Answering, paper_id: str, removed: list[Paper]) -> str:
    """Remove a paper and remember it for :func:`restore`; "" or what went wrong as HTML."""

    def done() -> Iterator[str]:
        paper = next((p for p in assistant.papers() if p.id == paper_id), None)
        if paper is not None and assistant.remove([paper_id]):
            removed.append(paper)
            del removed[:-_MOST_UNDONE]
        yield ""

    return render.told(done)


def restore(assistant: Answering, removed: list[Paper]) -> str:
    """Put back the paper that was removed last; "" or what went wrong as HTML."""

    def done() -> Iterator[str]:
        if removed:
            assistant.library.write([removed[-1]])
            removed.pop()
        yield ""

    return render.told(done)


def _wire(standing: Standing, parts: _Parts, head: Head, *, may_write: bool) -> None:
    assistant = cast(Answering, standing)

    def first(text: str, kind: str, sort: str) -> tuple[str, int]:
        return show(assistant, View(text, kind, sort)), 0

    def tool(
        text: str, kind: str, sort: str, page: int, removed: list[Paper], event: gr.EventData
    ) -> dict[gr.components.Component, Any]:
        chosen = act(event)
        changed: dict[gr.components.Component, Any] = {parts.held: ""}
        writable = may_write and not standing.on_notes
        if chosen.kind == "page" and chosen.value.lstrip("-").isdigit():
            turned = int(chosen.value)
            changed |= {parts.listing: show(assistant, View(text, kind, sort, turned)), parts.page: turned}
        elif chosen.kind == "open":
            changed[parts.paper] = show_paper(assistant, chosen.value, removable=writable)
        elif chosen.kind == "bibtex":
            changed[parts.held] = _bibtex(assistant, chosen.value)
        elif writable and chosen.kind in ("remove", "undo"):
            undone = chosen.kind == "undo"
            last = removed[-1].id if undone and removed else ""
            wrong = restore(assistant, removed) if undone else remove(assistant, chosen.value, removed)
            changed |= {
                parts.listing: show(assistant, View(text, kind, sort, page)),
                parts.paper: show_paper(assistant, last, removable=True),
                parts.undo: wrong or shelf.removed(removed),
                parts.removed: removed,
                head.component: head.told(),
            }
        return changed

    look = [parts.text, parts.kind, parts.sort]
    gr.on(
        [parts.text.change, parts.kind.change, parts.sort.change],
        first,
        look,
        [parts.listing, parts.page],
        trigger_mode="always_last",
        **INNER,
    )
    gr.on(
        [parts.listing.select, parts.paper.select, parts.undo.select],
        tool,
        [*look, parts.page, parts.removed],
        [parts.listing, parts.paper, parts.undo, parts.page, parts.removed, parts.held, head.component],
        **INNER,
    ).then(None, [parts.held], None, js=SAVE)


def _bibtex(assistant: Answering, paper_id: str) -> str:
    paper = next((p for p in assistant.papers() if p.id == paper_id), None)
    return "" if paper is None else file(stem(paper.title), "bib", papers_bibtex([paper]))


class Upload(NamedTuple):
    """Where files come in, and what changes once they have."""

    files: gr.File
    report: gr.HTML
    note: gr.HTML
    head: Head


def _wire_upload(standing: Standing, parts: _Parts, upload: Upload, max_abstract_chars: int) -> None:
    assistant = cast(Answering, standing)

    def add(
        given: list[str] | None, text: str, kind: str, sort: str, progress: gr.Progress = gr.Progress()
    ) -> dict[gr.components.Component, Any]:
        if not given:
            return {upload.report: ""}
        told = added(standing, given, max_abstract_chars, lambda share, what: progress(share, desc=what))
        return {
            upload.files: None,
            upload.report: told,
            upload.note: about(standing),
            upload.head.component: upload.head.told(),
            parts.listing: show(assistant, View(text, kind, sort)),
            parts.page: 0,
        }

    upload.files.upload(
        add,
        [upload.files, parts.text, parts.kind, parts.sort],
        [upload.files, upload.report, upload.note, upload.head.component, parts.listing, parts.page],
        show_progress="full",
        show_progress_on=[upload.report],
        concurrency_limit=1,
        api_visibility="private",
    )


def added(standing: Standing, files: list[str], max_abstract_chars: int, step: uploads.Step) -> str:
    """Take files in and report as HTML; the uploaded copies are deleted.

    The page goes over to the library that takes them, where that is not the one it stands on.
    """

    def done() -> Iterator[str]:
        before = standing.library
        report = uploads.ingest(standing.receiving(), files, max_abstract_chars, step)
        standing.go_over()
        begun = "" if standing.library is before else str(standing.library.describe()["name"])
        yield uploads.shown_report(report, standing.papers(), begun)

    try:
        return render.told(done)
    finally:
        for name in files:
            Path(name).unlink(missing_ok=True)
