"""Everything that arXiv, or something in its place, can do wrong."""

from __future__ import annotations

import email.utils
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag import Assistant, Settings
from rag.errors import FetchError, InputError, SettingsError
from rag.fetch import ArxivClient
from rag.fetch.arxiv import USER_AGENT
from tests.fakes.arxiv_server import Entry, FakeArxiv, Fault

ENTRY = Entry("2401.00001", "RingFold: Folding Collectives", "RingFold folds the ring of an all-reduce in half.")
BOMB = (
    '<?xml version="1.0"?>\n<!DOCTYPE f [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>\n'
    '<feed xmlns="http://www.w3.org/2005/Atom"><title>&b;</title></feed>'
)
AWAY = BOMB.replace('<!ENTITY a "ha">', '<!ENTITY a SYSTEM "file:///etc/passwd">')


@pytest.fixture
def server() -> Iterator[FakeArxiv]:
    with FakeArxiv([ENTRY]) as fake:
        yield fake


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def client(server: FakeArxiv, tmp_path: Path, waits: list[float]) -> Iterator[ArxivClient]:
    with opened(server, tmp_path, waits) as made:
        yield made


def opened(server: FakeArxiv, folder: Path, waits: list[float], **more: Any) -> ArxivClient:
    values = {"arxiv_url": server.url, "fetch_pause": 0.0, "fetch_timeout": 0.5, "cache_dir": str(folder), **more}
    return ArxivClient(Settings(**values), sleep=waits.append)


def kept(folder: Path) -> int:
    return len(list((folder / "arxiv").glob("*.json")))


def test_it_says_who_asks(client: ArxivClient, server: FakeArxiv) -> None:
    assert [r.title for r in client.by_ids(["2401.00001"]).records] == [ENTRY.title]
    assert server.requests[0].headers["user-agent"] == USER_AGENT
    assert USER_AGENT.startswith("groundwork-rag/")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_it_tries_again_after_as_long_as_it_was_told(
    client: ArxivClient, server: FakeArxiv, waits: list[float], status: int
) -> None:
    server.enqueue(Fault(status=status, headers={"Retry-After": "7"}), Fault(status=status))
    assert len(client.by_ids(["2401.00001"]).records) == 1
    assert waits == [7.0, 0.0]
    assert client.requests == len(server.requests) == 3


def test_a_date_tells_how_long_too(client: ArxivClient, server: FakeArxiv, waits: list[float]) -> None:
    server.enqueue(Fault(status=429, headers={"Retry-After": email.utils.formatdate(time.time() + 60)}))
    client.by_ids(["2401.00001"])
    assert 55 < waits[0] <= 60


def test_a_wait_of_an_hour_is_the_user_s_to_decide(client: ArxivClient, server: FakeArxiv, waits: list[float]) -> None:
    server.enqueue(Fault(status=429, headers={"Retry-After": "3600"}))
    with pytest.raises(FetchError, match="asks to wait 3600 seconds"):
        client.by_ids(["2401.00001"])
    assert waits == [] and len(server.requests) == 1


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault(status=500), "arXiv answered 500, 3 times"),
        (Fault(delay=3), "arXiv was silent for 0.5 seconds"),
        (Fault(hang_up=True), "arXiv cannot be reached"),
        (Fault(cut=300), "arXiv"),
        (Fault(drip=0.2), "comes too slowly"),
        (Fault(body="<html><body>Down for maintenance</body></html>"), "no list of papers"),
        (Fault(body=""), "no list of papers"),
    ],
)
def test_what_does_not_mend_is_told_after_three_tries_and_not_kept(
    client: ArxivClient, server: FakeArxiv, tmp_path: Path, fault: Fault, told: str
) -> None:
    server.enqueue(fault, fault, fault)
    with pytest.raises(FetchError, match=told) as caught:
        client.by_ids(["2401.00001"])
    assert len(server.requests) == 3, "one layer of tries"
    assert caught.value.remedy
    assert kept(tmp_path) == 0
    assert len(client.by_ids(["2401.00001"]).records) == 1, "and the next time it is asked again"


