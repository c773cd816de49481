"""``rag chats``: the conversations that are kept."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from rag.cli.options import Given, gathered, json_option, library_options, make_settings, open_assistant
from rag.errors import InputError


@click.group()
def chats() -> None:
    """List, show, export or delete the conversations that are kept."""


@chats.command("list")
@json_option
def list_chats(as_json: bool) -> int:
    """List kept conversations, the latest first."""
    from rag.cli.output import plain
    from rag.conversations.store import open_store

    rows = open_store(make_settings()).list()
    if as_json:
        print(json.dumps([row.model_dump() for row in rows], ensure_ascii=False))
        return 0
    if not rows:
        print("no conversation is kept", file=sys.stderr)
    for row in rows:
        turns = f"{row.turns} turn{'s' if row.turns != 1 else ''}" if row.readable else "unreadable"
        print(plain(f"{row.id}  {row.updated[:16].replace('T', ' '):16}  {turns:>10}  {row.title}"))
    return 0


@chats.command("show")
@click.argument("id")
@json_option
@library_options
@gathered
def show_chat(id: str, as_json: bool, opening: Given) -> int:
    """Show the kept conversation ID; evidence that has changed or gone since is marked."""
    from rag.cli.output import plain

    if as_json:
        from rag.conversations.store import open_store

        print(open_store(make_settings()).load(id).model_dump_json())
        return 0
    print(plain(_markdown(id, opening)).rstrip("\n"))
    return 0


@chats.command("export")
@click.argument("id")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@library_options
@gathered
def export_chat(id: str, file: Path, opening: Given) -> int:
    """Write the kept conversation ID to FILE as Markdown; an existing file is not overwritten."""
    from rag.cli.output import write_new

    write_new(file, _markdown(id, opening))
    return 0


@chats.command("delete")
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
def delete_chats(ids: tuple[str, ...]) -> int:
    """Delete kept conversations."""
    from rag.conversations.store import open_store

    store = open_store(make_settings())
    unknown = [id for id in ids if not store.exists(id)]
    if unknown:
        raise InputError(f"no conversation {unknown[0]!r} is kept", "List them with: rag chats list")
    for id in ids:
        store.delete(id)
    return 0


def _markdown(id: str, opening: Given) -> str:
    from rag.conversations.export import conversation_markdown
    from rag.conversations.store import open_store

    if not open_store(make_settings()).exists(id):
        raise InputError(f"no conversation {id!r} is kept", "List them with: rag chats list")
    with open_assistant(**opening, quiet=True) as assistant:
        conversation = assistant.conversation(id)
        for notice in conversation.notices:
            print(" ".join(notice.split()), file=sys.stderr)
        return conversation_markdown(conversation.turns, conversation.outdated())
