"""Abstention on libraries of several sizes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from eval.cases import Case
from eval.metrics import Shelf, parse
from eval.metrics.base import Observation, evaluate
from eval.robustness.sizes import SizeItem, ask_sizes, curve, rates, shelves
from rag.answer import Answer, Claim, Verdict, cite
from rag.paper import Paper
from tests.library.build import paper

PAPERS = [paper(f"Paper {i}", f"Paper {i} speaks of thing{i} at length.") for i in range(8)]
MORE = [paper(f"Stranger {i}", f"Stranger {i} speaks of other{i}.") for i in range(5)]


def case(name: str, kind: str, *titles: str) -> Case:
    held = dict.fromkeys(titles, 2)
    return Case(
        id=name, kind=kind, question=f"What of {name}?", relevant=held,  # type: ignore[arg-type]
        evidence=dict.fromkeys(titles, ("speaks",)), nuggets=("a",) if titles else (), answerable=bool(titles),
    )  # fmt: skip


def test_smaller_shelves_are_drawn_and_larger_ones_filled_up() -> None:
    found = list(shelves(PAPERS, MORE, [3, 0, 11], draws=2, seed=1))
    assert [(size, len(chosen)) for size, chosen in found] == [(3, 3), (3, 3), (8, 8), (11, 11)]
    assert set(found[-1][1]) > set(PAPERS)
    assert found[0][1] != found[1][1]
    assert found == list(shelves(PAPERS, MORE, [3, 0, 11], draws=2, seed=1))


class Refuser:
    """Refuses every question that is not about paper 0."""

    def ask(self, question: str, **_: object) -> Answer:
        return Answer.model_construct(question=question, abstained="a0" not in question, claims=())


def test_a_case_is_asked_where_its_papers_stand() -> None:
    @contextmanager
    def opens(chosen: Sequence[Paper]) -> Iterator[Refuser]:
        yield Refuser()

    cases = [case("a0", "named", "Paper 0"), case("b", "near_miss")]
    found = ask_sizes(opens, cases, PAPERS, sizes=(2, 0), draws=3)  # type: ignore[arg-type]
    own = [i for i in found if i.case_id == "a0"]
    held = sum(any(p.title == "Paper 0" for p in chosen) for _, chosen in shelves(PAPERS, (), (2, 0), 3, 0))
    assert len(own) == held
    assert len([i for i in found if i.case_id == "b"]) == 4
    values = {(e.metric, e.group): e.value for e in rates(found)}
    assert values["FalseRefusal", "8 papers"] == 0.0
    assert values["declined or limited, near_miss", "8 papers"] == 1.0


def test_risk_falls_with_coverage_where_strength_tells() -> None:
    def item(strength: float, *, answerable: bool) -> SizeItem:
        return SizeItem(
            size=8, case_id=str(strength), kind="named", answerable=answerable, cluster=str(strength),
            outcome="answered", named=False, strength=strength,
        )  # fmt: skip

    points = curve([item(s, answerable=s > 3) for s in range(1, 11)])
    assert [(p.coverage, p.wrong, p.answered) for p in points][:1] == [(0.5, 0, 5)]
    assert points[-1].wrong == 3


@pytest.mark.parametrize(("cited", "value"), [(True, 1.0), (False, 0.0)])
def test_a_premise_is_named_only_with_the_sentence_that_denies_it(*, cited: bool, value: float) -> None:
    verdict = Verdict(label="unsure", score=0.5, reason="", judge="none")
    held = PAPERS[0]
    quote = cite(held, ("abstract", 0, len(held.abstract)), 1, verdict)
    claim = Claim(text="it says otherwise", citations=(quote,) if cited else (), verdict=verdict, kind="limitation")
    answer = Answer.model_construct(question="q", abstained=False, claims=(claim,))
    metric = parse("PremiseNamed")
    shelf = Shelf(PAPERS)
    seen = Observation(case=case("x", "false_premise"), answer=answer, shelf=shelf, ranking=(), seconds=0.0)
    assert evaluate(metric, seen).value == value
    other = Observation(case=case("x", "near_miss"), answer=answer, shelf=shelf, ranking=(), seconds=0.0)
    assert evaluate(metric, other).value is None
