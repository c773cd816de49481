"""Labelled sets: reading, clusters, figures at the judge's own labels, calibration."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.figures import Estimate
from eval.judging import ask
from eval.judging.ground import calibration_bins, ground_figures, label_rows, load_ground
from rag.answer import Label
from rag.errors import InputError
from tests.eval.judging import Evidence, RuleJudge, credulous, fails

LINES = [
    {"context": "A rope.", "claim": "yes 1", "label": "supported", "kind": "x"},
    {"context": "A rope.", "claim": "yes 2", "label": "supported", "kind": "x"},
    {"context": "Two ropes.", "claim": "no 1", "label": "unsupported", "kind": "x"},
    {"context": "Three ropes.", "claim": "no 1", "label": "contradicted", "kind": "y"},
    {"context": "Four ropes.", "claim": "yes 3", "label": "supported", "kind": "y", "question": "q"},
    {"context": "Five ropes.", "claim": "no 2", "label": "partial", "kind": "z", "question": "q", "more": 1},
]


def written(folder: Path, lines: list[dict[str, object]] | None = None) -> Path:
    path = folder / "ground_ropes.jsonl"
    path.write_text("".join(json.dumps(r) + "\n" for r in (LINES if lines is None else lines)))
    return path


def knows(claim: str, _evidence: Evidence) -> tuple[Label, float]:
    return ("supported", 0.95) if claim.startswith("yes") else ("partial", 0.35)


def test_lines_that_share_a_claim_a_context_or_a_question_are_one_cluster(tmp_path: Path) -> None:
    requests = load_ground(written(tmp_path))
    clusters = [r.cluster for r in requests]
    assert clusters[0] == clusters[1]
    assert clusters[2] == clusters[3]
    assert clusters[4] == clusters[5]
    assert len(set(clusters)) == 3
    assert [r.expected for r in requests] == [True, True, False, False, True, False]


def test_figures_are_taken_at_the_judges_own_labels(tmp_path: Path) -> None:
    items = ask(RuleJudge(knows), load_ground(written(tmp_path)))
    found = {(f.metric, f.group): f for f in ground_figures(items)}
    assert found["BalancedAccuracy", "ground_ropes"].value == 1.0
    assert found["AUROC", "ground_ropes"].value == 1.0
    assert found["Brier", "ground_ropes"].value == pytest.approx((3 * 0.05**2 + 3 * 0.35**2) / 6)
    assert found["ECE", "ground_ropes"].value == pytest.approx((0.05 + 0.35) / 2)
    assert found["Supported(judge)", "ground_ropes"].value == 0.5
    assert found["AUROC", "ground_ropes/x"].n == 3
    assert ("AUROC", "ground_ropes/z") not in found  # one class only: nothing to tell apart


def test_each_label_shows_what_it_is_worth(tmp_path: Path) -> None:
    labels = {r.label: r for r in label_rows(ask(RuleJudge(knows), load_ground(written(tmp_path))))}
    assert set(labels) == {"supported", "partial"}
    assert (labels["supported"].n, labels["supported"].share_supported.value) == (3, 1.0)
    assert labels["partial"].share_supported.value == 0.0
    assert labels["partial"].share_supported.high > 0.3  # type: ignore[operator]


def test_bins_hold_every_item_once(tmp_path: Path) -> None:
    bins = calibration_bins(ask(RuleJudge(knows), load_ground(written(tmp_path))))
    assert [(b.low, b.n, b.mean_score, b.supported.value) for b in bins] == [
        (0.3, 3, pytest.approx(0.35), 0.0),
        (0.9, 3, pytest.approx(0.95), 1.0),
    ]


def test_a_judge_that_fails_is_as_wrong_as_can_be(tmp_path: Path) -> None:
    items = ask(RuleJudge(fails), load_ground(written(tmp_path)))
    found: dict[str, Estimate] = {f.metric: f for f in ground_figures(items) if f.group == "ground_ropes"}
    assert found["BalancedAccuracy"].value == 0.0
    assert found["AUROC"].value == 0.0
    assert found["Brier"].value == 1.0
    assert [r.label for r in label_rows(items)] == ["failed"]


def test_believing_everything_is_chance(tmp_path: Path) -> None:
    items = ask(RuleJudge(credulous), load_ground(written(tmp_path)))
    found = {f.metric: f.value for f in ground_figures(items) if f.group == "ground_ropes"}
    assert found["BalancedAccuracy"] == found["AUROC"] == 0.5


def test_a_limit_draws_by_the_seed_and_keeps_clusters(tmp_path: Path) -> None:
    path = written(tmp_path)
    some = load_ground(path, limit=4, seed=1)
    assert some == load_ground(path, limit=4, seed=1)
    assert set(some) < set(load_ground(path))
    assert any(load_ground(path, limit=4, seed=s) != some for s in range(2, 8))


@pytest.mark.parametrize("line", [{"claim": "x", "label": "supported"}, {"context": "", "claim": "x", "label": "y"}])
def test_a_line_without_a_context_is_named(tmp_path: Path, line: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r"ground_ropes.jsonl:1: context"):
        load_ground(written(tmp_path, [line]))


def test_no_line_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no claims"):
        load_ground(written(tmp_path, []))
