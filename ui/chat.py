"""The Chat tab: questions and answers on the left, their sources on the right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import gradio as gr

from ui import render, sources
from ui.actions import INNER, SAVE, act, board, on_load, saved
from ui.drawer import Drawer, Reader, history_head
from ui.export import FORMATS, conversation_file
from ui.feedback import Feedback
from ui.history import CIPHER, STORAGE, Browser, History, browser, whose
from ui.session import Session
from ui.standing import FIRST_QUESTION, Standing
from ui.tools import suggestions, wire_tools
from ui.turn import Turn

_LONGEST = 20_000

_Update = tuple[Any, ...]


class _Parts(NamedTuple):
    """The components that handlers write to. The live turn stands apart: it alone is sent while it streams."""

    past: gr.HTML
    live: gr.HTML
    past_sources: gr.HTML
    live_sources: gr.HTML
    box: gr.Textbox
    send: gr.Button
    stop: gr.Button
    session: gr.State
    next: gr.HTML


class Desk(NamedTuple):
    """What the chat works with beside the assistant: what is kept, and what the drawer holds."""

    feedback: Feedback
    history: History
    drawer: Drawer
    listing: gr.HTML
    exports: gr.HTML


def history_face() -> tuple[gr.HTML, gr.HTML]:
    """The drawer's list of conversations, and the buttons that save the open one; call it inside the drawer."""
    with gr.Column(elem_id="gw-history", elem_classes=["gw-face"]):
        gr.HTML(history_head(), apply_default_css=False)
        listing = board(elem_id="gw-conversations")
        rows = "".join(
            f'<button type="button" class="gw-quiet" data-act="export" data-value="{ending}">{name}</button>'
            for ending, (name, _) in FORMATS.items()
        )
        exports = board(f'<p class="gw-tools"><span class="gw-saving">Save this conversation as {rows}</span></p>')
    return listing, exports


def chat_tab(standing: Standing, desk: Desk) -> None:
    """Lay out the tab and wire it; call it inside ``gr.Blocks``."""
    parts, clear_button = _layout()
    outputs = list(parts)
    kept = gr.BrowserState(None, storage_key=STORAGE, secret=CIPHER)
    history = desk.history

    # Not called "ask": Gradio names endpoints after functions, and that name is the one for programs.
    def respond(question: str, session: Session | None, known: Any, *given: Any) -> Iterator[_Update]:
        # Made when it is first needed, not with the page: a session belongs to one tab and cannot be copied.
        session = session or history.session(browser(known), can_judge=desk.feedback.kept)
        yield from answer(question, session, desk.drawer.reader(given))

    def again(session: Session | None, event: gr.EventData) -> str:
        question = act(event).value
        if session is not None:
            session.again(question)
        return question

    def listed(session: Session | None, known: Any) -> tuple[Any, str]:
        """Once an answer is there: the conversation among the kept ones, and as the one to bring back."""
        who = whose(session, known)._replace(open=session.id if session is not None else "")
        return who.kept, history.listing(who, who.open)

    def further(session: Session | None) -> str:
        """What to ask next; each is tried first, which takes a while."""
        last = session.turns[-1] if session is not None and session.turns else None
        return suggestions(last, standing.offline().ask)

    def stop(session: Session | None) -> _Update:
        turn = session.stop() if session is not None else None
        return _update(session, turn, busy=False)

    def clear(session: Session | None, known: Any) -> _Update:
        if session is not None:
            session.clear()
        who = whose(session, known)._replace(open="")
        return (*everything(session), who.kept, history.listing(who, None))

    inputs = [parts.box, parts.session, kept, *desk.drawer.given]
    typed = gr.on([parts.box.submit, parts.send.click], respond, inputs, outputs, **INNER)
    asked = [parts.past.submit, parts.live.submit, parts.next.submit]
    chosen = gr.on(asked, again, [parts.session], [parts.box], queue=False, **INNER).then(
        respond, inputs, outputs, **INNER
    )
    for run in (typed, chosen):
        # In this order: who reloads while further questions are tried is to find the answer again.
        told = run.then(listed, [parts.session, kept], [kept, desk.listing], **INNER)
        told.then(further, [parts.session], [parts.next], **INNER)
    wire_tools(parts.past, parts.live, parts.session, desk.feedback)
    ending: dict[str, Any] = {"cancels": [typed, chosen], "queue": False, **INNER}
    parts.stop.click(stop, [parts.session], outputs, **ending)
    whole = [*outputs, kept, desk.listing]
    clear_button.click(clear, [parts.session, kept], whole, **ending)
    _wire_history(desk, parts, kept, whole, ending)


