"""The adversarial battery: each fault is one, each paraphrase is none, and the figures tell judges apart."""

from __future__ import annotations

import random
import re
from collections import Counter

import pytest

from eval.battery import KINDS, Battery, battery_figures, battery_requests, build_battery, quote_items
from eval.battery.build import evidence_of
from eval.battery.figures import FALSE_KINDS
from eval.battery.mutations import (
    MUTATIONS,
    Neighbours,
    change_number,
    change_unit,
    drop_hedge,
    lower_first,
    name_spans,
    negate,
    swap_roles,
    turn_direction,
    widen_scope,
)  # fmt: skip
from eval.battery.paraphrases import PARAPHRASES, less_said, other_order, other_wording
from eval.figures import Estimate
from eval.judging import ask
from eval.split import split_of_title
from rag.answer import Label
from rag.corpus import read_sources
from rag.errors import InputError
from rag.grounding import OfflineJudge, locate
from rag.library.location import notes_file
from rag.paper import Paper
from tests.eval.build import PAPERS, TEXTS
from tests.eval.judging import Evidence, RuleJudge, credulous, fails, make_paper

NEAR = Neighbours("Nothing of the kind.", ("OtherRope", "KnotBench"))


def rng(seed: int = 0) -> random.Random:
    return random.Random(seed)


@pytest.fixture(scope="module")
def notes_papers() -> list[Paper]:
    return list(read_sources([notes_file()]).papers)


@pytest.fixture(scope="module")
def battery(notes_papers: list[Paper]) -> Battery:
    return build_battery(notes_papers, split="test")


def figures(judge: RuleJudge | OfflineJudge, battery: Battery) -> dict[tuple[str, str], Estimate]:
    items = [*ask(judge, battery_requests(battery)), *quote_items(battery)]
    return {(f.metric, f.group): f for f in battery_figures(items)}


def test_the_battery_is_the_same_for_a_seed_and_another_for_another(notes_papers: list[Paper]) -> None:
    few = notes_papers[:12]
    assert build_battery(few, seed=3) == build_battery(few, seed=3)
    assert build_battery(few, seed=3).digest != build_battery(few, seed=4).digest


def test_only_papers_of_the_asked_half_are_tested(battery: Battery) -> None:
    assert {split_of_title(p.paper.title) for p in battery.probes} == {"test"}
    assert battery.n_papers == len({p.paper.title for p in battery.probes})


def test_every_kind_occurs_often_enough_to_say_something(battery: Battery) -> None:
    counts = Counter(p.kind for p in battery.probes)
    assert set(counts) == set(KINDS)
    assert all(counts[kind] >= 80 for kind in FALSE_KINDS), counts


def test_a_mutant_differs_from_its_sentence_and_stands_nowhere_in_the_paper(battery: Battery) -> None:
    for probe in battery.probes:
        if probe.kind in MUTATIONS:
            assert probe.claim != probe.origin
            assert probe.claim not in evidence_of(probe.paper), probe.id


def test_a_foreign_name_is_foreign(battery: Battery) -> None:
    for probe in (p for p in battery.probes if p.kind == "entity"):
        before, after = probe.origin.split(), probe.claim.split()
        new = [w for w in after if w not in before]
        text = evidence_of(probe.paper).lower()
        assert any(re.sub(r"\W+$", "", w.removesuffix("'s")).strip("(").lower() not in text for w in new), probe.claim


def test_a_wrong_citation_lacks_something_that_the_sentence_names(battery: Battery) -> None:
    wrong = [p for p in battery.probes if p.kind == "wrong citation"]
    for probe in wrong:
        assert isinstance(probe.evidence, str)
        assert not probe.evidence.startswith(probe.paper.title)
        assert probe.claim == probe.origin
        names = [probe.claim[a:b] for a, b in name_spans(probe.claim)] + re.findall(r"\d+(?:\.\d+)?", probe.claim)
        assert any(n.removesuffix("'s") not in probe.evidence for n in names), probe.id
    # One work under two titles supports what the other says.
    pair = {p.title for p in {x.paper.title: x.paper for x in wrong}.values() if "Mutual-Supervised" in p.title}
    assert len(pair) == 2
    assert not [p for p in wrong if p.paper.title in pair and str(p.evidence).startswith(tuple(pair - {p.paper.title}))]


