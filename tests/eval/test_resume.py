"""A run that is stopped is not lost: its journal is readable, and going on asks only the rest."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from eval.aggregate import aggregate
from eval.compare import compare, require_comparable
from eval.gate import hard_checks
from eval.journal import Journal, journal_path, read_any, read_journal
from eval.records import Run, read_run
from eval.report import run_page, to_markdown
from eval.runner import run
from rag.answer import Answer
from rag.errors import InputError
from rag.llm_request import NotAskedError
from rag.paper import Paper
from tests.eval.build import PAPERS, SUITE, Scripted, case, perfect

REPO = Path(__file__).resolve().parents[2]


class Interrupted(Scripted):
    """Right about everything until it is interrupted at the n-th question."""

    def __init__(self, after: int, error: BaseException | None = None) -> None:
        good = perfect()
        super().__init__(good.retrieve, good.ask)
        self.after, self.error = after, error or KeyboardInterrupt()

    def ask(self, question: str) -> Answer:
        if len(self.asked) >= self.after:
            raise self.error
        return super().ask(question)


def stop_after(n: int, out: Path, papers: tuple[Paper, ...] = PAPERS) -> None:
    with pytest.raises(KeyboardInterrupt), Journal(out) as journal:
        run(Interrupted(n), SUITE, papers, workers=1, recorder=journal)


def whole(result: Run) -> list[object]:
    """A run without what no two runs share."""
    return [i.model_copy(update={"seconds": 0.0, "values": {**i.values, "Latency": 0.0}}) for i in result.items]


def test_going_on_asks_only_the_rest_and_ends_as_if_nothing_had_happened(tmp_path: Path) -> None:
    out, said = tmp_path / "run.json", list[str]()
    stop_after(9, out)
    assert not out.exists()
    rest = perfect()
    with Journal(out, resume=True, say=said.append) as journal:
        steps: list[tuple[int, int]] = []
        result = run(rest, SUITE, PAPERS, workers=2, recorder=journal, progress=lambda *s: steps.append(s))
        journal.finish(result)
    assert len(rest.asked) == len(SUITE) - 9
    assert said == [f"9 of {len(SUITE)} cases are kept from the earlier run (0 of them failed)"]
    assert steps[0] == (9, len(SUITE))
    assert steps[-1] == (len(SUITE), len(SUITE))
    assert whole(result) == whole(run(perfect(), SUITE, PAPERS))
    assert read_run(out) == result
    assert [p.name for p in tmp_path.iterdir()] == ["run.json"]


def test_what_a_stopped_run_left_is_a_partial_run(tmp_path: Path) -> None:
    out = tmp_path / "run.json"
    stop_after(9, out)
    partial = read_any(out)
    assert (len(partial.items), len(partial.not_run)) == (9, len(SUITE) - 9)
    assert {n.reason for n in partial.not_run} == {"not reached"}
    assert partial.judge == "test-judge@1"
    # In no figure, neither as right nor as wrong.
    assert sum(
        f.interval.n for (m, g), f in aggregate(partial, resamples=20).items() if (m, g) == ("MRR@10", "all")
    ) == sum(i.answerable for i in partial.items)
    shown = to_markdown(run_page(partial, resamples=20))
    assert f"partial: {len(SUITE) - 9} of {len(SUITE)} cases were not run" in shown
    assert "## Not run" in shown
    assert not next(c for c in hard_checks(partial) if "failed" in c.name).holds


def test_a_stopped_run_is_a_random_sample_of_the_cases_and_its_seed_says_which(tmp_path: Path) -> None:
    stop_after(12, tmp_path / "a.json")
    kinds = {i.kind for i in read_any(tmp_path / "a.json").items}
    assert len(kinds) > 3  # in the order of the file, the first twelve would be of three kinds
    first, again, other = perfect(), perfect(), perfect()
    for system, seed in ((first, 0), (again, 0), (other, 1)):
        run(system, SUITE, PAPERS, workers=1, seed=seed)
    assert first.asked == again.asked != other.asked
    assert sorted(first.asked) == sorted(other.asked)


def test_a_line_that_was_cut_short_is_asked_again(tmp_path: Path) -> None:
    out = tmp_path / "run.json"
    stop_after(9, out)
    path = journal_path(out)
    data = path.read_bytes()
    path.write_bytes(data[:-200])
    assert len(read_journal(path).items) == 8
    with Journal(out, resume=True) as journal:
        result = run(perfect(), SUITE, PAPERS, recorder=journal)
        assert len(read_journal(path).items) == len(SUITE)  # what is appended does not stick to the cut line
    assert len(result.items) == len(SUITE)


def test_another_library_or_system_keeps_nothing_and_says_why(tmp_path: Path) -> None:
    out = tmp_path / "run.json"
    stop_after(9, out)
    other = (PAPERS[0].model_copy(update={"revision": "new"}), *PAPERS[1:])
    for papers, described, why in ((other, {}, "other papers"), (PAPERS, {"llm": "m"}, "llm: - -> m")):
        system, said = Interrupted(0), list[str]()
        with pytest.raises(KeyboardInterrupt), Journal(out, resume=True, say=said.append) as journal:
            run(system, SUITE, papers, workers=1, recorder=journal, described=described)
        assert "9 earlier items are not kept" in said[0]
        assert why in said[0]
        stop = journal_path(out)
        stop.unlink()
        stop_after(9, out)


def test_a_case_that_changed_is_asked_again(tmp_path: Path) -> None:
    out = tmp_path / "run.json"
    with Journal(out) as journal:
        journal.finish(run(perfect(), SUITE, PAPERS, recorder=journal))
    changed = SUITE[0].model_copy(update={"nuggets": ("It is fast.",)})
    system = perfect()
    with Journal(out, resume=True) as journal:
        result = run(system, (changed, *SUITE[1:]), PAPERS, recorder=journal)
    assert system.asked == [changed.question]
    assert result.items[0].case == changed


def test_a_failure_is_a_result_and_is_kept(tmp_path: Path) -> None:
    out, said = tmp_path / "run.json", list[str]()
    with Journal(out) as journal:
        result = run(Interrupted(20, KeyError("broken")), SUITE, PAPERS, workers=1, recorder=journal)
        journal.finish(result)
    assert len(result.failed) == len(SUITE) - 20
    system = perfect()
    with Journal(out, resume=True, say=said.append) as journal:
        again = run(system, SUITE, PAPERS, recorder=journal)
    assert system.asked == []
    assert whole(again) == whole(result)
    assert f"({len(SUITE) - 20} of them failed)" in said[0]


def test_an_unfinished_run_is_not_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "run.json"
    stop_after(3, out)
    with pytest.raises(InputError, match="unfinished run") as refused:
        Journal(out)
    assert "--resume" in refused.value.remedy
    with pytest.raises(InputError, match="no folder"):
        Journal(tmp_path / "missing" / "run.json")
    journal_path(out).write_text("not a journal\n")
    with pytest.raises(InputError, match="not the journal"):
        read_any(out)


def test_an_interrupt_does_not_wait_for_what_is_queued(tmp_path: Path) -> None:
    class Slow(Interrupted):
        def ask(self, question: str) -> Answer:
            time.sleep(0.02)
            return super().ask(question)

    system = Slow(4)
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt), Journal(tmp_path / "run.json") as journal:
        run(system, SUITE, PAPERS, workers=2, recorder=journal)
    assert time.monotonic() - began < 5
    assert len(system.asked) == 4


def test_once_the_model_may_not_be_asked_the_rest_is_not_run() -> None:
    class SpentError(NotAskedError):
        final = True

    result = run(Interrupted(5, SpentError("the money is spent")), SUITE, PAPERS, workers=1)
    assert len(result.items) == 5
    assert {n.reason for n in result.not_run} == {"the money is spent"}
    assert result.failed == ()
    one = run(Interrupted(5, NotAskedError("not recorded")), SUITE, PAPERS, workers=1)
    assert (len(one.items), len(one.not_run)) == (5, len(SUITE) - 5)


def test_a_partial_run_is_compared_over_what_both_have(tmp_path: Path) -> None:
    stop_after(20, tmp_path / "run.json")
    partial, full = read_any(tmp_path / "run.json"), run(perfect(), SUITE, PAPERS)
    assert any("were not run" in line and "20 that both have" in line for line in require_comparable(partial, full))
    rows = compare(full, partial, resamples=20)
    assert next(r for r in rows if (r.metric, r.group) == ("MRR@10", "all")).difference.n == sum(
        i.answerable for i in partial.items
    )
    with pytest.raises(InputError, match="no case was run in both"):
        require_comparable(partial.model_copy(update={"items": ()}), full)


_VICTIM = """
import sys, time
from pathlib import Path
from eval.journal import Journal
from eval.runner import run
from tests.eval.build import PAPERS, SUITE, Scripted, perfect
good = perfect()
def slow(question):
    time.sleep(0.05)
    return good.ask(question)
