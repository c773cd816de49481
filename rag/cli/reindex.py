"""``rag reindex``: rebuild both indexes from the stored papers."""

from __future__ import annotations

import click

from rag.cli.options import library_options


@click.command()
@library_options
def reindex(library: str | None, embedder: str | None, offline: bool) -> int:
    """Rebuild the indexes from the stored papers, with --embedder for another vector space."""
    from rag.cli.options import make_settings
    from rag.cli.output import progress_bar
    from rag.library import open_library

    settings = make_settings(offline=offline)
    opened = open_library(library, settings, embedder=embedder, for_writing=True, rebuilding=True)
    try:
        with progress_bar() as progress:
            count = opened.reindex(opened.embedder, settings.passage_tokens, progress)
    finally:
        opened.close()
    print(f"{count} papers indexed again with {opened.embedder.name}")
    return 0
