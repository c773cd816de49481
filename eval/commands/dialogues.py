"""``rag eval dialogues``: conversations, turn by turn, beside their standalone rewrites."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("dialogues")
@click.option(
    "--dialogues", "source", default="bundled", show_default=True,
    help="JSONL file, or bundled, bundled-dev, bundled-test.",
)  # fmt: skip
@click.option("--library", type=click.Path(path_type=Path), default=None, help="Library to ask.")
@click.option(
    "--pages", multiple=True, type=click.Path(exists=True, path_type=Path),
    help="Ingest these files into a temporary library and ask that. May be given more than once.",
)  # fmt: skip
@click.option("--llm", default="off", show_default=True, help="off, auto, or a model name.")
@click.option("--limit", type=click.IntRange(1), default=None, help="At most so many dialogues, the first ones.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the intervals.")
@click.option(
    "--against", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=None,
    help="An earlier record of the same dialogues; the difference is shown, paired by turn.",
)  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), default=None, help="Write the record here, as JSON.")
@click.option("--markdown", is_flag=True, help="Print the report as Markdown.")
@click.option("--json", "as_json", is_flag=True, help="Print the record as JSON.")
def dialogues_command(
    source: str, library: Path | None, pages: tuple[Path, ...], llm: str, limit: int | None, seed: int,
    against: Path | None, out: Path | None, markdown: bool, as_json: bool,
) -> None:  # fmt: skip
    """Hold conversations: is the right paper cited at every turn, and is it declined where nothing answers?

    Bundled dialogues are asked of the bundled notes unless --library or --pages says otherwise.
    """
    from eval.cli import _assistant, _described, _progress, _show
    from eval.dialogue_run import DialogueRun, dialogues_page, run_dialogues
    from eval.dialogues import bundled_dialogues, load_dialogues
    from eval.records import read_record, write_json

    if pages and library is not None:
        raise click.UsageError("Give --library or --pages, not both.")
    bundled = bundled_dialogues(source)
    dialogues = load_dialogues(bundled or source)[:limit]
    earlier = None if against is None else read_record(against, DialogueRun, "a record of dialogues")
    opened = _assistant(library, pages, bundled=bundled is not None, llm=llm)
    with opened as assistant, _progress() as progress:
        result = run_dialogues(
            assistant, dialogues, assistant.papers(), source=source, seed=seed, described=_described(assistant, llm),
            progress=progress,
        )  # fmt: skip
    if out is not None:
        write_json(result, out)
    if as_json:
        click.echo(result.model_dump_json())
    else:
        _show(dialogues_page(result, earlier), markdown)
