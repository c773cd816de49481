"""``rag papers``: list, show, remove, export."""

from __future__ import annotations

import click

from rag.cli.options import Given, gathered, json_option, library_options, open_assistant
from rag.errors import UnknownPaperError


@click.group()
def papers() -> None:
    """List, show, remove or export papers."""


@papers.command("list")
@click.argument("words", nargs=-1)
@json_option
@library_options
@gathered
def list_(words: tuple[str, ...], as_json: bool, opening: Given) -> int:
    """List papers, or those whose title holds all WORDS."""
    import json

    from rag.cli.output import title_line, wrap

    with open_assistant(**opening, quiet=as_json) as assistant:
        found = [p for p in assistant.papers() if all(w.casefold() in p.title.casefold() for w in words)]
        name = assistant.library.location.name
    if as_json:
        print(json.dumps([p.model_dump(mode="json") for p in found], ensure_ascii=False))
        return 0 if found else 3
    for paper in found:
        print(wrap(title_line(paper), " " * 15, f"{paper.id}  "))
    print(f"{len(found)} papers in {name}")
    return 0 if found else 3


@papers.command()
@click.argument("paper_id")
@json_option
@library_options
@gathered
def show(paper_id: str, as_json: bool, opening: Given) -> int:
    """Show one paper whole."""
    from rag.cli.output import plain, title_line, wrap

    with open_assistant(**opening, quiet=as_json) as assistant:
        paper = assistant.library.paper(paper_id)
    if paper is None:
        raise UnknownPaperError(f"the library holds no paper {paper_id!r}")
    if as_json:
        print(paper.model_dump_json())
        return 0
    print(wrap(title_line(paper)))
    print(plain(f"id {paper.id}, revision {paper.revision}, from {', '.join(paper.sources) or 'nowhere'}"))
    for source, day in dict.fromkeys((o.source, o.at) for o in paper.provenance):
        fields = ", ".join(o.field for o in paper.provenance if (o.source, o.at) == (source, day))
        print(plain(f"fetched from {source} on {day}: {fields}"))
    if paper.same_work:
        print(f"same work: {', '.join(paper.same_work)}")
    print("\n" + wrap(paper.abstract))
    return 0


@papers.command()
@click.argument("paper_ids", nargs=-1, required=True, metavar="PAPER_ID...")
@library_options
@gathered
def remove(paper_ids: tuple[str, ...], opening: Given) -> int:
    """Remove papers by id."""
    # Not for writing: where there is no library yet, that would make an empty one, which hides the bundled notes.
    with open_assistant(**opening) as assistant:
        unknown = [p for p in paper_ids if assistant.library.paper(p) is None]
        if unknown:
            raise UnknownPaperError(f"the library holds no paper {unknown[0]!r}; nothing was removed")
        count = assistant.remove(paper_ids)
    print(f"{count} removed")
    return 0


@papers.command()
@click.option("--format", "format_", type=click.Choice(["jsonl", "bibtex"]), default="jsonl", show_default=True)
@library_options
@gathered
def export(format_: str, opening: Given) -> int:
    """Print all papers as JSON lines (which ingest reads again) or BibTeX."""
    from rag.answering.export import papers_bibtex
    from rag.cli.output import plain

    with open_assistant(**opening) as assistant:
        found = assistant.papers()
    if format_ == "bibtex":
        print(plain(papers_bibtex(found)), end="")
    else:
        for paper in found:
            print(paper.model_dump_json())
    return 0
