"""Run a system over cases and score what it did.

Two steps: collecting (in threads, the system's work) and scoring (pure, from the record and the library's papers).
An item that fails - an exception, an empty answer, an answer that is no valid record - stays in the run, is listed,
and counts as wrong.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib import metadata
from time import perf_counter
from typing import Final, Protocol

from pydantic import ValidationError

from eval.cases import Case, cases_digest
from eval.metrics import DEFAULT_METRICS, Metric, Observation, Shelf, evaluate
from eval.metrics.evidence import gold_presence
from eval.metrics.retrieval import require_rankings_depth
from eval.records import Failure, Item, Ranked, Run, library_facts
from rag.answer import Answer
from rag.errors import InputError
from rag.paper import Hit, Paper

DEPTH: Final = 20
"""Papers collected per ranking."""
_MOST_PASSAGES: Final = 640
"""Where many passages of few papers come first, this many are asked for and no more."""

Progress = Callable[[int, int], None]


class System(Protocol):
    """What can be evaluated: :class:`rag.Assistant`, or anything else with these two verbs, callable from threads."""

    def retrieve(self, question: str, k: int = 10) -> Sequence[Hit]:
        """The k best passages, best first."""

    def ask(self, question: str) -> Answer:
        """The answer to a question."""


def run(
    system: System,
    cases: Sequence[Case],
    papers: Iterable[Paper],
    *,
    metrics: Sequence[Metric] = DEFAULT_METRICS,
    workers: int = 2,
    seed: int = 0,
    source: str = "",
    described: dict[str, str] | None = None,
    progress: Progress | None = None,
) -> Run:
    """Ask every case and score the answers against the library's papers.

    Args:
        papers: the library's papers, against which every citation is checked.
        workers: cases under way at once; latencies are taken under this load.
        seed: for the intervals of reports; stored in the record.
        source: where the cases come from, for the record.
        described: what else identifies the system, for the record (embedder, model, ...).
        progress: called with (done, total) from the calling thread.

    Raises:
        InputError: no cases, a metric deeper than the rankings, or cases that name papers the library lacks.
        RagError: a metric gave NaN.
    """
    if not cases:
        raise InputError("there are no cases to run", "Name some with --cases")
    if workers < 1:
        raise InputError(f"workers is {workers}", "Use at least one")
    require_rankings_depth(tuple(m.name for m in metrics), DEPTH)
    shelf = Shelf(papers)
    notices = _check_shelf(cases, shelf)
    started = datetime.now(UTC).isoformat(timespec="seconds")
    items = tuple(score(item, case, shelf, metrics) for item, case in _collect(system, cases, workers, progress))
    return Run(
        started=started,
        cases_source=source,
        cases_digest=cases_digest(cases),
        library=library_facts(shelf.papers),
        system={**_versions(), **(described or {})},
        judge=_judge(items),
        seed=seed,
        metrics=tuple(m.name for m in metrics),
        notices=notices,
        items=items,
    )


def score(item: Item, case: Case, shelf: Shelf, metrics: Sequence[Metric]) -> Item:
    """The item with the value of every metric; pure, so a stored run can be scored anew."""
    seen = Observation(case, shelf, tuple(r.paper_id for r in item.ranking), item.answer, item.seconds)
    found = {m.name: evaluate(m, seen) for m in metrics}
    return item.model_copy(
        update={
            "values": {name: v.value for name, v in found.items()},
            "ratios": {name: tuple(v.ratio) for name, v in found.items() if v.ratio is not None},
        }
    )


def _collect(
    system: System, cases: Sequence[Case], workers: int, progress: Progress | None
) -> Iterable[tuple[Item, Case]]:
    with ThreadPoolExecutor(max_workers=workers) as pool:
        for done, (item, case) in enumerate(zip(pool.map(lambda c: _try(system, c), cases), cases, strict=True), 1):
            if progress is not None:
                progress(done, len(cases))
            yield item, case


def _try(system: System, case: Case) -> Item:
    """One case, come what may: a system that crashes on a question has got it wrong, and the run goes on."""
    ranking: tuple[Ranked, ...] = ()
    answer, failure, began = None, None, perf_counter()
    step = "retrieve"
    try:
        ranking = _rank_papers(system, case.question)
        step, began = "ask", perf_counter()
        answer = system.ask(case.question)
    # The one broad boundary of this package: whatever a system under test raises is its result for this case.
    except Exception as error:  # noqa: BLE001
        failure = Failure.model_validate({"step": step, "type": type(error).__name__, "message": str(error)})
    seconds = perf_counter() - began
    if answer is not None:
        answer, failure = _checked(answer)
    return Item(
        case_id=case.id,
        kind=case.kind,
        split=case.split,
        cluster=case.cluster,
        question=case.question,
        answerable=case.answerable,
        ranking=ranking,
        answer=answer,
        failure=failure,
        seconds=seconds,
    )


def _rank_papers(system: System, question: str, depth: int = DEPTH) -> tuple[Ranked, ...]:
    """The first papers by their best passage. Asks for more passages until enough papers are among them."""
    wanted = depth
    while True:
        hits = system.retrieve(question, k=wanted)
        titles = {h.paper.id: h.paper.title for h in hits}
        if len(titles) >= depth or len(hits) < wanted or wanted >= _MOST_PASSAGES:
            return tuple(Ranked(paper_id=i, title=t) for i, t in list(titles.items())[:depth])
        wanted *= 2


def _checked(answer: Answer) -> tuple[Answer | None, Failure | None]:
    """The answer, if it is a valid record that says something; else why it is not."""
    try:
        # Built anew, because a record made by model_copy or model_construct has not been checked (NaN, types).
        answer = Answer.model_validate(answer.model_dump())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return None, Failure(step="answer", type="ValidationError", message=f"{where}: {first['msg']}")
    if not answer.abstained and not any(c.text.strip() for c in answer.claims):
        return None, Failure(step="answer", type="EmptyAnswer", message="neither claims nor an abstention")
    return answer, None


def _check_shelf(cases: Sequence[Case], shelf: Shelf) -> tuple[str, ...]:
    """Refuse cases about papers that are not there; say aloud what else cannot be scored."""
    missing = {t for c in cases for t in c.relevant if shelf.by_title(t) is None}
    if missing:
        raise InputError(
            f"the library lacks {len(missing)} papers that the cases name, such as {sorted(missing)[0]!r}",
            "Ingest them first (--pages FILE...), or choose the library that holds them with --library",
        )
    notices = []
    present = [there for c in cases for there in gold_presence(c, shelf)]
    if present and not all(present):
        text = f"{present.count(False)} of {len(present)} gold sentences are not in the library's texts"
        consequence = "evidence is not scored" if not any(present) else "they count as not found where others are there"
        notices.append(f"{text}: {consequence}")
    return tuple(notices)


def _judge(items: Sequence[Item]) -> str | None:
    names = {c.verdict.judge for i in items if i.answer is not None for c in i.answer.claims}
    return " + ".join(sorted(names)) or None


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in ("groundwork-rag", "ir-measures", "numpy"):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "not installed"  # run from the source tree
    return found