def test_xml_that_breaks_off_is_asked_for_again(client: ArxivClient, server: FakeArxiv) -> None:
    whole = server.feed([ENTRY])
    server.enqueue(Fault(body=whole[: len(whole) - 40]))
    assert len(client.by_ids(["2401.00001"]).records) == 1
    assert len(server.requests) == 2


@pytest.mark.parametrize("body", [BOMB, AWAY])
def test_hostile_xml_is_refused_at_once(client: ArxivClient, server: FakeArxiv, tmp_path: Path, body: str) -> None:
    server.enqueue(Fault(body=body))
    with pytest.raises(FetchError, match="was refused: the XML declares a document type or entities"):
        client.by_ids(["2401.00001"])
    assert len(server.requests) == 1 and kept(tmp_path) == 0


def test_an_endless_answer_is_cut(client: ArxivClient, server: FakeArxiv, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.fetch.arxiv._MOST_BYTES", 100_000)
    server.enqueue(Fault(body="x" * 1_000_000))
    with pytest.raises(FetchError, match="larger than"):
        client.by_ids(["2401.00001"])


def test_a_bad_query_is_told_in_arxiv_s_words(client: ArxivClient, server: FakeArxiv) -> None:
    error = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>http://arxiv.org/api/errors#x</id>'
        "<title>Error</title><summary>incorrect query</summary></entry></feed>"
    )
    server.enqueue(Fault(body=error), Fault(status=400))
    with pytest.raises(FetchError, match="incorrect query"):
        client.search("ti:")
    with pytest.raises(FetchError, match="arXiv answered 400"):
        client.search("ti:x")
    assert len(server.requests) == 2


def test_redirects_end(client: ArxivClient, server: FakeArxiv) -> None:
    server.enqueue(*[Fault(status=302, headers={"Location": server.url})] * 12)
    with pytest.raises(FetchError, match="TooManyRedirects"):
        client.by_ids(["2401.00001"])


def test_requests_stand_apart_also_between_processes(server: FakeArxiv, tmp_path: Path, waits: list[float]) -> None:
    with (
        opened(server, tmp_path, waits, fetch_pause=5.0) as one,
        opened(server, tmp_path, waits, fetch_pause=5.0) as two,
    ):
        one.by_ids(["2401.00001"])
        assert waits == []
        two.by_ids(["2401.00002"])
        one.by_ids(["2401.00003"])
    assert len(waits) == 2
    assert all(4 < wait <= 5 for wait in waits)


@pytest.mark.parametrize("host", ["export.arxiv.org", "10.0.0.1"])
def test_beyond_this_machine_three_seconds_are_the_least(tmp_path: Path, host: str) -> None:
    with ArxivClient(Settings(arxiv_url=f"https://{host}/q", fetch_pause=0, cache_dir=str(tmp_path))) as client:
        assert client._pause == 3.0


def test_offline_and_a_bad_address_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="needs the network"):
        ArxivClient(Settings(offline=True))
    with pytest.raises(SettingsError, match="is no address"):
        ArxivClient(Settings(arxiv_url="file:///etc/passwd"))


def test_where_arxiv_is_down_the_rest_is_not_tried(server: FakeArxiv, tmp_path: Path) -> None:
    from tests.library.build import paper

    server.enqueue(*[Fault(status=500)] * 50)
    settings = Settings(arxiv_url=server.url, fetch_pause=0, retries=1, cache_dir=str(tmp_path / "c"), llm="off")
    with Assistant.open(tmp_path / "lib", settings=settings) as assistant:
        assistant.library.write([paper(f"Paper {n} of many", f"Words {n} about thing{n}.") for n in range(6)])
        report = assistant.fetch()
    assert (report.count("failed"), report.count("not tried")) == (2, 4)
    assert len(server.requests) == 4
