"""``rag eval judge``: how good is the judge? Twin claims, labelled sets, and an adversarial battery."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from eval.commands import options
from eval.commands.showing import end, give, progress_bar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eval.battery import Battery
    from eval.judging.judges import Opened
    from eval.judging.records import JudgeRun
    from eval.judging.suites import Suites
    from rag.paper import Paper

_NOTES = "notes"
_BUNDLED = "bundled"
_PASSAGES = "passages"
_FITTED = (
    "the packaged calibration was fitted on sentences of all notes, with other mutations than the battery's; only the "
    "battery's mutations, and not its sentences, are new to it"
)


@click.command("judge")
@click.option("--judge", "name", default="offline", show_default=True, help="offline, onnx:FOLDER, or a model's name.")
@click.option(
    "--claims",
    default=None,
    help="JSONL file of twin claims; or 'bundled', or 'passages': invented texts, the half that is not fitted on.",
)
@click.option(
    "--ground", multiple=True, type=click.Path(path_type=Path),
    help="JSONL file with context, claim and label. May be given more than once.",
)  # fmt: skip
@click.option(
    "--battery", "corpus", multiple=True,
    help="Make the adversarial battery from 'notes', or from this file of papers. May be given more than once.",
)  # fmt: skip
@options.split(default=None, help="Papers of the battery; by default the test half of the notes, all of a file.")
@options.papers("Library that the claims are about.", "Or files that they are about.")
@click.option(
    "--limit", type=click.IntRange(1), default=None,
    help="At most so many pairs, lines per file, and probes, spread over the kinds.",
)  # fmt: skip
@options.replies
@options.out
@options.as_json
@options.markdown
@options.seed("Seed of the battery and of the intervals.")
@click.option(
    "--workers",
    type=click.IntRange(1),
    default=None,
    help="Claims under way at once; by default 8 for a model, else 1.",
)
@click.option("--gate", is_flag=True, help="Only compare with the recorded floor; exit code 4 where it is not held.")
@click.option("--record", is_flag=True, help="Only record what the offline judge shows now as the floor.")
def judge_command(
    name: str, claims: str | None, ground: tuple[Path, ...], corpus: tuple[str, ...],
    split: Literal["dev", "test", "all"] | None, library: Path | None, pages: tuple[Path, ...], limit: int | None,
    cache: Path | None, replay: bool, budget: float | None, out: Path | None, as_json: bool, markdown: bool, seed: int,
    workers: int | None, gate: bool, record: bool,
) -> None:  # fmt: skip
    """Measure a judge: are true claims told from false ones?

    Without --claims, --ground and --battery: the bundled twin claims and the battery over the bundled notes. Claims are
    judged against the notes unless --library or --pages says otherwise. Every claim is one request to a model, and
    sends it the claim and the text that it is judged against; --cache keeps the replies, so that a run that was stopped
    goes on where it stood.
    """
    from eval.judging.judges import open_judge
    from eval.judging.suites import Suites
    from rag import Settings

    options.not_both(library, pages)
    opened = open_judge(name, Settings.from_env(), cache=cache, replay=replay, budget=budget)
    if gate or record:
        _floor(opened, record=record, as_json=as_json)
        return
    if claims is None and not ground and not corpus:
        claims, corpus = _BUNDLED, (_NOTES,)
    suites = Suites(ground=ground, sources=tuple(str(path) for path in ground), limit=limit)
    if claims is not None:
        suites = _with_claims(suites, claims, library, pages)
    if corpus:
        battery, source = _battery(corpus, split, seed, limit)
        fitted = (_FITTED,) if _NOTES in corpus and opened.facts.fitted_on is not None else ()
        suites = suites._replace(battery=battery, sources=(*suites.sources, source), notices=fitted)
    result = _measure(opened, suites, workers=workers or (1 if opened.model is None else 8), seed=seed)
    _report(result, out, as_json=as_json, markdown=markdown)


def _with_claims(suites: Suites, source: str, library: Path | None, pages: Sequence[Path]) -> Suites:
    from eval.judging.passages import answer_requests, passage_twins, passages_file
    from eval.judging.twins import bundled_claims, load_claims

    if source == _PASSAGES:
        twins, answers, papers = passage_twins("test"), answer_requests("test"), _papers(None, [passages_file()])
        line = f"{len(twins)} twin claims and {len(answers)} sentences of answers over invented passages (test)"
        return suites._replace(claims=twins, papers=papers, answers=answers, sources=(*suites.sources, line))
    claims = bundled_claims() if source == _BUNDLED else load_claims(source)
    papers = _papers(library, pages)
    kinds = ", ".join(sorted({p.text_kind for p in papers}))
    line = f"{len(claims)} twin claims ({source}), against {len(papers)} papers by their {kinds}"
    return suites._replace(claims=claims, papers=papers, sources=(*suites.sources, line))


def _papers(library: Path | None, pages: Sequence[Path]) -> list[Paper]:
    """The papers of a library, of files, or the bundled notes; nothing is indexed."""
    from rag import Assistant
    from rag.corpus import read_sources
    from rag.errors import InputError
    from rag.library.location import notes_file

    if library is not None:
        with Assistant.open(library, llm="off") as assistant:
            return assistant.papers()
    read = read_sources(list(pages) or [notes_file()])
    for rejected in read.rejected:
        click.echo(f"not taken: {rejected}", err=True)
    if not read.papers:
        raise InputError("no paper could be read", "Name files that rag ingest takes")
    return list(read.papers)


def _battery(
    corpus: Sequence[str], split: Literal["dev", "test", "all"] | None, seed: int, limit: int | None
) -> tuple[Battery, str]:
    from eval.battery import build_battery
    from rag.library.location import notes_file

    paths = [notes_file() if name == _NOTES else Path(name) for name in corpus]
    if absent := [p for p in paths if not p.is_file()]:
        raise click.UsageError(f"--battery takes 'notes' or files of papers; there is no file {absent[0]}")
    half = split or ("test" if list(corpus) == [_NOTES] else "all")
    battery = build_battery(_papers(None, paths), split=half, seed=seed, limit=limit)
    source = f"battery over {', '.join(corpus)}: {len(battery.probes)} probes of {battery.n_papers} papers ({half})"
    return battery, f"{source}, digest {battery.digest[:12]}"


def _measure(opened: Opened, suites: Suites, *, workers: int, seed: int) -> JudgeRun:
    from eval.judging.suites import requests_of, run_suites

    if opened.model is not None:
        n = sum(1 if r.versus is None else 2 for r in requests_of(suites, seed))
        where = "nothing is sent" if opened.model.replaying else f"claims and texts go to {opened.facts.host}"
        click.echo(f"{opened.facts.name}: at least {n} requests; {where}", err=True)
    try:
        with progress_bar() as progress:
            return run_suites(opened, suites, workers=workers, seed=seed, progress=progress)
    finally:
        if opened.model is not None:
            click.echo(opened.model.spent(), err=True)


def _report(result: JudgeRun, out: Path | None, *, as_json: bool, markdown: bool) -> None:
    from eval.battery.figures import QUOTE_CHECK
    from eval.judging.report import judge_page
    from rag.errors import RagError

    give(result, judge_page, out, markdown=markdown, as_json=as_json)
    asked = [i for i in result.items if i.verdict is None or i.verdict.judge != QUOTE_CHECK]
    if len(result.failed) == len(asked):
        raise RagError(f"the judge failed on every item, the first: {result.failed[0].failure}", "Mend that first")


def _floor(opened: Opened, *, record: bool, as_json: bool) -> None:
    """Compare with the recorded floor, or record it anew and say what changes."""
    from eval.battery.floor import check_floor, floor_path, measure_floor, read_floor
    from eval.records import write_json
    from rag.errors import InputError

    if opened.facts.calibration is None:
        raise InputError("the floor is the offline judge's", "Leave out --judge")
    path = floor_path()
    before = read_floor(path) if path.exists() or not record else None
    now = measure_floor(opened.judge, _papers(None, ()))
    checks = check_floor(now, before, anyway=record) if before is not None else []
    if record:
        write_json(now, path)
        click.echo(f"recorded {path}", err=True)
    end(checks, as_json, ignore=record)
