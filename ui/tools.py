"""What can be done with an answer: save it as a file, say whether it helps, ask on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr

from rag.answer import Answer
from ui import export, followups, render
from ui.actions import INNER, SAVE, act, saved
from ui.feedback import Feedback
from ui.session import Session, outcome
from ui.turn import Problem, Turn


def wire_tools(past: gr.HTML, live: gr.HTML, session: gr.State, feedback: Feedback) -> None:
    """Hear the buttons below the answers; call it inside ``gr.Blocks``."""

    held = saved()

    def tool(mine: Session | None, event: gr.EventData) -> tuple[Any, Any, str]:
        chosen = act(event)
        turn = mine.turn(chosen.turn) if mine is not None else None
        if mine is None or turn is None or turn.answer is None:
            return gr.skip(), gr.skip(), ""
        if chosen.kind == "export":
            return gr.skip(), gr.skip(), export.answer_file(turn.answer, chosen.value)
        if chosen.kind == "thumb" and feedback.kept and chosen.value in ("up", "down"):
            judge_turn(turn, chosen.value, feedback)
            last = turn is mine.turns[-1]
            return (gr.skip(), render.turn(turn), "") if last else (render.turns(mine.turns[:-1]), gr.skip(), "")
        return gr.skip(), gr.skip(), ""

    gr.on(
        [past.select, live.select],
        tool,
        [session],
        [past, live, held],
        queue=False,
        **INNER,
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
