"""``rag summarize``: what the library says on a topic, or what the papers that pass a filter say."""

from __future__ import annotations

import sys

import click

from rag.cli.options import (
    Given,
    announce_model,
    explain_option,
    filter_options,
    gathered,
    json_option,
    judge_options,
    library_options,
    model_options,
    most_option,
    open_assistant,
)


@click.command()
@click.argument("topic", required=False)
@json_option
@click.option("--markdown", is_flag=True, help="The summary as Markdown.")
@most_option
@explain_option
@filter_options
@model_options
@judge_options
@library_options
@gathered
def summarize(
    topic: str | None, as_json: bool, markdown: bool, limit: int, explain: bool, filters: Given, opening: Given
) -> int:
    """Summarise what the library says on TOPIC, by themes; every sentence is cited.

    Without a TOPIC, sums up the papers that the filters leave: --organisation, --source, --since, --paper. Exits with 3
    where there is nothing to say.
    """
    from rag.cli.output import plain
    from rag.cli.stream import print_stream, whole_answer

    with open_assistant(**opening, quiet=as_json) as assistant:
        events = assistant.stream_summary(topic, limit=limit, **filters)
        announce_model(assistant)
        if as_json or markdown:
            answer = whole_answer(events)
            print(answer.model_dump_json() if as_json else plain(answer.to_markdown()).rstrip("\n"))
        else:
            answer = print_stream(events, explain=explain)
    sys.stdout.flush()
    return 3 if answer.abstained else 0
