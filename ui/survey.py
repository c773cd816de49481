"""The Survey tab: a topic in; a summary in groups and a table of quotes with their verdicts out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import gradio as gr

from rag.answer import Answer, Cell, Row, Table
from rag.assistant import DEFAULT_COLUMNS
from ui import render, sources
from ui.actions import INNER, SAVE, act, board, button, file, saved
from ui.drawer import Drawer, Reader
from ui.export import stem
from ui.markup import escape, isolated
from ui.session import outcome
from ui.turn import Problem, Turn

_LONGEST = 500
_MOST, _USUAL = 50, 20

_Update = tuple[Any, ...]


class _Parts(NamedTuple):
    send: gr.Button
    way: gr.HTML
    summary: gr.HTML
    table: gr.HTML
    panel: gr.HTML
    table_panel: gr.HTML
    made: gr.State


class Survey:
    """What one tab has surveyed last. ``count`` keeps the anchors of one survey apart from those of the next."""

    def __init__(self) -> None:
        self.count = 0
        self.summary: Answer | None = None
        self.table: Answer | None = None


def survey_tab(drawer: Drawer) -> None:
    """Lay out the tab and wire it; call it inside ``gr.Blocks``."""
    with gr.Row(elem_classes=["gw-filters"]):
        topic = gr.Textbox(
            label="Topic", placeholder="speculative decoding, quantization on the edge", max_length=_LONGEST, scale=3,
            min_width=200, elem_id="gw-topic",
        )  # fmt: skip
        columns = gr.Textbox(DEFAULT_COLUMNS, label="Columns of the table", max_length=_LONGEST, scale=3, min_width=200)
        limit = gr.Number(
            _USUAL, minimum=1, maximum=_MOST, step=1, precision=0, label=f"Papers, 1 to {_MOST}", scale=0, min_width=120
        )
        send = gr.Button("Survey", variant="primary", min_width=90, scale=0, elem_id="gw-survey-send")
    with gr.Row(elem_id="gw-survey", equal_height=False):
        with gr.Column(scale=3, min_width=300, elem_id="gw-survey-main"):
            way = gr.HTML(apply_default_css=False, elem_id="gw-survey-way")
            summary = board(welcome(), elem_id="gw-summary")
            table = board(elem_id="gw-table")
        with gr.Column(scale=2, min_width=300, elem_id="gw-survey-papers"):
            panel = gr.HTML(placeholder(), apply_default_css=False, elem_id="gw-survey-panel")
            table_panel = gr.HTML(apply_default_css=False, elem_id="gw-table-panel")
    parts = _Parts(send, way, summary, table, panel, table_panel, gr.State(None))
    _wire(drawer, parts, topic, columns, limit)


def _wire(drawer: Drawer, parts: _Parts, topic: gr.Textbox, columns: gr.Textbox, limit: gr.Number) -> None:
    held = saved()

    def respond(asked: str, named: str, most: float | None, made: Survey | None, *given: Any) -> Iterator[_Update]:
        limit = min(max(int(most or _USUAL), 1), _MOST)
        yield from surveyed(drawer.reader(given), asked, named, limit, made or Survey())

    def save(made: Survey | None, event: gr.EventData) -> str:
        return "" if made is None else saved_file(made, act(event).value)

    inputs = [topic, columns, limit, parts.made, *drawer.given]
    gr.on([topic.submit, parts.send.click], respond, inputs, list(parts), **INNER)
    gr.on([parts.summary.select, parts.table.select], save, [parts.made], [held], queue=False, **INNER).then(
        None, [held], None, js=SAVE
    )


def surveyed(reader: Reader, topic: str, columns: str, limit: int, made: Survey) -> Iterator[_Update]:
    """What the page shows while a topic is surveyed: the summary as it comes, then the table."""
    if not topic.strip():
        yield gr.skip(), "", welcome(), "", placeholder(), "", made
        return
    made.count, made.summary, made.table = made.count + 1, None, None
    turn = Turn(f"v{made.count}", topic)
    yield gr.Button(interactive=False), "", render.turn(turn), "", placeholder(), "", made
    for got in outcome(lambda: reader.assistant().stream_summary(topic, limit=limit, **reader.filters())):
        if isinstance(got, Problem):
            turn.problem = got
        else:
            turn.take(got)
        yield gr.skip(), gr.skip(), _summary(turn), gr.skip(), sources.panel(turn), gr.skip(), made
    made.summary = turn.answer
    if turn.answer is None or turn.answer.abstained:
        yield gr.Button(interactive=True), "", gr.skip(), "", gr.skip(), "", made
        return
    busy = render.working("setting the papers side by side")
    yield gr.skip(), busy, gr.skip(), busy, gr.skip(), gr.skip(), made
    tabled, problem = _tabled(reader, topic, columns, limit, f"t{made.count}")
    made.table = tabled.answer
    shown = render.problem(problem) if problem is not None else table_of(tabled)
    yield gr.Button(interactive=True), _way(tabled), gr.skip(), shown, gr.skip(), table_papers(tabled), made


def _tabled(reader: Reader, topic: str, columns: str, limit: int, anchor: str) -> tuple[Turn, Problem | None]:
    turn = Turn(anchor, topic)
    for got in outcome(lambda: reader.assistant().stream_table(topic, columns, limit=limit, **reader.filters())):
        if isinstance(got, Problem):
            return turn, got
        turn.take(got)
    if turn.answer is not None and turn.answer.table is not None:
        # The quotes of the cells are what is lit in the papers.
        turn.claims = [c.claim for r in turn.answer.table.rows for c in r.cells if c.claim is not None]
    return turn, None


def _summary(turn: Turn) -> str:
    """The summary as an answer; once it is whole, with buttons that save it."""
    shown = render.turn(turn, tools=False)
    if turn.answer is None or turn.answer.abstained:
        return shown
    return shown + f'<p class="gw-tools">{button("Save the summary as Markdown", "save", value="md")}</p>'


def table_of(turn: Turn) -> str:
    """The table, each cell with its citation and verdict; nothing where there is none."""
    table = turn.answer.table if turn.answer is not None else None
    if table is None or not table.rows:
        return ""
    head = "".join(f'<th scope="col">{isolated(c)}</th>' for c in ("paper", *table.columns))
    rows = "".join(_row(turn.id, r) for r in table.rows)
    notes = "".join(f'<p class="gw-notice">{isolated(n)}</p>' for n in (*turn.notices, *table.notes))
    tools = button("CSV", "save", value="csv") + button("Markdown", "save", value="table.md")
    return (
        f'<section class="gw-panel gw-table" id="{escape(turn.id)}"><h3 class="gw-group">Side by side</h3>'
        f'<div class="gw-scroll" tabindex="0" role="region" aria-label="table of the papers">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>{notes}"
        f'<p class="gw-tools"><span class="gw-saving">Save the table as {tools}</span></p></section>'
    )


def _way(turn: Turn) -> str:
    """The way to the table, which stands below a summary that may be long."""
    rows = len(turn.answer.table.rows) if turn.answer is not None and turn.answer.table is not None else 0
    if not rows:
        return ""
    papers = f"{rows} paper{'' if rows == 1 else 's'}"
    way = f'<button type="button" class="gw-quiet gw-go" data-to="{escape(turn.id)}">Table of {papers}, below</button>'
    return f"<p>{way}</p>"


def _row(anchor: str, row: Row) -> str:
    cells = "".join(_cell(anchor, c) for c in row.cells)
    group = f'<span class="gw-kind">{isolated(row.group)}</span>' if row.group else ""
    return f'<tr><th scope="row">[{row.number}] {isolated(row.name)} {group}</th>{cells}</tr>'


def _cell(anchor: str, cell: Cell) -> str:
    if cell.text is None:
        return '<td class="gw-not-stated">not stated</td>'
    chips = marks = ""
    if cell.claim is not None:
        chips = "".join(render.chip(anchor, c) for c in cell.claim.citations)
        verdict = cell.claim.verdict
        tip = escape(f"judged: {verdict.label} {render.score(verdict.score)}, {verdict.reason}")
        marks = f'<span class="gw-mark gw-{escape(verdict.label)}" title="{tip}">{escape(verdict.label)}</span>'
    if cell.not_comparable:
        marks += f' <span class="gw-mark gw-unsure" title="{escape(cell.not_comparable)}">not comparable</span>'
    return f'<td>{isolated(cell.text)} {chips}<span class="gw-cell-marks">{marks}</span></td>'


def table_papers(turn: Turn) -> str:
    """The papers of the table with the cells' quotes lit, folded under one line."""
    cards = [sources.source(turn, number, paper) for number, paper in turn.sources.items()]
    if not cards:
        return ""
    section = f'<section class="gw-panel" data-answer="{escape(turn.id)}">{"".join(cards)}</section>'
    summary = f"<summary>Papers of the table, {len(cards)}</summary>"
    return f'<details class="gw-earlier" id="{escape(turn.id)}-sources">{summary}{section}</details>'


def saved_file(made: Survey, ending: str) -> str:
    """What was surveyed as a file; nothing for an ending that is none of ours."""
    table: Table | None = made.table.table if made.table is not None else None
    if ending == "md" and made.summary is not None:
        return file(stem(made.summary.question), "md", made.summary.to_markdown())
    if table is None:
        return ""
    if ending == "csv":
        return file(stem(table.topic), "csv", table.to_csv())
    return file(f"{stem(table.topic)}-table", "md", table.to_markdown()) if ending == "table.md" else ""


def welcome() -> str:
    """What stands in the place of the first survey."""
    return (
        '<section class="gw-welcome gw-check-welcome"><h2>Survey a topic</h2>'
        "<p>What the library says on a topic, in groups, every sentence cited; then its papers side by side, "
        "each cell a quote from the paper or “not stated”.</p></section>"
    )


def placeholder() -> str:
    """What stands in the panel before the first survey."""
    return '<section class="gw-panel gw-empty"><p>The papers of a survey appear here.</p></section>'
