"""What a reader may choose, and whose conversations are whose."""

from __future__ import annotations

import pytest

from rag.errors import InputError
from tests.ui.records import FakeAssistant, answer, citation, claim, events, paper
from ui import history
from ui.drawer import DROP, EXTRACTIVE, FLAG, WRITTEN, Choices, shown_filters
from ui.history import Browser, History, browser, whose

PAPER = paper()


def script(question, turn):
    yield from events(answer(claim("So.", citation(PAPER)), sources=[PAPER], question=question))


def configured(choices, base="http://own/v1", **options):
    assistant = FakeAssistant(script)
    choices.answering(assistant, base, options.pop("strictness", "drop"), **{"may_configure": True, **options})
    return assistant.configurations


def test_nothing_chosen_leaves_the_assistant_as_it_is():
    assistant = FakeAssistant(script)
    assert Choices().answering(assistant, None, "flag", may_configure=True) is assistant
    assert Choices().filters == {}


def test_the_mode_and_strictness_are_passed_on():
    assert configured(Choices(mode=EXTRACTIVE, strictness=FLAG)) == [{"llm": "off", "strictness": "flag"}]
    assert configured(Choices(strictness=DROP), strictness="strict") == [{"llm": None, "strictness": "drop"}]
    assert configured(Choices(strictness=DROP)) == []
    assert configured(Choices(mode=WRITTEN, model="m", key="k")) == [{"llm": "m", "api_key": "k"}]


def test_the_key_of_the_page_never_goes_to_a_server_that_a_reader_names():
    (values,) = configured(Choices(mode=WRITTEN, base_url="http://elsewhere/v1"))
    assert values["api_key"] is None
    (values,) = configured(Choices(mode=WRITTEN, base_url="http://own/v1"))
    assert "api_key" not in values
    assert "base_url" not in values


def test_where_a_reader_may_not_configure_no_model_is_taken():
    assert configured(Choices(mode=WRITTEN, base_url="http://elsewhere/v1", key="k"), may_configure=False) == []


def test_the_filters_that_are_set_are_told_on_every_tab():
    assert shown_filters(Choices()) == ""
    assert "Only papers from 2024 or without a date" in shown_filters(Choices(since="2024"))
    assert "Only papers to 2025 with a date" in shown_filters(Choices(until="2025", dated_only=True))
    hostile = shown_filters(Choices(organisation="<b>x</b>", source="<img src=x onerror=alert(1)>"))
    assert "<b>" not in hostile
    assert "<img" not in hostile
    assert "no year" in shown_filters(Choices(since="24"))
    assert "<b>" not in shown_filters(Choices(since="<b>"))


def test_a_key_is_never_shown():
    assert "s3cret" not in repr(Choices(key="s3cret"))


def test_filters_are_read_from_what_was_typed():
    chosen = Choices(since="2024", until=" ", organisation="A, ,B ", source="*.bib", dated_only=True)
    assert chosen.filters == {"since": 2024, "organisation": ["A", "B"], "source": ["*.bib"], "dated_only": True}
    for year in ("24", "x", "99999"):
        with pytest.raises(InputError, match="no year"):
            _ = Choices(since=year).filters


@pytest.mark.parametrize("kept", [None, "x", 3, {}, {"user": "short"}, {"user": "../" * 20}, {"user": 5, "open": []}])
def test_a_browser_without_a_name_of_ours_is_given_one(kept):
    given = browser(kept)
    assert len(given.user) >= 32
    assert given.open == ""
    assert browser(given.kept) == given
    assert browser(kept).user != given.user


def test_a_conversation_comes_back_with_its_evidence_to_its_reader_alone():
    shelf = History(FakeAssistant(script, [PAPER]), keeps=True)
    ada, ben = browser(None), browser(None)
    session = shelf.session(ada)
    list(session.ask("why?"))
    assert "why?" in shelf.listing(ada, session.id)
    assert "why?" not in shelf.listing(ben, None)
    back, other = shelf.session(ada), shelf.session(ben)
    assert shelf.reopen(back, ada, session.id) is None
    shelf.reopen(other, ben, session.id)
    assert [t.question for t in back.turns] == ["why?"]
    assert back.turns[0].sources == {1: PAPER}
    assert back.turns[0].hits == session.turns[0].hits != ()
    assert other.turns == []
    shelf.delete(ben, session.id)
    assert "why?" in shelf.listing(ada, None)
    shelf.delete(ada, session.id)
    assert "why?" not in shelf.listing(ada, None)


def test_who_asks_before_the_browser_has_a_name_finds_the_conversation_again():
    shelf = History(FakeAssistant(script, [PAPER]), keeps=True)
    session = shelf.session(browser(None))
    list(session.ask("why?"))
    told_later = browser(None).kept
    who = whose(session, told_later)
    assert "why?" in shelf.listing(who, session.id)
    assert "why?" in shelf.listing(browser(who.kept), None)
    assert whose(None, told_later).kept == told_later


def test_anchors_go_on_after_reopening():
    shelf = History(FakeAssistant(script, [PAPER]), keeps=True)
    who = browser(None)
    session = shelf.session(who)
    list(session.ask("why?"))
    shelf.reopen(session, who, session.id)
    assert [t.id for t in session.turns] == ["a2"]
    assert list(session.ask("and?"))[-1].id == "a3"


def test_where_nothing_is_kept_nothing_is_listed():
    assistant = FakeAssistant(script, [PAPER])
    shelf = History(assistant, keeps=False)
    session = shelf.session(Browser("x" * 32))
    list(session.ask("why?"))
    assert assistant.conversations(user="x" * 32) == []
    assert "Nothing is kept" in shelf.listing(Browser("x" * 32), session.id)


def test_a_hostile_title_is_escaped_in_the_list():
    shelf = History(FakeAssistant(script, [PAPER]), keeps=True)
    who = browser(None)
    list(shelf.session(who).ask("<img src=x onerror=alert(1)>"))
    assert "<img" not in shelf.listing(who, None)
    assert history._when("no time") == ""
