"""``rag check``: what is printed where, and the exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag import CheckReport
from tests.cli.conftest import QUILT, RINGFOLD, Run
from tests.fakes.openai_server import FakeOpenAI, Reply
from tests.grounding.onnx_model import make_folder

SOUND = f"RingFold cuts all-reduce latency by 37% over the plain ring [1].\n\n## References\n\n[1] {RINGFOLD}.\n"
WRONG = f"# Rings\n\nRingFold cuts all-reduce latency by 73% [1].\nIs it used?\n\n## References\n\n[1] {RINGFOLD}.\n"
MISSING = "Quilt caches attention keys by patches and reuses them across requests.\n"


def test_a_sound_text_exits_with_0(rag: Run, library: Path) -> None:
    Path("sound.md").write_text(SOUND)
    ran = rag("check", "sound.md", "--library", library)
    assert ran.code == 0
    text = " ".join(ran.out.split())
    assert text.startswith("+ RingFold cuts all-reduce latency by 37% over the plain ring [1]. judged supported")
    assert (
        f"verbatim: “On 64 GPUs RingFold cuts all-reduce latency by 37% over the plain ring.” Sources [1] {RINGFOLD}"
        in text
    )
    assert text.endswith("1 sentence: 1 supported")
    assert "skipped: 1 heading, 1 list of references" in ran.err
    assert "\x1b" not in ran.out


def test_a_contradiction_exits_with_4_and_shows_what_the_paper_says(rag: Run, library: Path) -> None:
    Path("wrong.md").write_text(WRONG)
    ran = rag("check", "wrong.md", "--library", library)
    assert ran.code == 4
    text = " ".join(ran.out.split())
    assert "x RingFold cuts all-reduce latency by 73% [1]. judged contradicted" in text
    assert "there it says 37%" in text
    assert "! citation unsupported: [1] does not say it" in text
    assert "Is it used?" not in text
    assert "Is it used?" in rag("check", "wrong.md", "--library", library, "--all").out
    assert text.endswith("2 sentences: 1 contradicted, 1 not a claim; citations: 1 unsupported")


def test_strict_counts_a_missing_citation(rag: Run, library: Path) -> None:
    loose = rag("check", "-", "--library", library, stdin=MISSING)
    assert loose.code == 0
    assert f"cite {QUILT}" in " ".join(loose.out.split())
    assert rag("check", "-", "--library", library, "--strict", stdin=MISSING).code == 4


def test_json_is_the_record_alone(rag: Run, library: Path) -> None:
    ran = rag("check", "-", "--json", "--library", library, stdin=WRONG)
    assert ran.code == 4
    report = CheckReport.model_validate_json(ran.out)
    assert report.name == "standard input"
    assert [s.label for s in report.sentences] == ["contradicted", "not a claim"]
    first = report.sentences[0]
    assert WRONG[first.start : first.end] == first.text


def test_markdown(rag: Run, library: Path) -> None:
    Path("wrong.md").write_text(WRONG)
    ran = rag("check", "wrong.md", "--markdown", "--library", library)
    assert ran.code == 4
    assert ran.out.startswith("## Check of wrong.md\n")
    assert "- **contradicted" in ran.out
    assert "### Sources" in ran.out


def test_latex_with_the_bib_file_that_it_names(rag: Run, library: Path) -> None:
    Path("refs.bib").write_text(f"@misc{{fold, title={{{RINGFOLD}}}}}\n")
    Path("paper.tex").write_text(
        "\\section{Rings}\nIt folds the ring of an all-reduce in half~\\cite{fold}.\n\\bibliography{refs}\n"
    )
    ran = rag("check", "paper.tex", "--library", library)
    assert ran.code == 0
    assert "citing from refs.bib" in ran.err
    assert "+ It folds the ring" in ran.out
    Path("refs.bib").unlink()
    assert "names no file that is there" in rag("check", "paper.tex", "--library", library).err
    other = Path("other.bib")
    other.write_text(f"@misc{{fold, title={{{QUILT}}}}}\n")
    assert "citation wrong" in rag("check", "paper.tex", "--bib", other, "--library", library).out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["none.md"], 2, "cannot be read"),
        (["bytes.md"], 2, "is not UTF-8"),
        (["empty.md"], 2, "holds no words"),
        (["sound.md", "--judge", "bert"], 2, "judge is 'bert'"),
        (["sound.md", "--judge", "onnx:nowhere"], 2, "there is no folder nowhere"),
        (["sound.md", "--judge", "llm"], 2, "the llm judge needs a model"),
        (["sound.md", "--bib", "none.bib"], 2, "none.bib cannot be read"),
        ([], 2, "Missing argument"),
    ],
)
def test_what_cannot_be_checked_is_one_line(
    rag: Run, library: Path, arguments: list[str], code: int, words: str
) -> None:
    Path("bytes.md").write_bytes(b"\xff\xfe\x00words")
    Path("empty.md").write_text("\n")
    Path("sound.md").write_text(SOUND)
    ran = rag("check", *arguments, "--library", library, "--json")
    assert ran.code == code
    assert words in ran.error["message"]


def test_a_local_cross_encoder_judges(rag: Run, library: Path, tmp_path: Path) -> None:
    model = make_folder(tmp_path / "nli", {"patches": (9.0, 0.0)}, labels=("contradiction", "entailment"))
    ran = rag("check", "-", "--judge", f"onnx:{model}", "--library", library, "--json", stdin=MISSING)
    report = CheckReport.model_validate_json(ran.out)
    assert report.judge.startswith("onnx:nli@")
    assert report.sentences[0].label == "contradicted"
    assert ran.code == 4
    agrees = make_folder(tmp_path / "agrees", {"patches": (0.0, 9.0)}, labels=("contradiction", "entailment"))
    asked = rag("ask", "what does Quilt cache?", "--judge", f"onnx:{agrees}", "--library", library, "--json")
    judges = {c["verdict"]["judge"] for c in json.loads(asked.out)["claims"] if c["kind"] == "claim"}
    assert {j.split("@")[0] for j in judges} == {"onnx:agrees"}


def test_a_model_judges_where_it_is_asked_to(rag: Run, library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reply = json.dumps({"label": "unsupported", "evidence_quote": "", "missing": "all of it"})
    with FakeOpenAI(Reply(reply)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("RAG_JUDGE", "llm")
        ran = rag("check", "-", "--library", library, "--json", stdin=MISSING)
        assert any("Quilt caches attention keys" in r.prompt for r in server.requests)
    report = CheckReport.model_validate_json(ran.out)
    assert "/judge@" in report.judge
    assert report.sentences[0].label == "unsupported"
    assert "claims and abstracts are sent to it" in ran.err


def test_a_judge_that_cannot_be_had_stands_in_the_way_of_no_other_verb(
    rag: Run, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_JUDGE", "onnx:nowhere")
    assert rag("papers", "list", "--library", library).code == 0
    assert rag("search", "rings", "--library", library).code == 0
    ran = rag("doctor", "--library", library)
    assert ran.code == 1
    assert "there is no folder nowhere" in ran.out
    assert rag("ask", "what does Quilt cache?", "--library", library).code == 2


def test_where_claims_are_sent_is_said(rag: Run, library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reply = json.dumps({"label": "unsupported", "evidence_quote": "", "missing": "all of it"})
    with FakeOpenAI(Reply(reply)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        ran = rag("ask", "what does Quilt cache?", "--llm", "off", "--judge", "llm", "--library", library)
        assert server.requests
    assert "claims and abstracts are sent to it" in ran.err
