"""``rag chat`` that is kept, and ``rag chats``: list, show, export, delete."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run


def test_a_chat_is_kept_and_gone_on_with(rag: Run, library: Path) -> None:
    where = ("--library", library)
    first = rag("chat", "--id", "rings", *where, stdin="what does RingFold do?\nhow much latency does it cut?\n")
    assert first.code == 0
    assert "(understood as: how much latency does RingFold cut?)" in first.out
    again = rag("chat", "--continue", *where, stdin="how many GPUs does it use?\n")
    assert "conversation rings, 2 turns" in again.err
    assert "understood as: how many GPUs does RingFold use?" in again.out
    rows = json.loads(rag("chats", "list", "--json").out)
    assert [(r["id"], r["turns"], r["title"]) for r in rows] == [("rings", 3, "what does RingFold do?")]
    assert "rings" in rag("chats", "list").out


def test_a_question_that_stands_alone_is_not_told_again(rag: Run, library: Path) -> None:
    assert "understood as" not in rag("chat", "--library", library, stdin="what does RingFold do?\n").out


def test_show_marks_what_has_changed_and_export_writes_it(rag: Run, library: Path, tmp_path: Path) -> None:
    rag("chat", "--id", "rings", "--library", library, stdin="what does RingFold do?\n")
    ids = [p["id"] for p in rag("papers", "list", "RingFold", "--library", library, "--json").json]
    rag("papers", "remove", *ids, "--library", library)
    shown = rag("chats", "show", "rings", "--library", library)
    assert shown.code == 0
    assert "folds the ring" in shown.out
    assert "no longer in the library" in shown.out
    assert "no longer in the library" in shown.err
    file = tmp_path / "rings.md"
    assert rag("chats", "export", "rings", file, "--library", library).code == 0
    assert file.read_text(encoding="utf-8").startswith("## what does RingFold do?")
    assert rag("chats", "export", "rings", file, "--library", library).code == 2, "an existing file is not overwritten"
    assert rag("chats", "show", "rings", "--json").json["turns"][0]["answer"]["sources"]


def test_delete_deletes_all_or_none(rag: Run, library: Path) -> None:
    rag("chat", "--id", "rings", "--library", library, stdin="what does RingFold do?\n")
    refused = rag("chats", "delete", "rings", "nothing")
    assert refused.code == 2
    assert "no conversation 'nothing' is kept" in refused.err
    assert rag("chats", "delete", "rings").code == 0
    assert rag("chats", "list", "--json").json == []
    assert rag("chats", "show", "rings").code == 2


def test_nothing_is_kept_where_it_is_not_wanted(rag: Run, library: Path) -> None:
    assert rag("chat", "--no-keep", "--library", library, stdin="what does RingFold do?\n").code == 0
    assert rag("chats", "list", "--json").json == []
    assert rag("chat", "--continue", "--library", library).code == 2
    assert rag("chat", "--no-keep", "--continue").code == 2
    assert rag("chat", "--id", "../x", "--library", library).code == 2


def test_commands_within_a_chat(rag: Run, library: Path, tmp_path: Path) -> None:
    lines = ["/sources", "what does Quilt do?", "/sources", "/save talk.md", "/save talk.md", "/save", "/what", "/help"]
    ran = rag("chat", "--library", library, stdin="\n".join([*lines, "/new", "what does it do?", "/quit", "never"]))
    assert ran.code == 0
    assert "nothing has been cited yet" in ran.err
    assert "\u201cQuilt caches attention keys by patches" in ran.out
    assert (tmp_path / "talk.md").read_text(encoding="utf-8").startswith("## what does Quilt do?")
    assert "is there already" in ran.err
    assert "there is no command /what" in ran.err
    assert "/sources  the sources" in ran.out
    assert "understood as" not in ran.out, "a new conversation knows nothing of the one before"
    assert "never" not in ran.out
    assert len(json.loads(rag("chats", "list", "--json").out)) == 2
