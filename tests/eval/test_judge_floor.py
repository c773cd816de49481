"""The recorded floor: the packaged judge holds it, worse judges fall through it, other judges are not compared."""

from __future__ import annotations

from typing import Any

import pytest

from eval.battery import KINDS, Battery, build_battery
from eval.battery.floor import Floor, check_floor, floor_battery, measure_floor, read_floor
from eval.gate import holds
from rag.corpus import read_sources
from rag.grounding import OfflineJudge
from rag.grounding import offline as offline_module
from rag.library.location import notes_file
from rag.paper import Paper


@pytest.fixture(scope="module")
def papers() -> list[Paper]:
    return list(read_sources([notes_file()]).papers)


@pytest.fixture(scope="module")
def battery(papers: list[Paper]) -> Battery:
    return floor_battery(papers)


@pytest.fixture(scope="module")
def now(papers: list[Paper], battery: Battery) -> Floor:
    return measure_floor(OfflineJudge(), papers, battery)


def test_the_packaged_judge_is_not_worse_than_recorded(now: Floor) -> None:
    broken = [c for c in check_floor(now, read_floor()) if not c.holds]
    assert broken == [], "a judge that changed is recorded anew with: rag eval judge --record"


def test_the_recorded_part_is_small_and_holds_every_kind(now: Floor) -> None:
    probes = sum(c.n for c in now.battery.values())
    assert 280 <= probes <= 400
    assert set(now.battery) == set(KINDS)
    assert min(c.n for c in now.battery.values()) >= 10
    assert sum(c.n for c in now.twins.values()) >= 60


class NoFaults(OfflineJudge):
    """Weighs, and refuses nothing outright."""

    def _label(self, a: Any, evidence: Any, p: float, found: Any) -> Any:
        return ("supported" if p >= 0.5 else "unsure"), "weighed"


class Credulous(OfflineJudge):
    """Calls what it finds partial supported."""

    def _several(self, pairs: Any) -> Any:
        found = super()._several(pairs)
        return [f._replace(label="supported") if f.label in ("partial", "unsure") else f for f in found]


class Sceptical(OfflineJudge):
    """Refuses whatever is not word for word."""

    def _weigh(self, aligned: Any) -> Any:
        return [f._replace(label="unsupported", score=0.0) for f in super()._weigh(aligned)]


class Forgetful(OfflineJudge):
    """Of several passages reads the first."""

    def judge(self, claim: str, evidence: Any) -> Any:
        return super().judge(claim, evidence if isinstance(evidence, str) else [evidence[0]])


@pytest.mark.parametrize("worse", [NoFaults, Credulous, Sceptical, Forgetful])
def test_a_worse_judge_falls_through(
    worse: type[OfflineJudge], papers: list[Paper], battery: Battery, now: Floor
) -> None:
    checks = check_floor(measure_floor(worse(), papers, battery), now)
    assert checks[0].holds  # the same name and calibration: only what it does tells
    assert not holds(checks)


def test_a_single_check_less_is_enough(now: Floor) -> None:
    best = now.battery["entity"]
    less = best.model_copy(update={"right": best.right - 1})
    worse = now.model_copy(update={"battery": {**now.battery, "entity": less}})
    assert [c.name for c in check_floor(worse, now) if not c.holds] == ["battery, entity: not worse"]
    assert holds(check_floor(now, worse))  # and better is no fault


def test_another_calibration_has_to_be_recorded(now: Floor) -> None:
    other = now.model_copy(update={"judge": now.judge.model_copy(update={"calibration": "0" * 64})})
    (check,) = check_floor(other, now)
    assert not check.holds
    assert "--record" in check.saw


def test_another_battery_is_not_compared_unless_to_be_read(papers: list[Paper], now: Floor) -> None:
    other = measure_floor(OfflineJudge(), papers, build_battery(papers[:30], seed=8, limit=40))
    (check,) = check_floor(other, now)
    assert not check.holds
    assert "battery" in check.saw
    assert len(check_floor(other, now, anyway=True)) > 20


def test_the_worse_judges_above_change_what_exists() -> None:
    for name in ("_label", "_one", "_weigh", "judge"):
        assert hasattr(offline_module.OfflineJudge, name)