def test_a_bounded_figure_is_altered_beyond_its_bound() -> None:
    for seed in range(40):
        more = change_number("RopeWeave saves over 80% of the twine.", NEAR, rng(seed))
        assert more is not None and float(re.findall(r"\d+", more)[0]) > 80
        less = change_number("RopeWeave needs less than 40 knots.", NEAR, rng(seed))
        assert less is not None and float(re.findall(r"\d+", less)[0]) < 40


def test_a_bounded_figure_keeps_its_unit() -> None:
    assert change_unit("Weaving is more than 10x faster.", NEAR, rng()) is None
    assert change_unit("Weaving is 10x faster.", NEAR, rng()) == "Weaving is 10% faster."


def test_numbers_of_an_enumeration_and_inside_names_are_left_alone() -> None:
    assert change_number("RopeNet2 and H100 have parts: (1) a loom and (2) a wheel.", NEAR, rng()) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("MonoKnot outdoes PolyKnot in all trials.", "PolyKnot outdoes MonoKnot in all trials."),
        ("The loom gains 8x on hemp but merely 14x on jute.", "The loom gains 14x on hemp but merely 8x on jute."),
        ("The draft rope guides the target rope.", "The target rope guides the draft rope."),
        ("It is limited by latency rather than bandwidth.", "It is limited by bandwidth rather than latency."),
        ("MonoKnot and PolyKnot were both tried.", None),
        ("It was tried on MonoKnot, PolyKnot, and DuoKnot.", None),
        ("A Tester and a Translator work together.", None),
        ("It covers parallel scaling and sequential scaling alike.", None),
    ],
)
def test_roles_change_places_only_where_that_changes_the_meaning(text: str, expected: str | None) -> None:
    found = {swap_roles(text, NEAR, rng(seed)) for seed in range(8)}
    assert found == {expected}


def test_faults_are_what_they_are_called() -> None:
    assert turn_direction("It is faster than before it.", Neighbours("", ()), rng(1)) is not None
    assert turn_direction("A low-cost loom.", NEAR, rng()) is None
    assert widen_scope("It saves up to 24% of twine.", NEAR, rng()) == "It saves no less than 24% of twine."
    assert drop_hedge("This might help.", NEAR, rng()) == "This will certainly help."
    assert drop_hedge("They thought that it could not work.", NEAR, rng()) is None
    denied = {negate("The loom saves twine.", NEAR, rng(s)) for s in range(30)}
    assert "The loom does not save twine." in denied
    assert "It is not the case that the loom saves twine." in denied


def test_paraphrases_keep_what_is_said() -> None:
    assert less_said("It saves twine (24%).", rng()) == "It saves twine."
    assert less_said("It neither saves twine in the workshop of the makers, and nobody wanted it to.", rng()) is None
    assert other_order("On hemp, RopeWeave saves a great deal of twine.", rng()) == (
        "RopeWeave saves a great deal of twine on hemp."
    )
    # What follows the comma is a second verb, not a sentence.
    assert other_order("In trials RopeWeave saves twine, lowers cost and runs quietly.", rng()) is None
    for seed in range(20):
        changed = other_wording("It reduces cost and lowers noise.", rng(seed))
        assert changed is None or changed != "It reduces cost and lowers noise."
    assert lower_first("Ditto saves twine.") == "Ditto saves twine."
    assert lower_first("The loom.") == "the loom."


def test_changed_quotes_are_found_nowhere_and_kept_ones_everywhere(battery: Battery) -> None:
    items = quote_items(battery)
    assert len(items) > 900
    assert all(i.right for i in items)
    kept = next(p for p in battery.probes if p.kind == "quote as it is")
    span = locate(kept.claim, kept.paper)
    assert span is not None and kept.paper.abstract[span.start : span.end] == kept.claim


