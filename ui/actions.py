"""Buttons within a piece of HTML: what the page hears of a click on one, and files that it hands to the browser."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import gradio as gr

from ui.markup import escape

# A button says what it does by data-act (with data-turn and data-value), or names a question to ask by data-ask.
_LISTEN = """element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act], [data-ask]");
  if (!button || button.disabled) return;
  const { act = "", turn = "", value = "", ask = "" } = button.dataset;
  if (ask) trigger("submit", { act: "ask", turn, value: ask });
  else trigger("select", { act, turn, value });
});
"""
# The text is made into a file in the browser: the server writes none, and serves none.
SAVE = """(told) => {
  if (!told) return;
  const { name, kind, text } = JSON.parse(told);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: `${kind};charset=utf-8` }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}"""
_KINDS = {
    "md": "text/markdown",
    "bib": "application/x-bibtex",
    "json": "application/json",
    "csv": "text/csv",
    "jsonl": "application/jsonl",
}
_LONGEST = 20_000
INNER: Final[Mapping[str, Any]] = {"show_progress": "hidden", "api_visibility": "private"}
"""How the page's own events are wired: we show progress ourselves, and programs have endpoints of their own."""


class Act(NamedTuple):
    """What was chosen: the deed, the turn or paper it is about, and a value. All of it comes from the browser."""

    kind: str
    turn: str
    value: str


def board(value: str = "", **options: Any) -> gr.HTML:
    """A piece of HTML whose buttons are heard: by ``.select`` (see :func:`act`) and by ``.submit`` where they ask."""
    return gr.HTML(value, js_on_load=_LISTEN, apply_default_css=False, **options)


def act(event: gr.EventData) -> Act:
    """What a click said."""
    data = event._data if isinstance(event._data, dict) else {}
    kind, turn, value = (str(data.get(key) or "")[:_LONGEST] for key in ("act", "turn", "value"))
    return Act(kind, turn, value)


def button(text: str, kind: str, *, turn: str = "", value: str = "", label: str = "", style: str = "gw-quiet") -> str:
    """A button that says ``kind``. ``text`` is escaped, as all else."""
    named = f' aria-label="{escape(label)}" title="{escape(label)}"' if label else ""
    return (
        f'<button type="button" class="{escape(style)}" data-act="{escape(kind)}" data-turn="{escape(turn)}"'
        f' data-value="{escape(value)}"{named}>{escape(text)}</button>'
    )


def asking(question: str) -> str:
    """A button that asks a question."""
    return f'<button type="button" class="gw-ask" data-ask="{escape(question)}"><bdi>{escape(question)}</bdi></button>'


def file(stem: str, ending: str, text: str) -> str:
    """A text for :data:`SAVE`, which makes a file of it."""
    return json.dumps({"name": f"{stem}.{ending}", "kind": _KINDS[ending], "text": text})


def on_load(made: Callable[..., Any], inputs: Sequence[Any] | None, outputs: Sequence[Any]) -> None:
    """Call a function when a browser loads the page; call it inside ``gr.Blocks``."""
    page = gr.context.Context.root_block
    assert page is not None
    page.load(made, inputs, outputs, queue=False, **INNER)


def saved() -> gr.Textbox:
    """Holds what :func:`file` gives until the browser has taken it."""
    return gr.Textbox(visible="hidden", label="file", show_label=False, container=False, elem_classes=["gw-unseen"])
