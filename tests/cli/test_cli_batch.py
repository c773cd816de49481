"""``rag batch``: lines in, lines out, failures recorded, and a later run that goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rag import Answer
from rag.batching import OutFile, read_questions
from rag.errors import InputError
from tests.cli.conftest import Run
from tests.conftest import REPO
from tests.fakes.openai_server import FakeOpenAI, Reply
from tests.fakes.scripted import quoting_model

QUESTIONS = ["what is RingFold?", "what is Quilt?", "how does Quilt cache keys?", "by how much is latency cut?"]


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    path = tmp_path / "questions.txt"
    path.write_text("\n".join(QUESTIONS) + "\n")
    return path


# -- reading


def test_plain_lines_and_objects() -> None:
    lines = [b"\xef\xbb\xbfwhat is Quilt?\n", b"\n", b'{"id": 7, "question": "q", "since": 2024, "papers": ["p"]}\n']
    first, second = read_questions(lines)
    assert (first.question, first.line, first.filters) == ("what is Quilt?", 1, {})
    assert (second.id, second.line, second.filters) == ("7", 3, {"since": 2024, "papers": ["p"]})


def test_made_ids_stay_where_lines_move_and_are_distinct() -> None:
    one = {q.question: q.id for q in read_questions(["a b?", "c?"])}
    other = {q.question: q.id for q in read_questions(["c?", "new?", "a  b?"])}
    assert one["c?"] == other["c?"] and one["a b?"] == other["a  b?"]
    ids = [q.id for q in read_questions(["c?", "c?", '{"id": "x", "question": "q"}', '{"id": "x", "question": "r"}'])]
    assert len(set(ids)) == 4


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"question": 3}', "question: Input should be a valid string"),
        ('{"text": "q"}', "question: Field required"),
        ('{"question": "q", "since": "2024"}', "since"),
        ('{"question": "q", "colour": "red"}', "colour"),
        ('{"question": "q"', "broken JSON"),
        ('{"question": "\\ud800"}', "question"),
        (b"caf\xe9?", "not UTF-8"),
    ],
)
def test_a_line_that_cannot_be_asked_says_why(line: str | bytes, said: str) -> None:
    (found,) = read_questions([line])
    assert found.error is not None
    assert said in str(found.error)


# -- running


def test_answers_failures_and_exit_codes(rag: Run, library: Path, tmp_path: Path) -> None:
    given = (
        '{"id": "a", "question": "what is Quilt?"}\n{"id": "b", "question": "what is Quilt?", "papers": ["no"]}\n???\n'
    )
    ran = rag("batch", "-", "--library", library, "--workers", "2", stdin=given)
    assert ran.code == 1
    found = {r["id"]: r for r in map(json.loads, ran.out.splitlines())}
    assert Answer.model_validate(found["a"]["answer"]).claims
    assert found["b"]["error"].keys() == {"type", "message", "remedy"}
    assert found["b"]["error"]["type"] == "UnknownPaperError"
    assert [r["error"]["type"] for r in found.values() if "error" in r and r["id"] != "b"] == ["EmptyQuestionError"]
    assert "1 answered" in ran.err and "2 failed" in ran.err
    assert rag("batch", "-", "--library", library, stdin="who won the 1998 world cup?\n").code == 3
    assert rag("batch", "-", "--library", library, stdin="what is Quilt?\n").code == 0
    assert rag("batch", "-", "--library", library, stdin=" \n").code == 2
    assert rag("batch", tmp_path / "none.txt", "--library", library).code == 2


def test_a_second_run_asks_nothing_again_and_a_change_does(
    rag: Run, library: Path, asked: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    assert rag("batch", asked, "--library", library, "--out", out).code == 0
    before = out.read_bytes()
    assert {r["question"] for r in records(out)} == set(QUESTIONS)
    again = rag("batch", asked, "--library", library, "--out", out)
    assert "0 answered, 4 answered before" in again.err
    assert out.read_bytes() == before
    os.environ["RAG_MAX_CLAIMS"] = "1"
    try:
        assert "4 answered" in rag("batch", asked, "--library", library, "--out", out).err
    finally:
        del os.environ["RAG_MAX_CLAIMS"]
    more = tmp_path / "more.jsonl"
    more.write_text(json.dumps({"title": "Fern", "abstract": "Fern grows trees of kernels. Fern is 3x faster."}) + "\n")
    rag("ingest", more, "--library", library)
    assert "4 answered" in rag("batch", asked, "--library", library, "--out", out).err, "the papers changed"


def test_a_failed_question_is_asked_again_and_the_last_line_counts(rag: Run, library: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with FakeOpenAI(default=quoting_model()) as server:
        model = {"RAG_BASE_URL": server.base_url, "RAG_RETRIES": "0"}
        os.environ.update(model)
        try:
            server.enqueue(Reply(status=500))
            first = rag("batch", "-", "--library", library, "--out", out, stdin="what is Quilt?\n")
            assert "1 not written by the model" in first.err
            second = rag("batch", "-", "--library", library, "--out", out, stdin="what is Quilt?\n")
            assert "1 answered" in second.err, "an answer that the model was to write is asked for again"
            third = rag("batch", "-", "--library", library, "--out", out, stdin="what is Quilt?\n")
            assert "0 answered, 1 answered before" in third.err
        finally:
            for name in model:
                del os.environ[name]
    assert [r["answer"]["mode"] for r in records(out)] == ["extractive", "generative"]


def test_limit_counts_what_is_asked_in_this_run(rag: Run, library: Path, asked: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    for count in (2, 4, 4):
        rag("batch", asked, "--library", library, "--out", out, "--limit", "2")
        assert len(records(out)) == count


# -- the file


def test_another_file_is_not_touched(rag: Run, library: Path, asked: Path, tmp_path: Path) -> None:
    for text in ("what is Quilt?\n", '{"id": "a"}\n', "no line end", '{"batch": 1, "id": "a"}\n', '{"batch": 9}\n'):
        foreign = tmp_path / "foreign"
        foreign.write_text(text)
        ran = rag("batch", asked, "--library", library, "--out", foreign)
        assert ran.code == 2
        assert "nothing was written" in ran.err
        assert foreign.read_text() == text


def test_a_torn_line_is_mended_aloud(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    answer = Answer(question="é", mode="extractive").model_dump(mode="json")
    with OutFile(path) as out:
        out.write({"id": "a", "key": "k", "answer": answer})
        out.write({"id": "b", "key": "k", "answer": answer})
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    for end in range(first, len(whole)):
        path.write_bytes(whole[:end])
        with OutFile(path) as out:
            assert set(out.answered) == {("a", "k")}
            assert bool(out.notices) is (end > first)
            out.write({"id": "b", "key": "k", "answer": answer})
        assert path.read_bytes() == whole


_VICTIM = """
import os, signal, sys
from rag.batching.outfile import OutFile, line_of
from rag.cli.main import main

