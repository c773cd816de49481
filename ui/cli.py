"""``rag ui``: serve the page. Gradio is imported only once the command runs."""

from __future__ import annotations

import functools
import threading
from pathlib import Path

import click

from rag.cli.options import judge_options, library_options, model_options, open_assistant

_OPEN_TO_ALL = "everyone on the network can ask and read; nobody can add or remove papers, and nothing is kept"
_SIGNED_IN = "whoever signs in can ask, add and remove papers; use https in front of it"


@click.command("ui")
@library_options
@model_options
@judge_options
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=7860, show_default=True, type=click.IntRange(1, 65535), help="Port, if it is free.")
@click.option("--auth", envvar="RAG_UI_AUTH", metavar="USER:PASSWORD", help="Have readers sign in; or set RAG_UI_AUTH.")
@click.option(
    "--allow-host", "hosts", multiple=True, metavar="NAME", help="A further name by which the page is called."
)
@click.option(
    "--report",
    type=click.Path(exists=True, path_type=Path),
    help="Record of an evaluation run, or a folder of them; on this machine the current folder unless given.",
)
@click.option("--mcp", is_flag=True, help="Serve ask, search, summarize and check to MCP clients too (extra: mcp).")
@click.option("--open/--no-open", "open_browser", default=True, show_default=True, help="Open a browser window.")
def ui_command(
    library: str | None,
    embedder: str | None,
    offline: bool,
    llm: str | None,
    judge: str | None,
    host: str,
    port: int,
    auth: str | None,
    hosts: tuple[str, ...],
    report: Path | None,
    mcp: bool,
    open_browser: bool,
) -> None:
    """Ask in a browser: answers with citation chips, and their sources beside them."""
    with open_assistant(library, embedder, offline, llm=llm, judge=judge) as assistant:
        from ui.access import make_access
        from ui.app import launch
        from ui.server import free_port
        from ui.standing import Standing

        access = make_access(host, auth, hosts)
        chosen = free_port(host, port)
        if chosen != port:
            click.echo(f"port {port} cannot be used, taking {chosen}", err=True)
        if not access.local:
            click.echo(f"listening on {host}: {_SIGNED_IN if access.may_write else _OPEN_TO_ALL}", err=True)
        own = functools.partial(
            open_assistant, None, embedder, offline, llm=llm, judge=judge, for_writing=True, quiet=True
        )
        standing = Standing(assistant, own if access.may_write else None)
        served = launch(
            standing,
            assistant.settings,
            host=host,
            port=chosen,
            open_browser=open_browser,
            access=access,
            mcp=mcp,
            report=report or (Path.cwd() if access.local else None),
        )
        click.echo(f"Groundwork is at {served.url} (Ctrl+C stops it)", err=True)
        standing.warm()
        try:
            threading.Event().wait()  # until Ctrl+C
        finally:
            served.close()
            standing.close()
