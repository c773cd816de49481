"""``rag reindex``: rebuild both indexes from the stored papers."""

from __future__ import annotations

import click

from rag.cli.options import library_options


@click.command()
@library_options
def reindex(library: str | None, embedder: str | None, offline: bool) -> int:
    """Rebuild the indexes from the stored papers, with --embedder for another vector space."""
    from rag.cli.options import open_assistant
    from rag.cli.output import progress_bar

    # The library opens with the embedder it has; the new one is only what it is rebuilt with.
    with open_assistant(library, None, offline, for_writing=True) as assistant, progress_bar() as progress:
        count = assistant.reindex(embedder=embedder, progress=progress)
        name = assistant.library.embedder.name
    print(f"{count} papers indexed again with {name}")
    return 0
