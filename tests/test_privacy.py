"""Nothing leaves the machine: no packet, no telemetry, no file outside the cache, and no key in anything that is told."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from rag import Assistant, Settings
from rag.cli.main import main
from rag.errors import RagError
from tests.fakes.openai_server import FakeOpenAI, Reply
from tests.fakes.scripted import quoting_model
from tests.grounding.onnx_model import make_folder

QUESTION = "which methods reduce all-reduce latency?"
KEY = "sk-test-0123456789"

# Run before anything else in the watched process. Python's own calls are seen by the audit hook, with their callers;
# what a native library sends is seen by the kernel's counters, which are of this network namespace alone.
WATCH = r"""
import json, sys, socket
tried = []

def _watch(event, args):
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind"}:
        address = args[1] if len(args) > 1 else None
        host = address[0] if isinstance(address, tuple) else "local"
        if host not in {"local", "localhost", "127.0.0.1", "::1", ""}:
            tried.append(f"{event} {address}")
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        host = args[0].decode() if isinstance(args[0], bytes) else args[0]
        if host not in {None, "localhost", "127.0.0.1", "::1", "0.0.0.0", ""}:
            tried.append(f"{event} {host}")

sys.addaudithook(_watch)

def counters():
    lines = [line.split() for line in open("/proc/net/snmp")]
    found = {}
    for names, values in zip(lines[::2], lines[1::2]):
        found.update({names[0] + n: int(v) for n, v in zip(names[1:], values[1:])})
    six = dict(line.split() for line in open("/proc/net/snmp6"))
    return {
        **{n: found[n] for n in ("Ip:OutNoRoutes", "Udp:OutDatagrams", "Tcp:ActiveOpens")},
        "Ip6OutNoRoutes": int(six["Ip6OutNoRoutes"]),
    }

def report():
    told = {"tried": tried, "counters": counters() if ISOLATED else None}
    print("WATCHED " + json.dumps(told), file=sys.stderr)
"""
INGEST = """
from rag import Assistant
with Assistant.open({library!r}, llm="off") as a:
    report_ = a.ingest([{papers!r}])
    assert len(report_.added) == 1, report_
    assert a.ask("How much does RingFold cut all-reduce latency?").claims
    assert a.retrieve("RingFold", 1)
"""
ASK = f"""
import rag
assert rag.ask({QUESTION!r}).claims
from rag.cli.main import main
assert main(["search", {QUESTION!r}, "--json"]) == 0
assert main(["summarize", "pipeline parallel training", "--json"]) == 0
assert main(["doctor", "--json"]) == 0
open("../text.md", "w").write("TokenWeave hides communication behind computation [1].\\n")
assert main(["check", "../text.md", "--json"]) in (0, 4)
"""
ENCODER = """
from rag.grounding.cross_encoder import CrossEncoderJudge
assert CrossEncoderJudge({folder!r}).judge("a claim", "yes").label == "supported"
import time
time.sleep(1)
"""
UI = """
from rag import Assistant, Settings
from ui.app import build
with Assistant.open(llm="off") as a:
    assert build(a, Settings())
import threading, time
for t in threading.enumerate():  # what a thread would send, it sends now
    if t is not threading.main_thread() and not t.daemon:
        t.join(5)
time.sleep(1)
"""
SENDS = """
import socket
try:
    socket.create_connection(("192.0.2.1", 80), timeout=0.2)
except OSError:
    pass
"""
NATIVE = """
import ctypes, struct
libc = ctypes.CDLL(None, use_errno=True)
s = libc.socket(2, 1, 0)
libc.connect(s, struct.pack("!HH4s8x", 0, 80, bytes([192, 0, 2, 1])).replace(b"\\0\\0", b"\\2\\0", 1), 16)
"""


@lru_cache
def isolation() -> list[str]:
    """The command that runs another in an empty network namespace; none where the system does not allow it."""
    if not shutil.which("unshare"):
        return []
    tried = subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False)
    return ["unshare", "-rn"] if tried.returncode == 0 else []


def watched(code: str, home: Path, **environment: str) -> dict[str, Any]:
    """Run code in a process of its own, without any network where that can be had; what it tried to reach."""
    kept = {k: v for k, v in os.environ.items() if k in {"PATH", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV"}}
    script = f"ISOLATED = {bool(isolation())}\n{WATCH}\n{code}\nreport()\n"
    done = subprocess.run(
        [*isolation(), sys.executable, "-c", script],
        env={**kept, "HOME": str(home), **environment},
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    line = next(x for x in done.stderr.splitlines() if x.startswith("WATCHED "))
    told: dict[str, Any] = json.loads(line.removeprefix("WATCHED "))
    return told


def assert_silent(told: dict[str, Any]) -> None:
    assert told["tried"] == []
    if told["counters"] is not None:
        assert told["counters"] == dict.fromkeys(told["counters"], 0)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def files(folder: Path) -> set[str]:
    """The files below a folder, as the first two parts of their paths."""
    return {"/".join(p.relative_to(folder).parts[:2]) for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("code", [SENDS, NATIVE], ids=["python", "native"])
def test_the_watch_sees_what_is_sent(home: Path, code: str) -> None:
    if code is NATIVE and not isolation():
        pytest.skip("no network namespace: what native code sends cannot be seen here")
    told = watched(code, home)
    with pytest.raises(AssertionError):
        assert_silent(told)


def test_ingest_and_ask_reach_for_nothing(home: Path, tmp_path: Path) -> None:
    papers = tmp_path / "papers.jsonl"
    row = {"title": "RingFold", "abstract": "RingFold folds the ring. RingFold cuts all-reduce latency by 37%."}
    papers.write_text(json.dumps(row) + "\n")
    library = tmp_path / "library"
    assert_silent(watched(INGEST.format(library=str(library), papers=str(papers)), home))
    assert (library / "manifest.json").is_file()
    assert files(home) == set(), "and nothing is written beside the library"


def test_the_bundled_notes_reach_for_nothing_and_write_only_the_cache(home: Path) -> None:
    assert_silent(watched(ASK, home))
    assert files(home) == {".cache/groundwork"}


def test_a_local_cross_encoder_reaches_for_nothing(home: Path, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "nli", {"yes": (0.0, 5.0)}, labels=("contradiction", "entailment"))
    before = files(folder)
    assert_silent(watched(ENCODER.format(folder=str(folder)), home))
    assert files(home) == set()
    assert files(folder) == before


def test_a_cache_elsewhere_leaves_home_alone(home: Path, tmp_path: Path, cache_folder: Path) -> None:
    assert_silent(watched(f"import rag\nassert rag.ask({QUESTION!r}).claims", home, RAG_CACHE_DIR=str(cache_folder)))
    assert files(home) == set()


def test_building_the_page_reaches_for_nothing(home: Path, cache_folder: Path) -> None:
    pytest.importorskip("ui.app", reason="the page is not here")
    assert_silent(watched(UI, home, RAG_CACHE_DIR=str(cache_folder)))
    assert files(home) <= {".cache/matplotlib", ".config/matplotlib"}


def test_telemetry_is_off_before_anything_is_imported(home: Path) -> None:
    code = """
