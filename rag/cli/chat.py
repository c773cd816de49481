"""``rag chat``: question after question."""

from __future__ import annotations

import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rag.cli.options import (
    Given,
    announce_model,
    explain_option,
    filter_options,
    gathered,
    judge_options,
    library_options,
    model_options,
    open_assistant,
)
from rag.errors import InputError

if TYPE_CHECKING:
    from rag.assistant import Assistant, Conversation

_HELP = """/sources  the sources of the last answer with their quotes
/save FILE  the conversation as Markdown
/new      begin another conversation
/quit     end (or an empty line, or Ctrl-D)"""


@click.command()
@click.option("--id", "id", metavar="ID", help="Go on with this kept conversation, or begin it.")
@click.option("--continue", "go_on", is_flag=True, help="Go on with the latest kept conversation.")
@click.option("--no-keep", is_flag=True, help="Do not keep this conversation.")
@explain_option
@filter_options
@model_options
@judge_options
@library_options
@gathered
def chat(
    id: str | None,
    go_on: bool,
    no_keep: bool,
    explain: bool,
    filters: Given,
    opening: Given,
) -> int:
    """Ask question after question; follow-ups lean on what came before. End with an empty line or Ctrl-D.

    Conversations are kept in your data folder (see rag chats); /help tells the commands within one.
    """
    if sum((id is not None, go_on, no_keep)) > 1:
        raise click.UsageError("Give one of --id, --continue and --no-keep.")
    with open_assistant(**opening) as assistant:
        announce_model(assistant)
        conversation = _begun(assistant, id, go_on=go_on, no_keep=no_keep)
        for notice in conversation.notices:
            _tell(notice)
        _talk(assistant, conversation, filters, no_keep=no_keep, explain=explain)
    return 0


def _begun(assistant: Assistant, id: str | None, *, go_on: bool, no_keep: bool) -> Conversation:
    if no_keep or (assistant.settings.conversations_dir == "off" and id is None and not go_on):
        return assistant.conversation()
    if go_on:
        kept = [row for row in assistant.conversations() if row.readable]
        if not kept:
            raise InputError("no conversation is kept yet", "Begin one with: rag chat")
        id = kept[0].id
    conversation = assistant.conversation(id or uuid.uuid4().hex[:12])
    if id is not None and conversation.turns:
        _tell(f"conversation {id}, {len(conversation.turns)} turns; the last question: {conversation.turns[-1][0]}")
    return conversation


def _talk(
    assistant: Assistant, conversation: Conversation, filters: dict[str, Any], *, no_keep: bool, explain: bool
) -> None:
    interactive = sys.stdin.isatty()
    while True:
        try:
            question = input("\n? " if interactive else "").strip()
        except EOFError:
            return
        if not question:
            if interactive:
                return
            continue
        if not interactive:
            print(f"\n? {question}")
        if question == "/quit":
            return
        if question == "/new":
            conversation = _begun(assistant, None, go_on=False, no_keep=no_keep)
            continue
        try:
            if question.startswith("/"):
                _command(conversation, question)
            else:
                _ask(conversation, question, filters, explain=explain)
        except InputError as error:
            _tell(str(error))


def _ask(conversation: Conversation, question: str, filters: dict[str, Any], *, explain: bool) -> None:
    from rag.cli.output import plain, wrap
    from rag.cli.stream import print_stream

    events = conversation.stream(question, **filters)
    if conversation.understood not in (None, " ".join(question.split())):
        print(wrap(f"understood as: {plain(conversation.understood or '')}", "   ", "  ("), end=")\n")
    print_stream(events, explain=explain)


def _command(conversation: Conversation, line: str) -> None:
    name, _, rest = line.partition(" ")
    if name == "/sources":
        _sources(conversation)
    elif name == "/save":
        _save(conversation, rest.strip())
    elif name == "/help":
        print(_HELP)
    else:
        raise InputError(f"there is no command {name}", "Type /help for those there are")


def _sources(conversation: Conversation) -> None:
    from rag.cli.output import title_line, wrap
    from rag.text import display

    answer = next((a for _, a in reversed(conversation.turns) if a.sources), None)
    if answer is None:
        raise InputError("nothing has been cited yet", "Ask something")
    for number, paper in enumerate(answer.sources, 1):
        print(wrap(title_line(paper), "      ", f"  [{number}] "))
        quotes = [c.quote for claim in answer.claims for c in claim.citations if c.number == number]
        for quote in dict.fromkeys(quotes):
            print(wrap(f"\u201c{display(quote)}\u201d", "      ", "      "))


def _save(conversation: Conversation, file: str) -> None:
    from rag.cli.output import write_new
    from rag.conversations.export import conversation_markdown

    if not file:
        raise InputError("no file is named", "Write: /save FILE.md")
    path = Path(file).expanduser()
    write_new(path, conversation_markdown(conversation.turns, conversation.outdated()))
    print(f"saved to {path}")


def _tell(text: str) -> None:
    from rag.cli.output import plain

    print(plain(text), file=sys.stderr)
