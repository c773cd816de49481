"""Conversations on disk: whole after any fault, their owner's alone, and with their evidence."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import stat
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import Assistant, Settings
from rag.answer import Answer
from rag.conversations.store import ConversationStore, StoredTurn
from rag.errors import ConversationError, InputError
from tests.conftest import REPO

KEY = "the-key-of-the-server"


def turn(question: str, number: int = 0) -> StoredTurn:
    answer = Answer(question=question, mode="extractive", abstained=True, reason=f"reason {number}")
    return StoredTurn(at=f"2026-01-01T00:00:{number % 60:02d}+00:00", question=question, answer=answer)


@pytest.fixture
def store(tmp_path: Path) -> ConversationStore:
    return ConversationStore(tmp_path / "talks", secret=KEY)


def papers(path: Path, ring: str) -> Path:
    shelf = {
        "RingFold: Folding Collectives": ring,
        "Quilt: Patchwise Caching": "Quilt caches attention keys by patches. It lowers time to first token by 2.4x.",
    }
    path.write_text("".join(json.dumps({"title": t, "abstract": a}) + "\n" for t, a in shelf.items()))
    return path


RING = "RingFold folds the ring of an all-reduce. RingFold halves latency on 64 GPUs."


@pytest.fixture
def talking(tmp_path: Path) -> Iterator[Assistant]:
    settings = Settings.from_env({}, llm="off", conversations_dir=str(tmp_path / "talks"))
    with Assistant.open(tmp_path / "library", settings=settings) as assistant:
        assistant.ingest([papers(tmp_path / "papers.jsonl", RING)])
        yield assistant


# -- the store


def test_what_an_earlier_version_kept_is_read(store: ConversationStore) -> None:
    store.append("old", [turn("one?")], 0, "shelf")
    (file,) = store.folder.glob("*.jsonl")
    head, line = file.read_text(encoding="utf-8").splitlines()
    record = json.loads(line)
    assert record.pop("hits") == []
    file.write_text(f"{head}\n{json.dumps(record)}\n", encoding="utf-8")
    (read,) = store.load("old").turns
    assert read.answer.question == "one?"
    assert read.hits == ()


@given(st.lists(st.text(min_size=1, max_size=80), min_size=1, max_size=4))
def test_any_question_comes_back_as_it_was_asked(tmp_path_factory: pytest.TempPathFactory, asked: list[str]) -> None:
    kept = ConversationStore(tmp_path_factory.mktemp("talks"))
    turns = [turn(q, n) for n, q in enumerate(asked)]
    kept.append("a", turns, 0, "library")
    found = kept.load("a")
    assert (list(found.turns), found.notices) == (turns, ())


def test_only_its_owner_reads_it(store: ConversationStore) -> None:
    store.append("a", [turn("q")], 0, "library")
    assert stat.S_IMODE((store.folder / "a.jsonl").stat().st_mode) == 0o600
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(store.folder.parent.stat().st_mode) == 0o700


def test_the_list_gives_the_latest_first_and_says_what_is_damaged(store: ConversationStore) -> None:
    store.append("old", [turn("the first question", 1), turn("more", 2)], 0, "library")
    store.append("new", [turn("x" * 300, 3)], 0, "library")
    (store.folder / "bad.jsonl").write_bytes(b"\xff\xfe")
    rows = store.list()
    assert [r.id for r in rows] == ["new", "old", "bad"]
    assert (rows[1].title, rows[1].turns, rows[1].library) == ("the first question", 2, "library")
    assert len(rows[0].title) == 120
    assert [r.readable for r in rows] == [True, True, False]
    with pytest.raises(ConversationError, match="cannot be read"):
        store.load("bad")


def test_users_do_not_see_each_other(tmp_path: Path) -> None:
    own, ann, bob = (ConversationStore(tmp_path, user) for user in (None, "ann@example.org", "../own"))
    own.append("a", [turn("mine")], 0, "library")
    ann.append("a", [turn("hers")], 0, "library")
    assert [r.title for r in own.list()] == ["mine"]
    assert [r.title for r in ann.list()] == ["hers"]
    assert bob.list() == []
    assert not bob.delete("a")
    assert ann.delete("a")
    assert own.exists("a")
    assert not any("ann" in p.name for p in tmp_path.rglob("*"))


@pytest.mark.parametrize("id", ["", "../a", "a/b", "a.b", "-a", "a" * 65, "con", "LPT1", "a\n", "a\0", "é"])
def test_an_id_that_is_no_file_name_is_refused(store: ConversationStore, id: str) -> None:
    for act in (store.load, store.exists, store.delete):
        with pytest.raises(InputError, match="cannot name a conversation"):
            act(id)


@pytest.mark.parametrize("cut", [1, 40, 200])
def test_a_line_that_breaks_off_is_left_out_and_told(store: ConversationStore, cut: int) -> None:
    store.append("a", [turn("one", 1), turn("two", 2)], 0, "library")
    file = store.folder / "a.jsonl"
    file.write_bytes(file.read_bytes()[:-cut])
    found = store.load("a")
    assert [t.question for t in found.turns] == ["one"]
    assert "breaks off" in found.notices[0]
    store.append("a", [turn("three", 3)], 1, "library")
    assert [t.question for t in store.load("a").turns] == ["one", "three"]
    assert store.load("a").notices == ()


def test_a_damaged_line_in_the_middle_costs_its_turn_alone(store: ConversationStore) -> None:
    store.append("a", [turn("one"), turn("two"), turn("three")], 0, "library")
    file = store.folder / "a.jsonl"
    lines = file.read_bytes().split(b"\n")
    lines[2] = lines[2][:30]
    file.write_bytes(b"\n".join(lines))
    found = store.load("a")
    assert [t.question for t in found.turns] == ["one", "three"]
    assert "line 3" in found.notices[0]


def test_a_file_of_another_version_or_name_is_not_guessed_at(store: ConversationStore) -> None:
    store.append("a", [turn("one")], 0, "library")
    file = store.folder / "a.jsonl"
    (store.folder / "b.jsonl").write_bytes(file.read_bytes())
    with pytest.raises(ConversationError, match="another's"):
        store.load("b")
    file.write_bytes(file.read_bytes().replace(b'"schema": 1', b'"schema": 2'))
    with pytest.raises(ConversationError, match="another version"):
        store.append("a", [turn("two")], 1, "library")


def test_no_secret_is_written(store: ConversationStore) -> None:
    store.append("a", [turn(f"my key is {KEY}")], 0, "chroma+http://me:password@host:8000/papers")
    written = (store.folder / "a.jsonl").read_text(encoding="utf-8")
    assert KEY not in written
    assert "password" not in written
    assert "chroma+http://host:8000/papers" in written


def test_a_full_conversation_takes_no_more(store: ConversationStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.conversations.store.MOST_TURNS", 2)
    store.append("a", [turn("one"), turn("two")], 0, "library")
    with pytest.raises(ConversationError, match="is full"):
        store.append("a", [turn("three")], 2, "library")
    assert len(store.load("a").turns) == 2


def _talk(folder: Path, name: str, count: int) -> None:
    own = ConversationStore(folder)
    for n in range(count):
        own.append("shared", [turn(f"{name}{n}", n)], 0, "library")


def test_two_processes_in_one_conversation_lose_no_turn(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=_talk, args=(tmp_path, name, 15)) for name in "ab"]
    for process in both:
        process.start()
    for process in both:
        process.join()
    assert [process.exitcode for process in both] == [0, 0]
    found = ConversationStore(tmp_path).load("shared")
    assert sorted(t.question for t in found.turns) == sorted(f"{name}{n}" for name in "ab" for n in range(15))
    assert found.notices == ()


def test_a_kill_in_the_middle_leaves_the_turns_before(tmp_path: Path) -> None:
    script = """
        import os, signal, sys
        from pathlib import Path
        from rag.conversations import store as s
        from tests.conversations.test_store import turn
        kept = s.ConversationStore(sys.argv[1])
        kept.append("a", [turn("one")], 0, "library")
        os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
        kept.append("a", [turn("two")], 1, "library")
    """
    command = [sys.executable, "-c", textwrap.dedent(script), str(tmp_path)]
    ran = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(REPO)}, cwd=REPO, check=False)
    assert ran.returncode == -signal.SIGKILL
    kept = ConversationStore(tmp_path)
    assert [t.question for t in kept.load("a").turns] == ["one"]
    assert [r.id for r in kept.list()] == ["a"]
    kept.append("a", [turn("two")], 1, "library")
    assert [t.question for t in kept.load("a").turns] == ["one", "two"]


# -- the assistant's conversations


def test_a_conversation_is_reopened_with_its_evidence(talking: Assistant) -> None:
    talk = talking.conversation("mine")
    first = talk.ask("what does RingFold do?")
    again = talking.conversation("mine")
    assert again.turns == (("what does RingFold do?", first),)
    assert again.notices == ()
    (read,) = again.read
    assert read == talk.read[0]
    assert len({h.paper.id for h in read}) == len(read) > 0
    assert all("fused" in h.explain or "matched_terms" in h.explain for h in read)
    assert "RingFold" in (again.ask("how much latency does it halve?").standalone_question or "")
    assert [(r.id, r.title, r.turns) for r in talking.conversations()] == [("mine", "what does RingFold do?", 2)]
    assert talking.delete_conversation("mine")
    assert not talking.delete_conversation("mine")
    assert talking.conversation("mine").turns == ()


def test_one_without_an_id_is_kept_from_its_first_save_on(talking: Assistant) -> None:
    talk = talking.conversation()
    talk.ask("what does RingFold do?")
    assert talking.conversations() == []
    talk.save(user="ann")
    talk.ask("what does Quilt do?")
    assert [r.turns for r in talking.conversations(user="ann")] == [2]
    assert len(talking.conversation(talk.id, user="ann").turns) == 2
    assert talking.conversations() == []


def test_quotes_whose_paper_changed_or_went_are_told(talking: Assistant, tmp_path: Path) -> None:
    talking.conversation("mine").ask("what does RingFold do?")
    talking.ingest([papers(tmp_path / "new.jsonl", f"{RING} It is free.")])
    assert [o.what for _, o in talking.conversation("mine").outdated()] == ["moved"]
    talking.ingest([papers(tmp_path / "newer.jsonl", "RingFold was withdrawn by its authors.")])
    reopened = talking.conversation("mine")
    assert [o.what for _, o in reopened.outdated()] == ["changed"]
    assert "no longer says it" in reopened.notices[0]
    talking.remove([p.id for p in talking.papers() if p.title.startswith("RingFold")])
    gone = talking.conversation("mine")
    assert "no longer in the library" in gone.notices[0]
    assert "halves latency" in gone.turns[0][1].claims[-1].text or "folds the ring" in gone.turns[0][1].claims[-1].text


def test_two_windows_on_one_conversation_hear_each_other(talking: Assistant) -> None:
    one, other = talking.conversation("mine"), talking.conversation("mine")
    one.ask("what does RingFold do?")
    events = list(other.stream("what does Quilt do?"))
    assert any(e.kind == "notice" and "added 1 turn" in e.payload for e in events)
    assert events[-1].kind == "answer"
    assert [q for q, _ in other.turns] == ["what does RingFold do?", "what does Quilt do?"]
    assert [q for q, _ in talking.conversation("mine").turns] == ["what does RingFold do?", "what does Quilt do?"]


def test_an_answer_is_given_where_it_cannot_be_kept(talking: Assistant, tmp_path: Path) -> None:
    talk = talking.conversation("mine")
    (tmp_path / "talks").write_text("a file where the folder should be")
    events = list(talk.stream("what does RingFold do?"))
    assert any(e.kind == "notice" and "not kept" in e.payload and "RAG_CONVERSATIONS_DIR" in e.payload for e in events)
    assert events[-1].kind == "answer"
    (tmp_path / "talks").unlink()
    talk.ask("what does Quilt do?")
    assert len(talking.conversation("mine").turns) == 2


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_cannot_be_written_is_told(talking: Assistant, tmp_path: Path) -> None:
    (tmp_path / "talks").mkdir(mode=0o500)
    events = list(talking.conversation("mine").stream("what does RingFold do?"))
    assert any(e.kind == "notice" and "not kept" in e.payload for e in events)


def test_nothing_is_kept_where_the_setting_is_off(tmp_path: Path) -> None:
    settings = Settings.from_env({}, llm="off", conversations_dir="off")
    with Assistant.open(tmp_path / "library", settings=settings) as assistant:
        talk = assistant.conversation("mine")
        talk.ask("what does RingFold do?")
        with pytest.raises(ConversationError, match="nowhere"):
            assistant.conversations()
        with pytest.raises(ConversationError, match="nowhere"):
            talk.save()
    assert not (tmp_path / "data").exists()
