"""The Chat tab: questions and answers on the left, their sources on the right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import gradio as gr

from rag.answer import Answer
from ui import export, followups, render, sources
from ui.actions import SAVE, act, board, saved
from ui.feedback import Feedback
from ui.session import Answering, Session, outcome
from ui.turn import Problem, Turn

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
    next: gr.HTML


def chat_tab(assistant: Answering, feedback: Feedback = Feedback(None)) -> None:
    """Lay out the tab and wire it; call it inside ``gr.Blocks``."""
    parts, clear_button = _layout()
    outputs = list(parts)

    # Not called "ask": Gradio names endpoints after functions, and that name is the one for programs.
    def respond(question: str, session: Session | None) -> Iterator[_Update]:
        # Made on the first question, not with the page: a session belongs to one tab and cannot be copied.
        session = session or Session(assistant.conversation, can_judge=feedback.kept)
        yield from answer(question, session)

    def again(session: Session | None, event: gr.EventData) -> str:
        question = act(event).value
        if session is not None:
            session.again(question)
        return question

    def suggest(session: Session | None) -> str:
        last = session.turns[-1] if session is not None and session.turns else None
        return suggestions(last, assistant.configured(llm="off", judge="offline").ask)

    def stop(session: Session | None) -> _Update:
        turn = session.stop() if session is not None else None
        return _update(session, turn, busy=False)

    def clear(session: Session | None) -> _Update:
        if session is not None:
            session.clear()
        return ("", render.welcome(), "", sources.placeholder(), "", *_buttons(busy=False), session, "")

    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    given = ([parts.box, parts.session], outputs)
    typed = gr.on([parts.box.submit, parts.send.click], respond, *given, **quiet)
    chosen = gr.on(
        [parts.past.submit, parts.live.submit, parts.next.submit],
        again,
        [parts.session],
        [parts.box],
        queue=False,
        **quiet,
    ).then(respond, *given, **quiet)
    for run in (typed, chosen):
        run.then(suggest, [parts.session], [parts.next], **quiet)
    _wire_tools(parts, feedback)
    quiet |= {"cancels": [typed, chosen], "queue": False}
    parts.stop.click(stop, [parts.session], outputs, **quiet)
    clear_button.click(clear, [parts.session], outputs, **quiet)


def _wire_tools(parts: _Parts, feedback: Feedback) -> None:
    """What the buttons below an answer do: save it as a file, or keep what the reader says of it."""
    held = saved()

    def tool(session: Session | None, event: gr.EventData) -> tuple[Any, Any, str]:
        chosen = act(event)
        turn = session.turn(chosen.turn) if session is not None else None
        if session is None or turn is None or turn.answer is None:
            return gr.skip(), gr.skip(), ""
        if chosen.kind == "export":
            return gr.skip(), gr.skip(), export.answer_file(turn.answer, chosen.value)
        if chosen.kind == "thumb" and feedback.kept and chosen.value in ("up", "down"):
            judge_turn(turn, chosen.value, feedback)
            live = turn is session.turns[-1]
            return (gr.skip(), render.turn(turn), "") if live else (_past(session.turns[:-1]), gr.skip(), "")
        return gr.skip(), gr.skip(), ""

    gr.on(
        [parts.past.select, parts.live.select],
        tool,
        [parts.session],
        [parts.past, parts.live, held],
        queue=False,
        show_progress="hidden",
        api_visibility="private",
    ).then(None, [held], None, js=SAVE)


def judge_turn(turn: Turn, thumb: str, feedback: Feedback) -> None:
    """Keep what a reader says of an answer; where that fails, the turn says so."""
    if turn.answer is None:
        return
    answer = turn.answer

    def keep() -> Iterator[None]:
        feedback.add(answer, thumb)
        yield None

    for got in outcome(keep):
        if isinstance(got, Problem):
            turn.notices.append(got.message)
        else:
            turn.thumb = thumb


def suggestions(turn: Turn | None, ask: Callable[[str], Answer]) -> str:
    """Questions to ask next; nothing while there is no answer."""
    if turn is None or turn.answer is None:
        return ""
    for got in outcome(lambda: iter([followups.suggested(turn, ask)])):
        if not isinstance(got, Problem):
            return followups.shown_questions(got)
    return ""


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
                clear = gr.Button("Clear", variant="secondary", min_width=72, scale=0, elem_id="gw-clear")
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


def answer(question: str, session: Session) -> Iterator[_Update]:
    """What the page shows while a question is answered, step by step."""
    if not question.strip():
        yield _update(session, None, busy=False)
        return
    before = list(session.turns)
    for i, turn in enumerate(session.ask(question)):
        update = _update(session, turn, busy=not turn.over)
        if i == 0:  # the turns before this one move up, once
            past = _past(before)
            folded = sources.earlier(before)
            update = (past, update[1], folded, update[3], "", *update[5:8], "")
        yield update


def _past(turns: list[Turn]) -> str:
    return "".join(render.turn(t) for t in turns)


def _update(session: Session | None, turn: Turn | None, *, busy: bool) -> _Update:
    """New values in the order of the parts: the live turn and its sources, the buttons; the rest stays."""
    live, panel = (gr.skip(), gr.skip()) if turn is None else (render.turn(turn), sources.panel(turn))
    return (gr.skip(), live, gr.skip(), panel, gr.skip(), *_buttons(busy=busy), session, gr.skip())


def _buttons(*, busy: bool) -> tuple[Any, Any]:
    return gr.Button(visible=not busy), gr.Button(visible=busy)
