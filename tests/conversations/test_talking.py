"""Conversations over the bundled notes: follow-ups, and turns that are none."""

from __future__ import annotations

import pytest

from rag import Assistant
from rag.errors import EmptyQuestionError


def test_a_follow_up_leans_on_what_came_before(notes: Assistant) -> None:
    talk = notes.conversation()
    talk.ask("what does NVRAR do?")
    answer = talk.ask("how much faster than NCCL is it?")
    assert answer.question == "how much faster than NCCL is it?"
    assert answer.standalone_question is not None
    assert "NVRAR" in answer.standalone_question
    assert answer.sources[0].title.startswith("LLM Inference Beyond a Single Node")
    assert any("1.9x-3.6x" in c.text and "NCCL" in c.text for c in answer.claims)
    assert [q for q, _ in talk.turns] == ["what does NVRAR do?", answer.standalone_question]


def test_a_question_that_stands_alone_is_left_alone(notes: Assistant) -> None:
    talk = notes.conversation("mine")
    assert talk.id == "mine"
    talk.ask("what does NVRAR do?")
    answer = talk.ask("Which compression does QMoE reach for trillion-parameter models?")
    assert answer.standalone_question is None
    assert {p.title.split(":")[0] for p in answer.sources} == {"QMoE"}
    assert talk.ask("what does NVRAR do?").standalone_question is None


def test_conversations_do_not_hear_each_other(notes: Assistant) -> None:
    one, other = notes.conversation(), notes.conversation()
    assert one.id != other.id
    one.ask("what does NVRAR do?")
    answer = other.ask("how much faster than NCCL is it?")
    assert answer.standalone_question is None
    assert len(one.turns) == len(other.turns) == 1


def test_an_abandoned_or_refused_turn_is_no_turn(notes: Assistant) -> None:
    talk = notes.conversation()
    stream = talk.stream("what does NVRAR do?")
    next(stream)
    stream.close()
    with pytest.raises(EmptyQuestionError):
        talk.ask("?")
    assert talk.turns == ()
