"""The app: the page put together from its parts, and its server started."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from typing import Any, NamedTuple

import gradio as gr
from gradio.events import api
from starlette.middleware import Middleware

from rag.settings import Settings
from ui.banner import banner, facts
from ui.chat import chat_tab
from ui.check import check_tab
from ui.server import GuardHeaders
from ui.session import Answering, outcome
from ui.turn import Problem

TITLE = "Groundwork"
_FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
_MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")
_AT_ONCE, _WAITING = 4, 32


class Served(NamedTuple):
    """A running page: its address, and how to end it. It serves from threads of its own."""

    url: str
    close: Callable[[], None]


def build(assistant: Answering, settings: Settings) -> gr.Blocks:
    """The page over an assistant: the Chat and Check tabs, and the endpoint ``/ask`` for programs."""

    def told() -> str:
        return banner(facts(assistant, settings))

    page = gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True)
    with page:
        head = gr.HTML(told(), elem_id="gw-banner", apply_default_css=False)
        with gr.Tabs(elem_id="gw-tabs"):
            with gr.Tab("Chat"):
                chat_tab(assistant)
            with gr.Tab("Check"):
                check_tab(assistant)
        # Told anew to each reader: papers may have come since the server started.
        page.load(told, None, [head], queue=False, show_progress="hidden", api_visibility="private")
        api(_endpoint(assistant), api_name="ask", concurrency_limit=_AT_ONCE)
    page.queue(default_concurrency_limit=_AT_ONCE, max_size=_WAITING)
    return page


def _endpoint(assistant: Answering) -> Callable[[str], dict[str, Any]]:
    def ask(question: str) -> dict[str, Any]:
        """Answer a question from the library: the whole answer record, or {"error": {type, message, remedy}}."""
        *_, got = outcome(lambda: assistant.stream(question))
        if isinstance(got, Problem):
            return {"error": {"type": got.kind, "message": got.message, "remedy": got.remedy}}
        record: dict[str, Any] = got.payload.model_dump(mode="json")
        return record

    return ask


def launch(
    assistant: Answering, settings: Settings, *, host: str = "127.0.0.1", port: int = 7860, open_browser: bool = False
) -> Served:
    """Serve the page and return at once.

    Never shares a public link and sends nothing home. Uploads, which nothing here uses, and the record that Gradio
    keeps of runs are switched off.
    """
    page = build(assistant, settings)
    _, url, _ = page.launch(
        server_name=host,
        server_port=port,
        inbrowser=open_browser,
        share=False,
        prevent_thread_lock=True,
        quiet=True,
        show_error=False,
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        max_file_size=1,
        theme=gr.themes.Base(font=_FONTS, font_mono=_MONO, neutral_hue="stone", primary_hue="teal"),
        css=_text("theme.css"),
        js=_text("behaviour.js"),
        app_kwargs={"middleware": [Middleware(GuardHeaders)]},
    )
    return Served(url, lambda: page.close(verbose=False))


def _text(name: str) -> str:
    return (resources.files("ui") / name).read_text(encoding="utf-8")
