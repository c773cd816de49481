"""``rag search``: passages with the reasons why they were found."""

from __future__ import annotations

import sys

import click

from rag.cli.options import Given, filter_options, gathered, json_option, library_options, open_assistant


@click.command()
@click.argument("question")
@json_option
@click.option("--k", type=click.IntRange(1), default=None, help="How many passages (default 10).")
@filter_options
@library_options
@gathered
def search(question: str, as_json: bool, k: int | None, filters: Given, opening: Given) -> int:
    """Find the passages nearest to QUESTION. Exits with 3 where nothing is found."""
    import json

    from rag.asking import checked_filters
    from rag.cli.output import plain, title_line, wrap

    with open_assistant(**opening, quiet=as_json, k=k) as assistant:
        found = assistant.find(question, filters=checked_filters(filters))
    hits = found.hits
    for notice in found.selection.notices:
        print(plain(notice), file=sys.stderr)
    if as_json:
        print(json.dumps([h.model_dump(mode="json") for h in hits], ensure_ascii=False))
    for rank, hit in enumerate(hits if not as_json else [], 1):
        lexical, dense = hit.explain["lexical"], hit.explain["dense"]
        print(wrap(title_line(hit.paper), "    ", f"{rank:>2}. "))
        print(
            f"    {hit.score:.3f} = words {lexical['normalised']:.2f} (rank {lexical['rank'] or '-'}), "
            f"meaning {dense['normalised']:.2f} (rank {dense['rank'] or '-'}); id {hit.paper.id}"
        )
        print(wrap("matched: " + (", ".join(hit.explain["matched_terms"]) or "no word"), "    "))
    return 0 if hits else 3
