"""Written answers: what a line has to hold, and labels that the papers do not bear out."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from eval.answers.records import (
    FAULTS,
    LEAST,
    WrittenAnswer,
    answers_digest,
    bundled_answers,
    check_answers,
    load_answers,
)
from rag.errors import InputError
from tests.eval.build import CACHE, PAPERS, RING, cite

QUOTES = [cite(RING, n).quote for n in range(3)]


def written(**fields: Any) -> dict[str, Any]:
    """A good answer about FastRing, or whatever is asked for."""
    known = {
        "id": "a1",
        "question": "How much faster is FastRing?",
        "claims": [
            {"text": "FastRing beats PlainRing 3.5x.", "citations": [{"title": RING.title, "quote": QUOTES[2]}]},
            {"text": "It takes 2 steps.", "citations": [{"title": RING.title, "quote": QUOTES[1]}]},
        ],
        "fault": "none",
        "pair": "a1",
        "where": None,
        "note": "",
    }
    return known | fields


def faulty(fault: str, **fields: Any) -> dict[str, Any]:
    """Its twin with a fault in the first claim."""
    claims = json.loads(json.dumps(written()["claims"]))
    claims[0]["text"] = "FastRing beats PlainRing 4.5x."
    known: dict[str, Any] = {"id": "a2", "fault": fault, "where": 0, "note": "4.5x for 3.5x", "claims": claims}
    return written(**(known | fields))


def one_claim(text: str, title: str, quote: str) -> dict[str, Any]:
    return {"text": text, "citations": [{"title": title, "quote": quote}]}


def load(tmp_path: Path, *lines: dict[str, Any]) -> tuple[WrittenAnswer, ...]:
    path = tmp_path / "answers.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return load_answers(path)


def test_good_and_faulty_answers_are_read_back(tmp_path: Path) -> None:
    good, bad = load(tmp_path, written(), faulty("wrong_figure"))
    assert good.good
    assert not bad.good
    assert good.cluster == bad.cluster
    assert check_answers([good, bad], PAPERS) == []
    assert answers_digest([good, bad]) == answers_digest([bad, good]) != answers_digest([good])


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([written(where=0)], "no faulty claim"),
        ([written(pair="a9")], "is its own pair"),
        ([written(), faulty("wrong_figure", where=None)], "where is missing"),
        ([written(), faulty("wrong_figure", where=2)], "there are 2 claims"),
        ([written(), faulty("wrong_figure", note=" ")], "what is wrong"),
        ([written(), faulty("wrong_figure", pair="a2")], "needs a good twin"),
        ([written(), faulty("wrong_figure", pair="a9")], "no good answer to the same question"),
        ([written(), faulty("wrong_figure", question="Another?")], "no good answer to the same question"),
        ([written(), faulty("too_long")], "fault"),
        ([written(), written()], "used twice"),
        ([written(claims=[])], "claims"),
        ([written(claims=[{"text": "Bare.", "citations": []}])], "citations"),
        ([written(extra=1)], "extra"),
    ],
)
def test_a_line_that_contradicts_itself_is_refused_with_its_place(
    tmp_path: Path, lines: list[dict[str, Any]], says: str
) -> None:
    with pytest.raises(InputError, match=says):
        load(tmp_path, *lines)


def test_nothing_to_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there are no answers at"):
        load_answers(tmp_path / "none.jsonl")
    with pytest.raises(InputError, match="holds no answers"):
        load_answers(tmp_path)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (faulty("wrong_figure", claims=written()["claims"]), "the faulty claim is the good one"),
        (
            faulty("lost_hedge", claims=[one_claim("FastRing wins.", RING.title, "FastRing wins always.")]),
            "a quote of claim 0 is not in its paper",
        ),
        (faulty("altered_quote"), "stands in its paper word for word"),
        (faulty("wrong_paper"), "the paper cited is that of the good twin"),
        (
            faulty("invented_clause", claims=[one_claim("FastRing wins.", "No Such Paper", QUOTES[2])]),
            "no paper is called 'No Such Paper'",
        ),
        (
            faulty(
                "wrong_figure",
                claims=[*faulty("wrong_figure")["claims"][:1], one_claim("More.", RING.title, QUOTES[0])],
            ),
            "differs from its twin elsewhere too",
        ),
        (faulty("other_question", where=None, claims=written()["claims"][1:]), "shares a claim with its twin"),
    ],
)
def test_a_label_that_the_papers_do_not_bear_out_is_named(changed: dict[str, Any], says: str) -> None:
    answers = [WrittenAnswer.model_validate(written()), WrittenAnswer.model_validate(changed)]
    assert any(says in fault for fault in check_answers(answers, PAPERS))


def test_faults_of_citations_may_break_the_rule_that_they_are_about() -> None:
    altered = one_claim("FastRing beats PlainRing 3.5x.", RING.title, QUOTES[2].replace("3.5x", "thrice"))
    elsewhere = one_claim("FastRing beats PlainRing 3.5x.", CACHE.title, cite(CACHE, 1).quote)
    for fault, claim in (("altered_quote", altered), ("wrong_paper", elsewhere)):
        bad = faulty(fault, claims=[claim, written()["claims"][1]])
        answers = [WrittenAnswer.model_validate(written()), WrittenAnswer.model_validate(bad)]
        assert check_answers(answers, PAPERS) == []


def test_the_bundled_answers_hold_at_least_two_hundred_with_every_fault_and_as_many_twins() -> None:
    answers = bundled_answers()
    counts = Counter(a.fault for a in answers)
    assert len(answers) >= LEAST
    assert all(counts[fault] >= 20 for fault in FAULTS)
    assert counts["none"] == sum(counts[f] for f in FAULTS)
    assert {a.pair for a in answers if not a.good} == {a.id for a in answers if a.good}
