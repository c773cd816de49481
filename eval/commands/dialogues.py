"""``rag eval dialogues``: conversations, turn by turn, beside their standalone rewrites."""

from __future__ import annotations

from pathlib import Path

import click

from eval.commands import options
from eval.commands.opening import described, open_asked
from eval.commands.showing import give, progress_bar


@click.command("dialogues")
@click.option(
    "--dialogues", "source", default="bundled", show_default=True,
    help="JSONL file, or bundled, bundled-dev, bundled-test.",
)  # fmt: skip
@options.papers("Library to ask.", ingested_to="ask")
@options.llm
@options.first("dialogues")
@options.seed("Seed of the intervals.")
@click.option(
    "--against", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=None,
    help="An earlier record of the same dialogues; the difference is shown, paired by turn.",
)  # fmt: skip
@options.record
def dialogues_command(
    source: str, library: Path | None, pages: tuple[Path, ...], llm: str, limit: int | None, seed: int,
    against: Path | None, out: Path | None, markdown: bool, as_json: bool,
) -> None:  # fmt: skip
    """Hold conversations: is the right paper cited at every turn, and is it declined where nothing answers?

    Bundled dialogues are asked of the bundled notes unless --library or --pages says otherwise.
    """
    from eval.dialogue_run import DialogueRun, dialogues_page, run_dialogues
    from eval.dialogues import bundled_dialogues, load_dialogues
    from eval.records import read_record

    options.not_both(library, pages)
    bundled = bundled_dialogues(source)
    dialogues = load_dialogues(bundled or source)[:limit]
    earlier = None if against is None else read_record(against, DialogueRun, "a record of dialogues")
    opened = open_asked(library, pages, bundled=bundled is not None, llm=llm)
    with opened as assistant, progress_bar() as progress:
        result = run_dialogues(
            assistant, dialogues, assistant.papers(), source=source, seed=seed, described=described(assistant, llm),
            progress=progress,
        )  # fmt: skip
    give(result, lambda record: dialogues_page(record, earlier), out, markdown=markdown, as_json=as_json)
