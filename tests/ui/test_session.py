"""The session of one tab, the boundary, and what the page is sent step by step."""

from __future__ import annotations

import logging

from rag.answer import Event
from rag.errors import LibraryLockedError
from tests.ui.records import FakeAssistant, answer, citation, claim, events, paper
from ui.chat import answer as steps
from ui.session import Session, outcome
from ui.turn import Problem, Turn

PAPER = paper()
ANSWER = answer(claim("So.", citation(PAPER)), claim("Also.", citation(PAPER)), sources=[PAPER])


def script(question, turn):
    yield from events(ANSWER, read=[paper(2)])


def session(of=script) -> Session:
    return Session(FakeAssistant(of).conversation)


def test_sources_come_before_claims_and_claims_one_by_one():
    seen = [(len(t.read), len(t.claims), t.over) for t in session().ask("why?")]
    assert seen == [(0, 0, False), (2, 0, False), (2, 1, False), (2, 2, False), (2, 2, True)]


def test_the_page_is_sent_past_turns_once_and_the_live_turn_each_time():
    s = session()
    first = list(steps("one?", s))
    second = list(steps("two?", s))
    assert first[0][0] == ""
    assert "one?" in second[0][0]
    assert "two?" not in second[0][0]
    assert "Earlier answers" in second[0][2]
    assert second[0][4] == ""
    assert all("two?" in u[1] for u in second)
    assert all(isinstance(u[0], dict) for u in second[1:])
    assert [u[6].visible for u in second] == [True, True, True, True, False]


def test_an_empty_question_asks_nothing():
    s = session()
    assert len(list(steps("  \n", s))) == 1
    assert s.turns == []


def test_an_expected_failure_is_told_with_its_remedy():
    def locked(question, turn):
        raise LibraryLockedError("another process is writing")
        yield

    last = list(session(locked).ask("why?"))[-1]
    assert last.problem == Problem(
        "LibraryLockedError", "another process is writing", LibraryLockedError.default_remedy
    )


def test_an_unexpected_failure_is_logged_and_told_without_details(caplog):
    def broken(question, turn):
        yield Event(kind="notice", payload="begun")
        raise ZeroDivisionError("/secret/path")

    with caplog.at_level(logging.ERROR):
        last = list(session(broken).ask("why?"))[-1]
    assert last.problem is not None
    assert last.problem.message == "internal error"
    assert "secret" not in str(last.problem)
    assert "ZeroDivisionError: /secret/path" in caplog.text


def test_a_conversation_that_cannot_be_opened_is_told_too():
    def refuse():
        raise LibraryLockedError("busy")

    assert list(Session(refuse).ask("why?"))[-1].problem is not None


def test_stop_keeps_what_was_shown_and_closes_the_stream():
    closed = []

    def slow(question, turn):
        try:
            yield from events(ANSWER)
        finally:
            closed.append(question)

    s = session(slow)
    running = s.ask("why?")
    for _ in range(3):
        next(running)
    stopped = s.stop()
    assert stopped is not None
    assert stopped.stopped
    assert list(running) == []
    assert closed == ["why?"]
    assert len(stopped.claims) == 1


def test_stop_after_the_end_changes_nothing():
    s = session()
    list(s.ask("why?"))
    last = s.stop()
    assert last is not None
    assert not last.stopped


def test_clear_begins_anew_and_never_uses_an_anchor_twice():
    assistant = FakeAssistant(script)
    s = Session(assistant.conversation)
    list(s.ask("one?"))
    s.clear()
    assert s.turns == []
    assert list(s.ask("two?"))[-1].id == "a2"
    assert assistant.opened == 2


def test_the_answer_replaces_what_was_streamed():
    turn = Turn("a1", "why?")
    turn.take(Event(kind="claim", payload=claim("taken back")))
    turn.take(Event(kind="answer", payload=ANSWER))
    assert [c.text for c in turn.claims] == ["So.", "Also."]


def test_the_boundary_passes_events_on():
    assert [e.kind for e in outcome(lambda: iter(events(ANSWER))) if isinstance(e, Event)] == [
        "hits", "claim", "claim", "answer",
    ]  # fmt: skip
