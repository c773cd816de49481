"""``rag ui``: serve the page. Gradio is imported only once the command runs."""

from __future__ import annotations

import threading

import click

from rag.cli.options import judge_options, library_options, model_options, open_assistant

_OPEN_TO_ALL = "everyone on the network can ask and read; nobody can add or remove papers"


@click.command("ui")
@library_options
@model_options
@judge_options
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=7860, show_default=True, type=click.IntRange(1, 65535), help="Port, if it is free.")
@click.option("--open/--no-open", "open_browser", default=True, show_default=True, help="Open a browser window.")
def ui_command(
    library: str | None,
    embedder: str | None,
    offline: bool,
    llm: str | None,
    judge: str | None,
    host: str,
    port: int,
    open_browser: bool,
) -> None:
    """Ask in a browser: answers with citation chips, and their sources beside them."""
    with open_assistant(library, embedder, offline, llm=llm, judge=judge) as assistant:
        from ui.app import launch
        from ui.server import free_port, is_loopback

        chosen = free_port(host, port)
        if chosen != port:
            click.echo(f"port {port} cannot be used, taking {chosen}", err=True)
        if not is_loopback(host):
            click.echo(f"listening on {host}: {_OPEN_TO_ALL}", err=True)
        served = launch(assistant, assistant.settings, host=host, port=chosen, open_browser=open_browser)
        click.echo(f"Groundwork is at {served.url} (Ctrl+C stops it)", err=True)
        try:
            threading.Event().wait()  # until Ctrl+C
        finally:
            served.close()
