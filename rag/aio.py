"""The ``a``-verbs: synchronous verbs run off the event loop's thread, by one decorator each for results and streams."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
_END = object()


def asynchronous(verb: Callable[P, T]) -> Callable[P, Coroutine[Any, Any, T]]:
    """The same verb as a coroutine function, run in a worker thread."""

    @functools.wraps(verb)
    async def twin(*args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.to_thread(verb, *args, **kwargs)

    return twin


def asynchronous_stream(verb: Callable[P, Iterator[T]]) -> Callable[P, AsyncIterator[T]]:
    """The same streaming verb as an asynchronous generator; each step runs in a worker thread."""

    @functools.wraps(verb)
    async def twin(*args: P.args, **kwargs: P.kwargs) -> AsyncIterator[T]:
        steps = await asyncio.to_thread(lambda: iter(verb(*args, **kwargs)))
        while (step := await asyncio.to_thread(next, steps, _END)) is not _END:
            yield step  # type: ignore[misc]

    return twin
