"""The judge out of a folder: labels, windows, batches, and what is said where the folder is not what it should be."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from rag import Settings
from rag.errors import InputError, RagError, SettingsError
from rag.grounding import Judge, OfflineJudge, SyncJudge
from rag.grounding.choose import make_judge
from rag.grounding.cross_encoder import CrossEncoderJudge
from tests.grounding.onnx_model import make_folder

# Logits in the order contradiction, entailment, neutral.
WORDS = {"yes": (0.0, 8.0, 0.0), "no": (8.0, 0.0, 0.0), "neither": (0.0, 0.0, 8.0), "claim": (0.0, 0.0, 0.0)}
ORDER = ("CONTRADICTION", "ENTAILMENT", "NEUTRAL")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_folder(tmp_path / "nli", WORDS, labels=ORDER)


@pytest.mark.parametrize(
    ("evidence", "label"), [("yes", "supported"), ("no", "contradicted"), ("neither", "unsupported"), ("x", "unsure")]
)
def test_the_labels_of_the_config_decide_what_a_logit_means(folder: Path, evidence: str, label: str) -> None:
    verdict = CrossEncoderJudge(folder).judge("a claim", evidence)
    assert verdict.label == label
    assert verdict.judge.startswith("onnx:nli@")
    assert (verdict.score > 0.9) == (label == "supported")


def test_another_order_of_labels_is_read_as_it_says(tmp_path: Path) -> None:
    turned = {w: (row[1], row[2], row[0]) for w, row in WORDS.items()}
    judge = CrossEncoderJudge(make_folder(tmp_path / "m", turned, labels=("entailment", "neutral", "contradiction")))
    assert [judge.judge("a claim", w).label for w in ("yes", "no", "neither")] == [
        "supported",
        "contradicted",
        "unsupported",
    ]


@pytest.mark.parametrize(
    "labels", [("hallucinated", "consistent"), ("not_entailment", "entailment"), ("unsupported", "supported")]
)
def test_two_labels_know_no_contradiction(tmp_path: Path, labels: tuple[str, str]) -> None:
    judge = CrossEncoderJudge(make_folder(tmp_path / "m", {"yes": (0.0, 5.0), "no": (5.0, 0.0)}, labels=labels))
    assert judge.judge("a claim", "yes").label == "supported"
    assert judge.judge("a claim", "no").label == "unsupported"


@pytest.mark.parametrize("flat", [False, True])
def test_one_logit_is_a_probability_of_support(tmp_path: Path, flat: bool) -> None:
    words = {"yes": (3.0,), "no": (-3.0,)}
    judge = CrossEncoderJudge(make_folder(tmp_path / "m", words, labels=None, num_labels=1, flat=flat))
    supported = judge.judge("a claim", "yes")
    assert supported.label == "supported"
    assert supported.score == pytest.approx(1 / (1 + np.exp(-3)), abs=1e-4)
    assert judge.judge("a claim", "no").label == "unsupported"


def test_evidence_that_does_not_fit_is_read_in_windows(folder: Path) -> None:
    judge = CrossEncoderJudge(folder, max_length=32)
    filler = [f"Sentence number {i} says nothing at all here." for i in range(12)]
    evidence = " ".join([*filler, "At last yes it stands here.", *filler])
    verdict = judge.judge("a claim", evidence)
    assert verdict.label == "supported"
    assert verdict.start is not None
    assert verdict.end is not None
    assert "yes it stands" in evidence[verdict.start : verdict.end], "the deciding window is pointed at"
    assert verdict.end - verdict.start < len(evidence) / 3
    # What one window contradicts and no other supports is contradicted.
    assert judge.judge("a claim", evidence.replace("yes", "no")).label == "contradicted"
    assert CrossEncoderJudge(folder).judge("a claim", "It says yes. And more.").start is None, "one window is no place"


def test_a_sentence_on_the_border_stands_whole_in_a_window(folder: Path) -> None:
    judge = CrossEncoderJudge(folder, max_length=32)
    evidence = " ".join(f"This is plain sentence {i}." for i in range(30))
    windows = judge._windows("a claim", evidence)
    assert windows[0].start == 0
    assert windows[-1].end == len(evidence)
    for before, after in pairwise(windows):
        assert after.start < before.end, "they overlap"
        assert after.start > before.start


@pytest.mark.parametrize("batch", [1, 2, 64])
def test_a_batch_gives_what_single_pairs_give(folder: Path, batch: int) -> None:
    judge = CrossEncoderJudge(folder, batch=batch, threads=1)
    texts = ["yes", "no and some more words than the others have", "neither", "x", "yes yes", ""]
    many = judge.judge_many([("a claim", t) for t in texts])
    assert many == [judge.judge("a claim", t) for t in texts]
    assert many[-1].label == "unsupported"
    assert many[-1].reason == "there is no evidence"


def test_several_texts_are_judged_alone_and_together(folder: Path) -> None:
    judge = CrossEncoderJudge(folder)
    assert judge.judge("a claim", ["neither", "yes"]).label == "supported"
    assert judge.judge("a claim", ["yes", "no"]).start is None
    assert judge.judge("a claim", []).label == "unsupported"


def test_odd_texts_raise_nothing(folder: Path) -> None:
    judge = CrossEncoderJudge(folder, max_length=32)
    assert judge.judge("", "yes").label == "unsure"
    assert judge.judge("word " * 5_000, "yes").label == "unsure"
    assert judge.judge("a claim", "word" * 20_000 + " \x00 yes").label in {"unsure", "supported"}


def test_it_stands_behind_the_seam(folder: Path) -> None:
    judge = make_judge(f"onnx:{folder}", Settings(), lambda: None)
    assert isinstance(judge, CrossEncoderJudge)
    assert isinstance(judge, Judge)
    assert isinstance(judge, SyncJudge)
    assert asyncio.run(judge.ajudge("a claim", "yes")).label == "supported"


def test_token_types_are_given_where_the_model_takes_them(tmp_path: Path) -> None:
    names = ("input_ids", "attention_mask", "token_type_ids")
    judge = CrossEncoderJudge(make_folder(tmp_path / "m", WORDS, labels=ORDER, inputs=names))
    assert judge.judge("a claim", "no").label == "contradicted"


# -- folders that are not what they should be


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "config.json"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(InputError, match=rf"holds no {name}") as caught:
        CrossEncoderJudge(folder)
    assert caught.value.remedy


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "config.json"])
def test_a_broken_file_is_one_line(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"{ broken")
    with pytest.raises(InputError, match=name) as caught:
        CrossEncoderJudge(folder)
    assert "\n" not in caught.value.message
    assert caught.value.remedy


def test_no_folder_at_all(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no folder"):
        CrossEncoderJudge(tmp_path / "nowhere")


@pytest.mark.parametrize("labels", [("LABEL_0", "LABEL_1", "LABEL_2"), ("entailment", "supported", "neutral")])
def test_labels_that_do_not_tell_are_refused(tmp_path: Path, labels: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match="do not say which one is entailment") as caught:
        CrossEncoderJudge(make_folder(tmp_path / "m", WORDS, labels=labels))
    assert "id2label" in caught.value.remedy


def test_another_number_of_logits_than_labels(folder: Path) -> None:
    (folder / "config.json").write_text(json.dumps({"id2label": {"0": "contradiction", "1": "entailment"}}))
    with pytest.raises(InputError, match="gives 1x3 numbers for 1 pairs, its config names 2 labels"):
        CrossEncoderJudge(folder)


def test_a_model_of_another_kind(tmp_path: Path) -> None:
    names = ("input_ids", "attention_mask", "pixel_values")
    with pytest.raises(InputError, match="pixel_values"):
        CrossEncoderJudge(make_folder(tmp_path / "m", WORDS, labels=ORDER, inputs=names))


# -- the setting


def test_the_setting_chooses_the_judge(folder: Path) -> None:
    assert isinstance(make_judge(None, Settings(), lambda: None), OfflineJudge)
    settings = Settings.from_env({"RAG_JUDGE": f"onnx:{folder}"})
    assert isinstance(make_judge(None, settings, lambda: None), CrossEncoderJudge)
    assert isinstance(make_judge("offline", settings, lambda: None), OfflineJudge), "what is given wins"


@pytest.mark.parametrize("name", ["onnx:", "bert", ""])
def test_an_unknown_judge_names_those_that_are(name: str) -> None:
    with pytest.raises(SettingsError, match=r"judge is") as caught:
        make_judge(name, Settings(), lambda: None)
    assert "onnx:FOLDER" in caught.value.remedy


def test_something_that_cannot_judge_is_refused() -> None:
    with pytest.raises(RagError, match="int is no judge"):
        make_judge(3, Settings(), lambda: None)


def test_the_llm_judge_needs_a_model() -> None:
    with pytest.raises(SettingsError, match="the llm judge needs a model") as caught:
        make_judge("llm", Settings(), lambda: None)
    assert "OPENAI_API_KEY" in caught.value.remedy
    with pytest.raises(SettingsError, match="--offline"):
        make_judge("llm", Settings(api_key="k", offline=True), lambda: None)


def test_the_runtime_is_told_not_to_report_before_it_is_imported(folder: Path) -> None:
    code = (
        "import os, sys\n"
        "from rag.grounding.cross_encoder import CrossEncoderJudge\n"
        "assert 'onnxruntime' not in sys.modules\n"
        "os.environ['ORT_DISABLE_TELEMETRY'] = '0'\n"
        f"CrossEncoderJudge({str(folder)!r})\n"
        "assert 'onnxruntime' in sys.modules and os.environ['ORT_DISABLE_TELEMETRY'] == '1'\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
