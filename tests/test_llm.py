"""The model seam: who is asked, what is sent, what is counted."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag.errors import InputError, ModelError, ModelNotFoundError, ModelUnavailableError, SettingsError
from rag.llm import ModelClient, is_reasoning_model, resolve_llm, why_extractive
from rag.llm_faults import FormatRefusedError
from rag.settings import Settings
from tests.fakes.openai_server import FakeOpenAI, Reply

KEY = "test-key-0123456789"
TALK = (("system", "Be brief."), ("user", "Hello?"))


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(key=KEY) as fake:
        yield fake


def client(server: FakeOpenAI, llm: Any = "auto", **settings: Any) -> ModelClient:
    made = resolve_llm(llm, Settings(base_url=server.base_url, api_key=KEY, **settings), sleep=lambda _: None)
    assert made is not None
    return made


# -- who ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("llm", "settings", "reason"),
    [
        ("auto", {}, "no OPENAI_API_KEY and no OPENAI_BASE_URL is set"),
        (None, {}, "no OPENAI_API_KEY and no OPENAI_BASE_URL is set"),
        ("off", {"api_key": "k"}, "the model is switched off"),
        ("auto", {"api_key": "k", "llm": "off"}, "the model is switched off"),
        ("auto", {"api_key": "k", "offline": True}, "the model is not used with --offline"),
        ("gpt-9", {"api_key": "k", "offline": True}, "gpt-9 is not used with --offline"),
        ("auto", {"api_key": "k", "llm": "gpt-9", "offline": True}, "gpt-9 is not used with --offline"),
        ("gpt-9", {}, "no OPENAI_API_KEY and no OPENAI_BASE_URL is set for gpt-9"),
    ],
)
def test_no_model_and_the_reason(llm: Any, settings: dict[str, Any], reason: str) -> None:
    assert resolve_llm(llm, Settings(**settings)) is None
    assert why_extractive(llm, Settings(**settings)) == reason


@pytest.mark.parametrize(
    ("llm", "settings", "name", "host"),
    [
        ("auto", {"api_key": "k"}, "gpt-4o-mini", "api.openai.com"),
        ("auto", {"api_key": "k", "llm": "gpt-9"}, "gpt-9", "api.openai.com"),
        ("auto", {"base_url": "http://user:pass@localhost:8000/v1", "model": "local"}, "local", "localhost:8000"),
        ("qwen/qwen3-8b", {"base_url": "https://models.example/v1"}, "qwen/qwen3-8b", "models.example"),
    ],
)
def test_a_model_and_its_host(llm: Any, settings: dict[str, Any], name: str, host: str) -> None:
    made = resolve_llm(llm, Settings(**settings))
    assert made is not None
    assert (made.name, made.host) == (name, host)
    assert why_extractive(llm, Settings(**settings)) is None


def test_what_is_no_model() -> None:
    with pytest.raises(InputError, match="int is no language model"):
        resolve_llm(7, Settings())
    with pytest.raises(ModelNotFoundError, match="chat completions"):
        resolve_llm("gpt-5.2-pro", Settings(api_key="k"))
    for url in ("http://[::bad/v1", "http://host:port/v1"):
        with pytest.raises(SettingsError, match="no address"):
            resolve_llm("auto", Settings(base_url=url))


def test_an_extractive_choice_imports_neither_llama_index_nor_openai() -> None:
    code = (
        "import sys, rag.llm, rag.answering.generative\nfrom rag.settings import Settings\n"
        "assert rag.llm.resolve_llm('off', Settings()) is None\n"
        "print([m for m in ('llama_index.core', 'openai', 'httpx', 'chromadb') if m in sys.modules])"
    )
    root = Path(__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# -- what is sent ---------------------------------------------------------------------------------------------------


def test_the_request_as_it_leaves(server: FakeOpenAI) -> None:
    server.enqueue("Hi there, you.")
    assert list(client(server, "some-model", temperature=0.2, max_tokens=77).stream(TALK)) == ["Hi", " there,", " you."]
    (request,) = server.requests
    assert request.path == "/v1/chat/completions"
    assert request.body == {
        "model": "some-model",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello?"}],
        "temperature": 0.2,
        "max_tokens": 77,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    assert [name for name, value in request.headers.items() if KEY in value] == ["authorization"]


@pytest.mark.parametrize(
    ("model", "settings"),
    [("o3-mini", {}), ("gpt-5-mini", {}), ("o4-mini", {}), ("openai/o1", {}), ("mine", {"reasoning_model": True})],
)
def test_reasoning_models_get_neither_temperature_nor_max_tokens(
    server: FakeOpenAI, model: str, settings: dict[str, Any]
) -> None:
    client(server, model, max_tokens=77, **settings).complete("Hello?")
    body = server.requests[0].body
    assert body["max_completion_tokens"] == 77
    assert not {"temperature", "max_tokens"} & body.keys()


def test_the_setting_wins_over_the_name_and_no_temperature_means_none(server: FakeOpenAI) -> None:
    client(server, "gpt-5", reasoning_model=False, temperature=None).complete("Hello?")
    body = server.requests[0].body
    assert body["max_tokens"] == 2000
    assert not {"temperature", "max_completion_tokens"} & body.keys()


@pytest.mark.parametrize(("name", "expected"), [("o1", True), ("o3-mini", True), ("gpt-5.2", True), ("gpt-4o", False),
                                                ("o2x", False), ("olmo-3", False), ("org/o4-mini", True)])  # fmt: skip
def test_reasoning_by_name(name: str, expected: bool) -> None:
    assert is_reasoning_model(name) is expected


def test_no_other_key_is_sent_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-someone-else")
    with FakeOpenAI() as server:
        made = resolve_llm("local", Settings(base_url=server.base_url))
        assert made is not None
        assert made.complete("Hello?") == "ok"
    assert "someone-else" not in str(server.requests[0].headers)


def test_json_modes(server: FakeOpenAI) -> None:
    made = client(server)
    made.complete("Hello?", json_mode=True)
    made.complete("Hello?", json_mode={"type": "object"})
    formats = [r.body["response_format"] for r in server.requests]
    assert formats[0] == {"type": "json_object"}
    assert formats[1]["json_schema"] == {"name": "claims", "strict": True, "schema": {"type": "object"}}


@pytest.mark.parametrize("status", [400, 422, 500])
def test_a_server_without_json_mode_is_told_apart(status: int) -> None:
    with FakeOpenAI(refuse_response_format=status) as server:
        made = client(server)
        with pytest.raises(FormatRefusedError):
            made.complete("Hello?", json_mode=True)
        assert len(server.requests) == 1
        assert made.complete("Hello?") == "ok"


# -- what is counted ------------------------------------------------------------------------------------------------


def test_usage_as_the_server_reports_it(server: FakeOpenAI) -> None:
    server.enqueue(Reply("a b", usage={"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500}))
    made = client(server, price_in=2.0, price_out=8.0)
    made.complete("Hello?")
    assert made.usage == {
        "calls": 1, "prompt_tokens": 1000, "completion_tokens": 500, "cost": 0.006, "estimated": False
    }  # fmt: skip


def test_usage_is_estimated_where_the_server_is_silent_and_cost_stays_unknown(server: FakeOpenAI) -> None:
    made = client(server, price_in=2.0)
    made.complete("Hello there?")
    usage = made.usage
    assert usage["estimated"] is True
    assert usage["cost"] is None
    assert usage["prompt_tokens"] > 3
    assert usage["completion_tokens"] == 1


def test_a_fresh_client_counts_for_itself_and_for_its_parent(server: FakeOpenAI) -> None:
    parent = client(server)
    one, two = parent.fresh(), parent.fresh()
    one.complete("Hello?")
    two.complete("Hello?")
    two.complete("Hello?")
    assert [c.usage["calls"] for c in (one, two, parent)] == [1, 2, 3]


def test_stopping_early_hangs_up_and_is_counted(server: FakeOpenAI) -> None:
    server.enqueue(Reply("word " * 2000, tokens_per_s=400))
    made = client(server)
    stream = made.stream("Hello?")
    next(stream)
    stream.close()
    assert server.hung_up.wait(3)
    assert made.usage["calls"] == 1
    assert made.usage["completion_tokens"] == 1


def test_acomplete(server: FakeOpenAI) -> None:
    made = client(server)

    async def both() -> list[str]:
        return list(await asyncio.gather(made.acomplete("Hello?"), made.acomplete(TALK)))

    assert asyncio.run(both()) == ["ok", "ok"]
    assert asyncio.run(both()) == ["ok", "ok"]  # a second loop finds nothing of the first one's


# -- LlamaIndex objects ---------------------------------------------------------------------------------------------


def test_mock_llm_works_through_the_same_seam() -> None:
    from llama_index.core.llms import MockLLM

    made = resolve_llm(MockLLM(), Settings())
    assert made is not None
    assert (made.name, made.host) == ("unknown", "the given MockLLM")
    assert made.complete([("system", "Be brief."), ("user", "Hello?")]) == "Be brief.\n\nHello?"
    assert resolve_llm(MockLLM(), Settings(offline=True)) is None


def _custom_llm(**behaviour: Any) -> Any:
    from llama_index.core.base.llms.types import CompletionResponse, LLMMetadata
    from llama_index.core.llms import CustomLLM

    class Parrot(CustomLLM):
        @property
        def metadata(self) -> LLMMetadata:
            return LLMMetadata(model_name="parrot", is_chat_model=behaviour.get("chat", False))

        def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
            return CompletionResponse(text=prompt)

        def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:
            assert not kwargs
            if "error" in behaviour:
                raise behaviour["error"]
            for word in prompt.split():
                yield CompletionResponse(text=word, delta=word + " ")

    return Parrot()


@pytest.mark.parametrize("chat", [True, False])
def test_an_llm_of_ones_own(chat: bool) -> None:
    made = resolve_llm(_custom_llm(chat=chat), Settings())
    assert made is not None
    assert made.name == "parrot"
    assert made.complete("Hello there?", json_mode=True).split()[-2:] in (["Hello", "there?"], ["there?", "assistant:"])
    assert made.usage["estimated"] is True


def test_an_llm_of_ones_own_fails_as_a_model_error() -> None:
    made = resolve_llm(_custom_llm(error=RuntimeError("out of bananas")), Settings())
    assert made is not None
    with pytest.raises(ModelUnavailableError, match="out of bananas"):
        made.complete("Hello?")
    assert made.usage["calls"] == 1


def test_openai_like_of_ones_own_and_its_key_stays_hidden(server: FakeOpenAI) -> None:
    from llama_index.llms.openai_like import OpenAILike

    llm = OpenAILike(model="mine", api_base=server.base_url, api_key="wrong-key-777", is_chat_model=True, max_retries=0)
    made = resolve_llm(llm, Settings())
    assert made is not None
    assert made.host.startswith("127.0.0.1:")
    with pytest.raises(ModelError) as caught:
        made.complete("Hello?")
    assert "wrong-key-777" not in str(caught.value)
