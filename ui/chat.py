"""The Chat tab: questions and answers on the left, their sources on the right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import gradio as gr

from ui import render, sources
from ui.session import Answering, Session
from ui.turn import Turn

FIRST_QUESTION = "which methods reduce all-reduce latency?"
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


def chat_tab(assistant: Answering) -> None:
    """Lay out the tab and wire it; call it inside ``gr.Blocks``."""
    parts, clear_button = _layout()
    outputs = list(parts)

    # Not called "ask": Gradio names endpoints after functions, and that name is the one for programs.
    def respond(question: str, session: Session | None) -> Iterator[_Update]:
        # Made on the first question, not with the page: a session belongs to one tab and cannot be copied.
        yield from answer(question, session or Session(assistant.conversation))

    def stop(session: Session | None) -> _Update:
        turn = session.stop() if session is not None else None
        return _update(session, turn, busy=False)

    def clear(session: Session | None) -> _Update:
        if session is not None:
            session.clear()
        return ("", render.welcome(), "", sources.placeholder(), "", *_buttons(busy=False), session)

    run = gr.on(
        [parts.box.submit, parts.send.click],
        respond,
        [parts.box, parts.session],
        outputs,
        show_progress="hidden",
        api_visibility="private",
    )
    quiet: dict[str, Any] = {"cancels": [run], "queue": False, "show_progress": "hidden", "api_visibility": "private"}
    parts.stop.click(stop, [parts.session], outputs, **quiet)
    clear_button.click(clear, [parts.session], outputs, **quiet)


def _layout() -> tuple[_Parts, gr.Button]:
    with gr.Row(elem_id="gw-main", equal_height=False):
        with gr.Column(scale=3, min_width=300, elem_id="gw-chat"):
            past = gr.HTML(elem_id="gw-past", apply_default_css=False)
            live = gr.HTML(render.welcome(), elem_id="gw-live", apply_default_css=False)
            with gr.Row(elem_id="gw-composer"):
                box = _question_box()
                send = gr.Button("Ask", variant="primary", min_width=72, scale=0, elem_id="gw-send")
                stop = gr.Button("Stop", variant="stop", min_width=72, scale=0, visible=False, elem_id="gw-stop")
                clear = gr.Button("Clear", variant="secondary", min_width=72, scale=0, elem_id="gw-clear")
        with gr.Column(scale=2, min_width=300, elem_id="gw-sources"):
            live_sources = gr.HTML(sources.placeholder(), elem_id="gw-live-sources", apply_default_css=False)
            past_sources = gr.HTML(elem_id="gw-past-sources", apply_default_css=False)
    return _Parts(past, live, past_sources, live_sources, box, send, stop, gr.State(None)), clear


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


def answer(question: str, session: Session) -> Iterator[_Update]:
    """What the page shows while a question is answered, step by step."""
    if not question.strip():
        yield _update(session, None, busy=False)
        return
    before = list(session.turns)
    for i, turn in enumerate(session.ask(question)):
        update = _update(session, turn, busy=not turn.over)
        if i == 0:  # the turns before this one move up, once
            past = "".join(render.turn(t) for t in before)
            folded = sources.earlier(before)
            update = (past, update[1], folded, update[3], "", *update[5:])
        yield update


def _update(session: Session | None, turn: Turn | None, *, busy: bool) -> _Update:
    """New values in the order of the parts: the live turn and its sources, the buttons; the rest stays."""
    live, panel = (gr.skip(), gr.skip()) if turn is None else (render.turn(turn), sources.panel(turn))
    return (gr.skip(), live, gr.skip(), panel, gr.skip(), *_buttons(busy=busy), session)


def _buttons(*, busy: bool) -> tuple[Any, Any]:
    return gr.Button(visible=not busy), gr.Button(visible=busy)
