"""``rag eval label``: a person labels claims, one at a time, without seeing the judge's verdict."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from eval.commands import options

if TYPE_CHECKING:
    from eval.labels import Choice, Pair

_KEYS = "[s]upported  [p]artial  [u]nsupported  [c]ontradicted  [t]ext of the papers  [n]ext  [q]uit"


@click.command("label")
@click.argument("run_file", metavar="RUN.json", type=click.Path(path_type=Path))
@click.option("--labels", type=click.Path(path_type=Path), default=None, help="JSONL file [default: RUN.labels.jsonl].")
@click.option("--name", default=None, help="Who labels; asked for where it is not given.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="Claims to show.")
@options.seed("Seed of the order.")
@click.option("--rates", is_flag=True, help="Only show the rate that the labels so far correct.")
def label_command(run_file: Path, labels: Path | None, name: str | None, limit: int, seed: int, rates: bool) -> None:
    """Label claims of a recorded run against what they quote; the judge's verdict is not shown.

    Claims come in a seeded order, the verdicts in turn. Labels are kept with name and date, one line each; the file
    holds none of the papers' words. From 30 labels on, the judge's rate is shown corrected by them.
    """
    from eval.labels import add_label, draw, load_labels, pairs_of, rate_line
    from eval.records import read_run

    run = read_run(run_file)
    path = labels or run_file.with_suffix(".labels.jsonl")
    given = load_labels(path)
    if not rates:
        name = (name or str(click.prompt("Your name"))).strip()
        if not name:
            raise click.UsageError("A label needs a name.")
        todo = draw(pairs_of(run), (g.key for g in given if g.by == name), seed=seed)[:limit]
        if not todo:
            click.echo("nothing is left to label")
        for at, pair in enumerate(todo, 1):
            _show(pair, at, len(todo))
            choice = _ask(pair)
            if choice is None:
                break
            if choice != "next":
                add_label(path, pair, choice, name)
        given = load_labels(path)
    click.echo(rate_line(run, given))


def _show(pair: Pair, at: int, total: int) -> None:
    click.echo(f"\n--- {at} of {total} ---")
    click.echo(f"Question: {pair.question}")
    click.echo(f"Claim:    {pair.claim}")
    for title, quote in pair.quotes:
        click.echo(f"Quoted from {title}:\n  {quote}")
    click.echo("Do these words support all of the claim?")


def _ask(pair: Pair) -> Choice | Literal["next"] | None:
    """The label, "next" to leave this one out, None to stop. Asks again until it understands."""
    from eval.labels import CHOICES

    while True:
        try:
            key = str(click.prompt(_KEYS, default="", show_default=False)).strip().lower()[:1]
        except click.Abort:
            return None
        if key in CHOICES:
            return CHOICES[key]
        if key == "q":
            return None
        if key == "n":
            return "next"
        for title, text in pair.texts if key == "t" else ():
            click.echo(f"{title}\n  {text}")
