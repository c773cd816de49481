"""The real assistant over the bundled notes: it passes a gate on a sample, and everything degraded from it fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from eval.cases import Case, bundled_cases, bundled_folder, select_cases
from eval.degrade import DEGRADED, Memo
from eval.gate import Baseline, gate, hard_checks, holds, make_baseline
from eval.records import Run
from eval.runner import run
from rag.paper import Paper


class Real(NamedTuple):
    system: Memo
    papers: list[Paper]
    cases: tuple[Case, ...]
    result: Run
    baseline: Baseline


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Real]:
    if not any(bundled_folder().glob("*.jsonl")):
        pytest.skip("the bundled cases have not been assembled")
    from rag import Assistant, Settings
    from rag.library.location import notes_file

    folder = tmp_path_factory.mktemp("notes") / "library"
    with Assistant.open(folder, llm="off", settings=Settings(), for_writing=True) as assistant:
        assistant.ingest([notes_file()])
        system, papers = Memo(assistant), assistant.papers()
        # A fixed sample, kinds in turn, so that every kind is in it; the gate itself runs over all cases.
        cases = select_cases(bundled_cases(), limit=150)
        result = run(system, cases, papers)
        yield Real(system, papers, cases, result, make_baseline(result))


def test_the_hard_checks_hold(real: Real) -> None:
    assert [c for c in hard_checks(real.result) if not c.holds] == []


def test_asking_again_passes_the_gate(real: Real) -> None:
    again = run(real.system, real.cases, real.papers)
    assert [c for c in gate(again, real.baseline) if not c.holds] == []


@pytest.mark.parametrize("name", DEGRADED)
def test_a_degraded_system_fails_the_gate(real: Real, name: str) -> None:
    worse = run(DEGRADED[name](real.system, real.papers, 0), real.cases, real.papers)
    assert not holds(gate(worse, real.baseline))
