"""Run a system over cases and score what it did.

Two steps: collecting (in threads, the system's work) and scoring (pure, from the record and the library's papers).
An item that fails - an exception, an empty answer, an answer that is no valid record - stays in the run, is listed,
and counts as wrong. A case that was never asked (the budget was spent, nothing was recorded to replay) is neither right
nor wrong: it is listed as not run.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from queue import SimpleQueue
from time import perf_counter
from typing import Final, Protocol

from pydantic import ValidationError

from eval.cases import Case, cases_digest
from eval.jsonl import first_fault
from eval.metrics import DEFAULT_METRICS, Metric, Observation, Shelf, evaluate
from eval.metrics.evidence import gold_presence
from eval.metrics.retrieval import require_rankings_depth
from eval.records import Failure, Item, NotRun, Ranked, Run, library_facts
from eval.versions import versions
from rag.answer import Answer
from rag.errors import InputError
from rag.llm_request import NotAskedError
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


class Recorder(Protocol):
    """What keeps a run while it is under way (:class:`eval.journal.Journal`)."""

    def begin(self, head: Run) -> Mapping[str, Item]:
        """Start recording a run, given without items; returns earlier items, by case id, that still hold for it."""

    def add(self, item: Item) -> None:
        """Keep one more item, as soon as it is there; called from one thread."""


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
    recorder: Recorder | None = None,
    written: bool = False,
) -> Run:
    """Ask every case and score the answers against the library's papers.

    Cases are asked in an order drawn with the seed, so that a run which is cut short is a random sample of them; the
    record has them in their own order.

    Args:
        papers: the library's papers, against which every citation is checked.
        workers: cases under way at once; latencies are taken under this load.
        seed: for the intervals of reports; stored in the record.
        source: where the cases come from, for the record.
        described: what else identifies the system, for the record (embedder, model, ...).
        progress: called with (done, total) from the calling thread.
        recorder: keeps items as they come, and brings those of an earlier run of the same things.
        written: the answers are to be a model's; one that fell back to the papers' own sentences has failed.

    Raises:
        InputError: no cases, a metric deeper than the rankings, or cases that name papers the library lacks.
        RagError: a metric gave NaN.
    """
    if workers < 1:
        raise InputError(f"workers is {workers}", "Use at least one")
    shelf = Shelf(papers)
    head = _head(cases, shelf, metrics, seed, source, described or {})
    kept = recorder.begin(head) if recorder is not None else {}
    done: dict[str, Item | NotRun] = {
        c.id: score(kept[c.id], c, shelf, metrics) for c in cases if c.id in kept and kept[c.id].case == c
    }
    if progress is not None and done:
        progress(len(done), len(cases))
    for result, case in _collect(system, [c for c in cases if c.id not in done], workers, seed, written):
        done[case.id] = scored = result if isinstance(result, NotRun) else score(result, case, shelf, metrics)
        if recorder is not None and isinstance(scored, Item):
            recorder.add(scored)
        if progress is not None:
            progress(len(done), len(cases))
    return finished(head, [done[c.id] for c in cases])


def _head(
    cases: Sequence[Case], shelf: Shelf, metrics: Sequence[Metric], seed: int, source: str, described: dict[str, str]
) -> Run:
    """The record of a run before its first item; refuses what cannot be run."""
    if not cases:
        raise InputError("there are no cases to run", "Name some with --cases")
    require_rankings_depth(tuple(m.name for m in metrics), DEPTH)
    return Run(
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        cases_source=source,
        cases_digest=cases_digest(cases),
        library=library_facts(shelf.papers),
        system={**versions(), **described},
        judge=None,
        seed=seed,
        metrics=tuple(m.name for m in metrics),
        notices=_check_shelf(cases, shelf),
        items=(),
        not_run=tuple(NotRun(case_id=c.id, kind=c.kind, reason="not reached") for c in cases),
    )


def finished(head: Run, results: Iterable[Item | NotRun]) -> Run:
    """The record of a run from its head and what became of its cases, in their order."""
    results = tuple(results)
    items = tuple(r for r in results if isinstance(r, Item))
    notices = list(head.notices)
    if replayed := sum(bool(i.answer and i.answer.usage.get("replayed")) for i in items):
        notices.append(f"{replayed} answers rest on replayed replies: their seconds are not the model's")
    missing = tuple(r for r in results if isinstance(r, NotRun))
    if missing:
        notices.append(f"partial: {len(missing)} of {len(results)} cases were not run ({missing[0].reason})")
    judge = _judge(items)
    return head.model_copy(update={"items": items, "not_run": missing, "notices": tuple(notices), "judge": judge})


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
    system: System, cases: Sequence[Case], workers: int, seed: int, written: bool
) -> Iterator[tuple[Item | NotRun, Case]]:
    """What became of each case, as it is known."""
    drawn = random.Random(seed).sample(cases, len(cases))
    ended = _Ended()
    over: SimpleQueue[Future[Item | NotRun]] = SimpleQueue()
    pool = ThreadPoolExecutor(max_workers=workers)
    asked: dict[Future[Item | NotRun], Case] = {}
    for case in drawn:
        future = pool.submit(_try, system, case, ended, written)
        asked[future] = case
        future.add_done_callback(over.put)
    try:
        for _ in drawn:
            future = over.get()
            yield future.result(), asked[future]
    except KeyboardInterrupt:
        # Not to wait until every queued case has been asked, nor to lose what was answered (and paid for) meanwhile.
        pool.shutdown(wait=True, cancel_futures=True)
        while not over.empty():
            future = over.get()
            if not future.cancelled() and future.exception() is None:
                yield future.result(), asked[future]
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class _Ended:
    """Why no further case is asked; nothing while they are. Shared by the workers of one run."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._why = ""

    def end(self, why: str) -> None:
        self._why = why
        self._event.set()

    @property
    def why(self) -> str | None:
        return self._why if self._event.is_set() else None


