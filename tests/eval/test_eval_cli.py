"""The command line of the harness, with the real assistant over a few literal papers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from eval.cases import load_cases, select_cases
from eval.cli import eval_group
from eval.commands.opening import open_asked
from eval.gate import HARD, hard_checks
from eval.records import read_run
from eval.runner import run
from rag.errors import InputError, RagError
from tests.eval.build import SUITE, TEXTS

SHARED = Path(__file__).resolve().parents[3] / "shared"


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    path = tmp_path / "cases.jsonl"
    path.write_text("".join(c.model_dump_json(exclude_none=True) + "\n" for c in SUITE))
    return path


def invoke(*args: str | Path) -> str:
    result = CliRunner().invoke(eval_group, [str(a) for a in args], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_pages_are_ingested_asked_and_scored(pages: Path, cases: Path, tmp_path: Path) -> None:
    out = tmp_path / "run.json"
    shown = invoke("run", "--cases", cases, "--pages", pages, "--out", out, "--markdown", "--workers", "2")
    result = read_run(out)
    assert result.library.n_papers == 5
    assert result.failed == ()
    assert set(result.values("CitationValidity").values()) == {1.0}
    assert result.values("MRR@10")["FastRing-named"] == 1.0
    assert result.system["llm"] == "off"
    assert result.system["embedder"].startswith("wordllama")
    assert "## Headline" in shown
    assert "| Definitions" not in shown
    assert "## Definitions" in shown


def test_a_shell_pattern_after_pages_works_and_json_is_one_document(pages: Path, cases: Path) -> None:
    again = pages.with_name("again.jsonl")
    again.write_text(pages.read_text())
    shown = invoke(
        "run", "--cases", cases, "--kinds", "finding,nonsense", "--limit", "4", "--json", "--pages", pages, again
    )
    result = json.loads(shown)
    assert sorted(i["kind"] for i in result["items"]) == ["finding", "finding", "nonsense", "nonsense"]
    assert result["library"]["n_papers"] == 5


def test_checking_cases_exits_with_four_on_faults(pages: Path, cases: Path) -> None:
    assert "0 faults" in invoke("cases", "check", cases, "--pages", pages)
    first = SUITE[0].model_copy(update={"evidence": {next(iter(SUITE[0].relevant)): ("Nobody wrote this.",)}})
    cases.write_text(first.model_dump_json(exclude_none=True) + "\n")
    result = CliRunner().invoke(eval_group, ["cases", "check", str(cases), "--pages", str(pages)])
    assert result.exit_code == 4
    assert "not a sentence" in result.stdout


def test_missing_papers_are_an_error_with_a_remedy(pages: Path, cases: Path) -> None:
    pages.write_text(json.dumps({"title": "LazyCache", "abstract": TEXTS["LazyCache"]}) + "\n")
    with pytest.raises(InputError, match="lacks 4 papers"):
        invoke("run", "--cases", cases, "--pages", pages)


def test_bundled_cases_are_asked_of_the_notes_even_where_the_user_has_a_library(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RAG_LIBRARY", str(tmp_path / "mine"))
    with open_asked(None, (), bundled=True) as assistant:
        papers = assistant.papers()
    assert len(papers) == 176
    assert {p.text_kind for p in papers} == {"note"}
    assert not (tmp_path / "mine").exists()


def test_the_gate_ignores_the_environments_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_MAX_CLAIMS", "1")
    with open_asked(None, (), bundled=True, plain=True) as assistant:
        assert assistant.settings.max_claims != 1


def test_the_command_line_loads_nothing_heavy_before_it_is_used() -> None:
    heavy = ["numpy", "pydantic", "ir_measures", "chromadb", "rich", "rag.assistant"]
    code = f"import sys, eval.cli; print([m for m in {heavy} if m in sys.modules])"
    root = Path(__file__).resolve().parents[2]
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert shown.stdout.strip() == "[]"


def test_over_the_users_pages_no_item_fails_and_every_quote_holds() -> None:
    files = sorted((SHARED / "corpus").glob("*.txt"))
    if not files:
        pytest.skip("the pages are not here")
    cases = select_cases(load_cases(SHARED / "eval" / "questions.jsonl"), limit=80)
    with open_asked(None, files, bundled=False) as assistant:
        result = run(assistant, cases, assistant.papers())
    assert result.notices == ()  # every gold sentence stands in the library as it was ingested
    checks = {c.name: c for c in hard_checks(result)}
    for name in ("no item failed", "every figure is there and finite", *HARD.values()):
        assert checks[name].holds, checks[name].saw


def test_a_run_of_which_everything_failed_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, pages: Path, cases: Path
) -> None:
    from rag import Assistant

    def broken(self: Assistant, question: str) -> None:
        raise ZeroDivisionError("boom")

    monkeypatch.setattr(Assistant, "ask", broken)
    with pytest.raises(RagError, match=r"every item failed.*ZeroDivisionError: boom"):
        invoke("run", "--cases", cases, "--limit", "2", "--pages", pages)
