"""What a run with a model may cost, through the command line, against a scripted server on loopback."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from eval.cli import eval_group
from eval.journal import read_any
from eval.model import open_model
from eval.records import read_run
from rag.errors import InputError, RagError
from rag.llm_budget import Budget, BudgetSpentError
from rag.llm_request import ModelRequest
from rag.settings import Settings
from rag.usage import Usage
from tests.eval.build import SUITE, TEXTS
from tests.fakes.openai_server import FakeOpenAI, Reply, Request
from tests.fakes.scripted import quoting_model

KEY = "test-key-0123456789"
PER_CALL = 1_000 * 2.0 / 1e6 + 100 * 8.0 / 1e6  # what the server reports, at the prices below: 0.0028
CASES = [c for c in SUITE if c.kind in ("finding", "named", "nonsense")]


def reply(request: Request) -> Reply:
    usage = {"prompt_tokens": 1_000, "completion_tokens": 100, "total_tokens": 1_100}
    return quoting_model(usage=usage)(request)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeOpenAI]:
    with FakeOpenAI(key=KEY, default=reply) as fake:
        for name, value in {
            "OPENAI_BASE_URL": fake.base_url, "OPENAI_API_KEY": KEY, "RAG_MODEL": "tiny", "RAG_PRICE_IN": "2",
            "RAG_PRICE_OUT": "8", "RAG_RETRIES": "0", "RAG_MAX_TOKENS": "500",
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        yield fake


@pytest.fixture
def given(tmp_path: Path) -> list[str]:
    pages, cases = tmp_path / "papers.jsonl", tmp_path / "cases.jsonl"
    pages.write_text("".join(json.dumps({"title": t, "abstract": a}) + "\n" for t, a in TEXTS.items()))
    cases.write_text("".join(c.model_dump_json(exclude_none=True) + "\n" for c in CASES))
    return ["run", "--cases", str(cases), "--pages", str(pages), "--llm", "auto"]


def invoke(*args: str | Path) -> Result:
    return CliRunner().invoke(eval_group, [str(a) for a in args])


def test_the_estimate_comes_first_and_sends_nothing(server: FakeOpenAI, given: list[str]) -> None:
    shown = invoke(*given, "--budget", "2.00", "--estimate")
    assert shown.exit_code == 0
    assert server.requests == []
    host = server.base_url.split("/")[2]
    assert f"model: tiny at {host}" in shown.stderr
    calls = re.search(r"calls: (\d+) for 15 cases, up to (\d+)", shown.stderr)
    assert calls is not None
    assert 10 <= int(calls[1]) <= 15  # nonsense is refused before a model is asked
    assert int(calls[2]) == 2 * int(calls[1])
    assert re.search(r"tokens: about [\d,]+ sent", shown.stderr)
    assert re.search(r"cost: about 0\.\d+, at most 0\.\d+", shown.stderr)
    assert "cap: 2;" in shown.stderr
    assert "nothing was sent" in shown.stderr
    assert "Headline" not in shown.stdout


def test_the_estimate_is_of_the_prompts_that_are_sent(server: FakeOpenAI, given: list[str], tmp_path: Path) -> None:
    from rag.llm_request import prompt_tokens

    shown = invoke(*given, "--yes", "--out", tmp_path / "run.json", "--json")
    assert shown.exit_code == 0, shown.output
    said = re.search(r"calls: (\d+) .*\n.*tokens: about ([\d,]+) sent", shown.stderr)
    assert said is not None
    first = [r for r in server.requests if "Rejected" not in r.prompt]
    sent = sum(prompt_tokens([(m["role"], m["content"]) for m in r.body["messages"]]) for r in first)
    assert int(said[1]) == len(first)
    assert int(said[2].replace(",", "")) == pytest.approx(sent, rel=0.02)


def test_without_anybody_to_say_yes_nothing_is_sent(server: FakeOpenAI, given: list[str]) -> None:
    shown = invoke(*given)
    assert isinstance(shown.exception, InputError)
    assert "--yes" in shown.exception.remedy
    assert server.requests == []


def test_a_price_that_is_not_known_is_said_and_holds_no_cap(
    server: FakeOpenAI, given: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RAG_PRICE_IN")
    shown = invoke(*given, "--estimate")
    assert "cost: unknown" in shown.stderr
    refused = invoke(*given, "--budget", "1", "--yes")
    assert isinstance(refused.exception, InputError)
    assert "RAG_PRICE_IN" in str(refused.exception)
    assert server.requests == []


def test_no_model_is_no_measurement_of_one(given: list[str]) -> None:
    refused = invoke(*given, "--yes")
    assert isinstance(refused.exception, InputError)
    assert "no OPENAI_API_KEY" in str(refused.exception)


def test_the_cap_stops_the_run_and_the_rest_is_not_scored(server: FakeOpenAI, given: list[str], tmp_path: Path) -> None:
    out = tmp_path / "run.json"
    shown = invoke(*given, "--budget", "0.03", "--yes", "--out", out, "--markdown", "--workers", "2")
    assert shown.exit_code == 0, shown.output
    result = read_run(out)
    asked = [i for i in result.items if i.answer and i.answer.usage["calls"]]
    assert asked
    assert len(result.items) + len(result.not_run) == len(CASES)
    assert result.not_run
    assert {n.reason.split(" (")[0] for n in result.not_run} == {"the budget of 0.03 is spent"}
    assert len(server.requests) * PER_CALL <= 0.03
    assert {n.case_id for n in result.not_run}.isdisjoint(result.values("FalseRefusal"))
    assert all(i.answer is not None and i.answer.fallback_from is None for i in result.items)
    assert "## Not run" in shown.stdout
    assert re.search(r"\d+ calls made.*spent 0\.0\d+ of 0\.03", shown.stderr)
    assert "go on with --resume" in shown.stderr

    sent = len(server.requests)
    again = invoke(*given, "--budget", "1", "--yes", "--out", out, "--resume", "--json")
    assert again.exit_code == 0, again.output
    whole = read_run(out)
    assert whole.not_run == ()
    assert [i.case_id for i in whole.items] == [c.id for c in CASES]
    kept = {i.case_id: i for i in result.items}
    assert all(i.answer == kept[i.case_id].answer for i in whole.items if i.case_id in kept)
    assert len(server.requests) - sent >= len([n for n in result.not_run if n.kind != "nonsense"])


def test_answers_that_the_model_did_not_write_are_failures(
    server: FakeOpenAI, given: list[str], tmp_path: Path
) -> None:
    server.default = Reply(status=500)
    shown = invoke(*given, "--yes", "--out", tmp_path / "run.json", "--json")
    result = read_run(tmp_path / "run.json")
    broken = [i for i in result.items if i.kind != "nonsense"]
    assert {i.failure.type for i in broken if i.failure} == {"NotWritten"}
    assert len(result.failed) >= len(broken)
    assert set(result.values("EvidenceHit").values()) == {0.0}
    assert shown.exit_code in (0, 1)


def test_a_run_replays_offline_and_equals_the_recorded_one(
    server: FakeOpenAI, given: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "replies"
    assert invoke(*given, "--yes", "--cache", cache, "--out", tmp_path / "live.json", "--json").exit_code == 0
    sent = len(server.requests)
    again = invoke(
        *given, "--yes", "--cache", cache, "--budget", "0.000001", "--out", tmp_path / "again.json", "--json"
    )
    assert again.exit_code == 0, again.output  # recorded replies cost nothing, so no budget holds them back
    assert "0 calls made" in again.stderr
    assert "calls: 0 for" in again.stderr
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.setenv("RAG_OFFLINE", "1")
    shown = invoke(*given, "--cache", cache, "--replay", "--out", tmp_path / "replay.json", "--json")
    assert shown.exit_code == 0, shown.output
    assert len(server.requests) == sent
    live, replayed = read_run(tmp_path / "live.json"), read_run(tmp_path / "replay.json")

    def said(run: Any) -> list[Any]:
        answers = [i.answer for i in run.items]
        return [(a.mode, a.abstained, a.claims, a.dropped, a.prompts) for a in answers]

    assert said(replayed) == said(live)
    assert any(i.answer.usage.get("replayed") for i in replayed.items if i.answer)
    assert any("replayed replies" in n for n in replayed.notices)
    assert (live.system["llm"], replayed.system["host"]) == ("tiny", "replayed")
    assert KEY not in "".join(p.read_text() for p in cache.rglob("*.json"))


def test_a_replay_that_lacks_replies_fails_and_invents_none(
    server: FakeOpenAI, given: list[str], tmp_path: Path
) -> None:
    cache = tmp_path / "replies"
    assert invoke(*given, "--yes", "--cache", cache, "--json").exit_code == 0
    sent = len(server.requests)
    gone = sorted(cache.rglob("*.json"))[0]
    gone.unlink()
    shown = invoke(*given, "--cache", cache, "--replay", "--out", tmp_path / "replay.json", "--json")
    assert isinstance(shown.exception, RagError)
    assert "were not run" in str(shown.exception)
    assert len(server.requests) == sent
    assert len(read_any(tmp_path / "replay.json").not_run) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--llm", "off", "--cache", "x"], "no model to record"),
        (["--llm", "off", "--budget", "1"], "no model to record"),
        (["--replay"], "nothing to replay"),
        (["--budget", "0", "--yes"], "the budget is 0"),
        (["--budget", "-1", "--yes"], "the budget is -1"),
        (["--budget", "nan", "--yes"], "the budget is nan"),
        (["--resume"], "--resume needs"),
        (["--llm", "off", "--estimate"], "--estimate is for a model"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    server: FakeOpenAI, given: list[str], options: list[str], message: str
) -> None:
    shown = invoke(*given, *options)
    assert shown.exit_code != 0
    assert message in shown.output + str(shown.exception)
    assert server.requests == []


def test_no_number_of_threads_passes_the_cap() -> None:
    settings = Settings(price_in=1_000.0, price_out=1_000.0, max_tokens=100, retries=0)
    budget = Budget(1.0, settings)
    real, lock = [0.0], threading.Lock()
    barrier = threading.Barrier(8)

    def ask(_: int) -> bool:
        usage = Usage()

        def send() -> Generator[str, None, None]:
            usage.add(calls=1, prompt=10, completion=90)
            with lock:
                real[0] += 0.1
            yield "x"

        barrier.wait(5)
        try:
            list(budget(ModelRequest("m", "h", (("user", "Hello?"),), {}, {}, usage), send))
        except BudgetSpentError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        sent = sum(pool.map(ask, range(40)))
    assert budget.spent == pytest.approx(real[0])
    assert real[0] <= 1.0
    assert 5 <= sent <= 10


def test_what_failed_or_was_cut_is_counted_against_the_cap(server: FakeOpenAI) -> None:
    settings = Settings.from_env(timeout=5.0)
    model = open_model("auto", settings, budget=1.0)
    assert model is not None
    server.enqueue(Reply("one two three " * 300, tokens_per_s=500))
    stream = model.client.stream("Hello?")
    next(stream)
    stream.close()
    assert model.budget is not None
    assert 0 < model.budget.spent < 0.001
    assert "spent" in model.spent()