def _try(system: System, case: Case, ended: _Ended, written: bool) -> Item | NotRun:
    """One case, come what may: a system that crashes on a question has got it wrong, and the run goes on."""
    if ended.why is not None:
        return NotRun(case_id=case.id, kind=case.kind, reason=ended.why)
    ranking: tuple[Ranked, ...] = ()
    answer, failure, began = None, None, perf_counter()
    step = "retrieve"
    try:
        ranking = _rank_papers(system, case.question)
        step, began = "ask", perf_counter()
        answer = system.ask(case.question)
    except NotAskedError as error:
        if error.final:
            ended.end(error.message)
        return NotRun(case_id=case.id, kind=case.kind, reason=error.message)
    # The one broad boundary of this package: whatever a system under test raises is its result for this case.
    except Exception as error:  # noqa: BLE001
        failure = Failure.model_validate({"step": step, "type": type(error).__name__, "message": str(error)})
    seconds = perf_counter() - began
    if answer is not None:
        answer, failure = _checked(answer, written)
    return Item(
        case_id=case.id,
        case=case,
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
        best: dict[str, Ranked] = {}
        for hit in hits:
            best.setdefault(hit.paper.id, Ranked(paper_id=hit.paper.id, title=hit.paper.title, score=hit.score))
        if len(best) >= depth or len(hits) < wanted or wanted >= _MOST_PASSAGES:
            return tuple(best.values())[:depth]
        wanted *= 2


def _checked(answer: Answer, written: bool) -> tuple[Answer | None, Failure | None]:
    """The answer, if it is a valid record that says something (and the model's, where it has to be); else why not."""
    try:
        # Built anew, because a record made by model_copy or model_construct has not been checked (NaN, types).
        answer = Answer.model_validate(answer.model_dump())
    except ValidationError as error:
        return None, Failure(step="answer", type="ValidationError", message=first_fault(error))
    if not answer.abstained and not any(c.text.strip() for c in answer.claims):
        return None, Failure(step="answer", type="EmptyAnswer", message="neither claims nor an abstention")
    if written and answer.fallback_from is not None:
        return None, Failure(step="answer", type="NotWritten", message=answer.fallback_from)
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
