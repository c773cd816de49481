"""Many questions at once: a bounded number under way, nothing read ahead of need, one failure costing one answer."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, Generic, TypeVar

from rag.answer import Answer, Event
from rag.errors import InputError

Q = TypeVar("Q")
Ask = Callable[[Q, threading.Event], Answer]
"""Answers one question; gives up, with :class:`StoppedError`, once the event is set."""

# So many questions wait beside those under way: enough that no worker idles while the consumer reads an answer.
_WAITING_PER_WORKER = 1


class StoppedError(Exception):
    """The consumer has stopped; nobody will see this."""


def checked_workers(workers: int) -> int:
    """The number of workers.

    Raises:
        InputError: it is not positive.
    """
    if workers < 1:
        raise InputError(f"workers is {workers}", "Use at least one")
    return workers


def answer_unless(events: Iterator[Event], stopped: threading.Event) -> Answer:
    """The answer that ends a stream, which is closed (and a model's connection with it) where ``stopped`` is set."""
    for event in events:
        if stopped.is_set():
            close = getattr(events, "close", None)
            if close is not None:
                close()
            raise StoppedError
        if event.kind == "answer":
            answer: Answer = event.payload
            return answer
    raise AssertionError("a stream ends with its answer")


class _Pool(Generic[Q]):
    """A bounded number of questions under way. Questions are taken one by one on the consumer's thread."""

    def __init__(self, ask: Ask[Q], questions: Iterable[Q], workers: int) -> None:
        self.stopped = threading.Event()
        self.under_way: deque[tuple[Q, Future[Answer]]] = deque()
        self._ask, self._questions = ask, iter(questions)
        self._most = checked_workers(workers) * (1 + _WAITING_PER_WORKER)
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="ask")
        self._source_error: Exception | None = None
        self._over = False

    def fill(self) -> None:
        """Take questions up to the bound. An error of their source waits until what was taken before is answered."""
        while not self._over and len(self.under_way) < self._most:
            try:
                question = next(self._questions)
            except StopIteration:
                self._over = True
            except Exception as error:  # noqa: BLE001 - raised again at its place
                self._over, self._source_error = True, error
            else:
                self.under_way.append((question, self._threads.submit(self._ask, question, self.stopped)))

    def finish(self) -> None:
        """Nothing is left under way: release the threads, and raise what the source of questions raised, once."""
        self.stop(wait_for_it=True)
        error, self._source_error = self._source_error, None
        if error is not None:
            raise error

    def stop(self, *, wait_for_it: bool) -> None:
        """Cancel what waits; what runs gives up at its next step."""
        self._over = True
        self.stopped.set()
        self._threads.shutdown(wait=wait_for_it, cancel_futures=True)
        self.under_way.clear()


class Answers(Iterator[Answer]):
    """Answers in the order of their questions.

    ``next`` raises what a question's answering raised at that question's place; the answers after it are still to be
    had, by calling ``next`` again (or by another ``for`` over the same object). Questions are taken only a few ahead of
    the answers that were read, so their source may be endless. :meth:`close`, the end of a ``with`` block or letting it
    go cancels what was not begun, and ends what was at its next step.
    """

    def __init__(self, ask: Ask[str], questions: Iterable[str], workers: int) -> None:
        self._pool: _Pool[str] = _Pool(ask, questions, workers)

    def __next__(self) -> Answer:
        self._pool.fill()
        if not self._pool.under_way:
            self._pool.finish()
            raise StopIteration
        _, future = self._pool.under_way.popleft()
        return future.result()

    def close(self) -> None:
        """Stop; what is under way has ended when this returns."""
        self._pool.stop(wait_for_it=True)

    def __enter__(self) -> Answers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        # Not waited for: the collector may run on one of the very threads.
        if hasattr(self, "_pool"):
            self._pool.stop(wait_for_it=False)


def as_completed(ask: Ask[Q], questions: Iterable[Q], workers: int) -> Iterator[tuple[Q, Answer | Exception]]:
    """(question, its answer or what was raised) as each is done, so that none waits for a slower one before it.

    Closing the generator stops as :class:`Answers` does.
    """
    pool = _Pool(ask, questions, workers)
    try:
        while True:
            pool.fill()
            if not pool.under_way:
                break
            done = wait([f for _, f in pool.under_way], return_when=FIRST_COMPLETED).done
            finished = [(q, f) for q, f in pool.under_way if f in done]
            pool.under_way = deque((q, f) for q, f in pool.under_way if f not in done)
            for question, future in finished:
                yield question, _outcome(future)
    finally:
        pool.stop(wait_for_it=True)
    pool.finish()


def _outcome(future: Future[Answer]) -> Answer | Exception:
    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, Exception):
        return error
    raise error  # an interrupt or an exit is no outcome of a question


def asker(stream: Callable[..., Iterator[Event]], **filters: Any) -> Ask[str]:
    """An :data:`Ask` from ``Assistant.stream``."""

    def ask(question: str, stopped: threading.Event) -> Answer:
        if stopped.is_set():
            raise StoppedError
        return answer_unless(stream(question, **filters), stopped)

    return ask


__all__ = ["Answers", "StoppedError", "answer_unless", "as_completed", "asker", "checked_workers"]
