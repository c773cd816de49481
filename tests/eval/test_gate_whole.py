"""The gate sees what was left out, says when a passing loss is more than chance, and remembers its commit."""

from __future__ import annotations

from eval.gate import gate, hard_checks, make_baseline
from eval.records import NotRun, Run
from eval.runner import run
from tests.eval.build import PAPERS, SUITE, perfect

GOOD = run(perfect(), SUITE, PAPERS)
BASELINE = make_baseline(GOOD, "abc123")


def broken(result: Run) -> list[str]:
    return [c.name for c in gate(result, BASELINE) if not c.holds]


def test_items_that_went_missing_fail_the_gate_whatever_the_digest_says() -> None:
    assert broken(GOOD) == []
    cut = GOOD.model_copy(update={"items": GOOD.items[1:]})
    assert cut.cases_digest == BASELINE.cases_digest
    assert broken(cut) == ["same cases and notes as the baseline"]


def test_a_run_that_stopped_or_counts_an_item_twice_is_not_whole() -> None:
    item = GOOD.items[0]
    stopped = GOOD.model_copy(update={"not_run": (NotRun(case_id=item.case_id, kind=item.kind, reason="budget"),)})
    assert "no item failed" in broken(stopped)
    twice = GOOD.model_copy(update={"items": (*GOOD.items, item)})
    assert [c.name for c in hard_checks(twice) if not c.holds] == ["no item failed"]


def test_a_loss_beyond_chance_but_within_the_margin_passes_with_a_warning() -> None:
    items = [
        i.model_copy(update={"values": i.values | {"nDCG@10": v - 0.01}}) if (v := i.values["nDCG@10"]) else i
        for i in GOOD.items
    ]
    slightly = GOOD.model_copy(update={"items": tuple(items)})
    assert broken(slightly) == []
    saw = {c.name: c.saw for c in gate(slightly, BASELINE)}
    assert "warning" in saw["nDCG@10, all: at most 0.02 worse"]
    assert not any("warning" in c.saw for c in gate(GOOD, BASELINE))


def test_the_baseline_names_its_commit() -> None:
    assert any("at abc123" in c.saw for c in gate(GOOD, BASELINE))
    assert make_baseline(GOOD).commit is None
