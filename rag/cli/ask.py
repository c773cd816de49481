"""``rag ask``: one question, answered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from rag.cli.options import (
    Given,
    announce_model,
    around_model,
    cache_options,
    explain_option,
    filter_options,
    gathered,
    json_option,
    judge_options,
    library_options,
    model_options,
    open_assistant,
)


@click.command()
@click.argument("question")
@json_option
@click.option("--markdown", is_flag=True, help="The answer as Markdown.")
@click.option("--bibtex", is_flag=True, help="The cited papers as BibTeX.")
@click.option("--k", type=click.IntRange(1), help="Passages reported as found.")
@click.option("--exhaustive", is_flag=True, help="With a model: read every paper; says what that takes first.")
@click.option(
    "--multi-query", type=click.IntRange(0, 8), metavar="N", help="With a model: search for N further wordings."
)
@click.option(
    "--rerank", type=click.IntRange(0, 200), metavar="N", help="With a model: let it grade the N best papers."
)
@click.option("--sufficiency", is_flag=True, help="With a model: ask it first whether the papers answer at all.")
@click.option("--budget", type=float, metavar="AMOUNT", help="Most that this question may cost; needs the prices.")
@click.option("--max-claims", type=click.IntRange(1), help="Most claims in the answer.")
@explain_option
@filter_options
@cache_options
@model_options
@judge_options
@library_options
@gathered
def ask(
    question: str,
    as_json: bool,
    markdown: bool,
    bibtex: bool,
    k: int | None,
    exhaustive: bool,
    multi_query: int | None,
    rerank: int | None,
    sufficiency: bool,
    budget: float | None,
    max_claims: int | None,
    explain: bool,
    filters: dict[str, Any],
    cache: Path | None,
    replay: bool,
    opening: Given,
) -> int:
    """Answer QUESTION from the library, with checked citations.

    Exits with 3 where the abstracts do not say.
    """
    from rag.cli.output import plain
    from rag.cli.stream import print_stream, whole_answer

    helped: dict[str, Any] = {"multi_query": multi_query, "model_rerank": rerank, "sufficiency": sufficiency or None}
    more: dict[str, Any] = {"k": k, "max_claims": max_claims, "question_budget": budget, **helped}
    with open_assistant(**opening, quiet=as_json, **more) as opened:
        assistant, _ = around_model(opened, cache, replay=replay)
        events = assistant.stream(question, exhaustive=exhaustive, **filters)
        announce_model(assistant)
        if as_json or markdown or bibtex:
            answer = whole_answer(events)
            text = answer.to_markdown() if markdown else answer.to_bibtex()
            print(answer.model_dump_json() if as_json else plain(text).rstrip("\n"))
        else:
            answer = print_stream(events, explain=explain)
    return 3 if answer.abstained else 0
