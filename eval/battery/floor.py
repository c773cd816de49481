"""The floor under the offline judge: what a small fixed part of the battery and the bundled twins showed when recorded.

CI fails where a kind has fewer right answers than recorded. Everything is deterministic, so counts are compared, not
intervals: a judge is not to get worse on the very same probes. A judge with another name or calibration, another
battery or other claims are not compared at all; whoever changes one records anew (``rag eval judge --record``), and
the difference in this file is what a reviewer reads.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Final

from eval.battery.build import Battery, build_battery
from eval.battery.figures import FALSE_KINDS, REFUSALS, battery_requests, passed, quote_items
from eval.gate import Check
from eval.judging.asking import ask
from eval.judging.judges import JudgeFacts, describe
from eval.judging.twins import TwinClaim, bundled_claims, pairs_of, twin_requests
from eval.records import Stored, read_record
from rag.errors import InputError
from rag.grounding import Judge
from rag.paper import Paper, Record

SEED: Final = 7
LIMIT: Final = 340
_REMEDY: Final = "Record one with: rag eval judge --record"


class Count(Record):
    """How many of ``n`` probes or pairs of one kind came out right."""

    right: int
    n: int


class Floor(Stored):
    """What was recorded, and what it was recorded of.

    ``battery`` counts by kind what came out right; ``refused`` the faults that are refused outright, since a judge
    that calls them partial instead lets them into answers; ``twins`` by kind the pairs with both right.
    """

    judge: JudgeFacts
    seed: int
    battery_digest: str
    claims_digest: str
    battery: dict[str, Count]
    refused: dict[str, Count]
    twins: dict[str, Count]


def floor_path() -> Path:
    """Where the recorded floor lies."""
    return Path(str(resources.files("eval") / "data" / "judge_floor.json"))


def read_floor(path: Path | None = None) -> Floor:
    """Read the recorded floor.

    Raises:
        InputError: there is none, or the file is no floor.
    """
    return read_record(path or floor_path(), Floor, _REMEDY)


def floor_battery(papers: Sequence[Paper]) -> Battery:
    """The small battery, over the bundled notes of the test half."""
    return build_battery(papers, split="test", seed=SEED, limit=LIMIT)


def measure_floor(judge: Judge, papers: Sequence[Paper], battery: Battery | None = None) -> Floor:
    """What the judge shows now, over the bundled notes: the small battery, made anew unless given, and the twins.

    Raises:
        InputError: the judge failed on an item; what is broken is not recorded.
    """
    battery = battery or floor_battery(papers)
    claims = bundled_claims()
    probed = [*ask(judge, battery_requests(battery)), *quote_items(battery)]
    twins = ask(judge, twin_requests(claims, papers))
    if failed := [i for i in (*probed, *twins) if i.failure]:
        raise InputError(f"the judge failed on {len(failed)} items, the first: {failed[0].failure}", "Mend that first")
    return Floor(
        judge=describe(judge),
        seed=battery.seed,
        battery_digest=battery.digest,
        claims_digest=claims_digest(claims),
        battery=_counts([(i.kind, passed(i)) for i in probed]),
        refused=_counts([(i.kind, i.label in REFUSALS) for i in probed if i.kind in FALSE_KINDS]),
        twins=_counts([(p.kind, p.both_right) for p in pairs_of(twins)]),
    )


def claims_digest(claims: Sequence[TwinClaim]) -> str:
    """sha256 in hex over the claims, in any order."""
    return hashlib.sha256("\n".join(sorted(c.model_dump_json() for c in claims)).encode("utf-8")).hexdigest()


def check_floor(now: Floor, recorded: Floor, *, anyway: bool = False) -> list[Check]:
    """One check that the two can be compared, then one per kind that it has not got worse.

    ``anyway`` gives the counts of both sides also where they are not of the same: to be read when recording anew.
    """
    changed = [
        f"{name}: {_short(old)} -> {_short(new)}"
        for name, old, new in (
            ("judge", recorded.judge.name, now.judge.name),
            ("calibration", recorded.judge.calibration, now.judge.calibration),
            ("battery", recorded.battery_digest, now.battery_digest),
            ("twin claims", recorded.claims_digest, now.claims_digest),
        )
        if old != new
    ]
    saw = "; ".join(changed) + f". {_REMEDY}" if changed else f"{now.judge.name}, {_short(now.judge.calibration)}"
    same = Check("the floor was recorded of this judge, battery and claims", not changed, saw)
    if changed and not anyway:
        return [same]
    checks = [same]
    suites = (
        ("battery", recorded.battery, now.battery),
        ("refused", recorded.refused, now.refused),
        ("twins", recorded.twins, now.twins),
    )
    for suite, old, new in suites:
        for kind, floor in old.items():
            count = new.get(kind, Count(right=0, n=0))
            holds = count.n == floor.n and count.right >= floor.right
            checks.append(
                Check(f"{suite}, {kind}: not worse", holds, f"{floor.right} of {floor.n} -> {count.right} of {count.n}")
            )
    return checks


def _counts(rows: Sequence[tuple[str, bool]]) -> dict[str, Count]:
    n, right = Counter(kind for kind, _ in rows), Counter(kind for kind, ok in rows if ok)
    return {kind: Count(right=right[kind], n=n[kind]) for kind in sorted(n)}


def _short(value: str | None) -> str:
    return "none" if value is None else value if len(value) < 40 else value[:12]
