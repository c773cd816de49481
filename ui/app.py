"""The app: the page put together from its tabs, and its server started."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple, cast

import gradio as gr
from starlette.middleware import Middleware

from rag.errors import MissingDependencyError
from rag.settings import Settings
from ui.access import READ_ONLY, Access
from ui.actions import INNER, on_load
from ui.api import endpoints
from ui.banner import banner, facts
from ui.chat import Desk, chat_tab, history_face
from ui.check import check_tab
from ui.drawer import Choices, Drawer, settings_face, shown_filters
from ui.evaluate import evaluate_tab
from ui.feedback import Feedback, default_file
from ui.history import History
from ui.library import Head, library_tab
from ui.server import GuardHeaders, GuardHosts
from ui.session import Answering
from ui.standing import Standing
from ui.survey import survey_tab
from ui.uploads import MOST_BYTES

TITLE = "Groundwork"
_FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
_MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")
_AT_ONCE, _WAITING = 4, 32
_KEEP_UPLOADS = 3600
"""Seconds for which an upload that was never taken in lies in the temporary folder."""


class Served(NamedTuple):
    """A running page: its address, and how to end it. It serves from threads of its own."""

    url: str
    close: Callable[[], None]


def build(
    assistant: Answering | Standing,
    settings: Settings,
    access: Access = Access(),
    feedback: Feedback = Feedback(None),
    report: Path | None = None,
    mcp: bool = False,
) -> gr.Blocks:
    """The page over what it stands on: its tabs, and the endpoints for programs."""

    standing = assistant if isinstance(assistant, Standing) else Standing(assistant)
    assistant = cast(Answering, standing)  # what it does not say itself, an assistant says

    def told() -> str:
        return banner(facts(assistant, settings))

    page = gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True, delete_cache=(_KEEP_UPLOADS, _KEEP_UPLOADS))
    with page:
        head = gr.HTML(told(), elem_id="gw-banner", apply_default_css=False)
        if not access.may_write:
            gr.HTML(f'<p class="gw-notice">{READ_ONLY}</p>', apply_default_css=False)
        chosen = gr.HTML(elem_id="gw-chosen", apply_default_css=False)
        desk = _drawer(assistant, settings, access, feedback)
        gr.on(
            [c.change for c in desk.drawer.given], lambda *given: shown_filters(Choices(*given)),
            [*desk.drawer.given], [chosen], queue=False, **INNER,
        )  # fmt: skip
        with gr.Tabs(elem_id="gw-tabs"):
            with gr.Tab("Chat"):
                chat_tab(standing, desk)
            with gr.Tab("Survey"):
                survey_tab(desk.drawer)
            with gr.Tab("Check"):
                check_tab(desk.drawer)
            with gr.Tab("Library"):
                library_tab(standing, Head(head, told), access.may_write, settings.max_abstract_chars)
            with gr.Tab("Evaluate") as tab:
                evaluate_tab(assistant, feedback, report, tab)
        # Told anew to each reader: papers may have come since the server started.
        on_load(told, None, [head])
        endpoints(assistant, _AT_ONCE, mcp=mcp)
    page.queue(default_concurrency_limit=_AT_ONCE, max_size=_WAITING)
    return page


def _drawer(assistant: Answering, settings: Settings, access: Access, feedback: Feedback) -> Desk:
    """The drawer with its two faces, and what the chat works with."""
    keeps = access.may_write and settings.conversations_dir != "off"
    may_configure = access.may_write and not settings.offline
    with gr.Column(elem_id="gw-drawer"):
        listing, exports = history_face()
        given = settings_face(may_configure=may_configure, strictness=settings.strictness)

    def choose(choices: Choices) -> Answering:
        return choices.answering(assistant, settings.base_url, settings.strictness, may_configure=may_configure)

    return Desk(feedback, History(assistant, keeps=keeps), Drawer(given, choose), listing, exports)


def launch(
    assistant: Answering | Standing,
    settings: Settings,
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    open_browser: bool = False,
    access: Access = Access(),
    mcp: bool = False,
    report: Path | None = None,
) -> Served:
    """Serve the page and return at once.

    Never shares a public link and sends nothing home. The record that Gradio keeps of runs is switched off, and uploads
    are where nobody may write.

    Args:
        assistant: what answers; a :class:`Standing` where the page may go over to another library.
        report: the record of an evaluation, or a folder of them; None = none is shown.

    Raises:
        MissingDependencyError: ``mcp`` is asked for, and the extra is not installed.
    """
    if mcp and find_spec("mcp") is None:
        raise MissingDependencyError("'groundwork-rag[mcp]'", "serving MCP")
    keeps = access.may_write and settings.conversations_dir != "off"
    page = build(assistant, settings, access, Feedback(default_file() if keeps else None), report, mcp)
    hosts = frozenset(h.lower() for h in access.hosts) if access.local else None
    _, url, _ = page.launch(
        server_name=host,
        server_port=port,
        inbrowser=open_browser,
        auth=access.sign_in,
        share=False,
        prevent_thread_lock=True,
        quiet=True,
        show_error=False,
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=mcp,
        max_file_size=MOST_BYTES if access.may_write else 1,
        theme=gr.themes.Base(font=_FONTS, font_mono=_MONO, neutral_hue="stone", primary_hue="teal"),
        css=_text("theme.css"),
        js=_text("behaviour.js"),
        app_kwargs={"middleware": [Middleware(GuardHeaders), Middleware(GuardHosts, hosts=hosts)]},
    )
    return Served(url, lambda: page.close(verbose=False))


def _text(name: str) -> str:
    return (resources.files("ui") / name).read_text(encoding="utf-8")
