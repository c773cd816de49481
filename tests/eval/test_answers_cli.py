"""``rag eval answers`` over a few literal papers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from eval.answers.scored import AnswersRun
from eval.cli import eval_group
from eval.commands.showing import GATE_FAILED
from rag.errors import InputError
from tests.eval.build import TEXTS
from tests.eval.test_answers_study import tiny


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    path = tmp_path / "papers.jsonl"
    path.write_text(
        "".join(json.dumps({"title": t, "abstract": a, "text_kind": "note"}) + "\n" for t, a in TEXTS.items())
    )
    return path


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    path = tmp_path / "answers.jsonl"
    path.write_text("".join(a.model_dump_json() + "\n" for a in tiny()))
    return path


def invoke(*args: str | Path) -> Result:
    return CliRunner().invoke(eval_group, ["answers", *map(str, args)], catch_exceptions=False)


def test_the_report_and_the_record_say_the_same(pages: Path, answers: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    shown = invoke("--answers", answers, "--pages", pages, "--markdown", "--out", out)
    assert shown.exit_code == 0, shown.output
    assert "## Faults" in shown.stdout
    assert "offline-judge@" in shown.stdout
    record = AnswersRun.model_validate_json(out.read_text())
    assert [i.id for i in record.items] == ["a1", "a2", "a3", "a4", "a5"]
    as_json = invoke("--answers", answers, "--pages", pages, "--json")
    again = AnswersRun.model_validate_json(as_json.stdout)
    assert again.items == record.items
    assert again.figures == record.figures


def test_a_floor_that_no_longer_holds_ends_with_4(pages: Path, answers: Path, tmp_path: Path) -> None:
    floor = tmp_path / "floor.json"
    first = invoke("--answers", answers, "--pages", pages, "--floor", floor, "--update")
    assert first.exit_code == 0, first.output
    recorded = json.loads(floor.read_text())
    # What was never seen is recorded as seen.
    recorded["detected"] = dict.fromkeys(recorded["detected"], 1.0)
    recorded["quiet"] = dict.fromkeys(recorded["quiet"], 1.0)
    recorded["ranked"] = dict.fromkeys(recorded["ranked"], 9.0)
    floor.write_text(json.dumps(recorded))
    second = invoke("--answers", answers, "--pages", pages, "--floor", floor)
    assert second.exit_code == GATE_FAILED
    assert "FAILS" in second.stdout


def test_labels_that_do_not_hold_are_refused_before_anything_is_scored(pages: Path, answers: Path) -> None:
    broken = answers.read_text().replace("FastRing sums vectors in 2 steps.", "FastRing sums nothing.")
    answers.write_text(broken)
    with pytest.raises(InputError, match="labels do not hold"):
        invoke("--answers", answers, "--pages", pages)


def test_an_unknown_judge_is_refused(pages: Path, answers: Path) -> None:
    with pytest.raises(InputError):
        invoke("--answers", answers, "--pages", pages, "--judge", "no-such-model")
