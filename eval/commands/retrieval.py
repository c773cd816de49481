"""``rag eval retrieval``: retrieval over a collection in the form of BEIR."""

from __future__ import annotations

from pathlib import Path

import click

from eval.commands import options
from eval.commands.opening import open_empty
from eval.commands.showing import give, progress_bar


@click.command("retrieval")
@click.option(
    "--beir", "folder", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with corpus.jsonl, queries.jsonl and qrels/*.tsv.",
)  # fmt: skip
@click.option("--split", default="test", show_default=True, help="Which file of qrels to score against.")
@click.option("--limit", type=int, default=None, help="At most so many queries, drawn with the seed.")
@click.option("--embedder", default=None, help="Another embedder than the setting's.")
@options.seed("Seed of the sample and of the intervals.")
@options.record
def retrieval_command(
    folder: Path, split: str, limit: int | None, embedder: str | None, seed: int, out: Path | None, markdown: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Index a collection into a temporary library, ask its queries, score the rankings.

    nDCG@10, R@100, MRR@10 and Judged@10 by ir-measures, with bootstrap intervals over the queries, and the speed.
    """
    from time import perf_counter

    from eval.beir import read_beir, shelve
    from eval.retrieval_run import retrieval_page, run_retrieval, sample

    collection = sample(read_beir(folder, split=split), limit, seed)
    shelved = shelve(collection.documents)
    with open_empty(embedder=embedder) as assistant, progress_bar() as progress:
        began = perf_counter()
        assistant.library.write(shelved.papers, lambda _, done, total: progress(done, total))
        index_seconds = perf_counter() - began
        held = {p.id for p in assistant.papers()}
        if lost := [p for p in shelved.papers if p.id not in held]:
            notice = f"{len(lost)} papers did not keep their id in the library; they count as never found"
            collection = collection._replace(notices=(*collection.notices, notice))
        result = run_retrieval(
            assistant, collection, shelved, index_seconds=index_seconds, seed=seed, progress=progress,
            described={"embedder": assistant.library.embedder.name},
        )  # fmt: skip
    give(result, retrieval_page, out, markdown=markdown, as_json=as_json)
