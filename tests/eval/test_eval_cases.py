"""Cases: what is read, what is refused and where, the split, and the bundled suite."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from eval.cases import Case, bundled_cases, bundled_folder, cases_digest, load_cases, select_cases
from eval.check import assemble, check_cases, check_coverage
from eval.split import SAME_WORK, split_of, split_of_title
from rag.errors import InputError
from tests.eval.build import PAPERS, RING, SUITE, case

SHARED = Path(__file__).resolve().parents[3] / "shared" / "eval"


def line(**changes: Any) -> str:
    return json.dumps(case().model_dump(mode="json", exclude_none=True) | changes)


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_file_and_its_folder_give_the_same_cases(tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", line(), "", line(id="second"))
    assert [c.id for c in load_cases(file)] == ["FastRing-finding", "second"]
    assert load_cases(tmp_path) == load_cases(file)


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("{", "not JSON"),
        ("[1]", "not a JSON object"),
        (line(kind="guess"), "kind"),
        (line(extra=1), "extra"),
        (line(relevant={"FastRing: Quick Sums": 3}), "relevant"),
        (line(question="  "), "question"),
        (line(answerable=False), "contradict"),
        (line(relevant={"FastRing: Quick Sums": 1}), "grade 2"),
        (line(evidence={}), "without evidence"),
        (line(evidence={"Other": ["x"]}), "not relevant"),
        (line(nuggets=[]), "without nuggets"),
        (line(nuggets=[" "]), "empty"),
        (line(relevant={"FastRing: Quick Sums": 2, "fastring quick sums": 1}), "named twice"),
    ],
)
def test_a_bad_line_is_refused_with_its_place(tmp_path: Path, bad: str, says: str) -> None:
    file = write(tmp_path / "a.jsonl", line(), bad)
    with pytest.raises(InputError, match=says) as raised:
        load_cases(file)
    assert f"{file}:2:" in raised.value.message
    assert raised.value.remedy


def test_an_id_used_twice_is_refused_across_files(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", line())
    write(tmp_path / "b.jsonl", line())
    with pytest.raises(InputError, match=r"b\.jsonl:1.*a\.jsonl:1"):
        load_cases(tmp_path)


@pytest.mark.parametrize("content", [None, ""])
def test_no_cases_is_an_error_not_an_empty_run(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        write(tmp_path / "a.jsonl", content)
    with pytest.raises(InputError, match="holds no cases"):
        load_cases(tmp_path)
    with pytest.raises(InputError, match="no cases at"):
        load_cases(tmp_path / "nowhere")


def test_other_suites_of_a_folder_are_passed_over_but_not_read_as_cases(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", line())
    other = write(tmp_path / "claims.jsonl", json.dumps({"id": "x", "claim": "y", "label": "supported"}))
    assert len(load_cases(tmp_path)) == 1
    with pytest.raises(InputError):
        load_cases(other)


def test_the_digest_ignores_order_and_sees_every_field() -> None:
    mixed = list(SUITE)
    random.Random(1).shuffle(mixed)
    assert cases_digest(mixed) == cases_digest(SUITE)
    changed = SUITE[0].model_copy(update={"nuggets": ("other",)})
    assert cases_digest([changed, *SUITE[1:]]) != cases_digest(SUITE)


def test_a_limit_takes_kinds_in_turn() -> None:
    chosen = select_cases(SUITE, limit=8)
    assert sorted(c.kind for c in chosen) == sorted({c.kind for c in SUITE})
    assert select_cases(SUITE, limit=1000) == SUITE


@pytest.mark.parametrize(
    "how", [{"kinds": ["guess"]}, {"split": "train"}, {"split": "dev"}, {"limit": 0}], ids=lambda how: str(how)
)
def test_a_choice_that_leaves_nothing_is_an_error(how: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        select_cases(SUITE, **how)


def test_questions_follow_their_paper_and_one_work_stays_together() -> None:
    assert {split_of(case(kind, RING)) for kind in ("topical", "finding", "named")} == {split_of_title(RING.title)}
    assert split_of_title("FASTRING - quick sums") == split_of_title(RING.title)
    for second, first in SAME_WORK.items():
        assert split_of_title(second) == split_of_title(first)
    halves = [split_of_title(f"A paper called {n}") for n in range(1000)]
    assert 440 <= halves.count("dev") <= 560


def test_checks_find_unknown_titles_altered_evidence_and_a_wrong_half() -> None:
    fine = case()
    title = RING.title
    assert check_cases([fine], PAPERS) == []
    altered = fine.model_copy(update={"evidence": {title: ("FastRing sums vectors in 3 steps.",)}})
    assert "not a sentence" in check_cases([altered], PAPERS)[0]
    lost = fine.model_copy(update={"relevant": {"Nowhere": 2}, "evidence": {"Nowhere": ("x",)}})
    assert "no paper is called" in check_cases([lost], PAPERS)[0]
    other = "test" if split_of(fine) == "dev" else "dev"
    assert "belongs to" in check_cases([fine.model_copy(update={"split": other})], PAPERS)[0]


def test_a_question_about_one_work_names_both_of_its_records() -> None:
    twin = PAPERS[1].model_copy(update={"same_work": (RING.id,)})
    pair = (RING.model_copy(update={"same_work": (twin.id,)}), twin)
    assert "same work" in check_cases([case("topical")], pair)[0]
    assert check_cases([case("named")], pair) == []
    both = case("topical", relevant={RING.title: 2, twin.title: 2})
    assert check_cases([both], pair) == []


def test_assembling_places_every_case_and_refuses_faults(tmp_path: Path) -> None:
    draft = write(tmp_path / "d.jsonl", *(json.dumps(c.model_dump(mode="json", exclude_none=True)) for c in SUITE))
    counts = assemble([draft], PAPERS, tmp_path / "out")
    assert counts == {"questions.jsonl": 15, "surveys.jsonl": 4, "compare.jsonl": 4, "unanswerable.jsonl": 15}
    written = load_cases(tmp_path / "out")
    assert {c.id for c in written} == {c.id for c in SUITE}
    assert all(c.split == split_of(c) for c in written)
    with pytest.raises(InputError, match="two drafts"):
        assemble([draft, draft], PAPERS, tmp_path / "out")
    with pytest.raises(InputError, match="faults"):
        assemble([draft], PAPERS[1:], tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_coverage_names_what_is_lacking() -> None:
    faults = check_coverage([c for c in SUITE if c.kind != "named"], PAPERS)
    assert f"no question names {RING.title!r}" in faults
    assert any("survey" in f for f in faults)
    assert any("unanswerable" in f for f in faults)


def test_the_bundled_suite_is_whole() -> None:
    if not any(bundled_folder().glob("*.jsonl")):
        pytest.skip("the bundled cases have not been assembled")
    from rag.corpus import read_sources
    from rag.library.location import notes_file

    papers = read_sources([notes_file()]).papers
    cases = bundled_cases()
    assert check_cases(cases, papers) == []
    assert check_coverage(cases, papers) == []
    dev, test = bundled_cases("dev"), bundled_cases("test")
    assert {c.id for c in dev} | {c.id for c in test} == {c.id for c in cases}
    homes = [{c.home for c in half if c.home} for half in (dev, test)]
    assert homes[0].isdisjoint(homes[1])


def test_the_suite_over_the_users_pages_parses() -> None:
    if not (SHARED / "questions.jsonl").exists():
        pytest.skip("the pages and their cases are not here")
    cases = load_cases(SHARED / "questions.jsonl")
    assert len(cases) == len({c.id for c in cases}) == 333
    assert load_cases(SHARED) == cases
    assert all(isinstance(c, Case) for c in cases)