def _wire_history(
    desk: Desk, parts: _Parts, kept: gr.BrowserState, whole: list[Any], ending: Mapping[str, Any]
) -> None:
    """Bring the conversation back that was open; open, delete and save kept ones."""
    history, held = desk.history, saved()

    def fresh(who: Browser) -> Session:
        return history.session(who, can_judge=desk.feedback.kept)

    def shown(session: Session, who: Browser) -> _Update:
        return (*everything(session), who._replace(open=session.id).kept, history.listing(who, session.id))

    def restore(early: Session | None, known: Any) -> _Update:
        if early is not None:  # asked before the page was whole: what stands there stays
            return tuple(gr.skip() for _ in whole)
        who = browser(known)
        session = fresh(who)
        history.reopen(session, who, who.open)  # one that cannot be read is listed so, and told there
        return shown(session, who)

    def choose(session: Session | None, known: Any, event: gr.EventData) -> _Update:
        who, picked = whose(session, known), act(event)
        session = session or fresh(who)
        if picked.kind == "open":
            wrong = history.reopen(session, who, picked.value)
        else:
            wrong = history.delete(who, picked.value) if picked.kind == "delete" else None
            if session.id == picked.value:
                session.clear()
        update = shown(session, who)
        return update if wrong is None else (*update[:-1], render.problem(wrong) + update[-1])

    def save(session: Session | None, event: gr.EventData) -> str:
        answers = [t.answer for t in session.turns if t.answer is not None] if session is not None else []
        return conversation_file(answers, act(event).value)

    on_load(restore, [parts.session, kept], whole)
    desk.listing.select(choose, [parts.session, kept], whole, **ending)
    desk.exports.select(save, [parts.session], [held], queue=False, **INNER).then(None, [held], None, js=SAVE)


def _layout() -> tuple[_Parts, gr.Button]:
    with gr.Row(elem_id="gw-main", equal_height=False):
        with gr.Column(scale=3, min_width=300, elem_id="gw-chat"):
            past = board(elem_id="gw-past")
            live = board(render.welcome(), elem_id="gw-live")
            following = board(elem_id="gw-next")
            with gr.Row(elem_id="gw-composer"):
                box = _question_box()
                send = gr.Button("Ask", variant="primary", min_width=72, scale=0, elem_id="gw-send")
                stop = gr.Button("Stop", variant="stop", min_width=72, scale=0, visible=False, elem_id="gw-stop")
                clear = gr.Button("New", variant="secondary", min_width=72, scale=0, elem_id="gw-clear")
        with gr.Column(scale=2, min_width=300, elem_id="gw-sources"):
            live_sources = gr.HTML(sources.placeholder(), elem_id="gw-live-sources", apply_default_css=False)
            past_sources = gr.HTML(elem_id="gw-past-sources", apply_default_css=False)
    return _Parts(past, live, past_sources, live_sources, box, send, stop, gr.State(None), following), clear


def _question_box() -> gr.Textbox:
    return gr.Textbox(
        FIRST_QUESTION,
        label="Your question",
        placeholder="Ask a question",
        show_label=False,
        container=False,
        lines=1,
        max_lines=6,
        max_length=_LONGEST,
        autofocus=True,
        scale=1,
        elem_id="gw-question",
    )


def answer(question: str, session: Session, reader: Reader | None = None) -> Iterator[_Update]:
    """What the page shows while a question is answered, step by step."""
    if not question.strip():
        yield _update(session, None, busy=False)
        return
    before = list(session.turns)
    for i, turn in enumerate(session.ask(question, *(reader or ()))):
        update = _update(session, turn, busy=not turn.over)
        if i == 0:  # the turns before this one move up, once
            past = render.turns(before)
            folded = sources.earlier(before)
            update = (past, update[1], folded, update[3], "", *update[5:8], "")
        yield update


def everything(session: Session | None) -> _Update:
    """Every part as a session stands: its last turn, and those before it."""
    if session is None or not session.turns:
        return ("", render.welcome(), "", sources.placeholder(), gr.skip(), *_buttons(busy=False), session, "")
    *before, last = session.turns
    live, panel = render.turn(last), sources.panel(last)
    return (render.turns(before), live, sources.earlier(before), panel, "", *_buttons(busy=False), session, "")


def _update(session: Session | None, turn: Turn | None, *, busy: bool) -> _Update:
    """New values in the order of the parts: the live turn and its sources, the buttons; the rest stays."""
    live, panel = (gr.skip(), gr.skip()) if turn is None else (render.turn(turn), sources.panel(turn))
    return (gr.skip(), live, gr.skip(), panel, gr.skip(), *_buttons(busy=busy), session, gr.skip())


def _buttons(*, busy: bool) -> tuple[Any, Any]:
    return gr.Button(visible=not busy), gr.Button(visible=busy)
