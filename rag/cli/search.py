"""``rag search``: passages with the reasons why they were found."""

from __future__ import annotations

import sys

import click

from rag.cli.options import filter_options, given_filters, json_option, library_options, open_assistant


@click.command()
@click.argument("question")
@json_option
@click.option("--k", type=click.IntRange(1), default=None, help="How many passages (default 10).")
@filter_options
@library_options
def search(
    question: str,
    as_json: bool,
    k: int | None,
    since: int | None,
    until: int | None,
    organisations: tuple[str, ...],
    sources: tuple[str, ...],
    papers: tuple[str, ...],
    dated_only: bool,
    library: str | None,
    embedder: str | None,
    offline: bool,
) -> int:
    """Find the passages nearest to QUESTION. Exits with 3 where nothing is found."""
    import json

    from rag.asking import checked_filters
    from rag.cli.output import plain, title_line, wrap

    filters = given_filters(since, until, organisations, sources, papers, dated_only)
    with open_assistant(library, embedder, offline, quiet=as_json, k=k) as assistant:
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
