"""Dialogues: asked in their order, two arms paired, dialogues resampled, bundled ones verbatim."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.dialogue_run import DialogueRun, dialogues_page, figures, reached, run_dialogues, since
from eval.dialogues import Dialogue, bundled_dialogues, cases_of, check_dialogues, load_dialogues
from eval.metrics import Shelf
from eval.records import read_record, write_json
from eval.report import to_markdown
from rag.answer import Answer
from rag.errors import InputError, ModelTimeoutError
from rag.paper import Hit
from tests.eval.build import ABSTENTION, BREAD, CACHE, PAPERS, RING, SHELF, answer, cite, claim


def turn(question: str, about: object, alone: str) -> dict[str, object]:
    paper = about if about is None else about.title  # type: ignore[attr-defined]
    evidence = [] if about is None else [cite(about, -1).quote]  # type: ignore[arg-type]
    relevant = {} if paper is None else {paper: 2}
    return {
        "question": question, "standalone": alone, "relevant": relevant, "evidence": evidence,
        "answerable": about is not None,
    }  # fmt: skip


TALK = [
    {
        "id": f"t{n}",
        "turns": [turn("ring?", RING, "ring?"), turn("and it?", CACHE, "cache?"), turn("why", None, "moon?")],
    }
    for n in range(4)
]
DIALOGUES = tuple(Dialogue.model_validate(d) for d in TALK)


class Talking:
    """Understands the first turn and every standalone question; a follow-up gets the paper about bread."""

    def __init__(self) -> None:
        self.heard: list[list[str]] = []

    def retrieve(self, question: str, k: int = 10) -> list[Hit]:
        return []

    def ask(self, question: str) -> Answer:
        known = {"ring?": RING, "cache?": CACHE}
        return answer(claim(cite(known[question], -1))) if question in known else ABSTENTION

    def conversation(self) -> _Conversation:
        self.heard.append([])
        return _Conversation(self, self.heard[-1])


class _Conversation:
    def __init__(self, talking: Talking, heard: list[str]) -> None:
        self.talking, self.heard = talking, heard

    def ask(self, question: str) -> Answer:
        self.heard.append(question)
        if question == "and it?":
            return answer(claim(cite(BREAD, -1))).model_copy(update={"standalone_question": "and it? (Bread)"})
        return self.talking.ask(question)


def test_turns_are_asked_in_order_each_conversation_by_itself() -> None:
    talking = Talking()
    run_dialogues(talking, DIALOGUES, PAPERS, seed=5)
    assert talking.heard == [["ring?", "and it?", "why"]] * 4


def test_what_not_understanding_costs_is_paired_and_clustered_by_dialogue() -> None:
    result = run_dialogues(Talking(), DIALOGUES, PAPERS)
    means, shifts = figures(result)
    mean = {(m.metric, m.group): m for m in means}
    shift = {(s.metric, s.group): s for s in shifts}
    assert mean["RightPaper", "first turns"].value == 1.0
    assert mean["RightPaper", "later turns"].value == 0.0
    assert (mean["RightPaper", "all"].n, mean["RightPaper", "all"].clusters) == (8, 4)
    assert shift["RightPaper", "later turns"].value == -1.0
    assert shift["RightPaper", "all"].value == -0.5
    assert mean["AbstainedWhenUnanswerable", "all"].value == 1.0
    assert shift["EvidenceHit", "later turns"].changed == 4
    page = to_markdown(dialogues_page(result))
    assert "| t0.2 | and it? | and it? (Bread) |" in page


def test_a_turn_that_crashes_is_wrong_and_the_conversation_goes_on() -> None:
    class Crashing(Talking):
        def conversation(self) -> _Conversation:
            kept = super().conversation()

            class Bad(_Conversation):
                def ask(self, question: str) -> Answer:
                    if question == "ring?":
                        raise ModelTimeoutError("too slow")
                    return super().ask(question)

            return Bad(kept.talking, kept.heard)

    result = run_dialogues(Crashing(), DIALOGUES[:1], PAPERS)
    assert [t.conversation.failure is not None for t in result.turns] == [True, False, False]
    assert result.turns[0].conversation.values["RightPaper"] == 0.0
    assert result.turns[0].conversation.values["FalseRefusal"] == 1.0


def test_the_record_comes_back(tmp_path: Path) -> None:
    result = run_dialogues(Talking(), DIALOGUES, PAPERS)
    write_json(result, tmp_path / "d.json")
    assert read_record(tmp_path / "d.json", DialogueRun, "x") == result


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"turns": TALK[0]["turns"][:1]}, "turns"),  # type: ignore[index]
        ({"turns": [{**TALK[0]["turns"][0], "evidence": []}, *TALK[0]["turns"][1:]]}, "without evidence"),  # type: ignore[index]
        ({"turns": [*TALK[0]["turns"][:2], {**TALK[0]["turns"][2], "relevant": {"X": 2}}]}, "not answerable"),  # type: ignore[index]
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_dialogue_that_contradicts_itself_is_refused(tmp_path: Path, change: dict[str, object], match: str) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text(json.dumps(TALK[0]) + "\n\n" + json.dumps({**TALK[0], "id": "other", **change}) + "\n")
    with pytest.raises(InputError, match=rf"d\.jsonl:3: .*{match}"):
        load_dialogues(path)


def test_evidence_belongs_to_the_paper_that_holds_it() -> None:
    both = {"relevant": {RING.title: 1, CACHE.title: 2}, "evidence": [cite(CACHE, 0).quote, "nobody wrote this"]}
    talk = Dialogue.model_validate({"id": "x", "turns": [{**turn("q", RING, "q"), **both}, turn("r", None, "r")]})
    case = cases_of(talk, "conversation", SHELF)[0]
    assert case.evidence == {CACHE.title: (cite(CACHE, 0).quote,), RING.title: ("nobody wrote this",)}
    assert any("nobody wrote" in fault for fault in check_dialogues([talk], PAPERS))


def test_the_bundled_dialogues_are_about_the_notes_word_for_word() -> None:
    from rag.corpus import read_sources
    from rag.library.location import notes_file

    found = load_dialogues(bundled_dialogues() or "")
    papers = read_sources([notes_file()]).papers
    assert len(found) == 12
    assert all(3 <= len(d.turns) <= 5 for d in found)
    assert check_dialogues(found, papers) == []
    assert sum(not t.answerable for d in found for t in d.turns) >= 5
    # The first turn stands by itself; otherwise there would be nothing for later ones to lean on.
    assert all(d.turns[0].answerable for d in found)
    assert bundled_dialogues("no such") is None
    assert {c.kind for d in found for c in cases_of(d, "standalone", Shelf(papers))} == {"finding", "missing_detail"}


def test_the_bundled_halves_mark_every_lean_and_share_no_paper() -> None:
    from rag.corpus import read_sources
    from rag.library.location import notes_file

    papers = read_sources([notes_file()]).papers
    halves = [load_dialogues(bundled_dialogues(f"bundled-{half}") or "") for half in ("dev", "test")]
    for found in halves:
        assert len(found) >= 11
        assert check_dialogues(found, papers) == []
        assert all(d.turns[0].lean == "none" and d.turns[0].answerable for d in found)
        leans = {t.lean for d in found for t in d.turns}
        assert leans == {
            "none", "pronoun", "ordinal", "ellipsis", "more", "comparison", "return", "change", "abstain", "correction",
        }  # fmt: skip
        assert all((t.lean == "abstain") == (not t.answerable) for d in found for t in d.turns)
    dev, test = ({title for d in found for t in d.turns for title in t.relevant} for found in halves)
    assert dev.isdisjoint(test)


def test_what_rewrites_reach_is_counted_by_lean_and_paired_with_an_earlier_record() -> None:
    leaning = [{**d, "turns": [{**t, "lean": "pronoun"} for t in d["turns"]]} for d in TALK]  # type: ignore[attr-defined]
    marked = run_dialogues(Talking(), [Dialogue.model_validate(d) for d in leaning], PAPERS)
    assert [(e.group, e.value, e.n) for e in reached(marked)] == [("later turns", 0.0, 4), ("pronoun", 0.0, 4)]
    better = run_dialogues(Talking(), DIALOGUES, PAPERS)
    turns = [t if t.place == 1 else t.model_copy(update={"conversation": t.standalone}) for t in better.turns]
    shifts = {s.metric: s for s in since(marked, better.model_copy(update={"turns": tuple(turns)}))}
    assert (shifts["RightPaper"].before, shifts["RightPaper"].after, shifts["RightPaper"].n) == (0.0, 1.0, 4)
    with pytest.raises(InputError, match="same turns"):
        since(run_dialogues(Talking(), DIALOGUES[:2], PAPERS), better)


def test_the_real_assistant_holds_the_conversation_in_order(notes: object) -> None:
    found = load_dialogues(bundled_dialogues() or "")[2:4]
    result = run_dialogues(notes, found, notes.papers())  # type: ignore[arg-type,attr-defined]
    assert all(t.conversation.failure is None for t in result.turns)
    follow = next(t for t in result.turns if t.dialogue == "n03" and t.place == 2)
    answer_ = follow.conversation.answer
    assert answer_ is not None
    assert "RoundPipe" in (answer_.standalone_question or "")
