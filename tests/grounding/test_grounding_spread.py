"""Several processes judge a long list as one does, and one does it alone where they cannot."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from eval.fit_offline_judge import read
from eval.judge_training import training_claims
from rag.errors import InputError
from rag.grounding import OfflineJudge
from rag.grounding import spread as spreading
from rag.grounding.spread import LEAST, processes_for, spread

linux = pytest.mark.skipif(sys.platform != "linux", reason="processes are copied on Linux only")
HERE = os.getpid()


def doubled(numbers: Sequence[int]) -> list[int]:
    return [2 * n for n in numbers]


def whose(numbers: Sequence[int]) -> list[tuple[int, int]]:
    time.sleep(0.05)
    return [(os.getpid(), processes_for(10_000)) for _ in numbers]


def dying(numbers: Sequence[int]) -> list[int]:
    if os.getpid() != HERE:
        os._exit(1)
    return doubled(numbers)


@linux
def test_the_results_come_in_order() -> None:
    assert spread(doubled, range(1_001), 3) == doubled(range(1_001))


@linux
def test_several_processes_work_and_none_of_them_has_copies_of_its_own() -> None:
    found = spread(whose, range(100), 2)
    assert {process for process, _ in found}.isdisjoint({HERE}) and len({process for process, _ in found}) == 2
    assert {most for _, most in found} == {1}


@linux
def test_where_a_copy_dies_nothing_is_lost() -> None:
    assert spread(dying, range(50), 2, patience=0.5) == doubled(range(50))


@linux
def test_a_handler_of_signals_is_not_the_copies() -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    try:
        for _ in range(8):
            assert spread(doubled, range(100), 2) == doubled(range(100))
    finally:
        signal.signal(signal.SIGTERM, before)
    assert not heard and not multiprocessing.active_children()


@linux
def test_what_cannot_be_handed_over_is_done_here() -> None:
    assert set(spread(lambda numbers: [os.getpid() for _ in numbers], range(50), 2)) == {HERE}


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_few_items_take_few_processes(count: int) -> None:
    assert spread(doubled, range(count), 1_000) == doubled(range(count))
    assert len(OfflineJudge(processes=2).judge_many([("Ash is a tool.", "Ash is a tool.")] * count)) == count


def test_no_process_at_all_is_refused() -> None:
    with pytest.raises(InputError, match="at least one"):
        OfflineJudge(processes=0)


def test_one_process_works_alone_on_few_and_beside_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreading.threading, "active_count", lambda: 1)
    assert processes_for(2 * LEAST - 1) == 1
    monkeypatch.undo()
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    assert processes_for(100_000) == 1
    done.set()
    thread.join()


@linux
def test_the_verdicts_are_those_of_one_process() -> None:
    notes = read(Path(__file__).parents[2] / "rag" / "data" / "notes.jsonl")
    pairs: list[tuple[str, str | Sequence[str]]] = [
        (c.claim, notes[c.paper] if n % 7 else [notes[c.paper], "Nothing of it."])
        for n, c in enumerate(training_claims()[:300])
    ]
    pairs.reverse()
    assert OfflineJudge(processes=2).judge_many(pairs) == OfflineJudge(processes=1).judge_many(pairs)
