"""The harness tells good written answers from subtly wrong ones, and this fails when it stops doing so."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from eval.answers import bundled_answers, check_answers, run_answers
from eval.answers.floor import Floor, check_floor, floor_path, make_floor, read_floor
from eval.answers.measures import ALL, DETECTED, RANKED, figures, outcome_of, tally, twins_of
from eval.answers.page import answers_page
from eval.answers.records import FAULTS, WrittenAnswer, answers_digest
from eval.answers.scored import AnswersRun, Scored
from eval.gate import Check, holds
from eval.report import to_markdown
from rag.answer import Label, Verdict
from rag.corpus.identity import paper_id, revision
from rag.errors import InputError
from rag.grounding import OfflineJudge
from rag.paper import Paper
from tests.eval.build import CACHE, PAPERS
from tests.eval.test_answers_records import faulty, one_claim, written


class Always:
    """A judge of one mind."""

    def __init__(self, label: Label) -> None:
        self.name = "always@1"
        self._verdict = Verdict(label=label, score=0.9 if label == "supported" else 0.1, reason="so", judge=self.name)

    def judge(self, claim: str, evidence: str | Sequence[str]) -> Verdict:
        return self._verdict

    def judge_many(self, pairs: Sequence[tuple[str, str | Sequence[str]]]) -> list[Verdict]:
        return [self._verdict] * len(pairs)

    async def ajudge(self, claim: str, evidence: str | Sequence[str]) -> Verdict:
        return self._verdict


def notes() -> list[Paper]:
    """The bundled notes, without opening a library."""
    import json

    from rag.library.location import notes_file

    records = [json.loads(line) for line in notes_file().read_text(encoding="utf-8").splitlines()]
    return [
        Paper(
            id=paper_id(r["title"]),
            revision=revision(r["title"], r["abstract"], "note"),
            title=r["title"],
            abstract=r["abstract"],
            text_kind="note",
        )
        for r in records
    ]


@pytest.fixture(scope="module")
def real() -> AnswersRun:
    return run_answers(bundled_answers(), notes(), OfflineJudge(), source="bundled")


@pytest.fixture(scope="module")
def floor() -> Floor:
    return read_floor(floor_path())


def failing(checks: Sequence[Check]) -> list[str]:
    return [c.name for c in checks if not c.holds]


# -- the bundled answers


def test_the_labels_of_the_bundled_answers_hold() -> None:
    assert check_answers(bundled_answers(), notes()) == []


def test_the_harness_tells_apart_at_least_what_is_recorded(real: AnswersRun, floor: Floor) -> None:
    assert failing(check_floor(real, floor)) == []


def test_the_record_hides_nothing(real: AnswersRun) -> None:
    page = to_markdown(answers_page(real))
    for item in (i for i in real.items if i.fault != "none" and not i.detected):
        assert f"| {item.id} | {item.fault} |" in page
    shown = {(f.metric, f.group) for f in real.figures}
    assert {(m, g) for m in (DETECTED, RANKED) for g in (ALL, *FAULTS)} <= shown
    assert all(f.n and f.low is not None and f.high is not None for f in real.figures)


def test_every_value_is_there_and_finite(real: AnswersRun) -> None:
    assert all(set(i.values) == set(real.metrics) for i in real.items)
    assert AnswersRun.model_validate_json(real.model_dump_json()) == real


# -- a harness that stops telling them apart fails


def changed(run: AnswersRun, which: Callable[[Scored], bool], **fields: object) -> AnswersRun:
    """The run with the claims of some answers made to look supported (or as given)."""
    items = []
    for item in run.items:
        if which(item):
            claims = tuple(c.model_copy(update=fields) for c in item.claims)
            item = item.model_copy(update={"claims": claims})
        items.append(item)
    return run.model_copy(update={"items": tuple(items)})


@pytest.mark.parametrize("fault", [f for f in FAULTS if f not in ("other_question", "swapped_roles")])
def test_going_blind_for_one_kind_of_fault_fails(real: AnswersRun, floor: Floor, fault: str) -> None:
    blind = changed(real, lambda i: i.fault == fault, label="supported", problems=())
    assert any(fault in name for name in failing(check_floor(blind, floor)))


def test_one_fault_fewer_passes_and_two_of_a_kind_fail(real: AnswersRun, floor: Floor) -> None:
    seen = [i.id for i in real.items if i.fault == "wrong_figure" and i.detected]
    for lost, passes in ((1, True), (2, False)):
        worse = changed(real, lambda i, n=lost: i.id in seen[:n], label="supported", problems=())  # type: ignore[misc]
        assert holds(check_floor(worse, floor)) == passes


def test_suspecting_every_good_answer_fails(real: AnswersRun, floor: Floor) -> None:
    loud = changed(real, lambda i: i.fault == "none", label="unsupported", problems=("so",))
    names = failing(check_floor(loud, floor))
    assert "good answers left in peace: at most 0.05 worse" in names
    assert "faults are detected more often than good twins raise an alarm" in names


def test_no_longer_seeing_what_is_asked_for_fails(real: AnswersRun, floor: Floor) -> None:
    items = tuple(i.model_copy(update={"answers": True}) for i in real.items)
    names = failing(check_floor(real.model_copy(update={"items": items}), floor))
    assert any("other_question" in name for name in names)


def test_ranking_by_a_coin_fails(real: AnswersRun, floor: Floor) -> None:
    items = tuple(i.model_copy(update={"values": {**i.values, "Quality": 0.5}}) for i in real.items)
    names = failing(check_floor(real.model_copy(update={"items": items}), floor))
    assert "good answers rank above faulty ones more often than by chance" in names


def test_other_answers_are_not_compared(real: AnswersRun, floor: Floor) -> None:
    names = failing(check_floor(real.model_copy(update={"answers_digest": "other"}), floor))
    assert names == ["same answers as recorded"]
    assert make_floor(real).answers_digest == floor.answers_digest


# -- judges of one mind, over literal papers


def tiny() -> list[WrittenAnswer]:
    wrong_paper = one_claim("FastRing beats PlainRing 3.5x.", CACHE.title, "It saves 24% of memory.")
    lines = [
        written(),
        faulty("wrong_figure"),
        faulty("wrong_paper", id="a3", claims=[wrong_paper, written()["claims"][1]]),
        faulty(
            "altered_quote",
            id="a4",
            claims=[one_claim("FastRing beats PlainRing 3.5x.", PAPERS[0].title, "FastRing is 3.5x quicker than PlainRing.")],
        ),
        faulty("other_question", id="a5", where=None, claims=[one_claim("Sums are slow.", PAPERS[0].title, "Sums over rings are slow.")]),
    ]  # fmt: skip
    return [WrittenAnswer.model_validate(x) for x in lines]


def test_what_is_detected_by_whom() -> None:
    trusting = {i.id: i for i in run_answers(tiny(), PAPERS, Always("supported")).items}
    assert {k: i.detected for k, i in trusting.items()} == {
        "a1": False, "a2": False, "a3": False, "a4": True, "a5": True,
    }  # fmt: skip
    assert trusting["a4"].refused
    assert not trusting["a5"].refused
    doubting = {i.id: i for i in run_answers(tiny(), PAPERS, Always("unsupported")).items}
    assert doubting["a1"].detected
    assert doubting["a1"].refused
    partly = {i.id: i for i in run_answers(tiny(), PAPERS, Always("partial")).items}
    assert partly["a2"].detected
    assert not partly["a2"].refused


@pytest.mark.parametrize("label", ["supported", "unsupported"])
def test_a_judge_of_one_mind_cannot_hold_the_floor(
    label: Label, real: AnswersRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A quarter of the pairs, and nothing beyond what the floor needs: the whole suite would take its ten seconds again.
    monkeypatch.setattr("eval.answers.study.judge_metrics", lambda _: ())
    monkeypatch.setattr("eval.answers.study.PLAIN", ("CitationValidity", "AnswersQuestion(form)"))
    chosen = {a.id for a in [a for a in bundled_answers() if a.good][::4]}
    sample = [a for a in bundled_answers() if a.pair in chosen]
    ids = {a.id for a in sample}
    seen = {"items": tuple(i for i in real.items if i.id in ids), "answers_digest": answers_digest(sample)}
    floor = make_floor(real.model_copy(update=seen))
    assert holds(check_floor(real.model_copy(update=seen), floor))
    names = failing(check_floor(run_answers(sample, notes(), Always(label)), floor))
    assert names
    assert "same answers as recorded" not in names


def test_rankings_by_hand() -> None:
    items = run_answers(tiny(), PAPERS, OfflineJudge()).items
    assert [t.faulty.id for t in twins_of(items)] == ["a2", "a3", "a4", "a5"]
    assert [t.faulty.id for t in twins_of(items, "wrong_paper")] == ["a3"]
    (altered,) = twins_of(items, "altered_quote")
    assert outcome_of(altered, "CitationValidity") == 1.0
    assert outcome_of(altered, "Redundancy") == 0.5
    assert outcome_of(altered, "NoSuchMetric") is None
    assert tally(items, "AnswersQuestion(gold)", "other_question").won == 1
    assert tally(items, "Words", "other_question").lost + tally(items, "Words", "other_question").won == 1


def test_a_metric_where_less_is_better_counts_the_other_way_round() -> None:
    (twins,) = twins_of(run_answers(tiny()[:2], PAPERS, OfflineJudge()).items)
    worse = twins.faulty.model_copy(update={"values": {**twins.faulty.values, "Redundancy": 0.5}})
    assert outcome_of(twins._replace(faulty=worse), "Redundancy") == 1.0


def test_figures_of_one_paper_have_no_interval_and_of_nothing_do_not_exist() -> None:
    items = run_answers(tiny()[:2], PAPERS, OfflineJudge()).items
    found = {(f.metric, f.group): f for f in figures(items, ["Quality"])}
    assert (DETECTED, "lost_hedge") not in found
    assert found[DETECTED, "wrong_figure"].n == 1


def test_nothing_to_score_and_papers_that_are_not_there_are_refused() -> None:
    with pytest.raises(InputError, match="no answers to score"):
        run_answers([], PAPERS, OfflineJudge())
    with pytest.raises(InputError, match="no paper is called"):
        run_answers(tiny(), PAPERS[1:], OfflineJudge())
