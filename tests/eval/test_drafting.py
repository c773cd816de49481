"""Drafts: evidence checked word for word, never used before a person approved them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from eval.cases import Case, load_cases
from eval.cli import eval_group
from eval.drafting import approved_only, from_feedback, from_model, problems_of, write_drafts
from rag.errors import InputError, ModelTimeoutError
from tests.eval.build import ABSTENTION, CACHE, PAPERS, RING, TEXTS, Answer, answer, cite, claim

GOOD = answer(claim(cite(RING, "sums vectors in 2 steps"), text="FastRing needs 2 steps."))


def feedback(tmp_path: Path, *rows: dict[str, Any]) -> Path:
    path = tmp_path / "feedback.jsonl"
    path.write_text("".join(json.dumps(r) + "\n" for r in rows))
    return path


def said(what: Answer | str | None, thumbs: object, **more: Any) -> dict[str, Any]:
    body = what.model_dump(mode="json") if isinstance(what, Answer) else what
    return {"question": "How many steps?", "answer": body, "thumbs": thumbs, "comment": "hm", **more}


def test_a_contented_reader_proposes_whole_sentences_as_gold(tmp_path: Path) -> None:
    (draft,) = from_feedback(feedback(tmp_path, said(GOOD, "up")), PAPERS)
    assert draft.relevant == {RING.title: 2}
    assert draft.evidence == {RING.title: ("FastRing sums vectors in 2 steps.",)}
    assert draft.nuggets == ("FastRing needs 2 steps.",)
    assert (draft.status, draft.problems, draft.reason) == ("draft", (), "hm")


@pytest.mark.parametrize("row", [said(GOOD, "down"), said("just text", "up"), said(None, None)])
def test_otherwise_nothing_is_proposed_and_the_draft_says_what_it_lacks(tmp_path: Path, row: dict[str, Any]) -> None:
    (draft,) = from_feedback(feedback(tmp_path, row), PAPERS)
    assert (draft.relevant, draft.evidence) == ({}, {})
    assert any("no paper has grade 2" in p for p in draft.problems)


def test_a_quote_that_is_not_in_the_library_is_left_out_and_named(tmp_path: Path) -> None:
    forged = answer(claim(cite(RING, 0, quote="sums in 9 steps"), text="x"))
    (draft,) = from_feedback(feedback(tmp_path, said(forged, "up")), PAPERS)
    assert draft.evidence == {}
    assert any("word for word" in p for p in draft.problems)


def test_content_with_an_abstention_drafts_an_unanswerable_case(tmp_path: Path) -> None:
    (draft,) = from_feedback(feedback(tmp_path, said(ABSTENTION, True)), PAPERS)
    assert (draft.answerable, draft.kind, draft.problems) == (False, "missing_detail", ())


def test_one_question_is_drafted_once_and_a_bad_line_is_named(tmp_path: Path) -> None:
    rows = [said(GOOD, "down"), {**said(GOOD, "up"), "question": "how many  STEPS?"}]
    assert len(from_feedback(feedback(tmp_path, *rows), PAPERS)) == 1
    with pytest.raises(InputError, match=r"feedback\.jsonl:2: question"):
        from_feedback(feedback(tmp_path, rows[0], {"thumbs": "up"}), PAPERS)


class Model:
    def __init__(self, *replies: str) -> None:
        self.replies = list(replies)
        self.asked: list[Any] = []

    def __call__(self, messages: Any) -> str:
        self.asked.append(messages)
        if not self.replies:
            raise ModelTimeoutError("too slow")
        return self.replies.pop(0)


LINES = [
    {"kind": "named", "question": "What does LazyCache save?", "evidence": ["It saves 24% of memory."],
     "nuggets": ["24% of memory"]},
    {"kind": "finding", "question": "Which share of memory?", "evidence": ["It saves 25% of memory."], "nuggets": ["x"]},
    {"kind": "survey", "question": "All caches?", "evidence": [], "nuggets": []},
]  # fmt: skip


def test_a_models_evidence_is_checked_word_for_word() -> None:
    reply = "```json\n" + "\n".join(json.dumps(r) for r in LINES) + "\n```"
    model = Model(reply)
    good, bad = from_model(model, [CACHE], drafted_by="m")
    assert good.evidence == {CACHE.title: ("It saves 24% of memory.",)}
    assert good.problems == ()
    assert bad.evidence == {}
    assert any("not word for word" in p for p in bad.problems)
    assert good.drafted_by.startswith("m draft_case@1 ")
    sent = " ".join(text for _, text in model.asked[0])
    assert CACHE.title in sent
    assert TEXTS["LazyCache"] in sent


def test_drafts_made_before_a_failure_have_been_given() -> None:
    drafts = from_model(Model(json.dumps(LINES[0])), [CACHE, RING], drafted_by="m")
    assert next(drafts).kind == "named"
    with pytest.raises(ModelTimeoutError):
        next(drafts)


@pytest.fixture
def drafted(tmp_path: Path) -> Path:
    path = tmp_path / "drafts.jsonl"
    write_drafts(from_model(Model(json.dumps(LINES[0])), [CACHE], drafted_by="m"), path)
    return path


def test_no_run_takes_a_draft_approved_or_not(drafted: Path) -> None:
    with pytest.raises(InputError, match="a draft, not a case"):
        load_cases(drafted)
    drafted.write_text(drafted.read_text().replace('"draft"', '"approved"', 1))
    with pytest.raises(InputError, match="a draft, not a case"):
        load_cases(drafted)


def test_only_what_a_named_person_approved_becomes_a_case(drafted: Path, tmp_path: Path) -> None:
    target = tmp_path / "cases.jsonl"
    with pytest.raises(InputError, match="is a draft"):
        approved_only(drafted, target)
    row = json.loads(drafted.read_text())
    drafted.write_text(json.dumps({**row, "status": "approved"}))
    with pytest.raises(InputError, match="approved by nobody"):
        approved_only(drafted, target)
    drafted.write_text(json.dumps({**row, "status": "rejected"}))
    with pytest.raises(InputError, match="nothing that was approved"):
        approved_only(drafted, target)
    drafted.write_text(json.dumps({**row, "status": "approved", "approved_by": "Ada"}))
    (case,) = load_cases(approved_only(drafted, target))
    assert case == Case.model_validate({k: row[k] for k in Case.model_fields if k in row})


def test_a_file_of_drafts_is_never_overwritten(drafted: Path) -> None:
    before = drafted.read_text()
    with pytest.raises(InputError, match="there already"):
        write_drafts([], drafted)
    assert drafted.read_text() == before


def test_what_keeps_a_draft_from_being_a_case_is_said() -> None:
    (draft,) = from_model(Model(json.dumps({**LINES[0], "nuggets": []})), [CACHE], drafted_by="m")
    assert problems_of(draft) == ("answerable, but without nuggets",)


def test_from_feedback_to_cases_by_the_command_line(tmp_path: Path) -> None:
    pages = tmp_path / "papers.jsonl"
    pages.write_text("".join(json.dumps({"title": t, "note": a}) + "\n" for t, a in TEXTS.items()))
    out, folder = tmp_path / "d.jsonl", tmp_path / "cases"
    source = feedback(tmp_path, said(GOOD, "up"))

    def invoke(*args: object) -> Any:
        return CliRunner().invoke(eval_group, ["cases", *map(str, args)])

    done = invoke("draft", "--feedback", source, "--pages", pages, "--out", out)
    assert done.exit_code == 0, done.output
    assert "1 drafts" in done.output
    assert isinstance(invoke("add", out, "--folder", folder, "--pages", pages).exception, InputError)
    row = json.loads(out.read_text())
    out.write_text(json.dumps({**row, "status": "approved", "approved_by": "Ada"}))
    assert invoke("add", out, "--pages", pages).exit_code == 2  # never into the bundled cases
    done = invoke("add", out, "--folder", folder, "--pages", pages)
    assert done.exit_code == 0, done.output
    assert [c.question for c in load_cases(folder)] == ["How many steps?"]


def test_without_a_model_and_without_feedback_there_is_nothing_to_draft_with(tmp_path: Path) -> None:
    done = CliRunner().invoke(eval_group, ["cases", "draft", "--out", str(tmp_path / "x.jsonl")])
    assert isinstance(done.exception, InputError)
    assert not (tmp_path / "x.jsonl").exists()
