"""Many questions at once: order, bounds, failures at their place, and stopping."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator

import pytest

from rag import Answer, Assistant
from rag.errors import EmptyQuestionError, InputError
from rag.many import Answers, StoppedError, answer_unless, as_completed


def record(question: str) -> Answer:
    return Answer(question=question, mode="extractive")


def test_an_endless_source_is_read_no_further_than_needed(shelf: Assistant) -> None:
    taken = itertools.count()
    answers = shelf.ask_many((f"what is quilt number {next(taken)}?" for _ in itertools.count()), workers=3)
    got = [next(answers).question for _ in range(5)]
    assert got == [f"what is quilt number {i}?" for i in range(5)]
    assert next(taken) <= 5 + 2 * 3
    answers.close()
    assert list(answers) == [], "closed is over"


def test_nothing_is_taken_before_the_first_answer_is_asked_for(shelf: Assistant) -> None:
    def source() -> Iterator[str]:
        raise AssertionError("too early")
        yield ""

    shelf.ask_many(source()).close()


def test_a_failure_stands_at_its_place_and_the_answers_after_it_remain(shelf: Assistant) -> None:
    answers = shelf.ask_many(["what is Quilt?", "???", "what is RingFold?", "x" * 30_000, "what is Mossy?"], workers=2)
    assert next(answers).question == "what is Quilt?"
    with pytest.raises(EmptyQuestionError):
        next(answers)
    assert next(answers).question == "what is RingFold?"
    with pytest.raises(InputError, match="30,000 characters"):
        next(answers)
    assert [a.question for a in answers] == ["what is Mossy?"]


def test_the_source_s_own_failure_comes_after_the_answers_before_it(shelf: Assistant) -> None:
    def source() -> Iterator[str]:
        yield "what is Quilt?"
        raise OSError("the file is gone")

    answers = shelf.ask_many(source(), workers=4)
    assert next(answers).question == "what is Quilt?"
    with pytest.raises(OSError, match="gone"):
        next(answers)
    assert list(answers) == []


def test_filters_reach_every_question(shelf: Assistant) -> None:
    (answer,) = shelf.ask_many(["what is Quilt?"], papers=["p-mossy"])
    assert {p.id for p in (*answer.sources, *answer.nearest)} <= {"p-mossy"}
    with pytest.raises(InputError, match="no filter is called 'colour'"):
        next(shelf.ask_many(["what is Quilt?"], colour="red"))


@pytest.mark.parametrize("how", ["close", "del", "with"])
def test_stopping_cancels_what_waits_and_ends_what_runs(how: str) -> None:
    begun: list[str] = []
    running, ended = threading.Semaphore(0), threading.Semaphore(0)

    def ask(question: str, stopped: threading.Event) -> Answer:
        begun.append(question)
        if question == "0":
            return record(question)
        running.release()
        try:
            assert stopped.wait(30)
            raise StoppedError
        finally:
            ended.release()

    answers = Answers(ask, map(str, itertools.count()), 2)
    assert next(answers).question == "0"
    assert running.acquire(timeout=30)
    assert running.acquire(timeout=30)
    if how == "close":
        answers.close()
    elif how == "with":
        with answers:
            pass
    else:
        del answers
    assert ended.acquire(timeout=30)
    assert ended.acquire(timeout=30)
    assert sorted(begun) == ["0", "1", "2"], "what waited never began"


def test_a_stream_is_closed_at_its_next_step(shelf: Assistant) -> None:
    stopped, closed = threading.Event(), threading.Event()

    def stream() -> Iterator[object]:
        try:
            yield from shelf.stream("what is Quilt?")
        finally:
            closed.set()

    stopped.set()
    with pytest.raises(StoppedError):
        answer_unless(stream(), stopped)  # type: ignore[arg-type]
    assert closed.is_set()


def test_as_completed_lets_a_fast_answer_pass_a_slow_one() -> None:
    gate = threading.Event()

    def ask(question: str, stopped: threading.Event) -> Answer:
        if question == "slow":
            assert gate.wait(30)
        if question == "bad":
            raise InputError("no", "none")
        return record(question)

    outcomes = as_completed(ask, ["slow", "fast", "bad"], 2)
    first = {next(outcomes)[0], next(outcomes)[0]}
    assert first == {"fast", "bad"}
    gate.set()
    question, answer = next(outcomes)
    assert (question, isinstance(answer, Answer)) == ("slow", True)
    assert list(outcomes) == []
