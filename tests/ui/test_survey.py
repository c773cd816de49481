"""The Survey tab's steps, without a browser."""

from __future__ import annotations

from tests.ui.records import FakeAssistant, answer, citation, claim, events, paper
from ui import survey
from ui.drawer import AS_STARTED, STRICT, Drawer, Reader

PAPER = paper()


def script(question, turn):
    yield from events(answer(claim("So.", citation(PAPER)), sources=[PAPER], question=question))


def test_filters_reach_the_summary_and_the_table():
    assistant = FakeAssistant(script, [PAPER])
    reader = Reader(lambda: assistant, lambda: {"since": 2024})
    list(survey.surveyed(reader, "latency", "method", 5, survey.Survey()))
    assert assistant.filtered == [{"since": 2024}, {"since": 2024}]


def test_what_a_reader_chose_answers_and_a_wrong_year_is_told():
    assistant = FakeAssistant(script, [PAPER])
    drawer = Drawer((), lambda choices: choices.answering(assistant, None, "drop", may_configure=True))
    list(survey.surveyed(drawer.reader([AS_STARTED, "", "", "", STRICT]), "latency", "", 5, survey.Survey()))
    assert {"llm": None, "strictness": "strict"} in assistant.configurations
    shown = list(survey.surveyed(drawer.reader([AS_STARTED, "", "", "", "", "24"]), "latency", "", 5, survey.Survey()))
    assert any("no year" in str(step) for step in shown)
    assert assistant.filtered == [{}, {}]
