"""``rag eval check``: the paragraphs, how sentences are matched, the figures, and the command."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from eval.checks import CheckRun, bundled_checks, check_figures, checks_page, load_checks, run_checks
from eval.report import to_markdown
from rag.checking import CITATION_STATES, CheckedSentence, CheckReport
from rag.cli.main import main
from rag.corpus import title_key
from rag.errors import InputError
from rag.paper import Paper

PAPER = Paper(id="p1", revision="r", title="Brook: Overlapped Reductions", abstract="Brook is fast.")
TEXT = "Brook is fast. Brook is slow. Heath is blue. Why?"
LABELS = ["supported", "contradicted", "not covered", "not a claim"]


def row(**values: Any) -> dict[str, Any]:
    texts = [t.strip() + s for t, s in zip(TEXT.replace("?", ".").split(".")[:4], "...?", strict=True)]
    sentences = [
        {"text": t, "label": label, "citation": "none", "papers": [PAPER.title] if t.startswith("Brook") else []}
        for t, label in zip(texts, LABELS, strict=True)
    ]
    return {"id": "a", "split": "dev", "text": TEXT, "sentences": sentences, **values}


def written(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    return path


class Says:
    """Checks by a script: the label of each sentence; one sentence may be swallowed."""

    def __init__(self, *labels: str) -> None:
        self._labels = labels

    def check(self, text: str, *, judge: Any = None, bib: str | Path | None = None) -> CheckReport:
        found: list[CheckedSentence] = []
        at = 0
        for words, label in zip(
            ["Brook is fast.", "Brook is slow.", "Heath is blue.", "Why?"], self._labels, strict=True
        ):
            start = text.index(words, at)
            at = start + len(words)
            if label:
                values: dict[str, Any] = {"label": label, "citation": "none", "reason": "said so"}
                found.append(CheckedSentence(text=words, start=start, end=at, line=1, claim=words, **values))
        return CheckReport(sentences=tuple(found), judge="script@1")


def run(tmp_path: Path, *labels: str) -> CheckRun:
    paragraphs = load_checks(written(tmp_path / "checks.jsonl", row()))
    return run_checks(Says(*labels), paragraphs, [PAPER])


def figures(result: CheckRun) -> dict[tuple[str, str], float]:
    return {(f.group, f.metric): f.value for f in check_figures(result)}


def test_perfect_and_wrong_checks_are_told_apart(tmp_path: Path) -> None:
    perfect = figures(run(tmp_path, *LABELS))
    assert perfect["labels", "accuracy"] == 1.0
    assert perfect["called out", "recall"] == perfect["contradicted", "precision"] == 1.0
    assert perfect["called out", "false alarms"] == 0.0
    wrong = figures(run(tmp_path, "contradicted", "supported", "not covered", "not a claim"))
    assert wrong["labels", "accuracy"] == 0.5
    assert wrong["called out", "recall"] == 0.0
    assert wrong["called out", "false alarms"] == 1.0
    assert wrong["supported", "precision"] == wrong["supported", "recall"] == 0.0
    assert ("unsupported", "recall") not in wrong, "nothing of the kind was labelled"


def test_a_sentence_that_was_not_read_is_wrong(tmp_path: Path) -> None:
    result = run(tmp_path, "supported", "", "not covered", "not a claim")
    assert [s.got for s in result.sentences] == ["supported", "not read", "not covered", "not a claim"]
    assert figures(result)["labels", "accuracy"] == 0.75


def test_the_record_survives_json_and_the_page_names_what_was_misjudged(tmp_path: Path) -> None:
    result = run(tmp_path, "supported", "supported", "not covered", "not a claim")
    assert CheckRun.model_validate_json(result.model_dump_json()) == result
    page = to_markdown(checks_page(result))
    assert "Brook is slow." in page
    assert "4 sentences of 1 paragraphs" in page


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"text": "Another text."}, "does not stand in the text"),
        ({"split": "train"}, "split"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_broken_line_is_refused_with_its_place(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=rf"checks.jsonl:1: .*{words}"):
        load_checks(written(tmp_path / "checks.jsonl", row(**change)))


def test_papers_that_the_library_lacks_are_named(tmp_path: Path) -> None:
    paragraphs = load_checks(written(tmp_path / "checks.jsonl", row()))
    with pytest.raises(InputError, match="lacks 1 papers"):
        run_checks(Says(*LABELS), paragraphs, [])
    with pytest.raises(InputError, match="split test"):
        load_checks(tmp_path / "checks.jsonl", "test")


def test_the_bundled_paragraphs_are_whole(notes: Any) -> None:
    paragraphs = load_checks(bundled_checks())
    assert Counter(p.split for p in paragraphs) == {"dev": 7, "test": 7}
    sentences = [s for p in paragraphs for s in p.sentences]
    assert len(sentences) == 115
    assert {s.citation for s in sentences} == set(CITATION_STATES)
    titles = {title_key(p.title) for p in notes.papers()}
    assert {title_key(t) for s in sentences for t in s.papers} <= titles


def test_no_paper_stands_in_both_halves() -> None:
    halves = {
        split: {t for p in load_checks(bundled_checks(), split) for s in p.sentences for t in s.papers}
        for split in ("dev", "test")
    }
    assert not halves["dev"] & halves["test"]


def test_the_command_measures_the_bundled_paragraphs(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = tmp_path / "run.json"
    assert main(["eval", "check", "--split", "dev", "--out", str(out), "--markdown"]) == 0
    result = CheckRun.model_validate_json(out.read_text(encoding="utf-8"))
    assert len(result.sentences) == 57
    found = figures(result)
    # Floors well under what was measured: they catch a check that is broken, not one that is a little worse.
    assert found["labels", "accuracy"] > 0.6
    assert found["citations", "accuracy"] > 0.7
    assert found["called out", "false alarms"] < 0.2
    assert result.extra == 0
    assert "## Figures" in capsys.readouterr().out
    assert main(["eval", "check", "--checks", "nowhere.jsonl"]) == 2
