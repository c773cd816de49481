"""What can be done with an answer: save it, judge it, ask on; and why its papers were read."""

from __future__ import annotations

import json
import re

import pytest

from eval.drafting import from_feedback
from rag.answer import Answer
from rag.errors import InputError
from rag.paper import Hit, Passage
from tests.ui.records import ABSTRACT, QUOTE, FakeAssistant, answer, citation, claim, events, paper
from ui import export, followups, render
from ui.feedback import Feedback
from ui.session import Session
from ui.tools import judge_turn, suggestions
from ui.turn import Turn
from ui.why import why_these

PAPER, OTHER = paper(1), paper(2, title="Weir: Reductions that Wait")
ANSWER = answer(claim("So.", citation(PAPER)), sources=[PAPER], question="why?")


def over(given=ANSWER, **values) -> Turn:
    turn = Turn("a1", given.question, **values)
    for event in events(given, read=[OTHER]):
        turn.take(event)
    return turn


def test_an_answer_is_saved_in_each_format():
    saved = {e: json.loads(export.answer_file(ANSWER, e)) for e in ("md", "bib", "json")}
    assert Answer.model_validate_json(saved["json"]["text"]) == ANSWER
    assert QUOTE.replace("2.15times", "2.15") not in saved["bib"]["text"]
    assert saved["bib"]["text"].startswith("@")
    assert "## why?" in saved["md"]["text"]
    assert saved["md"]["name"] == "why.md"


@pytest.mark.parametrize("ending", ["", "exe", "../md"])
def test_no_other_format_is_made(ending):
    assert export.answer_file(ANSWER, ending) == export.conversation_file([ANSWER], ending) == ""


def test_a_conversation_names_each_paper_once_in_bibtex():
    text = json.loads(export.conversation_file([ANSWER, ANSWER], "bib"))["text"]
    assert text.count(PAPER.title) == 1


@pytest.mark.parametrize("question", ["../../etc/passwd", "<script>", "?", "\u202eexe", "a" * 500])
def test_a_file_name_holds_nothing_special(question):
    assert set(export.stem(question)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert 0 < len(export.stem(question)) <= 48


def test_bibtex_is_offered_only_where_something_is_cited():
    assert "BibTeX" in render.turn(over())
    assert "BibTeX" not in render.turn(over(answer(question="q", abstained=True)))


def test_suggestions_are_only_those_that_the_library_answers():
    asked = []

    def ask(question):
        asked.append(question)
        return ANSWER if "hardware" in question else answer(question=question, abstained=True)

    assert followups.suggested(over(), ask) == ("What hardware does Brook 1 run on?",)
    assert len(asked) > 1


def test_a_suggestion_that_another_paper_answers_is_not_made():
    elsewhere = answer(claim("No.", citation(OTHER)), sources=[OTHER])
    assert not followups.answers(lambda _: elsewhere, "how?", PAPER)


def test_a_limitation_is_no_answer_to_a_suggestion():
    limited = answer(claim("Not stated.", citation(PAPER), kind="limitation"), sources=[PAPER])
    assert not followups.answers(lambda _: limited, "how?", PAPER)


def test_suggestions_ask_without_a_model_and_survive_failures():
    def broken(question):
        raise ZeroDivisionError

    assert suggestions(over(), broken) == ""
    assert suggestions(None, broken) == suggestions(Turn("a1", "q"), broken) == ""


def test_thumbs_become_draft_cases(tmp_path):
    feedback = Feedback(tmp_path / "data" / "feedback.jsonl")
    turn = over(can_judge=True)
    assert 'aria-pressed="false"' in render.turn(turn)
    judge_turn(turn, "down", feedback)
    judge_turn(turn, "up", feedback)
    assert render.turn(turn).count('aria-pressed="true"') == 1
    (draft,) = from_feedback(feedback.file, [PAPER])
    assert draft.drafted_by == "feedback, thumbs up"
    assert draft.relevant == {PAPER.title: 2}
    assert [r["thumbs"] for r in feedback.rows()] == ["up"]
    assert feedback.file.stat().st_mode & 0o777 == 0o600


def test_feedback_that_cannot_be_kept_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    turn = over()
    judge_turn(turn, "up", Feedback(tmp_path / "file" / "feedback.jsonl"))
    assert turn.thumb == ""
    assert "cannot be written" in turn.notices[-1]
    with pytest.raises(InputError):
        Feedback(tmp_path / "file" / "feedback.jsonl").add(ANSWER, "up")


def test_a_torn_line_of_feedback_is_passed_over(tmp_path):
    feedback = Feedback(tmp_path / "feedback.jsonl")
    feedback.add(ANSWER, "up")
    with feedback.file.open("a") as out:
        out.write('{"question": "torn')
    assert len(feedback.rows()) == 1


def test_why_these_papers_shows_legs_and_terms():
    passage = Passage(paper_id=PAPER.id, text=ABSTRACT, start=0, end=len(ABSTRACT))
    explain = {
        "lexical": {"score": 8.1, "normalised": 0.75, "rank": 2},
        "dense": {"score": None, "normalised": 0.0, "rank": None},
        "matched_terms": ["allreduc", "<b>"],
    }
    shown = why_these("a1", "All-Reduce latency?", [Hit(paper=PAPER, passage=passage, score=0.5, explain=explain)] * 2)
    assert shown.count("<tr>") == 2  # the heading, and the paper once
    assert "0.75" in shown
    assert "#2" in shown
    assert "All-Reduce, &lt;b" in re.sub("</?bdi>", "", shown)
    assert "<b>" not in shown
    assert why_these("a1", "q", []) == ""


def test_asking_again_replaces_only_an_attempt_without_an_answer():
    def script(question, turn):
        if turn == 1:
            raise ZeroDivisionError
        yield from events(ANSWER)

    session = Session(FakeAssistant(script).conversation)
    list(session.ask("why?"))
    session.again("why?")
    assert session.turns == []
    list(session.ask("why?"))
    session.again("why?")
    assert len(session.turns) == 1
