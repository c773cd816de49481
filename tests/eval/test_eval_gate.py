"""The gate: it passes what has not changed, fails every system made worse on purpose, and is never vacuous."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

import eval.gate as gate_module
from eval.cases import Case
from eval.cli import eval_group
from eval.compare import compare, require_comparable, verdict
from eval.degrade import DEGRADED, Memo
from eval.gate import Baseline, gate, hard_checks, holds, make_baseline, read_baseline
from eval.records import Run, write_json
from eval.report import comparison_page, gate_page, run_page, to_markdown
from eval.runner import System, run
from rag.errors import InputError
from tests.eval.build import ABSTENTION, LIMITATION, PAPERS, SUITE, Scripted, answer, cite, claim, perfect

GOOD = run(perfect(), SUITE, PAPERS, source="tests")
BASELINE = make_baseline(GOOD)
# What each degraded system has to be caught by: the check that was made for it, not just any.
CAUGHT_BY = {
    "random papers": "EvidenceHit, all",
    "shuffled citations": "every citation leads to its paper",
    "never abstaining": "questions of other worlds are declined",
    "rotated citations": "QuoteEchoesClaim, all",
    "altered quotes": "every quote is verbatim",
    "always abstaining": "FalseRefusal, all",
    "always hedging": "HedgedAnswer, all",
    "reversed ranking": "nDCG@10, all",
    "first sentences": "EvidenceHit, all",
    "whole abstracts": "QuoteWords, all",
    "swapped names": "NamesAndFigures, all",
    "cites everything": "CitedPrecision, all",
}


def failed_checks(result: Run, baseline: Baseline = BASELINE) -> list[str]:
    return [c.name for c in gate(result, baseline) if not c.holds]


def test_an_unchanged_system_passes() -> None:
    again = run(perfect(), SUITE, PAPERS)
    assert failed_checks(again) == []
    assert holds(gate(again, BASELINE))
    assert len(gate(again, BASELINE)) == 7 + len(gate_module.MARGINS)


@pytest.mark.parametrize("name", DEGRADED)
def test_every_degraded_system_fails_and_by_the_check_made_for_it(name: str) -> None:
    worse = run(DEGRADED[name](Memo(perfect()), PAPERS, 0), SUITE, PAPERS)
    broken = failed_checks(worse)
    assert any(check.startswith(CAUGHT_BY[name]) for check in broken), broken


@pytest.mark.parametrize("name", DEGRADED)
def test_degraded_systems_repeat_themselves(name: str) -> None:
    """A gate that fails by chance proves nothing: the same question gets the same spoilt answer."""
    make: Callable[[], System] = lambda: DEGRADED[name](perfect(), PAPERS, 0)  # noqa: E731
    question = SUITE[0].question
    assert make().ask(question) == make().ask(question)
    assert make().retrieve(question, 3) == make().retrieve(question, 3)


def test_whole_abstracts_have_the_right_evidence_and_are_caught_by_their_length_alone() -> None:
    worse = run(DEGRADED["whole abstracts"](perfect(), PAPERS, 0), SUITE, PAPERS)
    assert [c.split(",")[0] for c in failed_checks(worse)] == ["QuoteWords"]


def test_one_crash_fails_the_gate() -> None:
    def reply(question: str) -> object:
        if question == SUITE[0].question:
            raise TimeoutError
        return perfect().ask(question)

    worse = run(Scripted(perfect().retrieve, reply), SUITE, PAPERS)  # type: ignore[arg-type]
    assert "no item failed" in failed_checks(worse)


def test_hard_checks_that_saw_nothing_do_not_hold() -> None:
    silent = run(Scripted(perfect().retrieve, lambda _: ABSTENTION), SUITE, PAPERS)
    held = {c.name: c.holds for c in hard_checks(silent)}
    assert not held["every citation leads to its paper"]
    assert not held["every quote is verbatim"]
    assert not held["every claim carries a verbatim quote"]
    answerable = tuple(c for c in SUITE if c.answerable)
    no_canaries = run(perfect(), answerable, PAPERS)
    assert not {c.name: c.holds for c in hard_checks(no_canaries)}["questions of other worlds are declined"]
    assert not holds([])


def test_a_canary_answered_with_a_limitation_is_not_declined() -> None:
    def reply(question: str) -> object:
        return answer(LIMITATION) if question.startswith("nonsense") else perfect().ask(question)

    worse = run(Scripted(perfect().retrieve, reply), SUITE, PAPERS)  # type: ignore[arg-type]
    assert failed_checks(worse) == ["questions of other worlds are declined"]


def test_other_cases_or_other_notes_are_not_compared() -> None:
    fewer = run(perfect(), SUITE[:-1], PAPERS)
    checks = gate(fewer, BASELINE)
    assert [c.name for c in checks if not c.holds] == ["same cases and notes as the baseline"]
    assert len(checks) == 7  # no soft check was made
    other = BASELINE.model_copy(update={"library_digest": "x"})
    assert failed_checks(GOOD, other) == ["same cases and notes as the baseline"]


def test_losing_the_values_of_a_metric_is_not_passing_it() -> None:
    item = GOOD.items[0]
    lost = item.model_copy(update={"values": item.values | {"EvidenceHit": None}})
    result = GOOD.model_copy(update={"items": (lost, *GOOD.items[1:])})
    assert any(c.startswith("EvidenceHit") for c in failed_checks(result))
    cut = item.model_copy(update={"values": {k: v for k, v in item.values.items() if k != "EvidenceHit"}})
    result = GOOD.model_copy(update={"items": (cut, *GOOD.items[1:])})
    assert "every figure is there and finite" in failed_checks(result)


def test_nan_fails_the_gate_even_where_a_record_was_made_without_checking() -> None:
    item = GOOD.items[0]
    nan = item.model_copy(update={"values": item.values | {"Latency": float("nan")}})
    result = GOOD.model_copy(update={"items": (nan, *GOOD.items[1:])})
    assert failed_checks(result) == ["every figure is there and finite"]


def test_a_loss_within_the_margin_passes_and_beyond_it_fails() -> None:
    def lowered(by: float) -> Run:
        items = [
            i.model_copy(update={"values": i.values | {"nDCG@10": v - by}})
            if (v := i.values["nDCG@10"]) is not None
            else i
            for i in GOOD.items
        ]
        return GOOD.model_copy(update={"items": tuple(items)})

    assert failed_checks(lowered(0.015)) == []
    assert [c.split(":")[0] for c in failed_checks(lowered(0.03))] == ["nDCG@10, all"]


def test_a_broken_system_cannot_be_pinned() -> None:
    worse = run(DEGRADED["altered quotes"](perfect(), PAPERS, 0), SUITE, PAPERS)
    with pytest.raises(InputError, match="not pinned"):
        make_baseline(worse)


def test_the_baseline_comes_back(tmp_path: Path) -> None:
    write_json(BASELINE, tmp_path / "b.json")
    assert read_baseline(tmp_path / "b.json") == BASELINE
    with pytest.raises(InputError) as raised:
        read_baseline(tmp_path / "none.json")
    assert "--update" in raised.value.remedy


# -- comparing


def test_comparing_pairs_by_case_and_reads_the_direction() -> None:
    worse = run(DEGRADED["reversed ranking"](perfect(), PAPERS, 0), SUITE, PAPERS)
    rows = {(r.metric, r.group): r for r in compare(GOOD, worse, resamples=500)}
    ndcg = rows["nDCG@10", "all"]
    assert verdict(ndcg) == "worse"
    assert ndcg.difference.high < 0
    assert ndcg.adjusted is not None
    assert ndcg.adjusted >= ndcg.difference.p
    assert verdict(rows["EvidenceHit", "all"]).startswith("no difference detected")
    assert rows["EvidenceHit(any)", "all"].mcnemar == 1.0
    refusing = run(DEGRADED["always abstaining"](perfect(), PAPERS, 0), SUITE, PAPERS)
    assert verdict({(r.metric, r.group): r for r in compare(GOOD, refusing)}["FalseRefusal", "all"]) == "worse"


def test_every_metric_and_every_kind_is_compared() -> None:
    """A helper that returned from inside its loop would compare one row only."""
    rows = {(r.metric, r.group) for r in compare(GOOD, GOOD, resamples=50)}
    assert {m for m, _ in rows} == {m for m in GOOD.metrics if GOOD.values(m)}
    assert {g for _, g in rows} == {c.kind for c in SUITE} | {"all"}


def test_runs_of_other_cases_are_not_compared() -> None:
    with pytest.raises(InputError, match="different cases"):
        compare(GOOD, run(perfect(), SUITE[1:], PAPERS))


def test_another_judge_takes_the_self_scored_figures_out_of_the_comparison() -> None:
    other = GOOD.model_copy(update={"judge": "test-judge@2"})
    assert any("judge" in line for line in require_comparable(GOOD, other))
    assert not any("self-scored" in r.metric for r in compare(GOOD, other, resamples=50))
    assert any("self-scored" in r.metric for r in compare(GOOD, GOOD, resamples=50))


# -- reports and the command line


def test_the_report_shows_n_intervals_outcomes_and_the_worst() -> None:
    worse = run(DEGRADED["never abstaining"](perfect(), PAPERS, 0), SUITE, PAPERS)
    page = to_markdown(run_page(worse, resamples=50))
    assert "| near_miss | 5 | 0 | 0 | 0 | declined or limited |" in page
    assert "answered, though no paper holds an answer" in page
    assert "| EvidenceHit | 1.000 | [0." in page
    assert "Judged@10" in page
    assert "self-scored" in page
    assert all(line.count("|") > 2 for line in page.splitlines() if line.startswith("|"))


def test_the_report_of_a_gate_shows_what_each_check_saw() -> None:
    page = to_markdown(gate_page(gate(GOOD, BASELINE)))
    assert "31 of 31 (true rate above" in page
    assert "lower bound" in page


def test_a_comparison_page_gives_the_effect_before_the_probability() -> None:
    page = comparison_page(GOOD, GOOD, compare(GOOD, GOOD, resamples=50), ["x"])
    header = page.tables[0].header
    assert header.index("difference [95 %]") < header.index("p")
    assert "MDE" in to_markdown(page)


def invoke(*args: str) -> tuple[int, str]:
    result = CliRunner().invoke(eval_group, list(args))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_the_gate_command_exits_with_four_where_it_does_not_hold(tmp_path: Path) -> None:
    good, bad, pinned = (str(tmp_path / n) for n in ("good.json", "bad.json", "pinned.json"))
    write_json(GOOD, good)
    write_json(run(DEGRADED["random papers"](perfect(), PAPERS, 0), SUITE, PAPERS), bad)
    assert invoke("gate", "--run", good, "--baseline", pinned, "--update")[0] == 0
    assert invoke("gate", "--run", good, "--baseline", pinned)[0] == 0
    code, shown = invoke("gate", "--run", bad, "--baseline", pinned)
    assert code == 4
    assert "FAILS" in shown
    code, shown = invoke("gate", "--run", bad, "--baseline", pinned, "--json")
    assert code == 4
    assert json.loads(shown)["holds"] is False
    with pytest.raises(InputError):
        invoke("gate", "--run", good, "--baseline", str(tmp_path / "none.json"))


def test_the_compare_command_prints_both(tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        write_json(GOOD, tmp_path / name)
    code, shown = invoke("compare", str(tmp_path / "a.json"), str(tmp_path / "b.json"), "--markdown")
    assert code == 0
    assert "# Comparison" in shown


def test_library_and_pages_exclude_each_other(tmp_path: Path) -> None:
    cases = tmp_path / "c.jsonl"
    one: Case = SUITE[0]
    cases.write_text(one.model_dump_json(exclude_none=True))
    code, _ = invoke("run", "--cases", str(cases), "--library", str(tmp_path), str(cases))
    assert code == 2


def test_the_same_quote_twice_counts_twice_and_is_not_lost() -> None:
    doubled = answer(claim(cite(PAPERS[0], -1), cite(PAPERS[0], -1)))
    result = run(Scripted(perfect().retrieve, lambda _: doubled), SUITE[:1], PAPERS)
    assert result.items[0].ratios["CitationValidity"] == (2.0, 2.0)
