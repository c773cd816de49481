"""``python -m rag.cli.reference``: the help of every command as one Markdown page, kept in docs/commands.md."""

from __future__ import annotations

import click

from rag.cli.main import rag

_HEAD = "# Commands\n\nMade by `make docs` from the help of each command; a test keeps it true.\n"


def reference() -> str:
    """The page: one section per command, groups before their members, in the order of the help."""
    # The group's own settings too: help options are cached on commands, and must not depend on who asked first.
    root = click.Context(rag, info_name="rag", terminal_width=100, **rag.context_settings)
    return _HEAD + "".join(_section(rag, root))


def _section(command: click.Command, context: click.Context) -> list[str]:
    text = "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
    parts = [f"\n## {context.command_path}\n\n```\n{text}\n```\n"]
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            member = command.get_command(context, name)
            if member is not None:
                parts += _section(member, click.Context(member, info_name=name, parent=context))
    return parts


if __name__ == "__main__":
    print(reference(), end="")
