"""Run the suites that were asked for on one judge and put the record together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from eval.battery import Battery, battery_figures, battery_requests, quote_items
from eval.figures import Estimate
from eval.judging.asking import Progress, ask
from eval.judging.ground import calibration_bins, ground_figures, label_rows, load_ground
from eval.judging.judges import Opened
from eval.judging.records import Judged, JudgeRun, Request
from eval.judging.twins import TwinClaim, twin_figures, twin_requests
from rag.errors import InputError
from rag.paper import Paper


class Suites(NamedTuple):
    """What to ask. ``sources`` says in plain lines where it comes from; ``limit`` is per suite and file."""

    claims: Sequence[TwinClaim] = ()
    papers: Sequence[Paper] = ()
    ground: Sequence[Path] = ()
    answers: Sequence[Request] = ()
    """Ready to be asked, as from a ground file."""
    battery: Battery | None = None
    sources: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    limit: int | None = None


def requests_of(suites: Suites, seed: int = 0) -> list[Request]:
    """All that the judge is to be asked.

    Raises:
        InputError: claims about papers that are not there, or a file that cannot be read.
    """
    if len({path.stem for path in suites.ground}) != len(suites.ground):
        raise InputError("two ground files have one name", "Figures are told apart by it: rename one")
    found = twin_requests(suites.claims, suites.papers, limit=suites.limit) if suites.claims else []
    found += suites.answers
    for path in suites.ground:
        found += load_ground(path, limit=suites.limit, seed=seed)
    return found + (battery_requests(suites.battery) if suites.battery is not None else [])


def run_suites(
    opened: Opened, suites: Suites, *, workers: int = 1, seed: int = 0, progress: Progress | None = None
) -> JudgeRun:
    """Ask the judge and make the figures.

    Raises:
        InputError: as :func:`requests_of`, or there is nothing to ask.
        ModelAuthError, ModelNotFoundError, NotAskedError: as :func:`eval.judging.asking.ask`.
    """
    started = datetime.now(UTC).isoformat(timespec="seconds")
    items = ask(opened.judge, requests_of(suites, seed), workers=workers, progress=progress)
    if suites.battery is not None:
        items += quote_items(suites.battery)
    return JudgeRun(
        started=started,
        judge=opened.facts,
        seed=seed,
        sources=suites.sources,
        notices=suites.notices,
        figures=tuple(figures_of(items, seed)),
        labels=tuple(label_rows(items, seed=seed)),
        bins=tuple(calibration_bins(items, seed=seed)),
        items=tuple(items),
    )


def figures_of(items: Sequence[Judged], seed: int = 0) -> list[Estimate]:
    """All figures of all suites, from the items alone, so that a stored record can be scored anew."""
    return [
        *twin_figures(items, seed=seed),
        *ground_figures(items, seed=seed),
        *battery_figures(items, seed=seed),
    ]
