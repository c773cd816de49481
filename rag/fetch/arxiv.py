"""arXiv's API: one request at a time, three seconds apart on this machine, few tries, every answer kept.

The rules are arXiv's own (info.arxiv.org/help/api/tou.html): no more than one request every three seconds and a single
connection at a time, whatever the number of processes; so a lock and a time stamp in the cache folder are shared.
"""

from __future__ import annotations

import email.utils
import ipaddress
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlencode, urlsplit

from filelock import FileLock, Timeout

from rag.corpus import Corpus, RawRecord, read_text, reader_named
from rag.corpus.atom import ENTRY
from rag.corpus.xmltext import parse_entries
from rag.errors import FetchError, InputError, SettingsError
from rag.fetch.cache import AnswerCache
from rag.library.location import cache_root
from rag.library.manifest import write_atomically
from rag.paper import Rejection
from rag.settings import Settings
from rag.version import VERSION

if TYPE_CHECKING:
    import httpx

SOURCE: Final = "arXiv"
PAGE: Final = 100
USER_AGENT: Final = f"groundwork-rag/{VERSION} (rag fetch)"
_POLITE_PAUSE: Final = 3.0
_MOST_BYTES: Final = 32 * 1024 * 1024
# A longer wait is the user's to decide.
_LONGEST_WAIT: Final = 120.0
# Seconds that a request may take as a whole, as a multiple of the longest silence.
_PATIENCE: Final = 4
_TURN_WAIT: Final = 600.0


class Found(NamedTuple):
    """The papers of an answer, those in it that cannot be taken, and the day (ISO) of the answer."""

    records: list[RawRecord]
    rejected: list[Rejection]
    day: str


