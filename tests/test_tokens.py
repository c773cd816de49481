"""Token counts: the encoding is loaded from the wheel, by as many threads as there are."""

from __future__ import annotations

import subprocess
import sys

import pytest

from rag.tokens import count, truncate

_FIRST_BY_MANY = """
import os, sys, threading
sys.setswitchinterval(1e-6)
from rag.tokens import encoding

failed = []
start = threading.Barrier(16)

def load():
    start.wait()
    try:
        encoding().encode_ordinary("one")
    except Exception as error:
        failed.append(repr(error))

threads = [threading.Thread(target=load) for _ in range(16)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(failed, os.environ.get("TIKTOKEN_CACHE_DIR"))
"""


def test_many_threads_may_be_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TIKTOKEN_CACHE_DIR", raising=False)
    ran = subprocess.run([sys.executable, "-c", _FIRST_BY_MANY], capture_output=True, text=True, check=False)
    assert ran.stdout.strip() == "[] None", ran.stdout + ran.stderr


def test_special_tokens_are_plain_text() -> None:
    assert count("<|endoftext|>") > 1
    assert count("") == 0


def test_a_text_is_cut_between_code_points() -> None:
    text = "naïve 数据 🙂 " * 5
    for budget in range(count(text) + 2):
        cut = truncate(text, budget)
        assert text.startswith(cut) and count(cut) <= max(budget, 0)
