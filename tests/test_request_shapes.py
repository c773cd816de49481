"""What leaves for OpenAI, vLLM and Ollama: the whole request as the real openai client sends it, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag import Assistant, Settings
from rag.answering.claimfields import REPLY_SCHEMA
from rag.llm import resolve_llm
from rag.llm_openai import OPENAI_BASE, Line
from tests.fakes.openai_server import FakeOpenAI, Request
from tests.fakes.scripted import quoting_model
from tests.fakes.shelf import PAPERS

KEY = "test-key-0123456789"
QUESTION = "how much does RingFold cut all-reduce latency?"

# Server -> a model of it, whether it takes a key, and how it wants its tokens bounded.
SERVERS: dict[str, tuple[str, bool, dict[str, Any]]] = {
    "OpenAI": ("gpt-4o-mini", True, {"max_tokens": 300, "temperature": 0.0}),
    "OpenAI, reasoning": ("gpt-5-mini", True, {"max_completion_tokens": 300}),
    "OpenAI, o-series": ("o4-mini", True, {"max_completion_tokens": 300}),
    "vLLM": ("Qwen/Qwen2.5-7B-Instruct", False, {"max_tokens": 300, "temperature": 0.0}),
    "vLLM with a key": ("openai/gpt-oss-20b", True, {"max_tokens": 300, "temperature": 0.0}),
    "vLLM, a name that looks like reasoning": ("AIDC-AI/Marco-o1", False, {"max_tokens": 300, "temperature": 0.0}),
    "Ollama": ("llama3.2:3b", False, {"max_tokens": 300, "temperature": 0.0}),
}
FORMS: dict[str, Any] = {
    "lines": None,
    "inline": None,
    "object": {"type": "json_object", "schema": REPLY_SCHEMA},
    "schema": {"type": "json_schema", "json_schema": {"name": "claims", "strict": True, "schema": REPLY_SCHEMA}},
}


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(default=quoting_model()) as fake:
        yield fake


def asked(server: FakeOpenAI, folder: Path, name: str, form: str) -> list[Request]:
    """The requests of one question, the whole way from the assistant."""
    model, keyed, _ = SERVERS[name]
    server.default = quoting_model(form="object" if form in {"object", "schema"} else form)
    settings = Settings.from_env(
        {"OPENAI_BASE_URL": server.base_url, **({"OPENAI_API_KEY": KEY} if keyed else {})},
        model=model, max_tokens=300, claim_format=form,
    )  # fmt: skip
    with Assistant.open(folder, settings=settings) as assistant:
        assistant.library.write(list(PAPERS))
        answer = assistant.ask(QUESTION)
    assert answer.mode == "generative" and answer.claims
    return server.requests


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", SERVERS)
def test_the_whole_body(server: FakeOpenAI, tmp_path: Path, name: str, form: str) -> None:
    model, _, bounds = SERVERS[name]
    (request,) = asked(server, tmp_path / "library", name, form)
    body = dict(request.body)
    messages = body.pop("messages")
    # OpenAI's reasoning models call the system's role "developer"; LlamaIndex goes by their names.
    first = "developer" if "max_completion_tokens" in bounds else "system"
    assert [m["role"] for m in messages] == [first, "user"]
    assert all(m.keys() == {"role", "content"} and isinstance(m["content"], str) for m in messages)
    expected = {"model": model, "stream": True, "stream_options": {"include_usage": True}, **bounds}
    if FORMS[form] is not None:
        expected["response_format"] = FORMS[form]
    assert body == expected
    assert request.path == "/v1/chat/completions"


@pytest.mark.parametrize("name", SERVERS)
def test_the_key_goes_in_one_header_or_nowhere(
    server: FakeOpenAI, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not SERVERS[name][1]:
        # Settings decide, not what lies about in the environment of the process.
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
    (request,) = asked(server, tmp_path / "library", name, "lines")
    holders = [n for n, value in request.headers.items() if KEY in value]
    assert holders == (["authorization"] if SERVERS[name][1] else [])
    assert KEY not in str(request.body)


def test_the_organisation_is_told_to_openai_alone(server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-of-mine")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "project-of-mine")
    made = resolve_llm("m", Settings(base_url=server.base_url, api_key=KEY))
    assert made is not None
    made.complete("Hello?")
    assert "of-mine" not in str(server.requests[0].headers)
    client = Line(5.0, 60.0).client
    for address, kept in (
        (OPENAI_BASE, True),
        ("http://localhost:8000/v1", False),
        ("https://api.openai.com.x/v1", False),
    ):
        told = client.build_request("POST", address, headers={"OpenAI-Organization": "o", "OpenAI-Project": "p"})
        for hook in client.event_hooks["request"]:
            hook(told)
        assert ("openai-organization" in told.headers, "openai-project" in told.headers) == (kept, kept)


def test_the_schema_is_one_that_strict_mode_takes() -> None:
    """OpenAI's strict mode: every object is closed and requires all of its properties."""
    seen = 0

    def check(part: Any) -> None:
        nonlocal seen
        if isinstance(part, dict):
            if part.get("type") == "object" or "properties" in part:
                seen += 1
                assert part["additionalProperties"] is False
                assert sorted(part["required"]) == sorted(part["properties"])
            for value in part.values():
                check(value)
        elif isinstance(part, list):
            for value in part:
                check(value)

    check(REPLY_SCHEMA)
    assert seen >= 3


@pytest.mark.parametrize("status", [400, 422, 500])
def test_a_server_that_refuses_a_form_is_asked_without_it(tmp_path: Path, status: int) -> None:
    with FakeOpenAI(default=quoting_model(), refuse_response_format=status) as fake:
        settings = Settings(base_url=fake.base_url, claim_format="schema", retries=0)
        with Assistant.open(tmp_path / "library", llm="llama3.2:3b", settings=settings) as assistant:
            assistant.library.write(list(PAPERS))
            assert assistant.ask(QUESTION).mode == "generative"
    assert ["response_format" in r.body for r in fake.requests] == [True, True, False]
