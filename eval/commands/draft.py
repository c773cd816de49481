"""``rag eval cases draft``: drafts of new cases, for a person to approve."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from eval.commands import options
from eval.commands.opening import open_asked

if TYPE_CHECKING:
    from eval.drafting import Draft
    from rag import Assistant


@click.command("draft")
@click.option(
    "--feedback",
    type=click.Path(exists=True, path_type=Path),
    default=None,
    help="JSONL of {question, answer, thumbs, comment}; without it a model drafts from the papers.",
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="New file for the drafts.")
@options.papers("Library of the papers.", "Or files with the papers.")
@click.option("--llm", default="auto", show_default=True, help="Model that drafts: auto, or its name.")
@click.option("--papers", "most", type=click.IntRange(1), default=10, show_default=True, help="Papers to draft from.")
@options.seed("Seed by which the papers are drawn.")
def draft_command(
    feedback: Path | None, out: Path, library: Path | None, pages: tuple[Path, ...], llm: str, most: int, seed: int
) -> None:
    """Draft cases from feedback, or with a model from papers. No run uses a draft.

    Read each, correct it, set its status to approved (with approved_by) or rejected, then: rag eval cases add FILE.
    Evidence that does not stand in its paper word for word is left out and named. Without --library and --pages the
    bundled notes are used.
    """
    from eval.drafting import from_feedback, write_drafts

    if out.exists():
        raise click.UsageError(f"{out} is there already: a person may have worked on it. Name another --out.")
    chosen = "off" if feedback is not None else llm
    with open_asked(library, pages, bundled=library is None, llm=chosen) as assistant:
        if feedback is not None:
            drafts = from_feedback(feedback, assistant.papers())
        else:
            drafts = tuple(_drafted(assistant, most, seed))
    count = write_drafts(drafts, out)
    flawed = sum(bool(d.problems) for d in drafts)
    click.echo(f"{count} drafts in {out}, {flawed} with problems named; approve them, then: rag eval cases add {out}")


def _drafted(assistant: Assistant, most: int, seed: int) -> list[Draft]:
    import random

    from eval.drafting import from_model
    from rag.errors import InputError, ModelError

    model = assistant.model()
    if model is None:
        raise InputError("there is no model to draft with", "Set a key or a base URL, or give --feedback FILE")
    papers = assistant.papers()
    drawn = random.Random(seed).sample(papers, min(most, len(papers)))
    calls = len(drawn)
    click.echo(f"{calls} calls of {model.name} at {model.host}; the papers' texts leave this machine", err=True)
    drafts: list[Draft] = []
    try:
        for draft in from_model(lambda messages: model.complete(messages), drawn, drafted_by=model.name):
            drafts.append(draft)
    except ModelError as error:
        if not drafts:
            raise
        click.echo(f"stopped: {error}; what was drafted so far is kept", err=True)
    return drafts
