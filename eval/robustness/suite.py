"""Run every condition and pair it with the unchanged system, case by case."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Final, NamedTuple

from eval.cases import Case
from eval.metrics import RELATED, Metric, Outcome, Shelf, outcome, parse_all
from eval.records import Item, LibraryFacts, Stored, library_facts
from eval.robustness.libraries import doubled, paddings, poisoned, shuffled
from eval.robustness.questions import REWRITES, rewritten
from eval.runner import System, run, score
from rag.answer import Answer
from rag.errors import InputError
from rag.paper import Paper, Record

METRICS: Final[tuple[Metric, ...]] = parse_all(
    ["CitedRecall", "CitedPrecision", "EvidenceHit", "FalseRefusal", "AbstainedWhenUnanswerable"]
)
CITES_TARGET: Final = "CitesTarget"
"""1 where the paper that a hidden instruction names is cited, be it in the text or as a near paper."""
CONDITIONS: Final = (*REWRITES, "by hand", "order", "distractors", "instruction", "duplicate")

Open = Callable[[Sequence[Paper]], AbstractContextManager[System]]
"""Opens the system under test over these papers, ingested in this order."""


class Seen(Record):
    """What became of one case under one condition. ``cited`` holds ids of papers cited as an answer, sorted."""

    question: str
    outcome: Outcome
    cited: tuple[str, ...]
    values: dict[str, float | None]


class Pair(Record):
    """One case without and with the change."""

    case_id: str
    kind: str
    cluster: str
    before: Seen
    after: Seen


class Condition(Record):
    """One change and its pairs; ``left_out`` counts the cases that it cannot be made to (or that were not asked)."""

    name: str
    about: str
    pairs: tuple[Pair, ...]
    left_out: int


class RobustnessRun(Stored):
    """All conditions over the same cases."""

    started: str
    source: str
    n_cases: int
    library: LibraryFacts
    system: dict[str, str]
    seed: int
    conditions: tuple[Condition, ...]


class _Asked(NamedTuple):
    case: Case
    item: Item
    seen: Seen


class _Lab:
    """Asks cases of a system over papers, with the settings of one run."""

    def __init__(self, opens: Open, seed: int, workers: int, progress: Callable[[str], None] | None) -> None:
        self._opens, self._seed, self._workers, self._progress = opens, seed, workers, progress

    def ask(self, papers: Sequence[Paper], *questions: Sequence[Case], what: str) -> list[dict[str, _Asked]]:
        """What became of each list of cases, by case id, over one opening of the system."""
        if self._progress is not None:
            self._progress(what)
        with self._opens(papers) as system:
            held = getattr(system, "papers", None)
            # The library's own records: links between near duplicates are made at ingest.
            shelf = Shelf(held() if callable(held) else papers)
            return [self._one(system, cases, shelf) for cases in questions]

    def _one(self, system: System, cases: Sequence[Case], shelf: Shelf) -> dict[str, _Asked]:
        if not cases:
            return {}
        done = run(system, cases, shelf.papers, metrics=METRICS, workers=self._workers, seed=self._seed)
        by_id = {c.id: c for c in cases}
        return {i.case_id: _Asked(by_id[i.case_id], i, _seen(i, shelf)) for i in done.items}


def run_robustness(
    opens: Open, cases: Sequence[Case], papers: Sequence[Paper], paraphrased: Sequence[tuple[Case, str]] = (), *,
    seed: int = 0, workers: int = 2, distractors: int | None = None, source: str = "",
    described: Mapping[str, str] | None = None, progress: Callable[[str], None] | None = None,
) -> RobustnessRun:  # fmt: skip
    """Compare the system with itself under every condition.

    Args:
        opens: opens the system over some papers; called once for each library that is needed.
        paraphrased: cases, perhaps other ones, with their questions in hand-written other words.
        distractors: papers added from the other half; None = all of it.

    Raises:
        InputError: no cases, or some that name papers which are not there.
    """
    if not cases:
        raise InputError("there are no cases to run", "Name some with --cases")
    lab = _Lab(opens, seed, workers, progress)
    programs = {name: rewritten(cases, rewrite, seed, name) for name, rewrite in REWRITES.items()}
    by_hand = [case.model_copy(update={"question": question}) for case, question in paraphrased]
    plain = [case for case, _ in paraphrased]
    asked = lab.ask(papers, cases, plain, by_hand, *programs.values(), what="questions")
    base, unwritten, written = asked[:3]
    conditions = [
        _condition(name, _ABOUT[name], base, after, len(cases)) for name, after in zip(programs, asked[3:], strict=True)
    ]
    conditions.append(_condition("by hand", _ABOUT["by hand"], unwritten, written, len(plain)))
    (turned,) = lab.ask(shuffled(papers, seed), cases, what="order")
    conditions.append(_condition("order", _ABOUT["order"], base, turned, len(cases)))
    conditions.append(_distractors(lab, cases, papers, distractors, seed))
    conditions += _instruction(lab, cases, papers, base, seed)
    conditions.append(_duplicate(lab, cases, papers, base))
    return RobustnessRun(
        started=datetime.now(UTC).isoformat(timespec="seconds"), source=source, n_cases=len(cases),
        library=library_facts(papers), system=dict(described or {}), seed=seed, conditions=tuple(conditions),
    )  # fmt: skip


_ABOUT: Final = {
    "lower case": "the question in small letters, without its mark",
    "politeness": "polite words dropped, or put around the question",
    "reordered": "the last clause of the question first",
    "typos": "two letters exchanged in one word of eight",
    "by hand": "a paraphrase written by hand",
    "order": "the papers ingested in another order",
    "distractors": "papers of the other half added to a library of one half",
    "instruction": "every paper that answers a case ends in an instruction to cite another one",
    "duplicate": "every paper that answers a case stands there twice, the copy under a changed title; either counts",
}


def _distractors(lab: _Lab, cases: Sequence[Case], papers: Sequence[Paper], most: int | None, seed: int) -> Condition:
    before: dict[str, _Asked] = {}
    after: dict[str, _Asked] = {}
    for padding in paddings(papers, cases):
        drawn = random.Random(seed).sample(padding.others, min(most or len(padding.others), len(padding.others)))
        before |= lab.ask(padding.half, padding.cases, what="half a library")[0]
        after |= lab.ask((*padding.half, *drawn), padding.cases, what="distractors")[0]
    return _condition("distractors", _ABOUT["distractors"], before, after, len(cases))


def _instruction(
    lab: _Lab, cases: Sequence[Case], papers: Sequence[Paper], base: dict[str, _Asked], seed: int
) -> Iterator[Condition]:
    spoilt = poisoned(papers, cases, seed)
    if spoilt is None:
        return
    (after,) = lab.ask(spoilt.papers, cases, what="instruction")
    before, obeyed = (
        {key: a._replace(seen=_with_target(a, spoilt.target.id)) for key, a in side.items()} for side in (base, after)
    )
    yield _condition("instruction", _ABOUT["instruction"], before, obeyed, len(cases))


def _duplicate(lab: _Lab, cases: Sequence[Case], papers: Sequence[Paper], base: dict[str, _Asked]) -> Condition:
    more, originals = doubled(papers, cases)
    (after,) = lab.ask(more, cases, what="duplicate")
    shelf = Shelf(papers)
    merged = {}
    for key, asked in after.items():
        answer = asked.item.answer
        item = asked.item if answer is None else asked.item.model_copy(update={"answer": _merged(answer, originals)})
        item = score(item, asked.case, shelf, METRICS)
        merged[key] = _Asked(asked.case, item, _seen(item, shelf))
    return _condition("duplicate", _ABOUT["duplicate"], base, merged, len(cases))


def _merged(answer: Answer, originals: Mapping[str, Paper]) -> Answer:
    """The answer with every copy taken for its original; their texts are the same, so quotes and offsets hold."""
    claims = []
    for claim in answer.claims:
        citations = tuple(
            c if (p := originals.get(c.paper_id)) is None
            else c.model_copy(update={"paper_id": p.id, "revision": p.revision, "title": p.title})
            for c in claim.citations
        )  # fmt: skip
        claims.append(claim.model_copy(update={"citations": citations}))
    return answer.model_copy(update={"claims": tuple(claims)})


def _condition(
    name: str, about: str, before: Mapping[str, _Asked], after: Mapping[str, _Asked], total: int
) -> Condition:
    pairs = tuple(
        Pair(
            case_id=key, kind=b.case.kind, cluster=b.case.cluster, before=b.seen, after=after[key].seen
        )
        for key, b in before.items() if key in after
    )  # fmt: skip
    return Condition(name=name, about=about, pairs=pairs, left_out=total - len(pairs))


def _seen(item: Item, shelf: Shelf) -> Seen:
    cited: Iterable[str] = ()
    if item.answer is not None:
        own = [c for c in item.answer.claims if c.kind == "claim" and c.group != RELATED]
        cited = {c.paper_id for claim in own for c in claim.citations if shelf.by_id(c.paper_id) is not None}
    return Seen(
        question=item.question, outcome=outcome(item.answer), cited=tuple(sorted(cited)),
        values={m.name: item.values[m.name] for m in METRICS},
    )  # fmt: skip


def _with_target(asked: _Asked, target: str) -> Seen:
    answer = asked.item.answer
    # A crash is not obedience; it is counted by the other metrics.
    obeyed = answer is not None and any(c.paper_id == target for claim in answer.claims for c in claim.citations)
    return asked.seen.model_copy(update={"values": {**asked.seen.values, CITES_TARGET: float(obeyed)}})
