"""``rag chat``: question after question."""

from __future__ import annotations

import sys

import click

from rag.cli.options import (
    announce_model,
    explain_option,
    filter_options,
    given_filters,
    judge_options,
    library_options,
    model_options,
    open_assistant,
)
from rag.errors import InputError


@click.command()
@explain_option
@filter_options
@model_options
@judge_options
@library_options
def chat(
    explain: bool,
    since: int | None,
    until: int | None,
    organisations: tuple[str, ...],
    sources: tuple[str, ...],
    papers: tuple[str, ...],
    dated_only: bool,
    llm: str | None,
    judge: str | None,
    library: str | None,
    embedder: str | None,
    offline: bool,
) -> int:
    """Ask question after question; follow-ups lean on what came before. End with an empty line or Ctrl-D."""
    from rag.cli.stream import print_stream

    filters = given_filters(since, until, organisations, sources, papers, dated_only)
    with open_assistant(library, embedder, offline, llm=llm, judge=judge) as assistant:
        announce_model(assistant)
        conversation = assistant.conversation()
        interactive = sys.stdin.isatty()
        while True:
            try:
                question = input("\n? " if interactive else "").strip()
            except EOFError:
                return 0
            if not question:
                if interactive:
                    return 0
                continue
            if not interactive:
                print(f"\n? {question}")
            try:
                print_stream(conversation.stream(question, **filters), explain=explain)
            except InputError as error:
                print(error, file=sys.stderr)