import rag, os
wanted = {"ANONYMIZED_TELEMETRY": "False", "ORT_DISABLE_TELEMETRY": "1", "GRADIO_ANALYTICS_ENABLED": "False",
          "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1"}
assert {k: os.environ.get(k) for k in wanted} == wanted
import sys
assert not [m for m in ("chromadb", "onnxruntime", "gradio", "huggingface_hub") if m in sys.modules]
with rag.Assistant.open("library", llm="off") as a:
    from chromadb.config import Settings
    assert Settings().anonymized_telemetry is False
"""
    assert_silent(watched(code, home))


# -- keys


@pytest.mark.parametrize("variable", ["OPENAI_API_KEY", "RAG_API_KEY"])
def test_a_key_never_changes_the_embedder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str) -> None:
    without = Settings.from_env()
    monkeypatch.setenv(variable, KEY)
    with_key = Settings.from_env()
    assert (with_key.embedder, with_key.api_key) == (without.embedder, KEY)
    with FakeOpenAI(quoting_model()) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        with Assistant.open() as notes, Assistant.open(tmp_path / "library") as own:
            assert notes.library.embedder.name == own.library.embedder.name == "wordllama-256"
            assert notes.ask(QUESTION).mode == "generative"
        assert {r.path for r in server.requests} == {"/v1/chat/completions"}
        assert {r.headers["authorization"] for r in server.requests} == {f"Bearer {KEY}"}


def test_a_key_is_in_nothing_that_is_told(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    told: list[str] = []
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("RAG_RETRIES", "0")
    for right in (KEY, "another"):
        with FakeOpenAI(quoting_model(), key=right) as server:  # it echoes the key that it refuses
            monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
            with Assistant.open() as assistant:
                told += [e.model_dump_json() for e in assistant.stream(QUESTION)]
                told += [repr(assistant.settings), str(assistant.settings.public()), repr(assistant.model())]
            for verb in (["doctor"], ["doctor", "--json"], ["ask", QUESTION], ["ask", QUESTION, "--json"]):
                assert main(verb) == 0
    out, err = capfd.readouterr()
    assert "refused the key" in err, "the failing run was told"
    assert "OPENAI_API_KEY" in err
    assert [text for text in (*told, out, err) if KEY in text or "0123456789" in text] == []


def test_nor_in_an_error(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with FakeOpenAI(Reply(status=500, error=f"Authorization: Bearer {KEY}")) as server:
        settings = Settings.from_env(base_url=server.base_url, retries=0)
        with Assistant.open(settings=settings) as assistant:
            client = assistant.model()
            assert client is not None
            with pytest.raises(RagError) as caught:
                client.complete("Hello?")
    assert KEY not in f"{caught.value} {caught.value!r} {caught.value.as_dict()}"
    monkeypatch.setenv("RAG_LIBRARY", "chroma+http://127.0.0.1:9/papers")
    assert main(["doctor", "--json"]) == 1
    out, err = capfd.readouterr()
    assert KEY not in out + err


def test_a_key_is_not_kept_in_the_library(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    papers = tmp_path / "papers.jsonl"
    papers.write_text(json.dumps({"title": "RingFold", "abstract": "RingFold folds the ring of an all-reduce."}) + "\n")
    with Assistant.open(tmp_path / "library") as assistant:
        assistant.ingest([papers])
    held = [p for p in (tmp_path / "library").rglob("*") if p.is_file()]
    assert held
    assert [p for p in held if KEY.encode() in p.read_bytes()] == []
