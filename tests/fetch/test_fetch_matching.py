"""Which paper is meant: the likeness of titles, and when the texts decide."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.corpus import RawRecord, link_near_duplicates, read_sources
from rag.fetch import decide, title_score
from rag.library.location import notes_file

TIDES = "Caches have tides. Tides pull keys toward disks, and moons of metadata follow them slowly through night."
FOAM = "Foam gathers on beaches when waves break against piers. Salt lowers surface tension of ocean water there."


def record(title: str, abstract: str = TIDES, arxiv_id: str = "2401.00001") -> RawRecord:
    return RawRecord(title=title, abstract=abstract, file="arXiv", arxiv_id=arxiv_id)


@given(st.text(max_size=60), st.text(max_size=60))
def test_the_score_is_a_likeness(one: str, other: str) -> None:
    assert 0 <= title_score(one, other) == title_score(other, one) <= 1
    assert title_score(one, one.upper()) in {0.0, 1.0} or "ß" in one.casefold() or not one.isascii()


@pytest.mark.parametrize(
    ("one", "other", "score"),
    [
        ("Tides of the Cache", "TIDES OF THE CACHE.", 1.0),
        ("Tides: of the cache", "the Cache of Tides", 1.0),
        ("Tides of the Cache", "Tides of the Disk", 0.75),
        ("Tides", "Foam", 0.0),
        ("", "", 0.0),
    ],
)
def test_title_scores(one: str, other: str, score: float) -> None:
    assert title_score(one, other) == score


@pytest.mark.parametrize(
    ("abstract", "found", "outcome", "reason"),
    [
        (TIDES, [record("Tides of the Cache")], "matched", ""),
        (None, [record("Tides of the Cache")], "matched", ""),
        (FOAM, [record("Tides of the Cache")], "ambiguous", "the text is about something else"),
        (TIDES, [record("Tides of the Memory Cache Hierarchy")], "matched", ""),
        (None, [record("Tides of the Memory Cache Hierarchy")], "ambiguous", "nothing says that it is the same"),
        (TIDES, [record("Foam on Piers", FOAM)], "not found", "no paper of a like title"),
        (TIDES, [], "not found", ""),
        (None, [record("Tides of the Cache"), record("Tides of the Cache", FOAM, "2")], "ambiguous", "several papers"),
        (TIDES, [record("Tides of the Cache", FOAM, "2"), record("Tides of the Cache")], "matched", ""),
        (None, [record("Tides of the Cache"), record("Tides of the Cache")], "matched", ""),
    ],
)
def test_decisions(abstract: str | None, found: list[RawRecord], outcome: str, reason: str) -> None:
    decision = decide("Tides of the Cache", abstract, found)
    assert decision.outcome == outcome
    assert reason in decision.reason
    if outcome == "matched":
        assert decision.best is not None and decision.best.record.abstract == TIDES


def test_no_note_is_taken_for_another_paper_s() -> None:
    """Each of the bundled papers against all others, but for one work that stands there under two titles."""
    papers = link_near_duplicates(read_sources([notes_file()]).papers)
    records = {p.id: record(p.title, p.abstract, p.id) for p in papers}
    assert len(papers) == 176
    for paper in papers:
        others = [r for key, r in records.items() if key != paper.id and key not in paper.same_work]
        assert decide(paper.title, paper.abstract, others).outcome != "matched", paper.title
        own = decide(paper.title, paper.abstract, list(records.values()))
        assert own.outcome == "matched" and own.best is not None and own.best.record.arxiv_id == paper.id
