"""Ask a judge about many claims, come what may: an item on which it fails stays, is listed, and counts as wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from eval.judging.records import Judged, Request
from rag.answer import Verdict
from rag.errors import InputError, ModelAuthError, ModelNotFoundError, RagError
from rag.grounding import Judge
from rag.grounding.judge import ask_all
from rag.llm_request import NotAskedError

Progress = Callable[[int, int], None]
_HOPELESS = (ModelAuthError, ModelNotFoundError, NotAskedError)
"""What every further item would meet too; also what was never asked is no error of the judge's."""


def ask(
    judge: Judge, requests: Sequence[Request], *, workers: int = 1, progress: Progress | None = None
) -> list[Judged]:
    """One item per request, in order.

    Args:
        judge: any judge; each request is asked on its own, so that one failure is one item's.
        requests: what to ask; those with ``versus`` are asked twice.
        workers: requests under way at once; worth more than 1 only for a judge that waits for a server.
        progress: called with (done, total) from the calling thread.

    Raises:
        InputError: nothing to ask.
        ModelAuthError, ModelNotFoundError: the server knows neither key nor model, so there is nothing to measure.
        NotAskedError: a budget is spent, or a reply to be replayed was not recorded.
    """
    if not requests:
        raise InputError("there is nothing to judge", "Name claims, a ground file or a battery that is not empty")
    found: list[Judged] = []
    pool = ThreadPoolExecutor(max_workers=workers)
    try:
        for item in pool.map(lambda r: _one(judge, r), requests):
            found.append(item)
            if progress is not None:
                progress(len(found), len(requests))
    finally:
        # An interrupt, or a key that is refused, must not wait for all that is still queued.
        pool.shutdown(wait=True, cancel_futures=True)
    return found


def _one(judge: Judge, request: Request) -> Judged:
    verdicts: list[Verdict] = []
    failure = None
    evidences = [request.evidence] if request.versus is None else [request.evidence, request.versus]
    try:
        for evidence in evidences:
            verdicts += ask_all(judge, [(request.claim, evidence)])
    except _HOPELESS:
        raise
    except RagError as error:
        failure = f"{type(error).__name__}: {error.message}"
    first, second = (*verdicts, None, None)[:2]
    if failure is not None:
        first = second = None
    return Judged(
        id=request.id,
        suite=request.suite,
        kind=request.kind,
        cluster=request.cluster,
        claim=request.claim,
        expected=request.expected,
        pair=request.pair,
        verdict=first,
        second=second,
        failure=failure,
    )
