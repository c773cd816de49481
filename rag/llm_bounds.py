"""Bounds on one reply of a model server, kept where its bytes come in, so that nothing above them can wait for ever.

The limit on silence is the transport's. A server that sends a byte now and then, comments that keep the line open, or
text without end never falls silent: such a reply ends here.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from rag.errors import ModelResponseError, ModelTimeoutError

if TYPE_CHECKING:
    import httpx

MAX_BYTES: Final = 16_000_000
"""Bytes of one reply: some fifty thousand pieces with the frame that servers put around each."""


def bounded(stream: Any, seconds: float) -> httpx.SyncByteStream:
    """The body of a response, which ends in an error after ``seconds`` of waiting for it or after MAX_BYTES.

    Time that the reader takes between two pieces, for instance to judge a claim, does not count.

    Raises:
        ModelTimeoutError, ModelResponseError: while it is read.
    """
    import httpx

    class _Bounded(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            waited, size, pieces = 0.0, 0, iter(stream)
            while True:
                since = time.perf_counter()
                piece = next(pieces, None)
                waited += time.perf_counter() - since
                if piece is None:
                    return
                size += len(piece)
                if waited > seconds:
                    raise ModelTimeoutError(
                        f"the reply was not over after {seconds:g} s", "Raise RAG_REPLY_TIMEOUT, or use a faster model"
                    )
                if size > MAX_BYTES:
                    raise ModelResponseError(f"the reply has more than {MAX_BYTES:,} bytes")
                yield piece

        def close(self) -> None:
            stream.close()

    return _Bounded()
