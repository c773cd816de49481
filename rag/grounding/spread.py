"""A long list worked off by several processes, where this one can be copied: each part by itself, the results in order.

Judging is plain Python, so that threads gain nothing. Copies start in milliseconds and share the tables that are read;
they are made only on Linux, and only while nothing else runs in this process: a copy has its locks, but not the threads
that would open them.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Sequence
from itertools import chain
from multiprocessing.pool import Pool
from typing import Final, TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
LEAST: Final = 200
"""Items for each process, of some milliseconds each: with fewer, starting it costs more than it saves."""
MOST: Final = 8
"""Processes: more of them would each read the words anew."""
_PARTS: Final = 4
"""Parts for each process, so that none waits long for the slowest."""
_PATIENCE: Final = 60.0
"""Seconds, and as many for a thousand items, after which this process works them off itself."""
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
_YOUNG: Final = 20_000
"""New objects after which a copy collects garbage: it lives for seconds."""


def processes_for(count: int) -> int:
    """How many processes so many items are worth here; 1: this one alone."""
    alone = threading.active_count() == 1 and multiprocessing.parent_process() is None
    if sys.platform != "linux" or not alone or count < 2 * LEAST:
        return 1
    return max(1, min(len(os.sched_getaffinity(0)), count // LEAST, MOST))


def spread(
    work: Callable[[Sequence[_Item]], list[_Result]],
    items: Sequence[_Item],
    processes: int,
    patience: float = _PATIENCE,
) -> list[_Result]:
    """``work`` of the items, one result each and in order, by so many processes and at most ``MOST``; it must not
    depend on what else is in a part. Where it cannot be handed over, a copy dies, or none answers in time, this process
    does it all itself."""
    processes = min(processes, MOST, len(items))
    if processes < 2 or multiprocessing.current_process().daemon or not _can_be_sent(work):
        return work(items)
    size = -(-len(items) // (processes * _PARTS))
    parts = [items[start : start + size] for start in range(0, len(items), size)]
    pool = _copies(processes)
    try:
        found = pool.map_async(work, parts, chunksize=1).get(patience * (1 + len(items) / 1_000))
        pool.close()
    except multiprocessing.TimeoutError:
        return work(items)
    finally:
        pool.terminate()
        pool.join()
    return list(chain.from_iterable(found))


def _can_be_sent(work: Callable[..., object]) -> bool:
    try:
        pickle.dumps(work)
    except (pickle.PicklingError, AttributeError, TypeError):
        return False
    return True


def _copies(processes: int) -> Pool:
    """Copies of this process that wait for work. Signals wait until a copy has its own way with them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        with warnings.catch_warnings():
            # From Python 3.12 on, threads of libraries that wait for work are warned of, too.
            warnings.simplefilter("ignore", DeprecationWarning)
            return multiprocessing.get_context("fork").Pool(processes, _set_up)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _set_up() -> None:
    """In a copy: interrupting is left to the process that waits for it, ending ends it whatever that one does then; and
    what that one has is not collected here, where its threads are not."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    gc.freeze()
    gc.set_threshold(_YOUNG)
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