def test_a_limit_spreads_over_the_kinds_and_draws_over_the_papers(notes_papers: list[Paper]) -> None:
    some = notes_papers[:60]
    small = build_battery(some, limit=len(KINDS) * 5)
    counts = Counter(p.kind for p in small.probes)
    assert set(counts.values()) == {5}
    assert len({p.paper.title for p in small.probes}) > 40
    assert small == build_battery(some, limit=len(KINDS) * 5)


def test_believing_everything_catches_nothing_and_alarms_nobody() -> None:
    found = figures(RuleJudge(credulous), build_battery(PAPERS))
    assert found["Caught", "all mutations"].value == 0.0
    assert found["FalseAlarm", "untouched"].value == 0.0
    assert found["FalseAlarm", "untouched"].high > 0.2  # type: ignore[operator]
    assert found["Violation", "passages in another order"].value == 0.0


def test_a_judge_that_knows_the_sentences_is_perfect() -> None:
    small = build_battery(PAPERS)
    true = {p.claim for p in small.probes if p.family == "true"} | {p.claim for p in small.probes if p.versus}

    def knows(claim: str, evidence: Evidence) -> tuple[Label, float]:
        own = next(p.paper for p in small.probes if p.claim == claim)
        text = evidence if isinstance(evidence, str) else " ".join(evidence)
        return ("supported", 0.9) if claim in true and own.title in text else ("unsupported", 0.1)

    found = figures(RuleJudge(knows), small)
    assert found["Caught", "all mutations"].value == found["Refused", "all mutations"].value == 1.0
    assert found["Caught", "wrong citation"].value == 1.0
    assert found["FalseAlarm", "all paraphrases"].value == 0.0
    assert {f.value for (metric, _), f in found.items() if metric == "Violation"} == {0.0}


def test_partial_is_caught_but_not_refused() -> None:
    found = figures(RuleJudge(lambda _c, _e: ("partial", 0.4)), build_battery(PAPERS))
    assert found["Caught", "all mutations"].value == 1.0
    assert found["Refused", "all mutations"].value == 0.0
    assert found["FalseAlarm", "untouched"].value == 1.0


def test_a_judge_that_reads_only_the_first_or_last_passage_violates() -> None:
    def last_only(claim: str, evidence: Evidence) -> tuple[Label, float]:
        text = evidence if isinstance(evidence, str) else evidence[-1]
        head = claim.split()[-1].rstrip(".")
        return ("supported", 0.9) if head in text else ("unsupported", 0.1)

    found = figures(RuleJudge(last_only), build_battery(PAPERS))
    assert found["Violation", "one more passage"].value > 0.5
    assert found["Violation", "passages in another order"].value > 0.2


def test_a_better_verdict_by_more_evidence_is_no_violation() -> None:
    def likes_much(_claim: str, evidence: Evidence) -> tuple[Label, float]:
        return "supported", min(1.0, len(str(evidence)) / 10_000)

    found = figures(RuleJudge(likes_much), build_battery(PAPERS))
    assert found["Violation", "one more passage"].value == 0.0


def test_where_the_judge_fails_nothing_counts_as_caught_or_stable() -> None:
    found = figures(RuleJudge(fails), build_battery(PAPERS))
    assert found["Caught", "all mutations"].value == 0.0
    assert found["FalseAlarm", "untouched"].value == 1.0
    assert found["Violation", "one more passage"].value == 1.0


def test_sentences_of_one_paper_are_resampled_together() -> None:
    found = figures(RuleJudge(credulous), build_battery(PAPERS))
    untouched = found["FalseAlarm", "untouched"]
    assert untouched.clusters == len(TEXTS)
    assert untouched.n > untouched.clusters


def test_a_corpus_without_two_papers_or_without_sentences_is_refused() -> None:
    with pytest.raises(InputError, match="at least two papers"):
        build_battery(PAPERS[:1])
    with pytest.raises(InputError, match="no sentence"):
        build_battery([make_paper("A", "Too short."), make_paper("B", "Also short.")])


def test_every_mutation_and_paraphrase_has_a_line_in_the_report() -> None:
    assert {*MUTATIONS, *PARAPHRASES} <= set(KINDS)
