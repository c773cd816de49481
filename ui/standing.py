"""What the page stands on: the library that is asked, and the assistants that answer from it.

A page over the bundled notes goes over to a library of the reader's own with the first file that is added. All tabs and
endpoints ask through one :class:`Standing`, so they all go over together.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Final

from rag.errors import RagError
from ui.session import Answering

FIRST_QUESTION: Final = "which methods reduce all-reduce latency?"
_MOST_KEPT: Final = 8
_FIRST_THE_PAGE: Final = 1.5
"""Seconds that a browser is given to load the page before the processor is kept busy."""


class Standing:
    """The page's assistant: everything that it does not say itself, the one underneath says.

    Args:
        assistant: what the page is started on.
        begin: opens the reader's own library, made where there is none; None = files are taken only by the library that
            the page is started on.
    """

    def __init__(self, assistant: Answering, begin: Callable[[], Answering] | None = None) -> None:
        self._current = assistant
        self._begin = begin
        self._own: Answering | None = None
        self._configured: OrderedDict[Hashable, Answering] = OrderedDict()
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._current, name)

    @property
    def on_notes(self) -> bool:
        """Whether the page stands on the bundled notes, which take no other papers."""
        return bool(self.library.describe().get("kind") == "notes")

    @property
    def takes_files(self) -> bool:
        """Whether files can be added, if need be to a library that begins with them."""
        return not self.on_notes or self._begin is not None

    def receiving(self) -> Any:
        """The library that files are added to; the page goes over to it by :meth:`go_over`.

        Raises:
            LibraryError: the reader's own library cannot be opened.
        """
        if not self.on_notes or self._begin is None:
            return self.library
        with self._lock:
            self._own = self._own or self._begin()
        return self._own.library

    def go_over(self) -> None:
        """Stand on the library that files were added to, once it holds a paper."""
        with self._lock:
            if self._own is not None and self._own.papers():
                self._current = self._own
                self._configured.clear()

    def configured(self, *, llm: Any = None, judge: Any = None, **values: Any) -> Answering:
        """As :meth:`rag.Assistant.configured`; the last few are kept, for what each has worked out is dear.

        None is kept that knows a key.
        """
        if values.get("api_key") is not None:
            return self._current.configured(llm=llm, judge=judge, **values)
        wanted = (llm, judge, *sorted(values.items()))
        with self._lock:
            if wanted not in self._configured:
                self._configured[wanted] = self._current.configured(llm=llm, judge=judge, **values)
                if len(self._configured) > _MOST_KEPT:
                    self._configured.popitem(last=False)
            self._configured.move_to_end(wanted)
            return self._configured[wanted]

    def offline(self) -> Answering:
        """The same library answered from without a model, so that nothing is spent or sent."""
        return self.configured(llm="off", judge="offline")

    def warm(self) -> None:
        """Do meanwhile, on a thread, what the first question would otherwise wait for. Nothing is sent."""
        soon = threading.Timer(_FIRST_THE_PAGE, self._warmed)
        soon.daemon = True
        soon.start()

    def _warmed(self) -> None:
        try:
            self.retrieve(FIRST_QUESTION, 1)
            self.offline().ask(FIRST_QUESTION)
        except RagError:
            return  # an empty library, or one in use: whoever asks is told

    def close(self) -> None:
        """Release a library that was begun here; the one that the page was started on is its opener's."""
        if self._own is not None:
            self._own.library.close()
