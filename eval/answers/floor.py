"""What the harness is recorded to tell apart. CI fails when it stops doing so.

Recorded is what was seen, answer by answer, not a wish: where the offline judge sees no difference, the record says so.
A later harness has to be non-inferior, as in :mod:`eval.gate`: the one-sided 95 % lower bound of the mean paired
difference, clustered by paper, above minus the margin. Beside that two checks against chance, so that a record of a
useless harness would not hold either: good answers rank above faulty ones, and faults are detected more often than good
answers raise an alarm. Another judge may be held to the same floor, since the question is the same; another set of
answers may not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Final

from eval.answers.measures import ALL, outcome_of, twins_of
from eval.answers.records import FAULTS
from eval.answers.scored import QUALITY, AnswersRun, Scored
from eval.gate import Check
from eval.records import Stored, read_record
from eval.statistics import paired_difference

MARGIN: Final = 0.05
MARGIN_OF_KIND: Final = 0.15
"""A kind has 21 to 24 pairs: one fewer detected puts the lower bound near -0.14, two put it near -0.23."""


class Floor(Stored):
    """What one run saw: per faulty answer whether it was detected and how it ranked, per good one whether it was quiet.

    Moving it is a reviewed change.
    """

    recorded: str
    answers_digest: str
    judge: str
    detected: dict[str, float]
    ranked: dict[str, float]
    quiet: dict[str, float]


def floor_path() -> Path:
    """Where the floor of the bundled answers lies."""
    return Path(str(resources.files("eval") / "data" / "answers_floor.json"))


def read_floor(path: Path) -> Floor:
    """Read a floor.

    Raises:
        InputError: there is none, or the file is none.
    """
    return read_record(path, Floor, "Record one with: rag eval answers --update")


def make_floor(run: AnswersRun) -> Floor:
    """The floor that this run would record."""
    return Floor(
        recorded=run.started[:10], answers_digest=run.answers_digest, judge=run.judge.name,
        detected=_detected(run.items), ranked=_ranked(run.items), quiet=_quiet(run.items),
    )  # fmt: skip


def check_floor(run: AnswersRun, floor: Floor) -> list[Check]:
    """All checks; where the run cannot be compared with the floor, that is a check that fails."""
    checks = [_above_chance(run), _more_than_alarms(run)]
    same = run.answers_digest == floor.answers_digest
    judges = "" if run.judge.name == floor.judge else f"; recorded with {floor.judge}, now {run.judge.name}"
    saw = f"{len(run.items)} answers, recorded {floor.recorded}{judges}"
    checks.append(Check("same answers as recorded", same, saw if same else "other answers: record anew with --update"))
    if same:
        checks.append(_kept(run, "faults detected", floor.detected, _detected, ALL, MARGIN))
        checks += [_kept(run, f"detected: {f}", floor.detected, _detected, f, MARGIN_OF_KIND) for f in FAULTS]
        checks.append(_kept(run, "good ranked above faulty", floor.ranked, _ranked, ALL, MARGIN))
        checks.append(_kept(run, "good answers left in peace", floor.quiet, _quiet, "none", MARGIN))
    return checks


Values = Callable[[Sequence[Scored]], dict[str, float]]


def _detected(items: Sequence[Scored]) -> dict[str, float]:
    return {i.id: float(i.detected) for i in items if i.fault != "none"}


def _ranked(items: Sequence[Scored]) -> dict[str, float]:
    return {t.faulty.id: o for t in twins_of(items) if (o := outcome_of(t, QUALITY)) is not None}


def _quiet(items: Sequence[Scored]) -> dict[str, float]:
    return {i.id: float(not i.detected) for i in items if i.fault == "none"}


def _kept(run: AnswersRun, name: str, before: Mapping[str, float], values: Values, group: str, margin: float) -> Check:
    now = values(run.items)
    items = [i for i in run.items if i.id in now and group in (ALL, i.fault)]
    if not items or any(i.id not in before for i in items):
        return Check(name, False, "nothing to compare, or an answer without a record")
    difference = paired_difference(
        [before[i.id] for i in items], [now[i.id] for i in items], clusters=[i.cluster for i in items], seed=run.seed
    )
    old, new = (sum(side[i.id] for i in items) / len(items) for side in (before, now))
    saw = f"{old:.3f} -> {new:.3f}, lower bound {difference.lower:+.3f}, n={len(items)}"
    return Check(f"{name}: at most {margin:g} worse", difference.lower >= -margin, saw)


def _above_chance(run: AnswersRun) -> Check:
    found = twins_of(run.items)
    ranks = _ranked(run.items)
    name = "good answers rank above faulty ones more often than by chance"
    if not ranks:
        return Check(name, False, "no pair has a value")
    rows = [(t.good.cluster, ranks[t.faulty.id]) for t in found if t.faulty.id in ranks]
    difference = paired_difference(
        [0.5] * len(rows), [r for _, r in rows], clusters=[c for c, _ in rows], seed=run.seed
    )
    return Check(name, difference.lower > 0, f"{difference.value + 0.5:.3f} where chance is 0.5, n={len(rows)}")


def _more_than_alarms(run: AnswersRun) -> Check:
    """Detected faults against alarms on their own good twins, pair by pair."""
    found = twins_of(run.items)
    name = "faults are detected more often than good twins raise an alarm"
    if not found:
        return Check(name, False, "there is no pair")
    difference = paired_difference(
        [float(t.good.detected) for t in found],
        [float(t.faulty.detected) for t in found],
        clusters=[t.good.cluster for t in found],
        seed=run.seed,
    )
    detected = sum(t.faulty.detected for t in found) / len(found)
    alarms = sum(t.good.detected for t in found) / len(found)
    saw = f"{detected:.3f} against {alarms:.3f}, lower bound of the difference {difference.lower:+.3f}, n={len(found)}"
    return Check(name, difference.lower > 0, saw)
