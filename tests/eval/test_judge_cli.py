"""``rag eval judge``, offline and with a model on loopback."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from eval.battery import floor
from eval.cli import eval_group
from eval.judging.records import JudgeRun
from eval.judging.report import judge_page
from eval.report import to_markdown
from rag.errors import InputError, RagError
from tests.eval.build import TEXTS
from tests.fakes.openai_server import FakeOpenAI, Reply, Request


@pytest.fixture
def claims(tmp_path: Path) -> Path:
    path = tmp_path / "claims.jsonl"
    both = {"paper": "LazyCache", "pair": "p"}
    rows = [
        {**both, "id": "a", "claim": "LazyCache saves 24% of memory.", "label": "supported", "kind": "paraphrase"},
        {**both, "id": "b", "claim": "LazyCache saves 42% of memory.", "label": "unsupported", "kind": "number"},
    ]
    path.write_text("".join(json.dumps(r) + "\n" for r in rows))
    return path


def invoke(*args: str | Path, code: int = 0) -> str:
    result = CliRunner().invoke(eval_group, ["judge", *map(str, args)], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.stdout


def test_claims_are_judged_against_the_given_pages_and_the_record_is_whole(
    claims: Path, pages: Path, tmp_path: Path
) -> None:
    out = tmp_path / "record.json"
    shown = invoke("--claims", claims, "--pages", pages, "--out", out, "--json")
    assert json.loads(shown) == json.loads(out.read_text())
    run = JudgeRun.model_validate_json(shown)
    assert [(i.id, i.right) for i in run.items] == [("a", True), ("b", True)]
    assert all(i.verdict is not None and i.verdict.reason for i in run.items)
    assert run.judge.name == "offline-judge@7"
    assert TEXTS["LazyCache"] not in shown  # a record holds nobody's abstracts


def test_a_battery_from_a_file_is_reported_with_n_and_intervals(pages: Path) -> None:
    shown = invoke("--battery", pages, "--markdown")
    assert "## Battery: faults caught" in shown
    row = next(line for line in shown.splitlines() if line.startswith("| quoted word changed"))
    assert re.search(r"1\.000 \[0\.\d{3}, 1\.000\].*\d+ in 5", row)
    assert "fitted on sentences of all notes" not in shown  # that is said of the notes only


def test_over_the_notes_the_report_says_what_the_judge_was_fitted_on() -> None:
    shown = invoke("--battery", "notes", "--limit", "60", "--markdown")
    assert "fitted on sentences of all notes" in shown
    assert "(test)" in shown


def test_ground_files_show_calibration_and_what_labels_are_worth(tmp_path: Path) -> None:
    path = tmp_path / "ground_x.jsonl"
    rows = [
        {"context": "Ropes hold well in the rain.", "claim": "Ropes hold well in the rain.", "label": "supported"},
        {"context": "Knots slip often in the rain.", "claim": "BigKnot saves 40% of twine.", "label": "unsupported"},
    ]
    path.write_text("".join(json.dumps(r) + "\n" for r in rows))
    shown = invoke("--ground", path, "--markdown")
    assert "| ground_x | BalancedAccuracy | 1.000" in shown
    assert "## Calibration" in shown
    assert "## What each label is worth" in shown
    with pytest.raises(InputError, match="one name"):
        invoke("--ground", path, "--ground", path)


def model(request: Request) -> Reply:
    """Refuses what says 42."""
    good = "42%" not in request.prompt
    quote = "It saves 24% of memory."
    return Reply(json.dumps({"label": "supported" if good else "contradicted", "evidence_quote": quote, "missing": ""}))


def test_a_model_judges_over_the_wire_and_its_replies_replay(
    claims: Path, pages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "replies"
    args = ("--judge", "some-model", "--claims", claims, "--pages", pages, "--cache", cache, "--json")
    with FakeOpenAI(default=model) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        run = JudgeRun.model_validate_json(invoke(*args))
        assert len(server.requests) == 2
    assert run.judge.name == "some-model/judge@1"
    assert [i.label for i in run.items] == ["supported", "contradicted"]
    again = JudgeRun.model_validate_json(invoke(*args, "--replay"))
    assert [i.verdict for i in again.items] == [i.verdict for i in run.items]


def test_replies_that_cannot_be_used_are_counted(claims: Path, pages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeOpenAI(default=Reply("I agree.")) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        shown = invoke("--judge", "some-model", "--claims", claims, "--pages", pages, "--markdown")
    assert "replies that could not be used: 2" in shown


def test_where_the_judge_fails_on_everything_the_command_fails(
    claims: Path, pages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeOpenAI(default=Reply(status=400, error={"message": "no"})) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        with pytest.raises(RagError, match="failed on every item"):
            invoke("--judge", "some-model", "--claims", claims, "--pages", pages)


def test_the_gate_exits_with_four_below_the_floor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded = floor.read_floor()
    count = recorded.battery["roles"]
    higher = {**recorded.battery, "roles": count.model_copy(update={"right": count.n + 1})}
    path = tmp_path / "floor.json"
    path.write_text(recorded.model_copy(update={"battery": higher}).model_dump_json())
    monkeypatch.setattr(floor, "floor_path", lambda: path)
    # What the judge really shows is test_judge_floor's business.
    monkeypatch.setattr(floor, "measure_floor", lambda judge, papers: recorded)
    checks = json.loads(invoke("--gate", "--json", code=4))["checks"]
    assert [c["check"] for c in checks if not c["holds"]] == ["battery, roles: not worse"]
    # Recording anew says what changes, writes the file, and is no failure.
    assert "roles" in invoke("--record")
    assert floor.read_floor(path) == recorded


def test_the_report_is_made_from_the_record_alone(claims: Path, pages: Path) -> None:
    run = JudgeRun.model_validate_json(invoke("--claims", claims, "--pages", pages, "--battery", pages, "--json"))
    text = to_markdown(judge_page(run))
    assert "| number | 1.000 n/a" in text or "| number | 1.000 [" in text
    assert "## Labels given" in text
    assert "nan" not in text.lower().split()


def test_options_that_contradict_each_other_are_refused(claims: Path, pages: Path) -> None:
    invoke("--claims", claims, "--pages", pages, "--library", "x", code=2)
    invoke("--battery", "no-such-file", code=2)