with Journal(Path(sys.argv[1])) as journal:
    run(Scripted(good.retrieve, slow), SUITE, PAPERS, workers=2, recorder=journal)
"""


def test_after_a_kill_every_item_that_was_seen_is_there(tmp_path: Path) -> None:
    out = tmp_path / "run.json"
    path = journal_path(out)
    victim = subprocess.Popen(
        [sys.executable, "-c", _VICTIM, str(out)], cwd=REPO, env={**os.environ, "PYTHONPATH": str(REPO)}
    )
    end = time.monotonic() + 60
    while not (path.exists() and path.read_bytes().count(b"\n") > 5) and time.monotonic() < end:
        time.sleep(0.02)
    seen = [json.loads(line)["case_id"] for line in path.read_bytes().split(b"\n")[1:] if line.endswith(b"}")]
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    assert len(seen) >= 4
    partial = read_any(out)
    assert set(seen) <= {i.case_id for i in partial.items}
    assert partial.not_run
    rest = perfect()
    with Journal(out, resume=True) as journal:
        result = run(rest, SUITE, PAPERS, recorder=journal)
    assert len(rest.asked) == len(partial.not_run)
    assert whole(result) == whole(run(perfect(), SUITE, PAPERS))


def test_records_written_before_items_held_their_cases_are_read_and_asked_again(tmp_path: Path) -> None:
    out = tmp_path / "run.json"
    with Journal(out) as journal:
        journal.finish(run(perfect(), [case()], PAPERS, recorder=journal))
    data = json.loads(out.read_text())
    del data["items"][0]["case"], data["not_run"]
    out.write_text(json.dumps(data))
    assert read_run(out).items[0].case is None
    system = perfect()
    with Journal(out, resume=True) as journal:
        run(system, [case()], PAPERS, recorder=journal)
    assert len(system.asked) == 1