class _TryAgainError(Exception):
    """What a further try may mend; ``wait`` is what the server asked for, in seconds."""

    def __init__(self, reason: str, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.wait = wait


class ArxivClient:
    """Asks arXiv. Use it as a context manager. ``requests`` and ``cached`` count what was sent and what was known.

    Raises:
        InputError: the settings are offline.
        SettingsError: the address is none.
    """

    def __init__(
        self, settings: Settings, *, refresh: bool = False, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        if settings.offline:
            raise InputError("fetching papers needs the network", "Drop --offline, or unset RAG_OFFLINE")
        parts = urlsplit(settings.arxiv_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SettingsError(f"arxiv_url={settings.arxiv_url!r} is no address", "Correct or unset RAG_ARXIV_URL")
        self.requests = self.cached = 0
        self._settings = settings
        self._pause = settings.fetch_pause if _is_local(parts.hostname) else max(settings.fetch_pause, _POLITE_PAUSE)
        self._folder = cache_root(settings) / "arxiv"
        self._cache = AnswerCache(self._folder, 0.0 if refresh else settings.fetch_cache_days)
        self._sleep = sleep
        self._http: httpx.Client | None = None

    def __enter__(self) -> ArxivClient:
        return self

    def __exit__(self, *_: object) -> None:
        if self._http is not None:
            self._http.close()

    def by_ids(self, ids: Sequence[str]) -> Found:
        """The papers of these ids (normalised, at most 100), as far as arXiv knows them."""
        return self._ask({"id_list": ",".join(ids), "max_results": str(len(ids))})

    def search(self, query: str, start: int = 0, count: int = 10) -> Found:
        """A page of the papers that match a query in arXiv's own language (``ti:"..." AND au:...``), best first."""
        return self._ask({"search_query": query, "start": str(start), "max_results": str(count)})

    def _ask(self, parameters: dict[str, str]) -> Found:
        """The papers of one answer, from the cache or the server.

        Raises:
            FetchError: there is no usable answer after all tries.
        """
        address = f"{self._settings.arxiv_url}?{urlencode(parameters)}"
        kept = self._cache.get(address)
        if kept is not None:
            try:
                found = self._read(kept.text, kept.at)
            except _TryAgainError:
                kept = None  # the file was changed since: ask again
            else:
                self.cached += 1
                return found
        for attempt in range(self._settings.retries + 1):
            try:
                text = self._get(address)
                found = self._read(text, time.time())
                self._cache.put(address, text, papers=len(found.records))
                return found
            except _TryAgainError as fault:
                wait = max(fault.wait, self._pause * 2**attempt)
                if fault.wait > _LONGEST_WAIT:
                    raise FetchError(f"arXiv asks to wait {fault.wait:.0f} seconds") from fault
                if attempt == self._settings.retries:
                    raise FetchError(f"{fault}, {attempt + 1} times" if attempt else str(fault)) from fault
                self._sleep(wait)
        raise AssertionError("the last try raises")

    def _get(self, address: str) -> str:
        """One request, when it is our turn."""
        import httpx

        if self._http is None:
            self._http = httpx.Client(
                timeout=self._settings.fetch_timeout,
                follow_redirects=True,
                max_redirects=3,
                headers={"User-Agent": USER_AGENT, "Accept": "application/atom+xml"},
            )
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self._folder / "turn.lock", timeout=_TURN_WAIT):
                self._wait_for_turn()
                self.requests += 1
                try:
                    with self._http.stream("GET", address) as response:
                        return self._body(response)
                finally:
                    write_atomically(self._folder / "last", repr(time.time()))
        except Timeout:
            raise FetchError("another process is fetching from arXiv", "Wait for it to finish") from None
        except httpx.TimeoutException as error:
            raise _TryAgainError(f"arXiv was silent for {self._settings.fetch_timeout:g} seconds") from error
        except httpx.HTTPError as error:
            raise _TryAgainError(f"arXiv cannot be reached ({type(error).__name__})") from error

    def _wait_for_turn(self) -> None:
        try:
            last = float((self._folder / "last").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return
        wait = last + self._pause - time.time()
        if 0 < wait <= self._pause:  # a stamp in the future is a clock that was set back
            self._sleep(wait)

    def _body(self, response: httpx.Response) -> str:
        if response.status_code == 429 or response.status_code >= 500:
            raise _TryAgainError(
                f"arXiv answered {response.status_code}", _retry_after(response.headers.get("retry-after"))
            )
        if response.status_code != 200:
            raise FetchError(f"arXiv answered {response.status_code}", "Check the query or the ids, and RAG_ARXIV_URL")
        started, data = time.monotonic(), bytearray()
        for piece in response.iter_bytes():
            data += piece
            if len(data) > _MOST_BYTES:
                raise FetchError(
                    f"arXiv's answer is larger than {_MOST_BYTES >> 20} MB", "Ask for fewer papers at once"
                )
            if time.monotonic() - started > _PATIENCE * self._settings.fetch_timeout:
                raise _TryAgainError("arXiv's answer comes too slowly")
        return data.decode("utf-8", "replace")

    def _read(self, text: str, at: float) -> Found:
        """The papers of an Atom feed."""
        if "http://www.w3.org/2005/Atom" not in text[:2000]:
            raise _TryAgainError("arXiv's answer is no list of papers")
        _, problem = parse_entries(text, frozenset({ENTRY}), SOURCE)
        if problem is not None and "entities" in problem.reason:
            raise FetchError(f"arXiv's answer was refused: {problem.reason.partition(';')[0]}", "Check RAG_ARXIV_URL")
        if problem is not None:
            raise _TryAgainError("arXiv's answer breaks off")
        corpus = Corpus()
        most = self._settings.max_abstract_chars
        records = list(read_text(text, SOURCE, reader_named("atom"), corpus, most))
        refused = [r for r in corpus.rejected if r.line is not None]
        if not records and refused and "answered with an error" in refused[0].reason:
            raise FetchError(refused[0].reason, "")
        return Found(records, refused, datetime.fromtimestamp(at, UTC).date().isoformat())


def _retry_after(value: str | None) -> float:
    """Seconds to wait, from a number or a date; 0 where neither is given."""
    if not value:
        return 0.0
    if value.strip().isdecimal():
        return float(value)
    try:
        return max(email.utils.parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
    except (ValueError, TypeError):
        return 0.0


def _is_local(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
