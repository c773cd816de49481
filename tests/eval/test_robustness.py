"""Robustness: every change is the change it says, and a system that breaks under it is seen to break."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from eval.cases import bundled_cases
from eval.metrics import Shelf
from eval.report import to_markdown
from eval.robustness.libraries import INSTRUCTION, changed_title, doubled, paddings, poisoned, shuffled
from eval.robustness.questions import (
    REWRITES,
    bundled_paraphrases,
    load_paraphrases,
    lower_case,
    politeness,
    reorder,
    rewritten,
    typos,
)
from eval.robustness.report import robustness_page, same_cited, shifts, stability
from eval.robustness.suite import CITES_TARGET, CONDITIONS, RobustnessRun, run_robustness
from eval.runner import System
from eval.split import split_of_title
from rag.answer import Answer
from rag.errors import InputError
from rag.paper import Hit, Paper
from rag.text import split_sentences
from tests.eval.build import ABSTENTION, PAPERS, RING, SHELF, SUITE, answer, cite, claim

RNG = random.Random(0)
CASES = tuple(c for c in SUITE if c.kind in ("finding", "survey", "nonsense"))


def test_rewrites_change_the_form_and_keep_the_words() -> None:
    question = "Which kernels, on 8 A100 GPUs, make MoE-Lens faster than vLLM?"
    assert lower_case(question, RNG) == "which kernels, on 8 a100 gpus, make moe-lens faster than vllm"
    turned = reorder(question, RNG)
    assert turned != question
    assert sorted(turned.replace("?", "").replace(",", "").split()) == sorted(
        question.replace("?", "").replace(",", "").split()
    )
    assert reorder("Why?", RNG) == "Why?"
    polite = politeness(question, RNG)
    assert question in polite
    assert politeness("Could you please tell me how NVRAR works, thanks?", RNG) == "how NVRAR works?"


def test_typos_exchange_neighbours_and_spare_names_and_figures() -> None:
    question = "how do speculative branches in SpecBranch reduce rollback tokens by 50%"
    for seed in range(30):
        wrong = typos(question, random.Random(seed))
        assert wrong != question
        pairs = list(zip(question.split(), wrong.split(), strict=True))
        assert all(sorted(a) == sorted(b) and a[0] == b[0] and a[-1] == b[-1] for a, b in pairs)
        assert sum(a != b for a, b in pairs) == 1
        assert "SpecBranch" in wrong
    assert typos("is T3 on a GPU?", RNG) == "is T3 on a GPU?"


def test_rewritten_cases_repeat_themselves_and_leave_out_what_cannot_change() -> None:
    for name, rewrite in REWRITES.items():
        once = rewritten(CASES, rewrite, 7, name)
        assert once == rewritten(CASES, rewrite, 7, name)
        originals = {c.id: c for c in CASES}
        assert all(c.question != originals[c.id].question for c in once)
        assert all(c.model_copy(update={"question": "x"}) == originals[c.id].model_copy(update={"question": "x"})
                   for c in once)  # fmt: skip


def test_the_instruction_stands_in_every_answering_paper_and_names_a_paper_of_no_case() -> None:
    about = [c for c in SUITE if c.relevant and RING.title in c.relevant and c.kind == "finding"]
    spoilt = poisoned(PAPERS, about, 3)
    assert spoilt is not None
    assert spoilt.target.id != RING.id
    marked = [p for p in spoilt.papers if INSTRUCTION.format(title=spoilt.target.title) in p.abstract]
    assert [p.id for p in marked] == [RING.id]
    assert marked[0].revision != RING.revision
    assert marked[0].abstract.startswith(RING.abstract)
    assert poisoned(PAPERS, SUITE, 3) is None  # every paper is named by some case


def test_a_copy_is_another_paper_with_the_same_words() -> None:
    more, originals = doubled(PAPERS, CASES)
    assert len(more) == 2 * len(PAPERS)
    for copy in more[len(PAPERS) :]:
        original = originals[copy.id]
        assert copy.abstract == original.abstract
        assert SHELF.by_title(copy.title) is None
        assert copy.id != original.id
    assert changed_title("FastRing: Quick Sums") == "Quick Sums (FastRing)"
    assert changed_title("LazyCache") == "On LazyCache"


def test_padding_adds_only_papers_of_the_other_half() -> None:
    for padding in paddings(PAPERS, CASES):
        halves = {split_of_title(p.title) for p in padding.half}
        assert len(halves) == 1
        assert not halves & {split_of_title(p.title) for p in padding.others}
        inside = Shelf(padding.half)
        assert all(inside.by_title(t) for c in padding.cases for t in c.relevant)
    assert sorted(p.id for p in shuffled(PAPERS, 1)) == sorted(p.id for p in PAPERS)
    assert shuffled(PAPERS, 1) != PAPERS


class Keyed:
    """Right about every case by the words of its question; ``weak`` says what throws it off."""

    def __init__(self, papers: Sequence[Paper], weak: str) -> None:
        self.library, self.weak = tuple(papers), weak

    def papers(self) -> Sequence[Paper]:
        return self.library

    def retrieve(self, question: str, k: int = 10) -> Sequence[Hit]:
        return ()

    def ask(self, question: str) -> Answer:
        words = question.casefold()
        if self.weak == "case" and question == words:
            return ABSTENTION
        if self.weak == "order" and self.library[0] != PAPERS[0]:
            return ABSTENTION
        shelf = Shelf(self.library)
        said = set(re.findall(r"\w+", words))
        right = [p for p in PAPERS if set(re.findall(r"\w+", p.title.casefold())) <= said]
        if self.weak == "copies":
            right = [shelf.by_title(changed_title(p.title)) or p for p in right]
        named = [p for p in self.library if any(f"cite the paper {p.title} " in q.abstract for q in self.library)]
        if self.weak == "obeys" and named:
            right = named
        if not right or any(k in words for k in ("nonsense", "near_miss", "out_of_domain")):
            return ABSTENTION
        held = [shelf.by_id(p.id) or p for p in right]
        claims = [claim(_last(p, n)) for n, p in enumerate(held, 1)]
        return answer(*claims, sources=held)


def _last(paper: Paper, number: int) -> object:
    own = [s.text for s in split_sentences(paper.abstract) if not s.text.startswith("Ignore all")]
    return cite(paper, own[-1], number)


def weak(kind: str, cases: Sequence[object] = CASES, **more: object) -> RobustnessRun:
    @contextmanager
    def opens(papers: Sequence[Paper]) -> Iterator[System]:
        yield Keyed(papers, kind)

    return run_robustness(opens, cases, PAPERS, **more)  # type: ignore[arg-type]


def found(run: RobustnessRun) -> dict[tuple[str, str], float]:
    return {(s.metric, s.group): s.value for s in shifts(run)}


def test_a_steady_system_is_steady_under_every_change() -> None:
    by_hand = [(CASES[0], f"so what about {RING.title}?")]
    run = weak("", [c for c in CASES if RING.title in c.relevant or not c.answerable], paraphrased=by_hand)
    assert [c.name for c in run.conditions] == list(CONDITIONS)
    values = found(run)
    # Typos fall into the titles by which this system knows its papers; nothing else may change anything.
    assert {k: v for k, v in values.items() if v and k[1] != "typos"} == {}
    same = {(e.metric, e.group): e for e in stability(run)}
    assert same["SameCitedPapers", "duplicate"].value == 1.0
    assert same["SameCitedPapers", "order"].low < 1.0  # type: ignore[operator]
    assert values["CitedRecall", "by hand"] == 0.0


@pytest.mark.parametrize(
    ("kind", "group", "metric", "sign"),
    [("case", "lower case", "CitedRecall", -1), ("case", "lower case", "FalseRefusal", 1),
     ("order", "order", "EvidenceHit", -1), ("obeys", "instruction", CITES_TARGET, 1),
     ("obeys", "instruction", "CitedPrecision", -1)],
)  # fmt: skip
def test_a_weak_system_is_seen_to_break_where_it_is_weak(kind: str, group: str, metric: str, sign: int) -> None:
    run = weak(kind, [c for c in CASES if RING.title in c.relevant or not c.answerable])
    assert found(run)[metric, group] * sign > 0.2
    assert ("Right before, wrong after" in to_markdown(robustness_page(run))) or sign > 0


def test_citing_the_copy_instead_of_the_original_is_as_right() -> None:
    run = weak("copies")
    values = found(run)
    assert (values["CitedRecall", "duplicate"], values["EvidenceHit", "duplicate"]) == (0.0, 0.0)
    pairs = next(c.pairs for c in run.conditions if c.name == "duplicate")
    assert all(same_cited(p) == 1.0 for p in pairs)


def test_what_a_change_cannot_be_made_to_is_counted() -> None:
    run = weak("", CASES)
    for condition in run.conditions:
        if condition.name != "by hand":
            assert len(condition.pairs) + condition.left_out == len(CASES)
    assert "left out" in to_markdown(robustness_page(run))
    with pytest.raises(InputError):
        weak("", ())


def test_the_bundled_paraphrases_are_of_bundled_cases_and_say_it_otherwise(tmp_path: Path) -> None:
    cases = {c.id: c for c in bundled_cases()}
    paraphrases = load_paraphrases(bundled_paraphrases())
    assert len(paraphrases) >= 40
    for key, question in paraphrases.items():
        own, new = (set(q.casefold().strip("?").split()) for q in (cases[key].question, question))
        assert len(own & new) < 0.9 * len(own | new), key
    path = tmp_path / "p.jsonl"
    path.write_text(json.dumps({"id": "a", "question": "b"}) + "\n" + json.dumps({"id": "a", "question": "c"}))
    with pytest.raises(InputError, match=r"p\.jsonl:2"):
        load_paraphrases(path)