written = []

def write(self, record):
    data = line_of(record)
    written.append(1)
    if len(written) == 3:
        self._handle.write(data[: len(data) // 2])
        os.kill(os.getpid(), signal.SIGKILL)
    self._handle.write(data)

OutFile.write = write
raise SystemExit(main(sys.argv[1:]))
"""


def test_killed_in_the_middle_it_loses_the_line_being_written_only(
    rag: Run, library: Path, asked: Path, tmp_path: Path
) -> None:
    whole, out = tmp_path / "whole.jsonl", tmp_path / "out.jsonl"
    assert rag("batch", asked, "--library", library, "--out", whole).code == 0
    arguments = ["batch", str(asked), "--library", str(library), "--out", str(out)]
    killed = subprocess.run(
        [sys.executable, "-c", _VICTIM, *arguments], cwd=REPO, capture_output=True, text=True, check=False
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    ran = rag(*arguments)
    assert ran.code == 0
    assert "line 3 of" in ran.err and "cut off" in ran.err
    assert "2 answered, 2 answered before" in ran.err

    def essence(path: Path) -> dict[str, Any]:
        return {r["id"]: (r["key"], r["answer"]["claims"]) for r in records(path)}

    assert essence(out) == essence(whole)
    assert len(records(out)) == len(QUESTIONS)


# -- recorded replies and a cap


def test_replies_are_recorded_and_replayed_without_a_server(rag: Run, library: Path, tmp_path: Path) -> None:
    cache = tmp_path / "replies"
    with FakeOpenAI(default=quoting_model()) as server:
        os.environ["RAG_BASE_URL"] = server.base_url
        recorded = rag("batch", "-", "--library", library, "--cache", cache, stdin="what is Quilt?\n")
        os.environ.pop("RAG_BASE_URL")
        sent = len(server.requests)
    replayed = rag("batch", "-", "--library", library, "--cache", cache, "--replay", stdin="what is Quilt?\n")
    assert sent and len(server.requests) == sent
    one, other = (json.loads(r.out)["answer"] for r in (recorded, replayed))
    assert one["claims"] == other["claims"] and other["mode"] == "generative"
    assert "nothing is sent" in replayed.err
    alone = rag("ask", "what is Quilt?", "--library", library, "--cache", cache, "--replay", "--json", "--offline")
    assert alone.json["claims"] == one["claims"]
    missing = rag("batch", "-", "--library", library, "--cache", cache, "--replay", stdin="what is RingFold?\n")
    assert (missing.code, json.loads(missing.out)["error"]["type"]) == (1, "ReplayMissError")
    assert rag("ask", "what is RingFold?", "--library", library, "--cache", cache, "--replay").code == 1


@pytest.mark.parametrize("arguments", [["--cache", "c", "--llm", "off"], ["--replay"], ["--cache", "c"]])
def test_nothing_to_record_is_said(rag: Run, library: Path, arguments: list[str]) -> None:
    ran = rag("ask", "what is Quilt?", "--library", library, *arguments)
    assert ran.code == 2
    assert "replay" in ran.err


def test_a_budget_ends_the_run_and_the_next_goes_on(rag: Run, library: Path, asked: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with FakeOpenAI(default=quoting_model(usage={"prompt_tokens": 500, "completion_tokens": 100})) as server:
        model = {"RAG_BASE_URL": server.base_url, "RAG_PRICE_IN": "1", "RAG_PRICE_OUT": "1", "RAG_RETRIES": "0"}
        os.environ.update(model)
        try:
            poor = rag("batch", asked, "--library", library, "--out", out, "--budget", "0.004", "--workers", "1")
            done = len(records(out))
            assert poor.code == 1 and "the budget of 0.004 is spent" in poor.err
            assert 0 < done < len(QUESTIONS)
            rich = rag("batch", asked, "--library", library, "--out", out, "--budget", "1")
            assert rich.code == 0 and f"{done} answered before" in rich.err
        finally:
            for name in model:
                del os.environ[name]
    assert {r["question"] for r in records(out)} == set(QUESTIONS)


def test_an_out_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        OutFile(tmp_path / "no" / "such" / "folder")
