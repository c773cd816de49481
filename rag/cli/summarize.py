"""``rag summarize``: what the library says on a topic, or what the papers that pass a filter say."""

from __future__ import annotations

import sys

import click

from rag.cli.options import (
    announce_model,
    explain_option,
    filter_options,
    given_filters,
    json_option,
    judge_options,
    library_options,
    model_options,
    open_assistant,
)


@click.command()
@click.argument("topic", required=False)
@json_option
@click.option("--markdown", is_flag=True, help="The summary as Markdown.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="Most papers.")
@explain_option
@filter_options
@model_options
@judge_options
@library_options
def summarize(
    topic: str | None,
    as_json: bool,
    markdown: bool,
    limit: int,
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
    """Summarise what the library says on TOPIC, by themes; every sentence is cited.

    Without a TOPIC, sums up the papers that the filters leave: --organisation, --source, --since, --paper. Exits with 3
    where there is nothing to say.
    """
    from rag.cli.output import plain
    from rag.cli.stream import print_stream, whole_answer

    filters = given_filters(since, until, organisations, sources, papers, dated_only)
    with open_assistant(library, embedder, offline, llm=llm, judge=judge, quiet=as_json) as assistant:
        events = assistant.stream_summary(topic, limit=limit, **filters)
        announce_model(assistant)
        if as_json or markdown:
            answer = whole_answer(events)
            print(answer.model_dump_json() if as_json else plain(answer.to_markdown()).rstrip("\n"))
        else:
            answer = print_stream(events, explain=explain)
    sys.stdout.flush()
    return 3 if answer.abstained else 0
