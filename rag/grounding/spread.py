"""A long list worked off by several processes, where this one can be copied: each part by itself, the results in order.

Judging is plain Python, so that threads gain nothing. Copies start in milliseconds and share the tables that are read;
they are made only on Linux, and only while nothing else runs in this process: a copy has its locks, but not the threads
that would open them.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Sequence
from itertools import chain
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
    """``work`` of the items, one result each and in order, whose copies must be picklable; it must not depend on what
    else is in a part. Where a copy dies, or none answers in time, this process does it all itself."""
    if processes < 2:
        return work(items)
    size = -(-len(items) // (processes * _PARTS))
    parts = [items[start : start + size] for start in range(0, len(items), size)]
    with warnings.catch_warnings():
        # From Python 3.12 on, threads of libraries that wait for work are warned of, too.
        warnings.simplefilter("ignore", DeprecationWarning)
        pool = multiprocessing.get_context("fork").Pool(processes, _set_up)
    try:
        found = pool.map_async(work, parts, chunksize=1).get(patience * (1 + len(items) / 1_000))
    except multiprocessing.TimeoutError:
        return work(items)
    finally:
        pool.terminate()
        pool.join()
    return list(chain.from_iterable(found))


def _set_up() -> None:
    """In a copy: interrupting is left to the process that waits for it; what that one has is not collected here, where
    its threads are not."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    gc.set_threshold(_YOUNG)
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
