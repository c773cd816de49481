"""Judges by name, what identifies them, and the mark on figures of a judge that is not independent."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from pathlib import Path

import pytest

from eval.judging import describe, marked, open_judge, relation
from eval.judging.judges import JUDGES
from rag import Settings
from rag.answer import Answer, Verdict
from rag.errors import InputError
from rag.grounding import Judge, LLMJudge, OfflineJudge
from tests.eval.build import RING, answer, cite, claim
from tests.eval.judging import RuleJudge, credulous
from tests.fakes.openai_server import FakeOpenAI
from tests.grounding.onnx_model import make_folder

KEYED = {"api_key": "k", "base_url": "http://127.0.0.1:9/v1"}


def by(judge: str, **fields: object) -> Answer:
    verdict = Verdict(label="supported", score=0.9, reason="r", judge=judge)
    made = claim(cite(RING, 0, verdict=verdict)).model_copy(update={"verdict": verdict})
    return answer(made).model_copy(update=fields)


def test_a_local_cross_encoder_is_known_by_its_folder_and_its_weights(tmp_path: Path) -> None:
    agrees = make_folder(tmp_path / "nli", {"yes": (0.0, 5.0)}, labels=("contradiction", "entailment"))
    opened = open_judge(f"onnx:{agrees}", Settings())
    assert opened.model is None
    assert opened.facts.name == opened.judge.name
    assert opened.facts.name.startswith("onnx:nli@")
    other = make_folder(tmp_path / "other" / "nli", {"yes": (0.0, 6.0)}, labels=("contradiction", "entailment"))
    assert open_judge(f"onnx:{other}", Settings()).facts.name != opened.facts.name, "other weights are another judge"
    with pytest.raises(InputError, match="asks no model"):
        open_judge(f"onnx:{agrees}", Settings(), cache=tmp_path)


def test_offline_is_the_packaged_judge_and_known_by_its_calibration() -> None:
    opened = open_judge("offline", Settings())
    assert isinstance(opened.judge, OfflineJudge)
    raw = files("rag.grounding").joinpath("data/offline_judge_7.json").read_bytes()
    assert opened.facts.calibration == hashlib.sha256(raw).hexdigest()
    assert "notes" in str(opened.facts.fitted_on)
    assert opened.model is None


def test_every_named_judge_stands_behind_the_seam() -> None:
    for make in JUDGES.values():
        assert isinstance(make(), Judge)


def test_a_model_is_a_judge_known_by_its_prompt_and_host() -> None:
    opened = open_judge("some-model", Settings(**KEYED))
    assert isinstance(opened.judge, LLMJudge)
    assert opened.facts.name == "some-model/judge@1"
    assert opened.facts.host == "127.0.0.1:9"
    assert opened.facts.prompt is not None and opened.facts.prompt.startswith("judge@1 ")
    assert opened.facts.calibration is None


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("some-model", {}, "OPENAI_API_KEY"),
        ("some-model", {**KEYED, "offline": True}, "offline"),
        ("off", KEYED, "no judge 'off'"),
    ],
)
def test_a_judge_that_cannot_be_had_says_why(name: str, settings: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        open_judge(name, Settings(**settings))  # type: ignore[arg-type]


def test_options_of_models_are_refused_for_the_offline_judge(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="asks no model"):
        open_judge("offline", Settings(), cache=tmp_path)


def test_any_other_judge_is_known_by_its_name() -> None:
    facts = describe(RuleJudge(credulous))
    assert (facts.name, facts.calibration, facts.prompt) == ("rule-judge@1", None, None)


def test_the_judge_that_repaired_is_marked_whatever_its_version() -> None:
    assert relation("offline-judge@7", [by("offline-judge@1")]) == "self-scored"
    assert marked("CitedPrecision", "offline-judge@1", [by("offline-judge@1")]) == "CitedPrecision(self-scored)"
    assert relation("m/judge@1", [by("offline-judge@1")]) == "independent"
    assert marked("CitedPrecision", "m/judge@1", [by("offline-judge@1")]) == "CitedPrecision"


def test_a_judge_that_only_dropped_claims_is_marked_too() -> None:
    kept = by("citation-check")
    dropped = by("offline-judge@1").claims
    assert relation("offline-judge@1", [kept.model_copy(update={"dropped": dropped})]) == "self-scored"
    assert relation("offline-judge@1", [by("none", models={"judge": "offline-judge@1"})]) == "self-scored"


def test_the_model_that_wrote_is_marked_and_repairing_weighs_more() -> None:
    wrote = by("offline-judge@1", models={"writer": "org/m"})
    assert relation("org/m/judge@1", [wrote]) == "same model"
    assert relation("other/m/judge@1", [wrote]) == "independent"
    assert relation("org/m/judge@1", [wrote, by("org/m/judge@1")]) == "self-scored"


def test_asking_goes_to_the_server_of_the_settings() -> None:
    with FakeOpenAI() as server:
        server.enqueue('{"label": "unsupported", "evidence_quote": "", "missing": "all of it"}')
        judge = open_judge("some-model", Settings(api_key="k", base_url=server.base_url)).judge
        verdict = judge.judge("Ropes sing.", "Ropes hold.")  # type: ignore[attr-defined]
        assert verdict.label == "unsupported"
        assert server.requests[0].body["model"] == "some-model"
        assert "Ropes sing." in server.requests[0].prompt
