"""The server and the command: headers, the endpoint for programs, the port, the warning beyond loopback."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from types import SimpleNamespace

import httpx
import pytest
from click.testing import CliRunner

from rag.answer import Answer
from rag.errors import EmptyQuestionError, InputError
from rag.settings import Settings
from tests.ui.records import FakeAssistant, answer, citation, claim, events, paper
from ui.banner import banner, facts
from ui.server import free_port, is_loopback

PAPER = paper()
ANSWER = answer(claim("So.", citation(PAPER)), sources=[PAPER])


def script(question, turn):
    if not question.strip():
        raise EmptyQuestionError("the question holds no words")
    yield from events(ANSWER.model_copy(update={"question": question}))


@pytest.fixture(scope="module")
def url():
    from ui.app import launch

    served = launch(FakeAssistant(script, [PAPER]), Settings(), port=free_port("127.0.0.1", 0))
    yield served.url.rstrip("/")
    served.close()


def call(url: str, question: str):
    made = httpx.post(f"{url}/gradio_api/call/ask", json={"data": [question]}, timeout=20).json()
    stream = httpx.get(f"{url}/gradio_api/call/ask/{made['event_id']}", timeout=20).text
    line = next(row for row in stream.splitlines() if row.startswith("data: "))
    assert "event: complete" in stream
    return json.loads(line.removeprefix("data: "))[0]


def test_programs_get_the_whole_record(url):
    record = call(url, "why?")
    assert Answer.model_validate(record) == ANSWER.model_copy(update={"question": "why?"})


def test_programs_get_failures_as_type_message_remedy(url):
    error = call(url, " ")["error"]
    assert error["type"] == "EmptyQuestionError"
    assert set(error) == {"type", "message", "remedy"}


def test_only_the_endpoints_for_programs_are_public(url):
    named = httpx.get(f"{url}/gradio_api/info", timeout=20).json()["named_endpoints"]
    assert list(named) == ["/ask", "/search", "/summarize", "/check"]


def test_gradio_client_reaches_every_endpoint(url):
    from gradio_client import Client

    client = Client(url, verbose=False, analytics_enabled=False)
    assert Answer.model_validate(client.predict("why?", api_name="/ask")).question == "why?"
    (found,) = client.predict("brook", 3, api_name="/search")["hits"]
    assert found["paper"]["id"] == PAPER.id
    assert Answer.model_validate(client.predict("brook", api_name="/summarize")).question == "brook"
    assert client.predict("Brook lowers latency.", api_name="/check")["counts"] == {"supported": 1}
    assert client.predict("fail", api_name="/check")["error"]["type"] == "InternalError"


def test_every_response_forbids_requests_elsewhere(url):
    for path in ("/", "/config", "/nowhere"):
        headers = httpx.get(url + path, timeout=20).headers
        policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
        assert policy["default-src"] == policy["connect-src"] == "'self'"
        assert policy["script-src-attr"] == policy["frame-ancestors"] == "'none'"
        assert headers["referrer-policy"] == "no-referrer"


def test_analytics_are_off_whatever_the_user_has_set():
    code = "import ui, os; print(os.environ['GRADIO_ANALYTICS_ENABLED'])"
    environ = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "True"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environ, check=True)
    assert done.stdout.strip() == "False"


_WATCHED = """
import ipaddress, sys
strayed = []

def watch(event, arguments):
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if host not in (None, "", "localhost", "0.0.0.0") and not ipaddress.ip_address(host).is_loopback:
        strayed.append(host)

sys.addaudithook(watch)
from rag.settings import Settings
from tests.ui.test_app import FakeAssistant, PAPER, call, free_port, script
from ui.app import launch
served = launch(FakeAssistant(script, [PAPER]), Settings(), port=free_port("127.0.0.1", 0))
call(served.url.rstrip("/"), "why?")
served.close()
print("strayed:", strayed)
"""


def test_the_server_speaks_to_nobody_but_this_machine():
    environ = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    done = subprocess.run([sys.executable, "-c", _WATCHED], capture_output=True, text=True, env=environ, timeout=120)
    assert "strayed: []" in done.stdout, done.stdout + done.stderr


def test_the_command_is_known_without_importing_gradio():
    code = "import sys, ui.cli; print(ui.cli.ui_command.name, 'gradio' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["ui", "False"]


def test_a_taken_port_gives_way_to_a_free_one():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port("127.0.0.1", port) != port
    assert free_port("127.0.0.1", port) == port


def test_an_address_that_is_not_ours_is_refused_with_a_remedy():
    for host in ("192.0.2.1", "no such host"):
        with pytest.raises(InputError, match="cannot listen") as refused:
            free_port(host, 7860)
        assert refused.value.remedy


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("127.9.9.9", True), ("0.0.0.0", False),
     ("192.168.1.4", False), ("example.org", False), ("", False)],
)  # fmt: skip
def test_what_is_loopback(host, local):
    assert is_loopback(host) is local


@pytest.mark.parametrize(("host", "warned"), [("127.0.0.1", False), ("0.0.0.0", True)])
def test_the_command_serves_and_warns(monkeypatch, host, warned):
    from ui import app, cli

    seen: dict[str, object] = {}

    class Opened(FakeAssistant):
        settings = Settings()

        def __enter__(self):
            return self

        def __exit__(self, *_):
            seen["closed"] = True

    def launch(assistant, settings, **given):
        seen.update(given)
        return SimpleNamespace(url="http://here/", close=lambda: seen.setdefault("ended", True))

    monkeypatch.setattr(cli, "open_assistant", lambda *a, **k: Opened(script))
    monkeypatch.setattr(app, "launch", launch)

    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "threading", SimpleNamespace(Event=lambda: SimpleNamespace(wait=interrupted)))
    done = CliRunner().invoke(cli.ui_command, ["--host", host, "--port", "1", "--no-open"])
    assert "http://here/" in done.stderr
    assert ("everyone on the network" in done.stderr) is warned
    assert seen["host"] == host
    assert seen["open_browser"] is False
    assert seen["closed"]
    assert seen["ended"]


def test_the_banner_tells_who_writes():
    silent = banner(facts(FakeAssistant(script, [PAPER]), Settings()))
    assert "1 paper<" in silent
    assert "extractive" in silent
    assert "OPENAI_API_KEY" in silent
    model = SimpleNamespace(name="tiny-model", host="llm.example")
    writing = banner(facts(FakeAssistant(script, [PAPER], model), Settings()))
    assert "tiny-model" in writing
    assert "llm.example" in writing
