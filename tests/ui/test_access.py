"""Who may do what: names of this machine, pages of its own, and reading only beyond it."""

from __future__ import annotations

import httpx
import pytest

from rag.errors import InputError, MissingDependencyError
from rag.settings import Settings
from tests.ui.records import FakeAssistant, answer, events, paper
from ui.access import Access, make_access
from ui.server import free_port


def script(question, turn):
    yield from events(answer(question=question))


def served(access, **values):
    from ui.app import launch

    return launch(FakeAssistant(script, [paper()]), Settings(**values), port=free_port("127.0.0.1", 0), access=access)


@pytest.fixture(scope="module")
def own():
    page = served(Access(hosts=("reader.example",)))
    yield page.url.rstrip("/")
    page.close()


@pytest.fixture(scope="module")
def signed():
    page = served(Access(local=False, user="ada", password="correct horse"))
    yield page.url.rstrip("/")
    page.close()


@pytest.mark.parametrize(
    ("host", "status"),
    [("127.0.0.1:1", 200), ("localhost", 200), ("[::1]:80", 200), ("Reader.Example:8080", 200), ("evil.example", 403),
     ("127.0.0.1.evil.example", 403), ("", 403), ("[bad", 403)],
)  # fmt: skip
def test_only_names_of_this_machine_are_answered(own, host, status):
    assert httpx.get(f"{own}/config", headers={"Host": host}, timeout=20).status_code == status


@pytest.mark.parametrize(
    ("origin", "refused"), [(None, False), ("own", False), ("http://evil.example", True), ("null", True)]
)
def test_other_pages_cannot_ask(own, origin, refused):
    headers = {} if origin is None else {"Origin": own if origin == "own" else origin}
    sent = httpx.post(f"{own}/gradio_api/call/ask", json={"data": ["why?"]}, headers=headers, timeout=20)
    assert (sent.status_code == 403) is refused


def test_a_refusal_carries_the_guarding_headers_too(own):
    refused = httpx.get(own, headers={"Host": "evil.example"}, timeout=20)
    assert "content-security-policy" in refused.headers


def test_readers_sign_in_where_they_must(signed):
    assert httpx.get(f"{signed}/config", timeout=20).status_code == 401
    assert httpx.post(f"{signed}/gradio_api/call/ask", json={"data": ["why?"]}, timeout=20).status_code == 401
    with httpx.Client(timeout=20) as client:
        assert client.post(f"{signed}/login", data={"username": "ada", "password": "wrong"}).status_code == 400
        client.post(f"{signed}/login", data={"username": "ada", "password": "correct horse"})
        assert client.get(f"{signed}/config").status_code == 200


@pytest.mark.parametrize(
    ("host", "auth", "local", "writes"),
    [("127.0.0.1", None, True, True), ("0.0.0.0", None, False, False), ("0.0.0.0", "ada:correct horse", False, True)],
)
def test_beyond_this_machine_nothing_is_written_without_a_password(host, auth, local, writes):
    access = make_access(host, auth)
    assert (access.local, access.may_write) == (local, writes)


def test_the_password_is_read_from_the_environment(monkeypatch):
    from ui.cli import ui_command

    monkeypatch.setenv("RAG_UI_AUTH", "ada:correct:horse")
    with ui_command.make_context("ui", []) as context:
        assert make_access("0.0.0.0", context.params["auth"]).sign_in == ("ada", "correct:horse")


@pytest.mark.parametrize("auth", ["ada", "ada:", ":correct horse", "ada:short"])
def test_a_sign_in_without_a_proper_password_is_refused(auth):
    with pytest.raises(InputError):
        make_access("0.0.0.0", auth)


def test_uploads_are_refused_where_nobody_may_write():
    page = served(Access(local=False))
    try:
        sent = httpx.post(f"{page.url}gradio_api/upload", files={"files": ("a.jsonl", b"some text")}, timeout=20)
        assert sent.status_code >= 400
    finally:
        page.close()


def test_mcp_without_its_extra_is_told(monkeypatch):
    from ui import app

    monkeypatch.setattr(app, "find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match="mcp"):
        app.launch(FakeAssistant(script), Settings(), mcp=True)
